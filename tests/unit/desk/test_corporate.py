"""Splits at the desk: evidence moves shares, and no stop is ever of the wrong size."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import AskSweep, Severity
from robo_trader.desk.events import ActionVoided
from robo_trader.desk.news import BrokerStatus, HaltSeen
from robo_trader.desk.protecting import uncovered
from robo_trader.edge.codec import decode, encode
from robo_trader.market.announced import CashAnnounced, CashKind, SplitAnnounced
from robo_trader.orders.events import CashPaid, SplitApplied
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings
from tests.support.nights import MIDNIGHT, NEXT_OPEN, bench, over_night

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
REVERSE = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 1, 8, Decimal("1343.00"))
DIVIDEND = CashAnnounced("SPY dividend 2013-10-08", SPY, MIDNIGHT, CashKind.DIVIDEND, Decimal("0.875"), Instant(MIDNIGHT + 48 * 60 * NS_PER_MINUTE))


def stops(it: Bench) -> list[tuple[int, int | None]]:
    return [(order.quantity, order.price) for order in it.sent if order.order_type is OrderType.STOP]


def pages(it: Bench) -> list[str]:
    return [alert.key for alert in it.alerts if alert.severity is Severity.CRITICAL]


def test_over_a_two_for_one_split_the_stop_is_replaced_at_twice_the_size_and_half_the_price():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=200, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    assert stops(it) == [(100, 16_625), (200, 8_313)]
    assert len({order.oca_group for order in it.sent if order.order_type is OrderType.STOP}) == 2
    assert (it.desk.state.own(SPY), it.desk.state.net(SPY), it.desk.state.decisions[BOOK].target) == (200, 200, 200)
    assert (pages(it), it.cancelled) == ([], [])
    it.acknowledge(it.last(OrderType.STOP))
    assert uncovered(it.desk.state.book(BOOK)) == 0
    assert it.desk.reconciled(SPY)


def test_the_split_shares_are_neither_exited_as_surplus_nor_added_to():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=200, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    it.acknowledge(it.last(OrderType.STOP))
    it.market = Instant(NEXT_OPEN + NS_PER_MINUTE)
    sent = len(it.sent)
    it.signal(1)
    assert len(it.sent) == sent
    it.signal(-1)
    assert [(order.order_type, order.quantity) for order in it.sent[sent:]] == [(OrderType.MARKET, 200)]


def test_a_stop_that_the_broker_left_alone_is_cancelled_first_and_replaced_when_it_is_gone():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=200, open_orders=(it.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert (it.cancelled, stops(it)) == ([stop.intent], [(100, 16_625)])
    it.status(stop, BrokerStatus.CANCELLED)
    assert stops(it) == [(100, 16_625), (200, 8_313)]


def test_while_a_split_is_due_and_the_broker_says_nothing_of_positions_nothing_is_sent():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=None, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    it.wait(60)
    assert len(stops(it)) == 1
    it.sweep(position=200)
    assert stops(it)[1:] == [(200, 8_313)]


def test_a_cancel_of_the_night_is_no_setback_of_the_stop():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).status(stop, BrokerStatus.CANCELLED)  # told before the positions are
    it.sweep(position=200)
    assert stops(it)[1:] == [(200, 8_313)]
    assert [alert.key for alert in it.alerts if "cancelled" in alert.key] == []


def test_before_the_broker_moved_shares_its_stops_stay_as_they_are():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=100, open_orders=(it.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert (len(stops(it)), it.cancelled, it.desk.state.own(SPY)) == (1, [], 100)
    it.sweep(position=200)
    assert it.desk.state.own(SPY) == 200


def test_a_split_that_the_market_opened_without_calls_a_person_once_and_trades_on_as_before():
    it = bench(SPLIT)
    stop = it.enter(1)
    over_night(it).sweep(position=100, open_orders=(it.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    it.market = Instant(NEXT_OPEN + NS_PER_SECOND)
    for _ in range(3):
        it.wait(10)
        it.sweep(position=100, open_orders=(it.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert pages(it) == ["split-not-made/SPY"]
    assert voided(it)
    it.status(stop, BrokerStatus.CANCELLED)
    it.wait(1.1)
    assert stops(it)[1:] == [(100, 16_625)]


def test_shares_that_no_split_explains_are_drift():
    it = bench(SPLIT)
    it.enter(1)
    over_night(it).sweep(position=150)
    it.wait(1)
    it.sweep(position=150)
    assert pages(it) == ["drift/SPY"]


@pytest.mark.parametrize("stance", [1, -1])
def test_without_an_announcement_a_split_is_drift_and_no_order_of_ours_follows_it(stance: int):
    """The broker cancelled the stop over night: a new one at the old price would sell half of the position at the open, or buy back a short one."""
    it = bench()
    stop = it.enter(stance)
    ended, (held, price) = (it.open_order(stop, BrokerStatus.CANCELLED),), (200, 8_400) if stance > 0 else (-12, 134_300)
    over_night(it).sweep(position=held, completed=ended)
    for at in (it.market, NEXT_OPEN, NEXT_OPEN):
        it.market = at
        it.wait(10)
        it.sweep(position=held, completed=ended)
        it.quote(price, price + 2)
    assert stops(it)[1:] == []
    assert sorted(key for key in pages(it) if key != "net-below-books/SPY") == ["bare/SPY", "drift/SPY", "stop-withheld/SPY"]


def test_under_drift_a_stop_that_would_rest_goes_out_all_the_same():
    it = bench()
    stop = it.enter(1)
    ended = (it.open_order(stop, BrokerStatus.CANCELLED),)
    over_night(it).sweep(position=150, completed=ended)
    it.wait(1.1)
    it.sweep(position=150, completed=ended)
    assert stops(it)[1:] == [], "yesterday's quote says nothing of today"
    it.market = NEXT_OPEN
    it.quote()
    it.wait(1)
    assert stops(it)[1:] == [(100, 16_625)]


def test_the_fraction_of_a_reverse_split_is_booked_as_cash_in_lieu():
    it = bench(REVERSE)
    stop = it.enter(1)
    over_night(it).sweep(position=12, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    (applied,) = (event for event in it.journal if isinstance(event, SplitApplied))
    assert (applied.in_lieu, it.desk.state.own(SPY), stops(it)[-1][0]) == (Decimal("671.50"), 12, 12)
    assert it.desk.state.ledger.cash_change == Decimal("671.50") - 100 * Decimal("167.92")


def test_fractions_of_several_holders_are_not_guessed():
    it = bench(REVERSE)
    stop = it.enter(1)
    it.feed(it.foreign(Side.BUY, 3))
    over_night(it).sweep(position=12, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    it.wait(1)
    it.sweep(position=12)
    assert pages(it)[0] == "drift/SPY"
    assert not [event for event in it.journal if isinstance(event, SplitApplied)]


UNPRICED = replace(REVERSE, in_lieu_price=None)


def unclear(announced: SplitAnnounced, position: int, seconds_between_sweeps: float = 11) -> Bench:
    """100 shares, a stop that the night cancelled, and after the open two sweeps in which the broker holds what no split explains."""
    it = bench(announced)
    ended = (it.open_order(it.enter(1), BrokerStatus.CANCELLED),)
    over_night(it)
    for at in (it.market, it.market, NEXT_OPEN, NEXT_OPEN):
        it.market = at
        it.quote()
        it.wait(seconds_between_sweeps)
        it.sweep(position=position, completed=ended)
    return it


def voided(it: Bench) -> list[str]:
    return [event.action for event in it.journal if isinstance(event, ActionVoided)]


@pytest.mark.parametrize(("announced", "position", "covered"), [(UNPRICED, 12, 12), (SPLIT, 150, 100)])
def test_a_split_that_can_be_neither_applied_nor_ruled_out_ends_as_drift_and_shares_get_stops_again(
    announced: SplitAnnounced, position: int, covered: int
):
    it = unclear(announced, position)
    assert voided(it) == [announced.name]
    assert [key for key in pages(it) if key.startswith(("split", "drift"))] == ["drift/SPY", "split-unclear/SPY"]
    assert stops(it)[1:] == [(covered, 16_625)]
    it.signal(-1)
    assert (it.last().order_type, it.last().quantity) == (OrderType.MARKET, covered)


def test_two_sweeps_of_one_moment_do_not_rule_a_split_out():
    it = unclear(UNPRICED, 12, seconds_between_sweeps=1)
    assert (voided(it), stops(it)[1:]) == ([], [])


@pytest.mark.parametrize(("announced", "position", "sold"), [(SPLIT, 100, 100), (REVERSE, 100, 12), (UNPRICED, 12, 12)])
def test_an_order_to_flatten_does_not_wait_for_a_split_and_sells_no_more_than_is_held_with_or_without_it(
    announced: SplitAnnounced, position: int, sold: int
):
    it = bench(announced)
    stop = it.enter(1)
    over_night(it).sweep(position=position, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    it.market = Instant(NEXT_OPEN + NS_PER_SECOND)
    it.feed(HaltSeen(Halt("h1", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "manual", None, "me")))
    assert [(order.order_type, order.quantity) for order in it.sent[2:]] == [(OrderType.MARKET, sold)]


def test_nothing_is_added_in_a_symbol_whose_split_nobody_has_judged_yet():
    it = bench(SPLIT)
    it.market = Instant(NEXT_OPEN + NS_PER_MINUTE)
    it.signal(1)
    assert it.sent == [] and [effect for effect in it.effects if isinstance(effect, AskSweep)][-1].reason == f"{SPLIT.name} is due"
    it.sweep(position=0)
    it.signal(1)
    assert [order.quantity for order in it.sent] == [100]


def test_a_desk_that_is_resumed_knows_what_was_applied_and_paid():
    it = bench(SPLIT, DIVIDEND)
    stop = it.enter(1)
    over_night(it).sweep(position=200, completed=(it.open_order(stop, BrokerStatus.CANCELLED),))
    it.acknowledge(it.last(OrderType.STOP))
    it.market = DIVIDEND.paid_at
    it.quote()
    kept = [decode(*encode(event)) for event in it.journal]
    again = Bench(it.settings, kept)
    again.market = Instant(DIVIDEND.paid_at + NS_PER_MINUTE)
    again.connect(position=200)
    assert again.journal == [*kept, *again.journal[len(kept) :]]
    assert not [event for event in again.journal[len(kept) :] if isinstance(event, SplitApplied | CashPaid)]
    assert (again.desk.state.own(SPY), again.desk.state.ledger.income) == (200, Decimal("87.50"))
    slices = again.desk.state.book(BOOK).slices.values()
    assert [(kept_slice.quantity, kept_slice.price) for kept_slice in slices] == [(200, Decimal("83.96"))]


def test_an_old_line_of_the_file_is_no_reason_to_call_anybody():
    """A first start after the split's date, with shares that somebody else holds."""
    made = settings(announced=(SPLIT,), baseline_external=True)
    it = Bench(made)
    it.market = Instant(NEXT_OPEN + 30 * NS_PER_MINUTE)
    it.connect(position=200)
    it.wait(10)
    it.sweep(position=200)
    assert (pages(it), it.desk.state.net(SPY)) == ([], 200)


def test_shares_held_before_us_are_split_too():
    made = settings(announced=(SPLIT,), baseline_external=True)
    it = Bench(made).connect(position=50)
    over_night(it).sweep(position=100)
    assert (it.desk.state.external(SPY), pages(it)) == (100, [])


def test_once_the_market_is_open_a_light_sweep_has_a_split_that_is_due_judged():
    it = bench(SPLIT)
    stop = it.enter(1)
    seen = it.open_order(stop, BrokerStatus.PRE_SUBMITTED)
    over_night(it).sweep(position=100, open_orders=(seen,))
    assert not any(isinstance(effect, AskSweep) for effect in it.sweep(position=100, open_orders=(seen,), light=True)), "it may still come"
    it.market = Instant(NEXT_OPEN + NS_PER_SECOND)
    assert any(isinstance(effect, AskSweep) for effect in it.sweep(position=100, open_orders=(seen,), light=True))
