"""How a program of Surco starts and stops, whether a supervisor, systemd or a person runs it.

* it prints `ready` on stdout once others may use it
* it stops at SIGTERM, SIGINT, or, with `--stop-with-stdin`, when its stdin closes: so it never
  outlives a supervisor that was killed
* exit code 0 asked to stop; 2 the configuration is wrong (starting again would not help)
"""

import os
import signal
import sys
import threading

EXIT_CONFIGURATION = 2


def say_ready() -> None:
    """Tell whoever started this program that others may use it now."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def stop_with_stdin() -> None:
    """Ask this process to stop (SIGTERM) when its stdin closes."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop-with-stdin", daemon=True).start()
