"""SURCO_LONG=1 lets tests do everything of which `make test` does a sample; `.ci/run` sets it."""

import os

LONG = os.environ.get("SURCO_LONG", "") not in ("", "0")
