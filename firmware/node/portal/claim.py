"""The steps of setting a node up: join the Wi-Fi, speak with the broker, claim, save, come in again.

    wifi     join while our own network stays open
    gateway  reach the broker; a node that is known there already needs no code
    claim    give the gateway a new password and key, under the code of the label
    again    save, and come in with the new password: the broker reads its file a moment later

The new password and key are kept in `claim.json` before they are told to anybody: whenever the
power or the answer is lost in between, the next try finds out whether they are valid already. The
configuration from before stays until the new one was taken. No secret is ever handed back, and none
is said to another address than the one that it was made for: that one needs a code.
"""

import asyncio
import json
from binascii import hexlify

from micropython import const
from node.gateway.mqtt import MqttError
from node.gateway.session import FAULTS, PREFIX, connect, goodbye
from node.keep import config as configuration
from node.portal.form import Failed, read

_JOIN_S = const(20)
_AGAIN_S = const(30)
_PAUSE_S = const(2)
ANSWER_S = 15
PENDING = "claim.json"
WRONG_PASSWORD = (4, 5)  # codes of a broker that does not take a name with its password


class Claim:
    """One portal's attempts. `progress` is what the page may know of them.

    `label` is label.json; `config` what the node was told before, None when nothing.
    """

    def __init__(self, board, label, config):
        self._board, self._label, self.config = board, label, config
        self._work = None
        self.progress = {"step": "", "state": "idle", "why": ""}

    def start(self, form, air, water):
        """Start trying what a form says. Raises Failed with the name of the wrong field."""
        wanted, code = read(form, self._label, self.config)
        if not code and not self._made_for(wanted):
            if self.config is None:
                raise Failed("code")
            raise Failed("moved")
        self._show("wifi")
        self._work = asyncio.create_task(self._try(wanted, code, air, water))

    def stop(self):
        if self._work is not None:
            self._work.cancel()

    # ---------------------------------------------------------------- the steps

    def _show(self, step, state="busy", why=""):
        self.progress = {"step": step, "state": state, "why": why}
        self._board.light("joining" if state == "busy" else "setup")

    async def _try(self, wanted, code, air, water):
        try:
            await self._join(wanted["networks"])
            self._show("gateway")
            secrets = await self._known_secrets(wanted, code)
            if secrets is None:
                await self._claim(wanted, code, air, water)
            else:
                self._save(wanted, secrets)
            self._show("done", "done")
        except Failed as error:
            self._show(self.progress["step"], "failed", error.args[0])
        except Exception as error:  # noqa: BLE001  the page must hear of it, without its words
            self._show(self.progress["step"], "failed", type(error).__name__)

    async def _join(self, networks):
        """Join the first network, or the second when the first is not here."""
        why = ""
        for one in networks:
            try:
                joining = self._board.radio.join(one["ssid"], one["password"], _JOIN_S)
                await asyncio.wait_for(joining, _JOIN_S + 2)
                return
            except asyncio.TimeoutError:
                why = why or "no-wifi"
            except OSError as error:
                why = why or getattr(error, "why", "no-wifi")
        raise Failed(why)

    async def _known_secrets(self, wanted, code):
        """Return the secrets that the broker knows us by already, None when a code must do it."""
        for secrets in self._made_for(wanted):
            if await self._is_let_in(wanted, secrets["password"]):
                return secrets
        if not code:
            raise Failed("stranger")
        return None

    def _made_for(self, wanted):
        """Return the secrets that were made for this broker."""
        mine = self.config and _at(self.config) == _at(wanted)
        return [one for one in (self._pending(wanted), mine and self.config) if one]

    def _pending(self, wanted):
        try:
            found = json.loads(self._board.files.read(PENDING))
            whole = len(found["password"]) >= 8 and len(found["key"]) == 64
            return found if whole and found["at"] == _at(wanted) else None
        except (ValueError, KeyError, TypeError):
            return None

    async def _is_let_in(self, wanted, password):
        """Return whether the broker takes this password. Raises Failed when it is not reached."""
        client = await self._connect(wanted, password)
        if client is None:
            return False
        await goodbye(client)
        return True

    async def _connect(self, wanted, password):
        """Return a client, None when the broker refuses the password. Raises Failed."""
        try:
            return await connect(self._board, dict(wanted, password=password), ("claimed",))
        except MqttError as error:
            if error.code in WRONG_PASSWORD:
                return None
            raise Failed("no-broker")
        except FAULTS as error:
            raise Failed(_why_no_gateway(error, wanted))

    async def _claim(self, wanted, code, air, water):
        """Give the garden new secrets, save them, and come in with them."""
        client = await self._connect(wanted, code)
        if client is None:
            raise Failed("wrong-code")
        self._show("claim")
        secrets, taken = self._pending(wanted) or self._new_secrets(wanted), False
        try:
            said = {"password": secrets["password"], "key": secrets["key"]}
            said["air"], said["water"] = air, water
            prefix = PREFIX + wanted["node"] + "/"
            await client.publish(prefix + "claim", json.dumps(said).encode())
            why = await asyncio.wait_for(_verdict(client, prefix + "claimed"), ANSWER_S)
            taken = not why
        except asyncio.TimeoutError:
            why = "no-answer"
        except FAULTS:
            why = ""  # perhaps it was taken, and the broker sent away whoever used the code
        finally:
            await goodbye(client)
        if why:
            raise Failed(why)
        self._show("again")
        if taken:
            self._save(wanted, secrets)
        await self._is_let_in_soon(wanted, secrets["password"])
        if not taken:
            self._save(wanted, secrets)

    def _new_secrets(self, wanted):
        made = {
            "at": _at(wanted),
            "password": hexlify(self._board.random(16)).decode(),
            "key": hexlify(self._board.random(32)).decode(),
        }
        self._board.files.replace(PENDING, json.dumps(made).encode())
        return made

    async def _is_let_in_soon(self, wanted, password):
        for _ in range(_AGAIN_S // _PAUSE_S):
            try:
                if await self._is_let_in(wanted, password):
                    return
            except Failed:
                pass  # the broker is busy with its file
            await asyncio.sleep(_PAUSE_S)
        raise Failed("not-again")

    def _save(self, wanted, secrets):
        wanted["password"], wanted["key"] = secrets["password"], secrets["key"]
        configuration.save(self._board.files, wanted)
        self._board.files.remove(PENDING)
        self.config = wanted


def _at(told):
    """Return where a broker is, and how it is spoken with."""
    return [told["host"].lower(), told["port"], told["tls"]]


async def _verdict(client, topic):
    """Return why the gateway does not take the claim, "" when it does."""
    while True:
        found, payload = await client.receive()
        if found != topic:
            continue
        said = json.loads(payload)
        if not isinstance(said, dict):
            raise ValueError
        if said.get("ok") is True:
            return ""
        why = said.get("why")
        return why if why in ("unknown-node", "no-label", "later") else "later"


def _why_no_gateway(error, wanted):
    return "certificate" if wanted["tls"] and isinstance(error, ValueError) else "no-gateway"
