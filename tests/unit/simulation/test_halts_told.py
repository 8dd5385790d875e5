"""Which halts somebody was told stand."""

from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.halts_told import NOTICED_NS, HaltsTold
from robo_trader.values import Instant
from tests.support.world_bench import agenda


def halt(name: str = "h", until: int | None = None) -> Halt:
    return Halt(name, HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "test", None if until is None else Instant(until), "person")


def test_a_halt_is_acknowledged_by_a_bell_as_late_as_its_own():
    told = HaltsTold(agenda())
    told.raised(halt(), 10)
    told.confirmed(9)
    assert told.acknowledged() == [] and [h.id for h in told.standing()] == ["h"]
    told.confirmed(10)
    (shown,) = told.acknowledged()
    assert (shown.id, shown.symbol, shown.level, shown.lifted) == ("h", "SPY", 1, None)


def test_a_lifted_halt_that_is_raised_again_stands_again():
    told = HaltsTold(agenda())
    told.raised(halt(), 1)
    told.lifted("h")
    assert told.standing() == []
    told.raised(halt(), 2)
    told.confirmed(2)
    assert [shown.lifted for shown in told.acknowledged()] == [None]


def test_a_halt_ends_by_its_own_time():
    clock = agenda()
    told = HaltsTold(clock)
    told.raised(halt(until=clock.wall + 5), 1)
    assert told.standing()
    clock.now += 5
    assert told.standing() == []


def test_a_step_of_the_wall_clock_ends_no_halt_unless_a_gateway_began_after_it():
    clock = agenda()
    told = HaltsTold(clock)
    told.raised(halt(until=clock.wall + 5), 1)
    clock.turn_wall(3)
    clock.now += 4
    assert told.standing()
    told.gateway_began()
    assert told.standing() == []


def test_what_was_acknowledged_is_promised_until_its_time_or_until_somebody_lifts_it():
    clock = agenda()
    told = HaltsTold(clock)
    told.raised(halt(until=clock.wall + 5), 1)
    assert not told.promised("h")
    told.confirmed(1)
    assert told.promised("h") and not told.promised("other")
    clock.now += 5
    assert not told.promised("h")


def test_under_a_clock_that_was_stepped_an_ended_halt_may_stand_on():
    clock = agenda()
    told = HaltsTold(clock)
    told.raised(halt(until=clock.wall + 5), 1)
    told.confirmed(1)
    clock.now += 5
    assert [shown.lifted for shown in told.acknowledged()] == [clock.now]
    clock.turn_wall(-3)
    assert told.acknowledged() == []


def test_a_lift_whose_command_died_may_leave_the_halt_standing():
    """Found by seed 6088: the command died between the tombstone and the word of all halts, and the person had not tried again yet."""
    told = HaltsTold(agenda())
    told.raised(halt(), 1)
    told.confirmed(1)
    told.lifted("h")
    assert [(shown.lifted is None, shown.over) for shown in told.acknowledged()] == [(False, False)]
    told.lift_done("h")
    assert [shown.over for shown in told.acknowledged()] == [True]


def test_a_halt_whose_time_has_come_may_stand_until_who_trades_has_looked_again():
    """Found by seed 6452: the world was looked at within the second in which the gateway notices it."""
    clock = agenda()
    told = HaltsTold(clock)
    told.raised(halt(until=clock.wall + 5), 1)
    told.confirmed(1)
    clock.now += 5
    assert [(shown.lifted, shown.over) for shown in told.acknowledged()] == [(clock.now, False)]
    clock.now += NOTICED_NS
    assert [shown.over for shown in told.acknowledged()] == [True]
