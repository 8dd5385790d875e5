"""The second pair of eyes on stops."""

from robo_trader.desk.news import StatusSeen
from robo_trader.orders.evidence import BrokerStatus, OrderSeen, Sweep
from robo_trader.simulation.kit import Line
from robo_trader.simulation.second_eyes import SecondEyes
from robo_trader.values import Side
from tests.support.world_bench import SPY, run_until, world


class Bench:
    def __init__(self, own: int = 100) -> None:
        self.world, self.own = world(), own
        self.eyes = SecondEyes(self.world.kit, self.world.halts, lambda _: self.own, self.world.witness.calls.covered)
        self.eyes.begin()
        self.hear(Sweep(1, 0, (), (), (), (), ()))

    def hear(self, news: object) -> None:
        self.eyes.hear(Line(1, self.world.agenda.market, self.world.agenda.now, news, 1))  # type: ignore[arg-type]

    def stop(self, remaining: int = 100, status: BrokerStatus = BrokerStatus.PRE_SUBMITTED) -> None:
        self.hear(OrderSeen(SPY, Side.SELL, 100, "STP", status, 1, 7, 5, "rt:world:1:abc", "g.0"))
        self.hear(StatusSeen(1, 7, 5, status, 0, remaining, "trigger"))

    @property
    def alarmed(self) -> bool:
        return SPY in self.world.witness.calls.about_cover


def test_shares_without_a_stop_for_two_seconds_are_an_alarm_and_a_halt():
    bench = Bench()
    run_until(bench.world.agenda, 1.9)
    assert not bench.alarmed
    run_until(bench.world.agenda, 0.4)
    assert bench.alarmed and [halt.id for halt in bench.world.halts.standing()] == ["cover-SPY"]


def test_a_working_stop_covers_and_a_smaller_one_does_not():
    bench = Bench()
    bench.stop()
    run_until(bench.world.agenda, 5)
    assert not bench.alarmed
    bench.stop(remaining=40)
    run_until(bench.world.agenda, 5)
    assert bench.alarmed


def test_cover_that_came_back_lifts_the_halt():
    bench = Bench()
    run_until(bench.world.agenda, 3)
    bench.stop()
    assert bench.world.halts.standing() == [] and not bench.alarmed


def test_a_sweep_asked_before_a_stop_was_heard_takes_nothing_away():
    bench = Bench()
    asked = bench.world.agenda.now
    run_until(bench.world.agenda, 1)
    bench.stop()
    bench.hear(Sweep(2, asked, (), (), (), (), ()))
    run_until(bench.world.agenda, 5)
    assert not bench.alarmed
