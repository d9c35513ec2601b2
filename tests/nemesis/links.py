"""The links between the programs, through Toxiproxy: https://github.com/Shopify/toxiproxy."""

from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.servers import Server, free_port, program

LATENCY_MS, KILOBYTES_PER_S = 3000, 2  # an answer takes six seconds and more
TIMEOUT_S = 30


class Toxiproxy(Server):
    """A proxy in front of each place that a program connects to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ports: dict[str, int] = {}

    def command(self) -> list[str]:
        name = program("toxiproxy-server") or "toxiproxy-server"
        return [name, "-host", "127.0.0.1", "-port", str(self.port)]

    def add(self, link: str, port: int) -> int:
        """Put a link in front of a port; return the port to connect to instead."""
        self.ports[link] = free_port()
        self._ask("POST", "proxies", {
            "name": link, "listen": f"127.0.0.1:{self.ports[link]}",
            "upstream": f"127.0.0.1:{port}", "enabled": True,
        })  # fmt: skip
        return self.ports[link]

    def cut(self, link: str) -> None:
        """Close what is open, and refuse what comes."""
        self._ask("POST", f"proxies/{link}", {"enabled": False})

    def stall(self, link: str) -> None:
        """Keep connections open, let nothing through."""
        for stream in ("upstream", "downstream"):
            self._toxic(link, "timeout", stream, {"timeout": 0})

    def slow(self, link: str) -> None:
        for stream in ("upstream", "downstream"):
            self._toxic(link, "latency", stream, {"latency": LATENCY_MS, "jitter": 200})
            self._toxic(link, "bandwidth", stream, {"rate": KILOBYTES_PER_S})

    def mend(self, link: str) -> None:
        """Let everything through; connections are made anew, as when a modem comes back."""
        self.cut(link)  # a toxic is taken out only after what it still holds back
        toxics = httpx.get(f"http://127.0.0.1:{self.port}/proxies/{link}/toxics", timeout=TIMEOUT_S)
        for toxic in toxics.json():
            self._ask("DELETE", f"proxies/{link}/toxics/{toxic['name']}")
        self._ask("POST", f"proxies/{link}", {"enabled": True})

    def _toxic(self, link: str, kind: str, stream: str, values: Mapping[str, int]) -> None:
        self._ask("POST", f"proxies/{link}/toxics", {
            "name": f"{kind}_{stream}", "type": kind, "stream": stream, "attributes": dict(values),
        })  # fmt: skip

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        url = f"http://127.0.0.1:{self.port}/{path}"
        httpx.request(method, url, json=body, timeout=TIMEOUT_S).raise_for_status()
