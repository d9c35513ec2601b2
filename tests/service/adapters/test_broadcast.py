"""Pages that listen hear of every bed that changed, from whichever thread."""

import asyncio
import threading

from surco_service.adapters.broadcast import Broadcast


def test_a_listener_hears_each_changed_bed_once() -> None:
    async def listen() -> list[set[str]]:
        events = Broadcast()
        async with events.listen() as listener:
            for bed in ("c-1", "c-2", "c-1"):
                thread = threading.Thread(target=events.publish, args=(bed,))
                thread.start()
                await asyncio.to_thread(thread.join)
            return [await listener.changed(5), await listener.changed(0.01)]

    assert asyncio.run(listen()) == [{"c-1", "c-2"}, set()]


def test_publishing_to_nobody_and_to_those_who_left_does_no_harm() -> None:
    events = Broadcast()

    async def leave() -> None:
        async with events.listen():
            pass

    events.publish("c-1")
    asyncio.run(leave())
    events.publish("c-1")
    assert events._listeners == set()
