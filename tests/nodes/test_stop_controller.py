"""The second pair of eyes: shares that no stop protects for two seconds halt their symbol, until they are covered again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors.alert_log import AlertLog
from actors.messages import GATEWAY, Attached, BrokerNews, DeskState, Follow, Line
from actors.plan import Plan
from actors.stop_controller import GAP_NS, StopController
from robo_trader.edge.fence import Fence
from robo_trader.edge.root_fence import StandingHalts, open_root_fence
from robo_trader.errors import NotConfirmed
from robo_trader.orders.evidence import BrokerStatus, StatusSeen
from robo_trader.risk.halt import HaltLevel
from robo_trader.values import NS_PER_SECOND
from tests.nodes.bench import IBM, SPY, START, Wire
from tests.nodes.test_cover import fill, order, status, sweep

T0 = 1_000 * NS_PER_SECOND


class Eyes:
    """A controller and the fence that it writes; `again` throws it away and makes another on the same fence."""

    def __init__(self, plan: Plan) -> None:
        self.fence = Fence.open(plan.directory.fence, create=True)
        self.shared = open_root_fence()
        self.notes: list[str] = []
        self.again()

    def again(self) -> None:
        halts = StandingHalts(self.fence, self.shared, lambda: "")
        self.node = StopController("nodes", (SPY, IBM), self.fence, halts, AlertLog(lambda: 0, self.notes.append))
        self.seq = 0
        self.wire = Wire(GATEWAY, 1, self.node)
        self.node.opened(self.wire)

    def attached(self) -> Eyes:
        self.node.received(self.wire, Attached(self.seq, fresh=True, marks=()))
        return self

    def hear(self, *news: BrokerNews) -> Eyes:
        for piece in news:
            self.seq += 1
            self.node.received(self.wire, Line(self.seq, START, self.seq, piece))
        return self

    def holds(self, shares: int) -> Eyes:
        self.node.received(self.wire, DeskState(self.seq, 0, False, True, (SPY,), (), ((SPY, shares), (IBM, 0))))
        return self

    def check(self, seconds: float) -> list[str]:
        """Judge so many seconds after T0; the symbols halted then."""
        self.node.check(T0 + int(seconds * NS_PER_SECOND))
        return [halt.target for halt in self.fence.halts()]


@pytest.fixture
def eyes(plan: Plan) -> Iterator[Eyes]:
    made = Eyes(plan)
    yield made
    made.fence.close()
    made.shared.close()


def exposed(eyes: Eyes) -> Eyes:
    """Everything is known, and 100 shares have no stop."""
    return eyes.attached().hear(sweep()).holds(100)


def test_it_asks_for_the_log_from_here_on(eyes: Eyes):
    assert eyes.wire.sent == [Follow(0, 0)]


def test_a_gap_of_two_seconds_halts_new_entries_in_the_symbol_and_calls_somebody(eyes: Eyes):
    exposed(eyes)
    assert eyes.check(0) == []
    assert eyes.check(GAP_NS / NS_PER_SECOND - 0.1) == []
    assert eyes.check(GAP_NS / NS_PER_SECOND) == [SPY]
    (halt,) = eyes.fence.halts()
    assert (halt.level, halt.by) == (HaltLevel.NO_NEW, "stop_controller")
    assert eyes.notes == ["critical: 100 shares of SPY have had no stop for 2 s; no new entries in it"]


def test_it_calls_once_while_the_gap_stands(eyes: Eyes):
    exposed(eyes)
    for second in range(6):
        eyes.check(second)
    assert len(eyes.notes) == 1


def test_a_short_gap_is_nothing_and_the_next_one_begins_from_zero(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.hear(order()).check(1.9)
    eyes.hear(status(kind=BrokerStatus.CANCELLED))
    assert eyes.check(2.5) == []
    assert eyes.check(4.4) == []
    assert eyes.check(4.5) == [SPY]


def test_the_halt_ends_when_the_shares_are_covered_again_and_may_come_back(eyes: Eyes):
    exposed(eyes).check(0)
    assert eyes.check(2) == [SPY]
    assert eyes.hear(order()).check(3) == []
    assert eyes.notes[-1] == "info: every share of SPY has a stop again"
    eyes.hear(status(kind=BrokerStatus.CANCELLED)).check(4)
    assert eyes.check(6) == [SPY]


def test_the_halt_ends_when_the_shares_are_gone(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.check(2)
    assert eyes.holds(0).check(3) == []


def test_a_partial_fill_of_the_stop_leaves_no_gap(eyes: Eyes):
    eyes.attached().hear(sweep(order())).holds(100)
    eyes.hear(StatusSeen(1, 7, 1, BrokerStatus.SUBMITTED, 60, 40)).holds(40)
    eyes.check(0)
    assert eyes.check(5) == []


def test_a_controller_that_returns_lifts_the_halt_of_its_predecessor(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.check(2)
    eyes.again()
    eyes.attached().holds(100)
    assert eyes.check(3) == [SPY], "it has not seen the orders yet"
    eyes.hear(sweep(order()))
    assert eyes.check(4) == []


def test_a_controller_that_returns_does_not_call_again_while_the_halt_stands(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.check(2)
    eyes.again()
    exposed(eyes).check(3)
    assert eyes.check(9) == [SPY]
    assert len(eyes.notes) == 1


@pytest.mark.parametrize("known", [lambda eyes: eyes.holds(100), lambda eyes: eyes.hear(sweep())])
def test_nothing_is_judged_before_the_desk_and_a_sweep_were_heard(eyes: Eyes, known: object):
    assert callable(known)
    known(eyes.attached())
    eyes.check(0)
    assert eyes.check(9) == []


def test_nothing_is_judged_while_the_gateway_is_away_and_a_gap_that_stands_goes_on_standing(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.wire.close("died")
    assert eyes.check(5) == []
    eyes.wire = Wire(GATEWAY, 2, eyes.node)
    exposed(eyes)
    assert eyes.check(6) == [SPY]


def test_stops_placed_while_the_gateway_was_away_are_seen_before_it_judges_again(eyes: Eyes):
    exposed(eyes).check(0)
    eyes.wire.close("died")
    eyes.wire = Wire(GATEWAY, 2, eyes.node)
    eyes.attached().holds(100)
    assert eyes.check(6) == []
    assert eyes.hear(sweep(order())).check(7) == []


def test_executions_of_a_gateway_that_is_gone_count_no_longer(eyes: Eyes):
    """Its line numbers mean nothing to the desk's word on the new log."""
    eyes.attached().hear(sweep(), order()).holds(0).hear(order(), fill(100))
    eyes.seq = 0
    eyes.attached().hear(sweep(order())).holds(100)
    eyes.check(0)
    assert eyes.node.report()["symbols"][0]["position"] == 100
    assert eyes.check(5) == []


def test_a_halt_that_cannot_be_lifted_now_is_lifted_by_the_next_check(eyes: Eyes, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: object) -> int:
        raise NotConfirmed("another process holds the fence", "try again")

    exposed(eyes).check(0)
    eyes.check(2)
    eyes.hear(order())
    with monkeypatch.context() as patch:
        patch.setattr(eyes.fence, "resume", busy)
        assert eyes.check(3) == [SPY]
    assert eyes.check(4) == []


def test_what_it_sees_is_reported_for_people(eyes: Eyes):
    eyes.attached().hear(sweep(order(quantity=60))).holds(100)
    first = eyes.node.report()["symbols"][0]
    assert (first["symbol"], first["position"], first["covered"]) == (SPY, 100, 60)
