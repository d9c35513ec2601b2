"""`surco up --install`: start at boot as a systemd unit of this user; no root."""

import argparse
import getpass
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from surco.words import Words

UNIT = "surco.service"
TEMPLATE = Path(__file__).parent / "units" / UNIT


def unit(command: list[str]) -> str:
    """Return the unit that runs a command for ever."""
    line = " ".join(shlex.quote(part).replace("%", "%%") for part in command)
    return TEMPLATE.read_text(encoding="utf-8").replace("@COMMAND@", line)


def install(given: argparse.Namespace, words: Words) -> int:
    """Write the unit, enable and start it; return 1 where there is no systemd."""
    command = [sys.executable, "-m", "surco", "up", "--data", str(given.data.resolve())]
    for name in ("port", "broker", "influx"):
        if (value := getattr(given, name)) is not None:
            command += [f"--{name}", str(value)]
    if given.lan:
        command.append("--lan")
    systemctl = shutil.which("systemctl")
    if systemctl is None or not Path("/run/systemd/system").is_dir():
        print(words("no-systemd", command=shlex.join(command)), file=sys.stderr)
        return 1
    file = Path.home() / ".config" / "systemd" / "user" / UNIT
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(unit(command), encoding="utf-8")
    for action in (["daemon-reload"], ["enable", "--now", UNIT]):
        subprocess.run([systemctl, "--user", *action], check=True)
    print(words("installed", unit=file, linger=f"loginctl enable-linger {getpass.getuser()}"))
    return 0
