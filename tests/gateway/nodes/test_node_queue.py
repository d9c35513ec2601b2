"""Every node has one place in the queue; the queue is bounded and can be stopped."""

import threading

from surco_gateway.nodes.node_queue import NodeQueue


def test_nodes_take_turns_and_a_newer_question_replaces_the_older() -> None:
    queue = NodeQueue(2)
    assert queue.put("n01", b"old")
    assert queue.put("n02", b"other")
    assert queue.put("n01", b"new")
    assert not queue.put("n03", b"no room")
    assert queue.put("n02", b"other again"), "it has its place already"
    assert [queue.take(), queue.take()] == [("n01", b"new"), ("n02", b"other again")]
    assert len(queue) == 0
    assert queue.put("n03", b"room again")


def test_whoever_waits_for_a_question_is_let_go() -> None:
    queue, found = NodeQueue(2), list[object]()
    thread = threading.Thread(target=lambda: found.append(queue.take()))
    thread.start()
    queue.stop()
    thread.join(30)
    assert found == [None]
    queue.put("n01", b"too late")
    assert queue.take() is None
