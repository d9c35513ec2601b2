"""The long form of a test: SURCO_LONG=1, which `.ci/run` sets, asks for all that `make test` samples."""

import os

LONG = os.environ.get("SURCO_LONG", "0") not in ("", "0")
