"""The calls to the service, and what each answer means.

TABLE of answers: 200 with our envelope → delivered · 413 → `TooLarge` · 400, 422 → `Refused` ·
500 → `Failing` · everything else, and a 200 that is not ours (a captive portal) → `Unreachable`.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, cast

import httpx

from surco_gateway.config import Settings
from surco_gateway.errors import Failing, Refused, TooLarge, Unreachable
from surco_gateway.spool.spool import Message
from surco_gateway.tls import tls_context

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
SHORT_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
POLL_WAIT_S = 25
LONGEST_WAIT_S = 600.0  # of a Retry-After that we honour

_json_string = json.JSONEncoder(ensure_ascii=False).encode
"""Writes a string as JSON; a delivery of thousands is put together from such pieces, faster than whole."""

WORDS = {
    401: "the service does not accept our token; check gateway.service_token",
    403: "the service does not let this gateway in; check gateway.id and gateway.service_token",
    404: "nothing of Surco answers at {url}; check gateway.service_url",
    408: "the service gave up waiting; the link may be slow",
    429: "the service asks for a pause",
    500: "the service failed; look into its log",
    503: "the service cannot store at present; look at its database",
}

PROBLEM = "application/problem+json"
NOT_CLAIMED = {404: "unknown-node", 409: "no-label"}
"""What a node is told when the service itself says so."""


class ServiceClient:
    """The service, as the gateway sees it. Thread-safe."""

    def __init__(self, client: httpx.Client, gateway: str) -> None:
        self._client, self._gateway = client, gateway

    def pack(self, messages: Sequence[Message]) -> bytes:
        """Write messages as they travel."""
        return envelope(self._gateway, messages)

    def deliver(self, packed: bytes, timeout_s: float | None = None) -> dict[str, Any]:
        """Hand over packed messages; return the receipt. Raises `Refused` or `Unreachable`."""
        return self._call(
            "POST", "/api/v1/deliveries", content=packed,
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT if timeout_s is None else timeout_s,
        )  # fmt: skip

    def commands(self, after: int, replaying: int) -> list[Any]:
        """Wait for commands and return them, or none after a while. Raises like `deliver`.

        `replaying`: how many messages are still to be sent again.
        """
        found = self._call(
            "GET", f"/api/v1/gateways/{self._gateway}/commands",
            params={"after": after, "wait": POLL_WAIT_S, "replaying": replaying}, timeout=TIMEOUT,
        ).get("commands")  # fmt: skip
        if not isinstance(found, list):
            raise Unreachable("the service's list of commands is not a list")
        return cast(list[Any], found)

    def report(self, health: dict[str, Any]) -> None:
        """Say how this gateway is. Raises `Refused` or `Unreachable`."""
        path = f"/api/v1/gateways/{self._gateway}/report"
        self._call("POST", path, json=health, timeout=SHORT_TIMEOUT)

    def claim(self, body: dict[str, Any]) -> str:
        """Hand on a claim; return "" when it is taken, else why not. Raises `Unreachable`.

        Neither the claim nor the answer's words go into an error: they would end in a log.
        """
        path = f"/api/v1/gateways/{self._gateway}/claims"
        try:
            answer = self._client.request("POST", path, json=body, timeout=SHORT_TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"the service does not answer ({type(error).__name__})") from None
        why = NOT_CLAIMED.get(answer.status_code)
        if why and answer.headers.get("Content-Type", "").startswith(PROBLEM):
            return why
        if answer.status_code in (400, 413, 422):
            raise Unreachable(f"the service could not read a claim ({answer.status_code})")
        _raise_unless_ok(answer)
        self._envelope(answer)
        return ""

    def firmware(self, sha: str) -> bytes | None:
        """Return a file of firmware, None when the service has none. Raises `Unreachable`."""
        try:
            answer = self._client.get(f"/api/v1/firmware/{sha}", timeout=SHORT_TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"the service does not answer ({_first_line(error)})") from error
        if answer.status_code == 404:
            return None
        _raise_unless_ok(answer)
        return answer.content

    def close(self) -> None:
        self._client.close()

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"the service does not answer ({_first_line(error)})") from error
        _raise_unless_ok(answer)
        return self._envelope(answer)

    def _envelope(self, answer: httpx.Response) -> dict[str, Any]:
        """Return what a 200 says when it is ours. Raises `Unreachable`."""
        try:
            body: object = answer.json()
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or cast(dict[str, Any], body).get("surco") != 1:
            raise Unreachable(
                f"what answers at {self._client.base_url} is not Surco; "
                "is there a sign-in page in between, or another program on that port?"
            )
        return cast(dict[str, Any], body)


def open_service(settings: Settings) -> ServiceClient:
    """Open a client that keeps its connections. Proxies in the environment are not used."""
    client = httpx.Client(
        base_url=settings.service_url,
        headers={"Authorization": f"Bearer {settings.service_token}"},
        verify=tls_context(settings) if settings.service_url.startswith("https") else False,
        trust_env=False,
        timeout=TIMEOUT,
    )
    return ServiceClient(client, settings.id)


def envelope(gateway: str, messages: Sequence[Message]) -> bytes:
    """Write a delivery: the node's own words, unchanged."""
    written = ",".join([_message(message) for message in messages])
    return f'{{"gateway":{_json_string(gateway)},"messages":[{written}]}}'.encode(
        "utf-8", "surrogatepass"
    )


def _message(message: Message) -> str:
    try:
        payload = f'"payload":{_json_string(message.payload.decode())}'
    except UnicodeDecodeError:
        payload = f'"payload_b64":"{base64.b64encode(message.payload).decode()}"'
    refused = ""
    if message.refusal is not None:
        code, detail = _json_string(message.refusal.code), _json_string(message.refusal.detail)
        refused = f',"refused":{{"code":{code},"detail":{detail}}}'
    return (
        f'{{"id":{message.id},"topic":{_json_string(message.topic)},"received_at":{message.received_at!r},'
        f'"clock_ok":{"true" if message.clock_ok else "false"},{payload}{refused}}}'
    )


def _raise_unless_ok(answer: httpx.Response) -> None:
    status = answer.status_code
    if status == 200:
        return
    words = WORDS.get(status, "the service answers {status}").format(
        url=answer.request.url, status=status
    )
    if status == 413:
        raise TooLarge(f"a batch was too large ({status})")
    if status in (400, 422):
        raise Refused(f"the service could not read it ({status}): {answer.text[:300]}")
    if status == 500:
        raise Failing(words)
    raise Unreachable(words, _retry_after(answer))


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return min(float(value), LONGEST_WAIT_S) if value.isascii() and value.isdigit() else None


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
