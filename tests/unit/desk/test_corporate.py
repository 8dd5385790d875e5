"""Splits and payments at the desk: evidence moves shares, the calendar moves cash, and no stop is ever of the wrong size."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Severity
from robo_trader.desk.events import ActionVoided
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected
from robo_trader.desk.protecting import uncovered
from robo_trader.edge.codec import decode, encode
from robo_trader.market.announced import CashAnnounced, CashKind, SplitAnnounced
from robo_trader.market.calendar import Session
from robo_trader.orders.events import CashPaid, SplitApplied
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, OPEN, SPY, Bench, settings

NEXT_OPEN = Instant(OPEN + 24 * 60 * NS_PER_MINUTE)
MIDNIGHT = Instant(NEXT_OPEN - 570 * NS_PER_MINUTE)
SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
REVERSE = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 1, 8, Decimal("1343.00"))
DIVIDEND = CashAnnounced("SPY dividend 2013-10-08", SPY, MIDNIGHT, CashKind.DIVIDEND, Decimal("0.875"), Instant(MIDNIGHT + 48 * 60 * NS_PER_MINUTE))


def bench(*announced: SplitAnnounced | CashAnnounced) -> Bench:
    limits = settings().limits
    sessions = (*limits.sessions, Session(NEXT_OPEN, Instant(NEXT_OPEN + 390 * NS_PER_MINUTE)))
    return Bench(settings(announced=announced, limits=replace(limits, sessions=sessions))).connect()


def over_night(it: Bench, hours_before_open: float = 0.25) -> Bench:
    """The gateway restarts: the connection ends in the evening and comes back in the morning, market time known."""
    it.feed(Disconnected("the gateway restarts"))
    it.executions.clear()  # yesterday's are not listed any more
    it.market = Instant(NEXT_OPEN - int(hours_before_open * 60) * NS_PER_MINUTE)
    it.process += 30 * NS_PER_SECOND
    it.feed(Connected("DU1", 1))
    return it


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
    assert [event for event in it.journal if isinstance(event, ActionVoided)]
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
    ended, held, price = (it.open_order(stop, BrokerStatus.CANCELLED),), 200 if stance > 0 else -12, 8_400 if stance > 0 else 134_300
    over_night(it).sweep(position=held, completed=ended)
    it.wait(1.1)
    it.sweep(position=held, completed=ended)
    it.market = NEXT_OPEN
    it.quote(price, price + 2)
    for _ in range(3):
        it.wait(10)
        it.sweep(position=held, completed=ended)
    assert stops(it)[1:] == []
    assert [key for key in pages(it) if key != "net-below-books/SPY"] == ["drift/SPY", "stop-withheld/SPY", "bare/SPY"]


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


@pytest.mark.parametrize(("stance", "amount"), [(1, "87.50"), (-1, "-87.50")])
def test_a_dividend_is_booked_on_its_pay_date_for_who_held_before_its_date(stance: int, amount: str):
    it = bench(DIVIDEND)
    it.enter(stance)
    it.market = Instant(DIVIDEND.paid_at - NS_PER_MINUTE)
    it.quote()
    assert it.desk.state.ledger.income == 0
    it.market = DIVIDEND.paid_at
    for _ in range(3):
        it.quote()
    assert it.desk.state.ledger.income == Decimal(amount)
    assert [event for event in it.journal if isinstance(event, CashPaid)] == [
        CashPaid(DIVIDEND.name, SPY, 100 * stance, Decimal(amount), DIVIDEND.paid_at)
    ]


def test_what_was_bought_on_the_ex_date_has_no_right_to_the_dividend():
    it = bench(DIVIDEND)
    it.market = Instant(NEXT_OPEN + NS_PER_MINUTE)
    it.enter(1)
    it.market = DIVIDEND.paid_at
    it.quote()
    assert it.desk.state.ledger.income == 0


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
