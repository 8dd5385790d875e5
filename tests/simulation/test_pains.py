"""The pains of the system before this one that were about orders, stops, state and money, one or more tests each: here they cannot happen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Place
from robo_trader.desk.events import Refused
from robo_trader.desk.news import BrokerStatus, CommissionSeen, Connected, HaltSeen, InstrumentKnown, QuoteSeen, Signal
from robo_trader.desk.protecting import uncovered
from robo_trader.edge import codec
from robo_trader.errors import ConfigurationError
from robo_trader.orders.order import OrderType
from robo_trader.risk import gate
from robo_trader.risk.gate import CONTROLS, Control, Proposed, Refusal, View
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.risk.limits import Limits
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Money, Quote, Symbol, Ticks
from tests.support.desk_bench import BOOK, SPY, Bench, settings

IBM = Symbol("IBM")


def bought(bench: Bench) -> int:
    return sum(p.quantity for p in bench.sent if p.entry and p.side == "BUY")


def refused(bench: Bench) -> list[str]:
    return [e.control for e in bench.journal if isinstance(e, Refused)]


def resting_stop(bench: Bench) -> Place:
    return bench.last(OrderType.STOP)


# Pain 1: 712 purchases in two hours, 352 pairs of orders.


@pytest.mark.parametrize("answered", [True, False])
def test_pain_1_two_hours_of_the_same_wish_and_a_restart_each_ten_minutes_buy_once(answered: bool):
    bench, orders = Bench().connect(), []
    for minute in range(120):
        bench.signal(1)
        orders += bench.sent
        if minute == 0 and answered:
            bench.acknowledge(bench.last())
            bench.fill(bench.last())
            orders = list(bench.sent)
            bench.acknowledge(resting_stop(bench))
            stop = resting_stop(bench)
        elif not answered:
            bench.wait(1)
        bench.sent.clear()
        if minute % 10 == 9:
            bench = bench.reborn()
            bench.feed(Connected("DU1", 1))
            if answered:
                bench.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
            else:
                bench.sweep(open_orders=None)  # nobody says what became of it
    entries = [p for p in orders if p.entry]
    assert [p.quantity for p in entries] == [100]
    assert len({p.intent for p in orders}) == len(orders)


def test_pain_1_eight_strategies_that_wish_at_once_buy_once_each_and_never_beyond_the_position_limit():
    books = {BookId(f"strategy_{number}", SPY): settings().books[BOOK] for number in range(8)}
    made = settings()
    bench = Bench(replace(made, books=books, limits=replace(made.limits, max_position=300))).connect()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote()
    signals = [Signal(book, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)) for book in books]
    bench.feed(*signals)
    bench.feed(*signals)
    assert bought(bench) == 300 and refused(bench).count("C05") >= 1


def test_pain_1_an_intent_is_on_the_journal_before_it_is_sent_and_bears_its_name_at_the_broker():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    assert entry.order_ref.rpartition(":")[2] == entry.intent
    assert entry.intent in bench.reborn().desk.state.orders.by_intent


# Pain 4: stops that did not protect, for three months.


@pytest.mark.parametrize("stance", [1, -1])
def test_pain_4_every_share_of_every_partial_fill_has_a_stop_at_the_broker_long_and_short(stance: int):
    bench = Bench().connect()
    bench.signal(stance)
    entry = bench.last()
    bench.acknowledge(entry)
    for shares in (10, 25, 65):
        bench.fill(entry, shares)
        bench.acknowledge(resting_stop(bench))
        stops = [p for p in bench.sent if p.order_type is OrderType.STOP]
        assert sum(p.quantity for p in stops) == abs(bench.position) and uncovered(bench.desk.state.book(BOOK)) == 0
    assert {p.time_in_force for p in bench.sent if p.order_type is OrderType.STOP} == {"GTC"}


def test_pain_4_a_stop_outlives_the_process_and_a_lost_one_is_replaced_after_the_restart():
    bench = Bench().connect()
    stop = bench.enter(1)
    again = bench.reborn()
    again.feed(Connected("DU1", 1))
    again.sweep(position=100, open_orders=(again.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert again.sent == [] and again.desk.snapshot().books[0].proven == 100
    lost = again.reborn()
    lost.feed(Connected("DU1", 1))
    lost.sweep(position=100, completed=(lost.open_order(stop, BrokerStatus.CANCELLED, filled=0),))
    lost.wait(1.1)
    assert [(p.order_type, p.quantity) for p in lost.sent] == [(OrderType.STOP, 100)]


@pytest.mark.parametrize("level", [HaltLevel.NO_NEW, HaltLevel.REDUCE_ONLY, HaltLevel.HALT_CANCEL])
def test_pain_4_no_halt_takes_a_stop_away_or_keeps_one_from_being_placed(level: HaltLevel):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(HaltSeen(Halt("h", level, HaltScope.ALL, "", "manual", None, "me")))
    bench.fill(entry)
    stop = resting_stop(bench)
    assert stop.quantity == 100 and stop.intent not in bench.cancelled


def test_pain_4_shares_without_a_stop_are_told_within_two_seconds_and_nothing_is_added():
    bench = Bench().connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last(), 50)
    bench.wait(2)
    assert any(a.severity == "critical" and a.key == "bare/SPY" for a in bench.alerts)
    bench.status(bench.sent[0], BrokerStatus.CANCELLED, filled=50, remaining=0)
    bench.signal(1)
    assert bought(bench) == 100 and refused(bench)[-1] == "I29"


# Pain 5: the price of one symbol was taken for another's.


def test_pain_5_another_symbols_quote_prices_no_order_and_a_fill_alone_places_the_stop():
    bench = Bench()
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", 1))
    bench.sweep()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.feed(QuoteSeen(Quote(IBM, Ticks(76_100), Ticks(76_102), 500, 500, bench.market)))
    bench.feed(Signal(BOOK, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert bench.sent == [] and refused(bench) == ["C03"]
    bench.quote()
    bench.acknowledge(bench.last())
    bench.feed(QuoteSeen(Quote(SPY, Ticks(76_100), Ticks(76_102), 500, 500, bench.market)))  # nonsense, just before the fill
    bench.fill(bench.last(), price="167.92")
    assert resting_stop(bench).price == 16_625
    assert bench.last() == resting_stop(bench), "and no price sells anything by itself"


@pytest.mark.parametrize(("bid", "ask", "seconds"), [(16_000, 17_500, 0), (16_790, 16_792, 6)])
def test_pain_5_a_price_that_is_far_off_or_old_adds_nothing(bid: int, ask: int, seconds: int):
    bench = Bench().connect()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote(bid, ask)
    bench.market = Instant(bench.market + seconds * NS_PER_SECOND)
    bench.feed(Signal(BOOK, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert bench.sent == [] and refused(bench) == ["C03"]


# Pain 6: state that was lost at each restart.


def test_pain_6_position_cash_stops_latch_halts_and_daily_counts_survive_the_process():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.feed(CommissionSeen("e1.01", Money("1.00"), None))
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.fill(stop, 60, price="166.24")
    bench.feed(HaltSeen(Halt("h", HaltLevel.NO_NEW, HaltScope.ALL, "", "manual", None, "me")))
    rows = [codec.encode(event) for event in bench.journal]
    again = Bench(replace(bench.settings, epoch=2), [codec.decode(*row) for row in rows])
    before, after = bench.desk.state, again.desk.state
    assert (after.net(SPY), after.ledger.cash_change, after.ledger.commissions) == (40, before.ledger.cash_change, Money("1.00"))
    assert after.book(BOOK) == before.book(BOOK) and after.book(BOOK).latch is not None and after.book(BOOK).entries
    assert (after.halts, after.decisions, after.orders.next_order_id) == (before.halts, before.decisions, before.orders.next_order_id)


def test_pain_6_nothing_is_added_before_journal_and_broker_agree():
    bench = Bench().connect()
    bench.enter(1)
    again = bench.reborn()
    again.signal(-1)
    again.feed(Connected("DU1", 1))
    again.signal(-1)
    assert again.sent == [], "nothing at all before executions and open orders are read"
    again.sweep(position=None)
    again.signal(-1)
    assert not any(p.entry for p in again.sent)


# Pain 8: limits that did not bind.


@pytest.mark.parametrize("name", ["max_quantity", "max_notional", "max_position", "collar_percent", "entries_per_day_max"])
@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal(0), Decimal(-1)])
def test_pain_8_a_limit_that_is_no_limit_is_refused_at_the_start(name: str, value: Decimal):
    with pytest.raises(ConfigurationError):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_pain_8_without_limits_nothing_is_added_and_every_entry_passes_every_control(monkeypatch: pytest.MonkeyPatch):
    made = settings()
    bench = Bench(replace(made, limits=Limits(sessions=made.limits.sessions))).connect()
    bench.signal(1)
    assert bench.sent == [] and len(refused(bench)) == 1
    asked: list[str] = []

    def listened(control: Control) -> Control:
        def judge(order: Proposed, view: View, limits: Limits) -> Refusal | None:
            asked.append(control.id)
            return control.judge(order, view, limits)

        return replace(control, judge=judge)

    monkeypatch.setattr(gate, "CONTROLS", tuple(map(listened, CONTROLS)))
    Bench().connect().enter(1)
    assert asked == [control.id for control in CONTROLS]


def test_pain_8_a_daily_bound_is_not_begun_anew_by_a_restart():
    made = settings()
    bench = Bench(replace(made, limits=replace(made.limits, entries_per_day_max=1))).connect()
    stop = bench.enter(1)
    bench.signal(0)
    bench.fill(bench.last())
    bench.status(stop, BrokerStatus.CANCELLED)
    again = bench.reborn()
    again.connect()
    again.signal(-1)
    assert again.sent == [] and refused(again)[-1] == "C12"


# Pain 10: wrong money.


def test_pain_10_cash_and_shares_are_conserved_to_the_last_digit_whatever_is_repeated_or_corrected():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(bench.execution(entry, 100, "167.9234", "1.01"))
    stop = resting_stop(bench)
    bench.acknowledge(stop)
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(bench.execution(leave, 100, "168.0101", "2.01"))
    bench.feed(bench.execution(entry, 90, "167.9134", "1.02"), *bench.executions)
    bench.feed(CommissionSeen("1.02", Money("0.9001"), None), CommissionSeen("2.01", Money("1.0333"), None))
    view = bench.desk.snapshot()
    assert view.cash_change == -90 * Money("167.9134") + 100 * Money("168.0101") - Money("0.9001") - Money("1.0333")
    assert bench.position == -10 == bench.desk.state.ledger_net(SPY)
