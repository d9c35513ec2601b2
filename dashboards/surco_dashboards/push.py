"""Puts the dashboards into a Grafana that has no provisioning files, with grafana-client.

One way per server: what was provisioned from files cannot be pushed over.
"""

from collections.abc import Mapping
from typing import Any

FOLDER = "surco"


def push(url: str, token: str, dashboards: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Make the folder if need be, and write every dashboard; return their addresses.

    Raises grafana_client's `GrafanaException`.
    """
    from grafana_client.api import GrafanaApi
    from grafana_client.client import GrafanaClientError, TokenAuth

    grafana: Any = GrafanaApi.from_url(url, credential=TokenAuth(token))  # it has no types
    try:
        grafana.folder.get_folder(FOLDER)
    except GrafanaClientError:
        grafana.folder.create_folder("Surco", uid=FOLDER)
    return [
        url.rstrip("/")
        + grafana.dashboard.update_dashboard(
            {"dashboard": {**dashboard, "id": None}, "folderUid": FOLDER, "overwrite": True}
        )["url"]
        for dashboard in dashboards.values()
    ]
