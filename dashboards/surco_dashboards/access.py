"""A token for Grafana that can read one bucket and do nothing else.

Any visitor of a Grafana may send any query to its data source, `DROP MEASUREMENT` included. So the
token, not the dashboard, decides what can happen.
"""

import httpx


class AccessRefused(Exception):
    """InfluxDB did not make the token; the words say why."""


def read_only_token(url: str, org: str, bucket: str, admin_token: str) -> str:
    """Make a token that reads `bucket`. Raises `AccessRefused`; `httpx.HTTPError` when it is away."""
    with httpx.Client(
        base_url=f"{url.rstrip('/')}/api/v2/", headers={"Authorization": f"Token {admin_token}"}
    ) as influx:
        org_id = _id(influx, "orgs", {"org": org}, org)
        bucket_id = _id(influx, "buckets", {"name": bucket, "orgID": org_id}, bucket)
        resource = {"type": "buckets", "id": bucket_id, "orgID": org_id}
        wanted = {
            "orgID": org_id,
            "description": f"Grafana reads {bucket}",
            "permissions": [{"action": "read", "resource": resource}],
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
