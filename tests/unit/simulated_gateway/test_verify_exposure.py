"""Exposure, crossing and cover, told as little trading days."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.simulated_gateway.verify_exposure import Exposure, Seen
from robo_trader.simulated_gateway.verify_orders import Orders
from robo_trader.simulated_gateway.verify_records import ClockMove, Match, OrderState, SplitDone
from robo_trader.values import NS_PER_SECOND

SECOND = NS_PER_SECOND


def order(
    perm_id: int, side: str, quantity: int, kind: str = "MKT", *, group: str = "", status: str = "Submitted", ref: str = "rt:a:1:x", clock: int = 0
) -> OrderState:
    sign = 1 if side == "BUY" else -1
    remaining = 0 if status == "Filled" else quantity
    return OrderState(0, clock, perm_id, 7, perm_id, ref, "SPY", sign, quantity, remaining, status, kind, group, 2)


def match(perm_id: int, side: str, quantity: int, ref: str = "rt:a:1:x") -> Match:
    return Match(0, f"e{perm_id}.{quantity}", perm_id, ref, "SPY", 1 if side == "BUY" else -1, quantity, Decimal(10), Decimal(1))


def move(since: int, to: int) -> ClockMove:
    return ClockMove(since * SECOND, to * SECOND)


def day(*lines: OrderState | Match | ClockMove) -> Exposure:
    orders = Orders()
    exposure = Exposure(orders, {})
    for line in lines:
        match line:
            case ClockMove():
                exposure.moving(line)
            case OrderState():
                orders.told(line)
                exposure.changed(line)
            case Match():
                orders.matched(line)
                exposure.matched(line)
                exposure.changed(line)
    return exposure


def seen(*lines: OrderState | Match | ClockMove) -> Seen:
    return day(*lines).seen["SPY"]


ENTERED = (order(1, "BUY", 100), match(1, "BUY", 100), order(1, "BUY", 100, status="Filled"))
STOPPED = (order(2, "SELL", 100, "STP", group="g"),)


def test_filled_and_working_on_the_same_side_add_up_to_what_was_asked() -> None:
    assert seen(order(1, "BUY", 100), match(1, "BUY", 40), match(1, "BUY", 60)).largest_ours == 100


def test_a_second_entry_beside_a_position_shows_in_the_largest_exposure() -> None:
    assert seen(*ENTERED, order(3, "BUY", 50)).largest_ours == 150


def test_orders_of_others_count_for_the_account_and_not_for_us() -> None:
    it = seen(*ENTERED, order(3, "BUY", 50, ref="manual"))
    assert (it.largest_ours, it.largest_all) == (100, 150)


def test_a_short_position_and_its_working_sells_add_up() -> None:
    assert seen(order(1, "SELL", 70), match(1, "SELL", 70), order(3, "SELL", 20)).largest_ours == 90


def test_an_exit_and_its_stop_in_one_group_do_not_cross() -> None:
    it = day(*ENTERED, *STOPPED, order(3, "SELL", 100, group="g"), match(3, "SELL", 100), order(2, "SELL", 100, "STP", group="g", status="Cancelled"))
    assert it.seen["SPY"].crossing == 0
    assert not it.violations()


def test_an_exit_beside_its_stop_without_a_group_would_cross_zero() -> None:
    it = day(*ENTERED, order(2, "SELL", 100, "STP"), order(3, "SELL", 100, clock=5))
    assert (it.seen["SPY"].crossing, it.seen["SPY"].crossing_since) == (100, 5)
    assert any("SPY had 100 shares working beyond" in line for line in it.violations())


def test_a_stop_that_works_while_nothing_is_held_would_open_a_position() -> None:
    assert seen(*ENTERED, *STOPPED, order(3, "SELL", 100), match(3, "SELL", 100)).crossing == 100


def test_an_entry_while_nothing_is_held_crosses_nothing() -> None:
    assert seen(order(1, "SELL", 100)).crossing == 0


def test_a_manual_sale_leaves_our_stop_beyond_the_account_until_it_is_cancelled() -> None:
    sold = (*ENTERED, *STOPPED, order(9, "SELL", 100, ref="manual"), match(9, "SELL", 100, ref="manual"))
    assert any("is left with 100 shares" in line for line in day(*sold).violations())
    assert not day(*sold, order(2, "SELL", 100, "STP", group="g", status="Cancelled")).violations()


def test_shares_are_uncovered_for_as_long_as_the_clock_moves_without_a_stop() -> None:
    it = seen(*ENTERED, move(10, 11), move(11, 12), *STOPPED, move(12, 13))
    assert (it.uncovered, it.uncovered_seconds) == (100, 2)


def test_a_stop_in_time_leaves_nothing_uncovered() -> None:
    assert seen(*ENTERED, *STOPPED, move(10, 11)).uncovered == 0


def test_an_exit_covers_only_in_the_group_of_a_stop() -> None:
    gone = order(2, "SELL", 100, "STP", group="g", status="Cancelled")
    assert seen(*ENTERED, *STOPPED, order(3, "SELL", 100, group="g"), gone, move(1, 2)).uncovered == 0
    assert seen(*ENTERED, order(3, "SELL", 100), move(1, 2)).uncovered == 100


def test_a_stop_that_covers_a_part_leaves_the_rest_uncovered() -> None:
    assert seen(*ENTERED, order(2, "SELL", 60, "STP"), move(1, 2)).uncovered == 40


def test_a_stop_of_someone_else_covers_nothing() -> None:
    assert seen(*ENTERED, order(2, "SELL", 100, "STP", ref="manual"), move(1, 2)).uncovered == 100


def test_after_a_split_an_order_that_still_works_covers_half_and_after_a_reverse_one_it_would_cross() -> None:
    exposure = day(*ENTERED, *STOPPED, move(0, 1))
    exposure.split(SplitDone(1, "SPY", 2, 1, None, Decimal(0), 200))
    exposure.moving(move(1, 2))
    assert (exposure.ours["SPY"], exposure.account["SPY"], exposure.seen["SPY"].uncovered) == (200, 200, 100)
    exposure.split(SplitDone(2, "SPY", 1, 4, None, Decimal(0), 50))
    assert exposure.seen["SPY"].crossing == 50


def test_after_a_bust_whoever_is_told_has_a_minute_to_take_the_stop_back() -> None:
    held, stopped = match(1, "BUY", 100), order(2, "SELL", 100, "STP")
    for cancelled_at, crossing in ((59, 0), (61, 100)):
        orders = Orders()
        exposure = Exposure(orders, {})
        orders.told(order(1, "BUY", 100))
        orders.matched(held)
        exposure.matched(held)
        orders.told(order(1, "BUY", 100, status="Filled"))
        orders.told(stopped)
        exposure.changed(stopped)
        exposure.corrected(held, replace(held, exec_id="e1.02", quantity=0))
        for second in range(cancelled_at):
            exposure.moving(move(second, second + 1))
        cancelled = order(2, "SELL", 100, "STP", status="Cancelled", clock=cancelled_at * SECOND)
        orders.told(cancelled)
        exposure.changed(cancelled)
        assert exposure.seen["SPY"].crossing == crossing


def test_two_twins_are_excused_together_and_each_for_its_own_minute() -> None:
    orders = Orders()
    exposure = Exposure(orders, {})
    firsts = [order(2, "SELL", 50, "STP", ref="rt:a:1:y"), order(3, "SELL", 50, "STP", ref="rt:a:1:z")]
    lines: list[OrderState | Match] = [*ENTERED, *firsts]
    for line in lines:
        if isinstance(line, Match):
            orders.matched(line)
            exposure.matched(line)
        else:
            orders.told(line)
        exposure.changed(line)
    exposure.doubled("SPY", "rt:a:1:y", 0)
    exposure.doubled("SPY", "rt:a:1:z", 30 * SECOND)
    for perm_id, ref in ((4, "rt:a:1:y"), (5, "rt:a:1:z")):
        twin = order(perm_id, "SELL", 50, "STP", ref=ref, clock=30 * SECOND)
        orders.told(twin)
        exposure.changed(twin)
    assert exposure.seen["SPY"].crossing == 0
    exposure.moving(move(60, 61))
    assert (exposure.seen["SPY"].crossing, exposure.seen["SPY"].crossing_since) == (50, 60 * SECOND)
    exposure.moving(move(90, 91))
    assert exposure.seen["SPY"].crossing == 100


def test_what_a_correction_left_beyond_is_not_told_when_the_log_ends_within_its_minute() -> None:
    held, exposure = match(1, "BUY", 100), day(*ENTERED, *STOPPED)
    exposure.corrected(held, replace(held, exec_id="e1.02", quantity=0))
    assert exposure.violations() == []
    exposure.end()
    assert exposure.violations() == []
