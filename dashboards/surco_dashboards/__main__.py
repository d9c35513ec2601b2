"""`python -m surco_dashboards`: generate the JSON, push it, or make Grafana's token."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from surco_dashboards.garden import garden
from surco_dashboards.panels import Json
from surco_dashboards.programme import programme

GENERATED = Path(__file__).parents[1] / "generated"
DASHBOARDS: dict[str, Callable[[], Json]] = {"programa": programme, "huerto": garden}


def text(dashboard: Json) -> str:
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def generate(folder: Path) -> None:
    """Write every dashboard into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(text(make()), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="surco_dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("generate", help="write dashboards/generated again (the default)")
    pushing = commands.add_parser("push", help="write the dashboards into a Grafana")
    pushing.add_argument("--url", required=True)
    pushing.add_argument("--token", default=os.environ.get("SURCO_GRAFANA_TOKEN", ""))
    access = commands.add_parser("token", help="make a token that reads one bucket of InfluxDB")
    access.add_argument("--url", required=True)
    access.add_argument("--org", default="surco")
    access.add_argument("--bucket", default="surco")
    access.add_argument("--admin-token", default=os.environ.get("INFLUX_TOKEN", ""))
    given = parser.parse_args()
    if given.command == "push":
        from surco_dashboards.push import push

        made = push(given.url, given.token, {name: make() for name, make in DASHBOARDS.items()})
        sys.stdout.write("\n".join(made) + "\n")
    elif given.command == "token":
        from surco_dashboards.access import AccessRefused, read_only_token

        try:
            token = read_only_token(given.url, given.org, given.bucket, given.admin_token)
        except AccessRefused as refusal:
            sys.stderr.write(f"{refusal}\n")
            return 1
        sys.stdout.write(token + "\n")
    else:
        generate(GENERATED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
