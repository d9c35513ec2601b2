"""`main.py` for whoever starts it from elsewhere: finds the firmware one folder up."""

import sys

_parts = __file__.rsplit("/", 2)
sys.path.insert(0, (_parts[0] or "/") if len(_parts) == 3 else ("." if len(_parts) == 2 else ".."))

from main import main  # noqa: E402

main()
