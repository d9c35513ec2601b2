"""A rollout goes on only over nodes that keep well, and one that does not ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.nodes.rollout import Rollout, Seen, Step, advance, order_of_nodes, stop

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NODES = [f"n-{number:03}" for number in range(10)]


def a_rollout(count: int = 10, patience: timedelta = HOUR) -> Rollout:
    return Rollout("2", NOON, {node: Step("1") for node in NODES[:count]}, 1, 0.3, patience)


def ordered(rollout: Rollout) -> set[str]:
    return {node for node, step in rollout.steps.items() if step.ordered}


def follow(rollout: Rollout, now: datetime, version: str = "2", **bad: str) -> dict[str, Seen]:
    """Return nodes that do as they were told."""
    return {
        node: Seen(now, version if step.ordered else "1", bad.get(node.replace("-", "_")))
        for node, step in rollout.steps.items()
    }


def test_it_goes_from_the_canary_to_a_few_to_all() -> None:
    rollout, orders = advance(a_rollout(), {}, NOON)
    assert list(orders) == [("n-000", "2")]
    now, sizes = NOON, []
    for _ in range(40):
        now += HOUR / 4
        rollout, _ = advance(rollout, follow(rollout, now), now)
        sizes.append((len(ordered(rollout)), rollout.stage, rollout.state))
    assert [size for n, size in enumerate(sizes) if not n or sizes[n - 1] != size] == [
        (1, "canary", "running"), (3, "share", "running"), (10, "all", "running"), (10, "all", "done"),
    ]  # fmt: skip


def test_a_canary_that_goes_back_ends_it_and_no_other_node_ever_hears_of_it() -> None:
    rollout, _ = advance(a_rollout(), {}, NOON)
    seen = follow(rollout, NOON + HOUR, version="1", n_000="2")
    rollout, orders = advance(rollout, seen, NOON + HOUR)
    assert (rollout.state, rollout.reason, rollout.node) == ("stopped", "went-back", "n-000")
    assert list(orders) == [("n-000", None)]
    assert ordered(rollout) == {"n-000"}
    assert advance(rollout, seen, NOON + 9 * HOUR) == (rollout, ())


def test_a_node_that_falls_silent_ends_it_and_the_others_get_what_they_had() -> None:
    rollout, _ = advance(a_rollout(), {}, NOON)
    for hours in (1, 2, 3):
        now = NOON + hours * HOUR
        rollout, _ = advance(rollout, follow(rollout, now), now)
    assert len(ordered(rollout)) == 3
    seen = follow(rollout, now) | {"n-001": Seen(now, "2", well=False)}
    rollout, orders = advance(rollout, seen, now)
    assert (rollout.reason, rollout.node) == ("silent", "n-001")
    assert dict(orders) == {"n-000": "1", "n-001": "1", "n-002": "1"}


def test_a_version_on_trial_is_not_confirmed_and_an_old_word_counts_for_nothing() -> None:
    rollout, _ = advance(a_rollout(), {}, NOON)
    for seen in (Seen(NOON + HOUR, None), Seen(NOON - HOUR, "2"), Seen(NOON - HOUR, "1", bad="2")):
        after, orders = advance(rollout, {"n-000": seen}, NOON + 9 * HOUR)
        assert after == rollout
        assert not orders


def test_who_has_been_told_gets_back_what_it_had_when_somebody_stops_it() -> None:
    rollout, _ = advance(a_rollout(), {}, NOON)
    now = NOON + HOUR
    rollout, _ = advance(rollout, follow(rollout, now), now)
    _, orders = stop(rollout, "by-hand")
    assert list(orders) == [("n-000", "1")]


def test_the_healthiest_node_goes_first() -> None:
    found = order_of_nodes(
        {"a": (True, 3700, -60), "b": (False, 4100, -40), "c": (True, 3900, -80)}
    )
    assert found == ["c", "a", "b"]


def all_ordered(count: int) -> Rollout:
    rollout = a_rollout(count)
    return replace(rollout, steps={n: replace(s, ordered=NOON) for n, s in rollout.steps.items()})


def test_a_node_that_updated_just_before_the_stop_is_sent_back_too() -> None:
    seen = {"n-000": Seen(NOON + HOUR, "2"), "n-001": Seen(NOON + HOUR, "1", bad="2")}
    _, orders = advance(all_ordered(3), seen, NOON + HOUR)
    assert dict(orders) == {"n-000": "1", "n-001": None, "n-002": None}


def test_a_node_that_keeps_the_version_after_the_stop_is_sent_back_once() -> None:
    rollout, orders = stop(all_ordered(2), "by-hand")
    assert dict(orders) == {"n-000": None, "n-001": None}
    seen = {"n-000": Seen(NOON + HOUR, "2"), "n-001": Seen(NOON + HOUR, "1")}
    rollout, orders = advance(rollout, seen, NOON + HOUR)
    assert list(orders) == [("n-000", "1")]
    assert advance(rollout, seen, NOON + 2 * HOUR) == (rollout, ())


def test_a_node_that_was_silent_before_neither_stops_it_nor_holds_it_up() -> None:
    rollout, now, dead = (
        replace(a_rollout(3), patience=timedelta()),
        NOON,
        Seen(NOON, "1", well=False),
    )
    for _ in range(6):
        rollout, _ = advance(rollout, follow(rollout, now) | {"n-000": dead}, now)
        now += HOUR
    assert rollout.state == "done"
    assert rollout.steps["n-000"] == Step("1", rollout.steps["n-002"].ordered, None, silent=True)


def test_a_node_that_was_silent_before_is_never_the_canary() -> None:
    _, orders = advance(a_rollout(), {"n-000": Seen(NOON, "1", well=False)}, NOON)
    assert list(orders) == [("n-001", "2")]


LOOK = st.tuples(
    st.sampled_from(NODES), st.sampled_from(["1", "2", None]), st.booleans(), st.booleans()
)
LOOKS = st.lists(st.lists(LOOK, max_size=10), max_size=15)


@given(st.integers(1, 10), LOOKS)
def test_no_stage_begins_before_the_one_before_is_confirmed_and_well(
    count: int, looks: list[list[tuple[str, str | None, bool, bool]]]
) -> None:
    rollout, now = a_rollout(count), NOON
    rollout, _ = advance(rollout, {}, now)
    for look in looks:
        now += HOUR
        seen = {
            node: Seen(now, version, "2" if bad else None, well)
            for node, version, bad, well in look
        }
        before = rollout
        rollout, orders = advance(rollout, seen, now)
        fresh = ordered(rollout) - ordered(before)
        if fresh:
            assert rollout.state == "running"
            for step in (rollout.steps[node] for node in ordered(before)):
                assert now - step.confirmed >= HOUR if step.confirmed else step.silent
            had, sizes = len(ordered(before)), rollout.sizes()
            at_most = next(size for size in sizes if size > had)
            everybody = len(ordered(rollout)) == count
            assert len(ordered(rollout)) <= at_most or everybody
            if not everybody:
                assert not any(rollout.steps[node].silent for node in fresh)
            assert dict(orders) == dict.fromkeys(fresh, "2")


@given(st.integers(1, 10), LOOKS)
def test_after_a_stop_nobody_is_ordered_the_version_and_who_says_it_has_it_is_sent_back(
    count: int, looks: list[list[tuple[str, str | None, bool, bool]]]
) -> None:
    rollout, standing, now = a_rollout(count), dict[str, str | None](), NOON
    for look in [[], *looks]:
        seen = {
            node: Seen(now, version, "2" if bad else None, well)
            for node, version, bad, well in look
        }
        rollout, orders = advance(rollout, seen, now)
        standing |= orders
        assert standing.keys() == ordered(rollout)
        if rollout.state == "stopped":
            assert "2" not in standing.values()
            for node in ordered(rollout) & seen.keys():
                if seen[node].version == "2" and seen[node].at > NOON:
                    assert standing[node] == "1"
        now += HOUR


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_nodes_are_few_stages(count: int) -> None:
    rollout, now = replace(a_rollout(count), patience=timedelta()), NOON
    for _ in range(6):
        rollout, _ = advance(rollout, follow(rollout, now), now)
        now += HOUR
    assert rollout.state == "done"
