"""Tokens that may do something with one bucket of InfluxDB and nothing with any other.

Any visitor of a Grafana may send any query to its data source, `DROP MEASUREMENT` included. So the
token, not the dashboard, decides what can happen.
"""

from collections.abc import Sequence

import httpx


class AccessRefused(Exception):
    """InfluxDB did not make the token; the words say why."""


def read_only_token(url: str, org: str, bucket: str, admin_token: str) -> str:
    """Make Grafana's token. Raises `AccessRefused`; `httpx.HTTPError` when InfluxDB is away."""
    return bucket_token(url, org, bucket, admin_token, ("read",), f"Grafana reads {bucket}")


def bucket_token(
    url: str, org: str, bucket: str, admin_token: str, actions: Sequence[str], description: str
) -> str:
    """Make a token for `bucket`. Raises `AccessRefused`; `httpx.HTTPError` when InfluxDB is away."""
    with httpx.Client(
        base_url=f"{url.rstrip('/')}/api/v2/", headers={"Authorization": f"Token {admin_token}"}
    ) as influx:
        org_id = _id(influx, "orgs", {"org": org}, org)
        bucket_id = _id(influx, "buckets", {"name": bucket, "orgID": org_id}, bucket)
        resource = {"type": "buckets", "id": bucket_id, "orgID": org_id}
        wanted = {
            "orgID": org_id,
            "description": description,
            "permissions": [{"action": action, "resource": resource} for action in actions],
        }
        answer = influx.post("authorizations", json=wanted)
        if answer.status_code != 201:
            raise AccessRefused(f"{answer.status_code}: {answer.text}")
        return str(answer.json()["token"])


def _id(influx: httpx.Client, kind: str, asked: dict[str, str], name: str) -> str:
    answer = influx.get(kind, params=asked)
    found = answer.json().get(kind) if answer.status_code == 200 else None
    if not found:
        raise AccessRefused(f"{kind}: there is no {name!r}, or the token may not see it")
    return str(found[0]["id"])
