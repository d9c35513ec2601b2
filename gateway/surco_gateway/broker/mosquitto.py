"""A Mosquitto that is found on the machine, configured to keep the same promises as the small broker.

Its PUBACK is not durable whatever is set here (it saves its database now and then), which is why
nodes wait for the application ack. A database that was cut short would keep it from starting, so
`guard` tries it first and moves it aside.
"""

import os
import shutil
import subprocess
from pathlib import Path
from threading import Timer
from time import time_ns
from typing import NamedTuple

from surco_contract import topics

LONGEST_KEEPALIVE_S = 3600  # of a client: Mosquitto refuses a longer one
SAVE_EVERY_S = 30
CONNECTIONS = 2000  # of each port; those that say nothing for 90 s are let go
TRIAL_S = 10.0  # a database that takes longer to load is taken for broken
PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")

CONFIGURATION = """\
# written by Surco at every start; changes are lost
listener {port} {host}
max_connections {connections}
allow_anonymous false
password_file {passwords}
acl_file {acl}
# the client id is the user's name, whatever a client says: nobody takes another's session
use_username_as_clientid true
pid_file {pid}
persistence true
persistence_location {data}/
autosave_on_changes false
autosave_interval {save_every}
# of each client, for whom it may be away; above it the newest are dropped. Never 0: with 0, Mosquitto 2.0
# throws out a client after one refused message
max_queued_messages 20000
max_queued_bytes 20000000
max_inflight_messages 4000
max_packet_size 65536
message_size_limit 60000
max_keepalive {longest_keepalive}
persistent_client_expiration 60d
set_tcp_nodelay true
{secure}log_dest stderr
log_type error
log_type warning
log_type notice
{user}"""


def find_mosquitto() -> str | None:
    """Return the path of a Mosquitto, also where a user's PATH does not look."""
    return shutil.which("mosquitto", path=":".join([os.environ.get("PATH", ""), *PLACES]))


class SecurePort(NamedTuple):
    """Where Mosquitto speaks TLS, with `broker.pem` and `broker.key` of a folder."""

    port: int
    host: str
    folder: Path


def prepare(
    data: Path,
    passwords: Path,
    port: int,
    host: str = "127.0.0.1",
    save_every_s: int = SAVE_EVERY_S,
    tls: SecurePort | None = None,
) -> list[str]:
    """Write the configuration into `data`; return the command that starts Mosquitto with it.

    `save_every_s`: how often the whole database is written. What came since then is lost by a power
    cut, and by nothing else: the nodes' rows come again (docs/decisions/0013). `tls`: a second port.

    Raises FileNotFoundError when there is no Mosquitto.
    """
    program = find_mosquitto()
    if program is None:
        raise FileNotFoundError("mosquitto")
    data.mkdir(parents=True, exist_ok=True)
    files = {name: data / name for name in ("mosquitto.conf", "acl", "broker.pid")}
    files["acl"].write_text(access_list())
    files["acl"].chmod(0o600)
    files["mosquitto.conf"].write_text(
        CONFIGURATION.format(
            port=port, host=host, passwords=passwords, acl=files["acl"], pid=files["broker.pid"],
            data=data, save_every=save_every_s, longest_keepalive=LONGEST_KEEPALIVE_S,
            connections=CONNECTIONS, secure=_secure(tls), user="user root\n" if os.geteuid() == 0 else "",
        )
    )  # fmt: skip
    guard(program, data)
    return [program, "-c", str(files["mosquitto.conf"])]


def access_list() -> str:
    """Write who may do what, from the tables of `surco_contract.topics`."""
    lines = [f"user {topics.GATEWAY}", f"topic readwrite {topics.PREFIX}/#"]
    lines += [f"pattern write {topics.topic('%u', kind)}" for kind in topics.TO_GATEWAY]
    lines += [f"pattern read {topics.topic('%u', kind)}" for kind in topics.TO_NODE]
    lines.append(f"pattern read {topics.advice('+')}")
    return "\n".join(lines) + "\n"


def _secure(tls: SecurePort | None) -> str:
    if tls is None:
        return ""
    return (
        f"listener {tls.port} {tls.host}\nmax_connections {CONNECTIONS}\ncertfile {tls.folder}/broker.pem\n"
        f"keyfile {tls.folder}/broker.key\ntls_version tlsv1.2\nuse_username_as_clientid true\n"
    )


def guard(program: str, data: Path) -> Path | None:
    """Move a database aside that Mosquitto would refuse to start with; return where it is now."""
    database = data / "mosquitto.db"
    if not database.exists() or _loads(program, data):
        return None
    aside = database.with_name(f"mosquitto.db.broken-{time_ns()}")
    database.rename(aside)
    return aside


def _loads(program: str, data: Path) -> bool:
    """Tell whether Mosquitto starts with a copy of its database: it ends at once when it cannot."""
    trial = data.resolve() / f"trial-{time_ns()}"
    trial.mkdir()
    try:
        shutil.copy(data / "mosquitto.db", trial / "mosquitto.db")
        trial_conf = trial / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        trial_conf.write_text(
            # its name alone: a path of more than 107 bytes is none for a socket
            f"listener 0 socket\npersistence true\npersistence_location {trial}/\n"
            f"allow_anonymous true\nlog_dest stderr\n{user}"
        )
        with subprocess.Popen(
            [program, "-c", str(trial_conf)], cwd=trial, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            return _keeps_running(process)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _keeps_running(process: "subprocess.Popen[bytes]") -> bool:
    """Wait until it says that it runs, or ends; then it is killed: its folder is a copy."""
    watchdog = Timer(TRIAL_S, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None
        return any(b"running" in line for line in process.stderr)
    finally:
        watchdog.cancel()
        process.kill()
