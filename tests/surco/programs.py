"""`surco` as a person runs it: a process, its output, and the ports it was given."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers import free_port, wait_until


class Surco:
    """One `surco up` or `surco demo` on free ports."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data, self.port, self.broker_port = data, free_port(), free_port()
        self.output = data.with_suffix(".out")
        self.environment = {
            **os.environ,
            "LANG": "es_MX.UTF-8",
            "LC_ALL": "",
            "SURCO_BROKER_PORT": str(self.broker_port),
            "SURCO_GATEWAY_HEALTH_PORT": str(free_port()),
            "SURCO_GATEWAY_CLOCK": "trusted",
        }
        self.command = [sys.executable, "-m", "surco", *arguments, "--data", str(data)]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def __enter__(self) -> Self:
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [*self.command, "--port", str(self.port)], env=self.environment, stdout=out,
                stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_for(self, text: str, seconds: float = 60) -> None:
        def there() -> bool:
            assert self.process is not None
            if self.process.poll() is not None and text not in self.said():
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            return text in self.said()

        wait_until(there, f"it says {text!r}", seconds)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run another command on the same folder."""
        command = [sys.executable, "-m", "surco", *arguments, "--data", str(self.data)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
