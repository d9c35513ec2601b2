"""On the way to the broker and back: join a network, connect, and leave without a word too few.

Two networks get a turn; the one that failed comes second the next time, unless it is on trial.
DISCONNECT is said also when things went wrong: the last will is for crashes only.
"""

import asyncio

from micropython import const
from node.gateway.link import open_link
from node.gateway.mqtt import Client, MqttError

WIFI_S, CONNECT_S, SYNC_S = 10, 8, 3
FIRST_S = 6  # of WIFI_S, for the network that worked last
_KEEPALIVE_S = const(60)
PREFIX = "surco/v1/"
FAULTS = (OSError, EOFError, MqttError, asyncio.TimeoutError, ValueError, MemoryError)


def networks(config):
    """Return the networks to try, those on trial first."""
    on_trial = config["cfg"].get("networks", []) if config["cfg"].get("trials") else []
    return on_trial + config["networks"] or [{"ssid": ""}]


async def join(board, config, note):
    """Return the network that was joined, None when there is none; `note(words)` tells why."""
    board.checkpoint("wifi", WIFI_S + 2)
    choice, seconds = networks(config), FIRST_S
    turn = 0 if config["cfg"].get("trials") else board.memory.get("network", 0) % len(choice)
    for place in (turn, (turn + 1) % len(choice))[: len(choice)]:
        found = choice[place]
        try:
            joining = board.radio.join(found["ssid"], found.get("password", ""), seconds)
            board.memory["rssi"] = await asyncio.wait_for(joining, seconds)
            board.memory["network"] = place
            return found
        except (OSError, asyncio.TimeoutError) as error:
            note("no Wi-Fi: %s" % error)
        seconds = WIFI_S - FIRST_S
    board.memory["network"] = turn + 1
    return None


async def connect(board, config, kinds):
    """Return a client that listens to these kinds of its own topics. Raises one of FAULTS."""
    board.checkpoint("connect", CONNECT_S + SYNC_S + 2)
    client = Client(*await open_link(config, board.files, CONNECT_S))
    try:
        await asyncio.wait_for(_introduce(client, config, kinds), SYNC_S)
    except FAULTS:
        await client.close()
        raise
    return client


async def _introduce(client, config, kinds):
    prefix = PREFIX + config["node"] + "/"
    will = (prefix + "status", b'{"s":"lost"}')
    await client.connect(config["node"], config["user"], config["password"], _KEEPALIVE_S, will)
    await client.subscribe([prefix + kind for kind in kinds])


async def leave(board, client):
    """Say goodbye and switch the radio off; never raises."""
    if client is not None:
        await goodbye(client)
    board.radio.off()


async def goodbye(client):
    """Say goodbye; never raises."""
    try:
        await asyncio.wait_for(client.disconnect(), 1)
    except FAULTS:
        pass  # the connection is gone
    await client.close()
