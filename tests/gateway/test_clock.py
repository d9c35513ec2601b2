"""The clock is trusted only when it is known to be right."""

import pytest

from surco_gateway.clock import SURE_FOR_S, Clock, kernel_is_synchronised


class World:
    synchronised = False
    wall = 1_000_000.0
    monotonic = 0.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def world() -> World:
    return World()


def a_clock(world: World, mode: str = "auto") -> Clock:
    return Clock(
        mode,
        synchronised=lambda: world.synchronised,
        now=lambda: world.wall,
        monotonic=lambda: world.monotonic,
    )


@pytest.mark.parametrize(("mode", "ok"), [("trusted", True), ("untrusted", False)])
def test_a_setting_has_the_last_word(world: World, mode: str, ok: bool) -> None:
    for world.synchronised in (True, False):
        assert a_clock(world, mode).ok() is ok


def test_a_clock_that_never_met_a_time_server_is_not_right(world: World) -> None:
    assert not a_clock(world).ok()


def test_it_becomes_right_within_seconds_of_being_synchronised(world: World) -> None:
    clock = a_clock(world)
    assert not clock.ok()
    world.synchronised = True
    world.passes(10)
    assert clock.ok()


def test_it_stays_right_for_a_week_without_a_network(world: World) -> None:
    world.synchronised = True
    clock = a_clock(world)
    assert clock.ok()
    world.synchronised = False
    assert SURE_FOR_S == 7 * 86_400, "a quartz drifts less than 10 s in it"
    world.passes(SURE_FOR_S - 60)
    assert clock.ok()
    world.passes(120)
    assert not clock.ok()


MOVED: list[tuple[float, bool]] = [  # seconds by which somebody moved it; is it still right?
    (0, True), (29, True), (-29, True),
    (31, False), (-31, False), (3000, False), (-3000, False), (3600, False), (-3600, False),
    (86_400 * 365, False), (-86_400 * 365, False),
]  # fmt: skip


@pytest.mark.parametrize(("moved", "right"), MOVED)
@pytest.mark.parametrize("hours", [0.01, 1, 100])
def test_it_is_no_longer_right_when_somebody_moves_it_by_half_a_minute(
    world: World, moved: float, right: bool, hours: float
) -> None:
    """A reading dated by such a clock would be wrong for ever."""
    world.synchronised = True
    clock = a_clock(world)
    assert clock.ok()
    world.synchronised = False
    world.passes(hours * 3600)
    world.wall += moved
    assert clock.ok() is right


def test_a_clock_that_was_moved_is_right_again_once_a_time_server_is_followed(world: World) -> None:
    world.synchronised = True
    clock = a_clock(world)
    assert clock.ok()
    world.synchronised = False
    world.passes(10)
    world.wall += 3000
    assert not clock.ok()
    world.synchronised = True
    world.passes(10)
    assert clock.ok()
    world.synchronised = False
    world.passes(10)
    assert clock.ok(), "what counts is the time it was set to last"


def test_the_kernel_can_be_asked() -> None:
    assert kernel_is_synchronised() in (True, False)
