"""`surco setup influx`: an InfluxDB 2 gets a bucket, and Surco and Grafana a token each.

An empty InfluxDB is set up whole; its administrator's password and token are kept in a file of the
data folder. One that is set up already asks for its administrator's token, which is not kept.
"""

import argparse
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from surco.machine.folder import Folder, make, sections, write_private
from surco.words import Words
from surco_contract.credentials import new_secret
from surco_contract.settings import SettingsError
from surco_dashboards.access import AccessRefused, bucket_token, read_only_token

ADMINISTRATOR = "surco-admin"
TIMEOUT_S = 10


@dataclass(frozen=True)
class Bucket:
    """Where readings shall be kept."""

    url: str
    org: str
    name: str


def setup_influx(given: argparse.Namespace, words: Words) -> int:
    """Make what is missing, write the service's settings, print Grafana's. Raises `SettingsError`."""
    folder, bucket = make(given.data), Bucket(given.url.rstrip("/"), given.org, given.bucket)
    if "influx_url" in sections(folder).get("service", {}):
        raise SettingsError(words("influx-there", file=folder.settings))
    try:
        admin_token = _administrator(folder, bucket, words) or os.environ.get("INFLUX_TOKEN", "")
        if not admin_token:
            raise SettingsError(words("influx-whose", url=bucket.url))
        _make_bucket(bucket, admin_token)
        place = (bucket.url, bucket.org, bucket.name, admin_token)
        ours = bucket_token(*place, ("read", "write"), f"Surco keeps {bucket.name}")
        grafanas = read_only_token(*place)
    except httpx.HTTPError as error:
        why = type(error).__name__
        raise SettingsError(words("influx-away", url=bucket.url, why=why)) from error
    except AccessRefused as error:
        raise SettingsError(words("influx-refuses", url=bucket.url, why=error)) from error
    _write_settings(folder.settings, bucket, ours)
    print(words("influx-made", bucket=bucket.name, file=folder.settings))
    print(words("influx-grafana"))
    print(f"SURCO_INFLUX_URL={bucket.url}")
    print(f"SURCO_INFLUX_BUCKET={bucket.name}")
    print(f"SURCO_GRAFANA_READ_TOKEN={grafanas}")
    return 0


def _administrator(folder: Folder, bucket: Bucket, words: Words) -> str | None:
    """Set up an InfluxDB that nobody has set up; return its administrator's token, else None."""
    door = f"{bucket.url}/api/v2/setup"
    if not _answer(httpx.get(door, timeout=TIMEOUT_S)).get("allowed"):
        return None
    password, token = new_secret(), new_secret()
    file = folder.path / "influx-admin.txt"
    write_private(file, f"user {ADMINISTRATOR}\npassword {password}\ntoken {token}\n")
    wanted = {
        "username": ADMINISTRATOR, "password": password, "token": token,
        "org": bucket.org, "bucket": bucket.name,
    }  # fmt: skip
    _answer(httpx.post(door, json=wanted, timeout=TIMEOUT_S))
    print(words("influx-set-up", url=bucket.url, file=file))
    return token


def _make_bucket(bucket: Bucket, admin_token: str) -> None:
    headers = {"Authorization": f"Token {admin_token}"}
    with httpx.Client(
        base_url=f"{bucket.url}/api/v2/", headers=headers, timeout=TIMEOUT_S
    ) as influx:
        orgs = influx.get("orgs", params={"org": bucket.org})
        if orgs.status_code == 404:
            orgs = influx.post("orgs", json={"name": bucket.org})
        found = _answer(orgs)
        org = (found["orgs"][0] if "orgs" in found else found)["id"]
        asked = {"name": bucket.name, "orgID": org}
        there = influx.get("buckets", params=asked)
        if there.status_code == 404 or not _answer(there).get("buckets"):
            _answer(influx.post("buckets", json={**asked, "retentionRules": []}))


def _answer(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise AccessRefused(f"{answer.status_code}: {answer.text[:200]}")
    return answer.json()


def _write_settings(file: Path, bucket: Bucket, token: str) -> None:
    """Add lines to the section of the service; what a person wrote stays as it is."""
    values = {
        "influx_url": bucket.url, "influx_token": token, "influx_org": bucket.org,
        "influx_bucket": bucket.name,
    }  # fmt: skip
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    text = file.read_text(encoding="utf-8")
    text, there = re.subn(
        r"(?m)^\[service\].*$", lambda head: f"{head[0]}\n{lines}".rstrip(), text, count=1
    )
    write_private(file, text if there else f"{text.rstrip()}\n\n[service]\n{lines}")
