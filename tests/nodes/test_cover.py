"""Counting what the broker's own word protects."""

from __future__ import annotations

from decimal import Decimal

from actors.cover import Cover
from actors.messages import BrokerNews, DeskState, Line
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, StatusSeen, Sweep
from robo_trader.values import Side
from tests.nodes.bench import SPY, START


class Log:
    """A cover that is told lines; the process clock stands at the line's number."""

    def __init__(self) -> None:
        self.cover = Cover("nodes")
        self.seq = 0

    def hear(self, *news: BrokerNews) -> Log:
        for piece in news:
            self.seq += 1
            self.cover.heard(Line(self.seq, START, self.seq, piece))
        return self

    def holds(self, shares: int, handled_seq: int | None = None) -> Log:
        handled = self.seq if handled_seq is None else handled_seq
        self.cover.told(DeskState(handled, 0, False, True, (SPY,), (), ((SPY, shares),)))
        return self

    @property
    def counts(self) -> tuple[int, int]:
        return self.cover.covered(SPY), self.cover.uncovered(SPY)


def order(
    perm_id: int = 1, quantity: int = 100, side: Side = Side.SELL, group: str = "g", status: BrokerStatus = BrokerStatus.PRE_SUBMITTED, ref: str = ""
) -> OrderSeen:
    return OrderSeen(SPY, side, quantity, "STP", status, perm_id, 7, perm_id, ref or f"rt:nodes:1:i{perm_id}", group)


def status(perm_id: int = 1, remaining: int = 100, kind: BrokerStatus = BrokerStatus.PRE_SUBMITTED) -> StatusSeen:
    return StatusSeen(perm_id, 7, perm_id, kind, 100 - remaining, remaining)


def fill(shares: int, exec_id: str = "e1", ref: str = "rt:nodes:1:x") -> ExecutionSeen:
    side = Side.BUY if shares > 0 else Side.SELL
    return ExecutionSeen(exec_id, SPY, side, abs(shares), Decimal(160), START, 1, 7, 1, ref)


def sweep(*orders: OrderSeen, asked: int = 0) -> Sweep:
    return Sweep(1, asked, orders, (), (), (), ())


def test_a_working_stop_covers_its_shares():
    assert Log().holds(100).hear(order()).counts == (100, 0)


def test_a_position_without_a_stop_is_uncovered_long_or_short():
    assert Log().holds(100).counts == (0, 100)
    assert Log().holds(-100).counts == (0, 100)
    assert Log().holds(-100).hear(order(side=Side.BUY)).counts == (100, 0)


def test_an_order_on_the_side_of_the_position_covers_nothing():
    assert Log().holds(100).hear(order(side=Side.BUY)).counts == (0, 100)


def test_an_order_without_a_group_covers_nothing():
    """It is an entry the other way: no stop shrinks when it fills."""
    assert Log().holds(100).hear(order(group="")).counts == (0, 100)


def test_a_stop_and_the_exit_of_its_group_count_once_by_the_larger():
    log = Log().holds(200).hear(order(1), order(2, quantity=60))
    assert log.counts == (100, 100)
    assert log.hear(order(3, group="h")).counts == (200, 0)


def test_more_stops_than_shares_cover_no_more_than_the_shares():
    assert Log().holds(50).hear(order()).counts == (50, 0)


def test_a_stop_that_fills_in_part_covers_what_is_left_of_it():
    log = Log().holds(200).hear(order(1), order(2, group="h"))
    assert log.hear(status(1, remaining=40)).counts == (140, 60)


def test_what_a_stop_had_filled_is_not_forgotten_by_a_sweep_that_does_not_say_it():
    log = Log().holds(200).hear(order(1), order(2, group="h"), status(1, remaining=40))
    assert log.hear(sweep(order(1), order(2, group="h"), asked=log.seq + 1)).counts == (140, 60)


def test_a_stop_ends_with_its_status_and_with_its_last_share():
    for end in (status(kind=BrokerStatus.CANCELLED), status(kind=BrokerStatus.INACTIVE), status(remaining=0), order(status=BrokerStatus.CANCELLED)):
        assert Log().holds(100).hear(order(), end).counts == (0, 100)


def test_orders_of_others_and_orders_without_a_permanent_number_are_not_counted():
    assert Log().holds(100).hear(order(ref="manual"), order(2, ref="rt:other:1:x"), order(0)).counts == (0, 100)


def test_a_status_of_an_order_that_was_never_shown_says_nothing():
    assert Log().holds(100).hear(status(9)).counts == (0, 100)


def test_a_sweep_replaces_what_was_believed():
    log = Log().holds(100).hear(order(1))
    assert log.hear(sweep(asked=log.seq + 1)).counts == (0, 100)
    assert log.hear(sweep(order(2), asked=log.seq + 1)).counts == (100, 0)


def test_a_sweep_without_open_orders_changes_nothing():
    assert Log().holds(100).hear(order(1), Sweep(1, 5, None, (), (), (), ())).counts == (100, 0)


def test_a_stop_that_was_shown_while_a_sweep_was_under_way_is_not_undone_by_it():
    log = Log().holds(100)
    asked = log.seq + 1
    assert log.hear(order(1), sweep(asked=asked)).counts == (100, 0)


def test_a_stop_that_ended_while_a_sweep_was_under_way_is_not_brought_back_by_it():
    log = Log().holds(100).hear(order(1))
    asked = log.seq + 1
    assert log.hear(status(1, kind=BrokerStatus.CANCELLED), sweep(order(1), asked=asked)).counts == (0, 100)


def test_an_execution_counts_before_the_desk_has_read_it_and_once_after():
    log = Log().holds(0).hear(fill(100))
    assert log.counts == (0, 100)
    assert log.holds(0, handled_seq=0).counts == (0, 100), "the desk has not read that line"
    assert log.holds(100).counts == (0, 100)


def test_an_execution_heard_again_after_the_desk_read_it_does_not_count_again():
    log = Log().holds(0).hear(fill(100)).holds(100)
    assert log.hear(fill(100)).counts == (0, 100)


def test_executions_of_others_move_nothing_of_ours():
    assert Log().holds(0).hear(fill(100, ref="manual")).counts == (0, 0)


def test_a_later_version_of_an_execution_counts_for_the_one_before():
    log = Log().hear(order(), fill(100, "e1.01")).holds(100)
    assert log.counts == (100, 0)
    log.hear(fill(100, "e1.02"))
    assert log.counts == (100, 0), "another price is no other shares"
    log.hear(fill(0, "e1.03"))
    assert log.counts == (0, 0), "a bust takes them back"
    log.hear(fill(100, "e1.02"))
    assert log.counts == (0, 0), "an older version that comes late says nothing"
