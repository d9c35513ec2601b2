"""`surco`: everything on one machine, and what a person does by hand."""

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from surco_contract.process import (
    EXIT_CONFIGURATION,
    NO_ROOM,
    keep_private,
)
from surco_contract.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code.

    1: it could not be done now; 2: a setting is wrong. Either is said in one line.
    """
    from surco import commands
    from surco.words import Words, language
    from surco_contract.logs import plain
    from surco_service.errors import StoreUnavailable
    from surco_service.zones import prefer_the_newer

    keep_private()
    prefer_the_newer()
    given, words = parser().parse_args(arguments), Words(language(os.environ))
    try:
        return commands.COMMANDS[given.command](given, words)
    except StoreUnavailable as error:
        sys.stderr.write(f"{words('store-away', why=error)}\n")
        return 1
    except SettingsError as error:
        sys.stderr.write(f"{plain(' '.join(str(error).split()))}\n")
        return EXIT_CONFIGURATION
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        path = error.filename or getattr(given, "data", "")
        sys.stderr.write(f"{words('no-room', why=error.strerror, path=path)}\n")
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="surco", description="Surco on one machine.")
    top.add_argument("--version", action="version", version=f"surco {version('surco')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _running(commands)
    _node(commands)
    _setup(commands)
    _certificate(commands)
    _firmware(commands)
    _databases(commands)
    _care(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]


def _running(commands: "Commands") -> None:
    up = _command(commands, "up", "run broker, gateway and service")
    demo = _command(commands, "demo", "up, with five gardens and simulated nodes")
    for one in (up, demo):
        one.add_argument(
            "--port", type=int, help="port of the pages (8000); in a new folder it moves all ports"
        )
        one.add_argument(
            "--lan", action="store_true", help="open to the phones and nodes of this network"
        )
        one.add_argument("--broker", metavar="small|mosquitto|URL", help="which MQTT broker")
        one.add_argument("--influx", metavar="URL", help="keep readings in this InfluxDB")
        one.add_argument("--verbose", action="store_true", help="show all that the parts log")
    up.add_argument("--install", action="store_true", help="start at boot (systemd, no root)")
    demo.add_argument("--nodes", type=int, default=12, help="how many nodes live (12)")
    demo.add_argument("--days", type=int, default=30, help="days of history (30)")
    link = _command(commands, "admin-link", "print a new one-time administrator link")
    link.add_argument("--first", action="store_true", help="only while nobody has one")
    sessions = _command(commands, "sessions", "who is in as administrator; put them out")
    sessions.add_argument("action", choices=["list", "end"])
    sessions.add_argument("ids", nargs="*", metavar="ID", help="first letters; none: all of them")
    introduce = _command(commands, "introduce", argparse.SUPPRESS)
    introduce.add_argument("--demo", metavar="NODES:DAYS")


def _node(commands: "Commands") -> None:
    node = commands.add_parser("node", help="add a node, or run a simulated one")
    actions = node.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = _command(actions, "add", "register a node and print its config.json")
    add.add_argument("node", metavar="ID", help="3 to 32 of a-z, 0-9 and -")
    add.add_argument("--garden", help="the garden of its bed, as a check")
    add.add_argument("--bed", help="put its probe r1 in this bed")
    add.add_argument("--name", default="", help="how people call it")
    change = _command(actions, "set", "change how a node works, from its next visit on")
    change.add_argument("node", metavar="ID")
    change.add_argument("--interval", type=int, metavar="S", help="seconds between samples")
    change.add_argument("--upload-every", type=int, metavar="N", help="samples between visits")
    change.add_argument("--spill-rows", type=int, metavar="N", help="rows kept in RTC memory")
    change.add_argument(
        "--wifi", action="append", metavar="NAME:PASSWORD", help="its network, on trial; twice: two"
    )
    change.add_argument("--fast", type=int, metavar="MIN", help="every 5 s for a workshop (≤ 240)")
    run = actions.add_parser(
        "run", help="run one simulated node; its password in SURCO_NODE_PASSWORD"
    )
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=1883)
    run.add_argument("--node", required=True)
    run.add_argument("--interval", type=int, default=30, help="seconds between wakes (30)")
    run.add_argument("--wakes", type=int, help="stop after so many wakes")
    run.add_argument("--folder", type=Path, help="where the node keeps its flash (./NODE)")


def _setup(commands: "Commands") -> None:
    label = _command(commands, "label", "make nodes and print what sets them up")
    label.add_argument("node", nargs="+", metavar="NODE", help="3 to 32 of a-z, 0-9 and -")
    label.add_argument("--bed", action="append", help="its bed; one for each node, in their order")
    label.add_argument("--out", type=Path, metavar="FILE", help="the page to print")
    label.add_argument("--host", help="where nodes find the broker (this machine's address)")
    flash = _command(commands, "flash", "prepare a board over USB, until a phone sets it up")
    flash.add_argument("node", nargs="?", metavar="NODE", help="whose label it gets (the only one)")
    flash.add_argument("--port", help="for example /dev/ttyUSB0 (the only one)")
    flash.add_argument("--board", choices=["esp32", "esp32c3", "esp32c6", "pico"], default="esp32")
    flash.add_argument("--firmware", type=Path, metavar="FILE", help="MicroPython for that board")


def _certificate(commands: "Commands") -> None:
    made = _command(commands, "certificate", "let nodes speak TLS with the broker")
    made.add_argument("--host", action="append", help="how nodes reach it, besides its address")
    made.add_argument("--again", action="store_true", help="a new one; every node is flashed anew")


def _databases(commands: "Commands") -> None:
    setup = commands.add_parser("setup", help="prepare a database that Surco can use")
    databases = setup.add_subparsers(dest="database", required=True, metavar="DATABASE")
    influx = _command(databases, "influx", "make its bucket, and a token for Surco and for Grafana")
    influx.add_argument("--url", default="http://127.0.0.1:8086", help="(http://127.0.0.1:8086)")
    influx.add_argument("--org", default="surco", help="organisation (surco)")
    influx.add_argument("--bucket", default="surco", help="bucket (surco)")


def _firmware(commands: "Commands") -> None:
    firmware = commands.add_parser("firmware", help="new versions for the nodes, over the air")
    actions = firmware.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="compile the firmware of this Surco")
    build.add_argument("--out", type=Path, metavar="DIR", help="where to (firmware-VERSION)")
    build.add_argument("--source", type=Path, metavar="DIR", help="another firmware/ folder")
    build.add_argument("--simulated", action="store_true", help="with the simulated board")
    publish = _command(actions, "publish", "keep a built version for the nodes")
    publish.add_argument("folder", type=Path, metavar="DIR")
    rollout = _command(actions, "rollout", "give it to a canary, then to a few, then to all")
    rollout.add_argument("version", nargs="?", metavar="VERSION")
    rollout.add_argument("--canary", type=int, default=1, metavar="N", help="nodes first (1)")
    rollout.add_argument("--share", type=float, default=0.1, help="of the nodes second (0.1)")
    rollout.add_argument("--nodes", metavar="A,B", help="only these")
    rollout.add_argument(
        "--patience", type=float, default=24, metavar="H", help="hours between stages (24)"
    )
    rollout.add_argument("--stop", action="store_true", help="stop, and go back")
    _command(actions, "status", "what every node runs")


def _care(commands: "Commands") -> None:
    _command(commands, "doctor", "say what runs, what is wrong and what to do")
    _command(commands, "rebuild", "make the mirror in InfluxDB again from nothing")
    _why(commands)
    commands.add_parser("energy", help="how long a node lives on its battery, and why")
    quarantine = _command(commands, "quarantine", "messages that could not be taken")
    quarantine.add_argument("action", choices=["list", "retry", "discard"])
    quarantine.add_argument("ids", nargs="*", type=int, metavar="ID", help="none: all of them")
    _command(commands, "backup", "copy the notebook now, as is done every night")
    restore = _command(commands, "restore", "put a copy of the notebook back")
    restore.add_argument("file", nargs="?", type=Path, metavar="FILE", help="none: list them")
    gateway = _command(commands, "gateway", "what the gateway keeps")
    gateway.add_argument("action", choices=["replay", "confirm"])
    gateway.add_argument("--since", help="replay: for example 2026-11-01")
    gateway.add_argument("--until")


def _why(commands: "Commands") -> None:
    explain = _command(commands, "explain", "the account behind a bed's verdict, day by day")
    explain.add_argument("bed", metavar="BED")
    explain.add_argument("--at", metavar="TIME", help="for example 2026-05-04T07:00 (now)")
    explain.add_argument("--days", type=int, default=14, help="days of the account (14)")
    forecast = commands.add_parser("forecast", help="the same model on a table of any field")
    forecast.add_argument("--csv", type=Path, required=True, metavar="FILE")
    forecast.add_argument("--crop", default="jitomate", help="id in the crop table (jitomate)")
    forecast.add_argument("--planted", metavar="DATE", help="without it the crop is grown")
    forecast.add_argument("--soil", default="loam", help="id in the soil table (loam)")
    forecast.add_argument("--field-capacity", type=float, help="m3/m3, measured")
    forecast.add_argument("--wilting-point", type=float, help="m3/m3, measured")
    forecast.add_argument("--depth", type=float, help="m; roots go no deeper")
    forecast.add_argument("--latitude", type=float, default=20.6)
    forecast.add_argument("--elevation", type=float, default=1820.0, help="m")
    forecast.add_argument("--ahead", type=int, default=7, help="days to look ahead (7)")
    forecast.add_argument("--kc", metavar="INI,MID,END", help="coefficients of a crop of one's own")
    forecast.add_argument("--stages", metavar="D,D,D,D", help="lengths of its stages")
    forecast.add_argument("--p", type=float, default=0.45, help="its share used without stress")
    forecast.add_argument("--height", type=float, default=1.0, help="its height, m")


def _command(commands: "Commands", name: str, help: str) -> argparse.ArgumentParser:
    shown = help != argparse.SUPPRESS  # argparse shows a suppressed help of a command
    made = commands.add_parser(name, help=help) if shown else commands.add_parser(name)
    made.add_argument(
        "--data", type=Path, default=Path("surco-data"), help="the data folder (./surco-data)"
    )
    return made


if __name__ == "__main__":
    sys.exit(main())
