"""`surco up`: broker, gateway and service of one data folder under the supervisor."""

import fcntl
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from surco.machine import folder as folders
from surco.machine.folder import Folder, value_of, variable
from surco.machine.supervisor import Part, Supervisor
from surco.words import Words
from surco_contract.process import (
    EXIT_CONFIGURATION,
    NO_ROOM,
    close_to_others,
)
from surco_contract.settings import SettingsError
from surco_gateway.broker.mosquitto import SecurePort, find_mosquitto, prepare

CORE = ("broker", "gateway", "service")
INTRODUCE_S = 5.0  # between two tries, while the service's database does not answer
ANYWHERE, TLS_PORT = "0.0.0.0", 8883

# Mosquitto knows nothing of our stdin: a shell waits for it to close, and passes the exit code on
# and of its limit of open files, which is often 1024: a thousand that say nothing would fill it
GUARDED = """pid=$1; shift; rm -f "$pid"
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -H -n)" 2>/dev/null
exec 3<&0
"$@" 3<&- & child=$!
( cat <&3 >/dev/null; kill $child 2>/dev/null ) & guard=$!
exec 3<&-
trap 'kill $child 2>/dev/null' TERM INT
while kill -0 $child 2>/dev/null; do
  [ -s "$pid" ] && { echo ready; break; }
  sleep 0.05
done
wait $child; code=$?
kill $guard 2>/dev/null
exit $code"""


@dataclass(frozen=True)
class Wanted:
    """What a person asked for on the command line."""

    data: Path
    port: int | None = None
    lan: bool = False
    broker: str | None = None
    influx: str | None = None
    verbose: bool = False
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Site:
    """A data folder and the values with which its programs run."""

    folder: Folder
    environment: Mapping[str, str]
    said: Mapping[str, Mapping[str, object]]
    options: Mapping[str, str]

    def value(self, section: str, name: str, default: str) -> str:
        return value_of(self.environment, self.said, section, name, default)

    def number(self, section: str, name: str, default: int) -> int:
        found = self.value(section, name, str(default))
        if not found.isdecimal() or not 0 < int(found) < 65536:
            raise SettingsError(f"{section}.{name}: expected a port from 1 to 65535, got {found!r}")
        return int(found)

    @property
    def broker(self) -> str:
        return self.value("up", "broker", "auto")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.number('service', 'port', 8000)}"


def prepare_site(wanted: Wanted, given: Mapping[str, str], words: Words) -> Site:
    """Make the data folder and read its settings. Raises `SettingsError`; `OSError`: no room."""
    try:
        folder = folders.make(wanted.data, wanted.port)
        opened = close_to_others(folder.path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        raise SettingsError(words("folder", path=wanted.data, why=error.strerror)) from error
    if opened:
        say(words("closed-to-others", path=folder.path, count=opened))
    return read_site(folder, wanted, given, words)


def read_site(folder: Folder, wanted: Wanted, given: Mapping[str, str], words: Words) -> Site:
    options = dict(wanted.options)
    if wanted.port is not None:
        options[variable("service", "port")] = str(wanted.port)
    if wanted.lan:
        secure = (folder.tls / "broker.key").exists()  # then nodes come in there, and only there
        parts = ("service",) if secure else ("service", "broker")
        options |= {variable(part, "host"): ANYWHERE for part in parts}
    if wanted.influx is not None:
        options[variable("service", "influx_url")] = wanted.influx
    if wanted.broker is not None:
        options[variable("up", "broker")] = wanted.broker
    said = folders.sections(folder)
    choice = value_of({**given, **options}, said, "up", "broker", "auto")
    if choice not in ("auto", "small", "mosquitto"):
        options |= _elsewhere(choice, words)
    return Site(folder, folders.environment(folder, options, given), said, options)


def _elsewhere(url: str, words: Words) -> dict[str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or 1883
    except ValueError as error:
        raise SettingsError(words("bad-broker", value=url)) from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise SettingsError(words("bad-broker", value=url))
    return {
        variable("gateway", "broker_host"): parts.hostname,
        variable("gateway", "broker_port"): str(port),
        variable("gateway", "broker_tls"): "true" if parts.scheme == "mqtts" else "false",
    }


# ---------------------------------------------------------------- the parts


def parts_of(site: Site, words: Words) -> list[Part]:
    """Return what must run, in the order in which it is started. Raises `SettingsError`."""
    gateway = Part("gateway", _ours("surco_gateway", site), site.environment)
    service = Part("service", _ours("surco_service", site), site.environment)
    if site.broker not in ("auto", "small", "mosquitto"):
        return [gateway, service]
    gateway = Part(gateway.name, gateway.command, gateway.environment, after=("broker",))
    return [_broker(site, words), gateway, service]


def _ours(module: str, site: Site) -> list[str]:
    settings = str(site.folder.settings)
    return [sys.executable, "-m", module, "--settings", settings, "--stop-with-stdin"]


def _broker(site: Site, words: Words) -> Part:
    small = Part("broker", _ours("surco_gateway.broker", site), site.environment)
    if site.broker == "small":
        return small
    if find_mosquitto() is None:
        if site.broker == "auto":
            return small
        raise SettingsError(words("no-mosquitto"))
    data = Path(site.value("broker", "data", str(site.folder.path / "broker")))
    command = prepare(
        data,
        Path(site.value("broker", "password_file", str(site.folder.passwords))),
        site.number("broker", "port", 1883),
        site.value("broker", "host", "127.0.0.1"),
        tls=_secure_port(site),
    )
    guarded = ["/bin/sh", "-c", GUARDED, "broker", str(data / "broker.pid"), *command]
    return Part("broker", guarded, site.environment)


def _secure_port(site: Site) -> SecurePort | None:
    folder = site.value("broker", "tls_folder", "")
    if not folder:
        return None
    port = site.number("broker", "tls_port", TLS_PORT)
    return SecurePort(port, site.value("broker", "tls_host", ANYWHERE), Path(folder))


def check_ports(site: Site, words: Words) -> None:
    """Say which port is taken before anything starts. Raises `SettingsError`."""
    wanted = [
        ("service", "host", "127.0.0.1", "port", 8000),
        ("gateway", "health_host", "127.0.0.1", "health_port", 8081),
    ]
    if site.broker in ("auto", "small", "mosquitto"):
        wanted.append(("broker", "host", "127.0.0.1", "port", 1883))
        if site.value("broker", "tls_folder", ""):
            wanted.append(("broker", "tls_host", ANYWHERE, "tls_port", TLS_PORT))
    for section, host_name, usual_host, port_name, usual_port in wanted:
        host = site.value(section, host_name, usual_host)
        port = site.number(section, port_name, usual_port)
        if why := port_trouble(host, port):
            key = f"{section}.{port_name}"
            raise SettingsError(words("port-taken", key=key, port=port, host=host, why=why))


def port_trouble(host: str, port: int) -> str | None:
    """Return why a port cannot be opened, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


@contextmanager
def alone(folder: Folder, words: Words) -> Generator[None]:
    """Hold the folder for this process. Raises `SettingsError` when another one does."""
    with (folder.path / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(words("already-running", path=folder.path)) from error
        yield


# ---------------------------------------------------------------- running


class Console:
    """What the person at the terminal sees."""

    def __init__(
        self, site: Site, wanted: Wanted, words: Words, more: tuple[str, ...] = ()
    ) -> None:
        self._site, self._wanted, self._words = site, wanted, words
        self._waiting = {*CORE, *more}
        self._greeted = False

    def expect(self, names: list[str]) -> None:
        self._waiting = set(names) & set(CORE)

    def heard(self, part: str, line: str) -> None:
        quiet = part != "simulation" and (" INFO " in f" {line} " or " DEBUG " in f" {line} ")
        if part == "broker" and ": " in line[:12]:
            quiet = True  # Mosquitto's notices, each with a time
        if self._wanted.verbose or not quiet:
            say(line if part == "simulation" else f"{part} | {line}")

    def ready(self, part: str) -> None:
        self._waiting.discard(part)
        if not self._waiting and not self._greeted:
            self._greeted = True
            self._greet()

    def ended(self, part: str, code: int, seconds: float | None, line: str) -> None:
        if seconds is None:
            if not self._wanted.verbose:
                return  # its own line was just shown
            say(self._words("configuration", part=part, line=line))
        else:
            say(self._words("restarted", part=part, code=code, seconds=max(seconds, 0)))

    def _greet(self) -> None:
        say(self._words("running", url=self._site.url))
        if self._wanted.lan:
            _say_lan(self._site, self._words)
        run_command(self._site, "admin-link", "--first")
        say(self._words("stop-hint"))


def run_up(wanted: Wanted, given: Mapping[str, str], words: Words) -> int:
    """Run until asked to stop. Raises `SettingsError`."""
    site = prepare_site(wanted, given, words)
    with alone(site.folder, words):
        check_ports(site, words)
        introduce(site)
        return supervise(site, wanted, parts_of(site, words), words)


def introduce(site: Site) -> None:
    """Tell the service which gateway it has, once; later when its database does not answer yet."""
    known = site.folder.path / "gateway" / ".known"
    if known.exists() or run_command(site, "introduce") == 0:
        return

    def again() -> None:
        while not known.exists():
            time.sleep(INTRODUCE_S)
            with suppress(SettingsError):
                run_command(site, "introduce", quiet=True)

    threading.Thread(target=again, name="introduce", daemon=True).start()


def supervise(site: Site, wanted: Wanted, parts: list[Part], words: Words) -> int:
    console = Console(site, wanted, words)
    console.expect([part.name for part in parts])
    try:
        site.folder.running.write_text(json.dumps(dict(site.options)), encoding="utf-8")
    except OSError as error:  # other commands then see the settings without these options
        say(words("no-room", why=error.strerror, path=site.folder.path))
    try:
        code = Supervisor(
            parts, site.folder.logs, console.heard, console.ready, console.ended
        ).run()
    finally:
        with suppress(OSError):
            site.folder.running.unlink(missing_ok=True)
    if code == 0:
        say(words("stopped", data=site.folder.path))
    return code


def run_command(site: Site, *command: str, quiet: bool = False) -> int:
    """Run one of our commands in a process of its own: its imports are heavy, and we stay small.

    Returns its exit code. Raises `SettingsError` when that says so.
    """
    arguments = [sys.executable, "-m", "surco", *command, "--data", str(site.folder.path)]
    done = subprocess.run(
        arguments, env=dict(site.environment), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, start_new_session=True,
    )  # fmt: skip
    if done.returncode == EXIT_CONFIGURATION:
        raise SettingsError(done.stderr.strip().splitlines()[-1])
    if not quiet:
        say((done.stdout or done.stderr).rstrip())
    return done.returncode


def _say_lan(site: Site, words: Words) -> None:
    url = f"http://{lan_address()}:{site.number('service', 'port', 8000)}"
    say(words("lan", url=url))
    say(qr(url))
    say(words("lan-https"))


def qr(text: str) -> str:
    import io

    import segno

    out = io.StringIO()
    segno.make(text).terminal(out, compact=True)
    return out.getvalue().rstrip("\n")


def lan_address() -> str:
    """Return the address that others in the network reach; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def say(text: str) -> None:
    if text:
        print(text, flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
