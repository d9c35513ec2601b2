"""Fast sampling for a workshop: awake and connected, a row every five seconds, then back by itself.

It ends when its time is over by the node's own clock, whoever else is still there; when the
connection breaks, the node sleeps five seconds and comes back, as long as the time lasts.
"""

import asyncio

from micropython import const
from node.wake.clock import sleep_s

_LIVE_S = const(12)  # for one round
ACK_S = 4
SHORTEST_S = 10  # less is not worth it


async def sample_fast(node, client, upload, publish_status):
    """Sample, keep and send until the time is over or the connection breaks."""
    if node.fast_left() < SHORTEST_S or upload.broken:
        return
    from node.wake.sample import commit, measure

    node.board.checkpoint("live", _LIVE_S)
    await publish_status(client, dict(node.status(), s="awake", iv=node.interval_s()))
    while node.fast_left() and not upload.broken:
        await asyncio.sleep(sleep_s(node.clock.stamp()[0], node.interval_s(), 0))
        node.board.checkpoint("live", _LIVE_S)
        commit(node, measure(node))
        await upload.send_all(client, ACK_S)
