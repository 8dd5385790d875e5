"""Virtual time."""

from robo_trader.simulation.agenda import Died, Life
from robo_trader.values import NS_PER_SECOND
from tests.support.world_bench import agenda, life, run_until


def test_deeds_of_one_instant_keep_their_order():
    clock, done = agenda(), []
    for name in "abc":
        clock.after(5, None, lambda name=name: done.append(name))
    run_until(clock, 1)
    assert done == ["a", "b", "c"]


def test_the_dead_do_nothing_and_the_frozen_do_it_later_in_order():
    clock, done = agenda(), []
    dead, frozen = life(), life()
    dead.alive, frozen.frozen_until = False, clock.now + 2 * NS_PER_SECOND
    clock.after(1, dead, lambda: done.append("dead"))
    clock.after(1, frozen, lambda: done.append("first"))
    clock.after(2, frozen, lambda: done.append("second"))
    run_until(clock, 1)
    assert not done
    run_until(clock, 2)
    assert done == ["first", "second"]


def test_a_deed_that_reaches_a_crash_point_ends_its_process_at_that_line():
    deaths: list[tuple[Life, str]] = []
    clock, one = agenda(), life()
    clock.on_death = lambda who, point: deaths.append((who, point))

    def dies() -> None:
        raise Died("K3")

    clock.after(1, one, dies)
    run_until(clock, 1)
    assert deaths == [(one, "K3")]


def test_the_wall_clock_may_be_stepped_and_the_others_do_not_notice():
    clock = agenda()
    before = clock.market
    clock.wall_offset = -3600 * NS_PER_SECOND
    assert clock.market == before and clock.wall == before - 3600 * NS_PER_SECOND
