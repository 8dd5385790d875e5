"""Behaviour of `adding`, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.events import Refused
from robo_trader.desk.news import BrokerError, Connected, HaltSeen, InstrumentKnown, PositionSeen, QuoteSeen, Signal, Sweep
from robo_trader.desk.settings import UNANSWERED_ORDERS_MAX, BookSettings
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Quote, Symbol, Ticks
from tests.support.desk_bench import BOOK, OPEN, Bench, settings


def refusals(bench: Bench) -> list[tuple[str, bool]]:
    return [(e.control, e.order_shaped) for e in bench.journal if isinstance(e, Refused)]


@pytest.mark.parametrize(
    ("limit", "value", "control"),
    [("max_quantity", 99, "C01"), ("max_notional", Decimal(100), "C02"), ("max_position", 99, "C05"), ("max_quantity", None, "C01")],
)
def test_an_order_beyond_a_limit_is_refused_with_the_controls_name(limit: str, value: object, control: str):
    made = settings()
    bench = Bench(replace(made, limits=replace(made.limits, **{limit: value}))).connect()
    bench.signal(1)
    assert bench.sent == []
    assert [c for c, _ in refusals(bench)] == [control]


def test_an_order_shaped_refusal_latches_for_its_decision_and_ends_with_the_next():
    made = settings()
    bench = Bench(replace(made, limits=replace(made.limits, collar_percent=Decimal("0.01")))).connect()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.signal(1)
    bench.quote(bid=16_000, ask=17_000)
    count = len(bench.sent)
    assert count == 1, "with a close quote it goes"
    bench = Bench(replace(made, limits=replace(made.limits, max_quantity=99))).connect()
    for _ in range(3):
        bench.signal(1)
    assert {shaped for _, shaped in refusals(bench)} == {True}
    assert bench.sent == []


def test_a_stale_quote_refuses_only_until_a_fresh_one_comes():
    bench = Bench().connect()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    end = bench.market
    bench.feed(Signal(BOOK, 1, end, Instant(end + 65 * NS_PER_SECOND)))
    assert bench.sent == [] and refusals(bench) == [("C03", False)]
    bench.quote()
    assert len(bench.sent) == 1


def test_outside_the_session_nothing_is_added():
    bench = Bench().connect()
    bench.market = Instant(OPEN + 391 * 60 * NS_PER_SECOND)
    bench.signal(1)
    assert bench.sent == [] and refusals(bench)[0] == ("C15", False)


def test_a_backfilled_bar_may_not_increase():
    bench = Bench().connect()
    bench.signal(1, backfilled=True)
    assert bench.sent == []
    bench.signal(1)
    assert len(bench.sent) == 1


def test_an_expired_signal_adds_nothing():
    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("h", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "manual", None, "me")))
    bench.signal(1)
    bench.market = Instant(bench.market + 66 * NS_PER_SECOND)
    from robo_trader.desk.news import ResumeSeen  # noqa: PLC0415

    bench.feed(ResumeSeen("h"))
    bench.quote()
    assert bench.sent == []


def test_an_entry_that_the_broker_rejected_is_not_tried_again_for_its_decision():
    bench = Bench().connect()
    bench.signal(1)
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason: no"))
    bench.signal(1)
    bench.signal(1)
    assert len(bench.sent) == 1
    bench.signal(-1)
    assert len(bench.sent) == 2


def test_an_entry_that_was_never_sent_may_be_tried_on_the_next_bar_and_not_on_the_same():
    from robo_trader.desk.news import NotSent  # noqa: PLC0415

    bench = Bench().connect()
    bench.signal(1)
    first = bench.last()
    bench.feed(NotSent(first.intent, "the command is older than 2 s"))
    bench.quote()
    assert bench.sent == [first]
    bench.signal(1)
    assert bench.last().intent != first.intent


def test_entries_per_day_are_bounded():
    made = settings()
    bench = Bench(replace(made, limits=replace(made.limits, entries_per_day_max=2))).connect()
    from robo_trader.desk.news import BrokerStatus  # noqa: PLC0415

    for stance in (1, -1, 1):
        bench.signal(stance)
        for order in list(bench.sent):
            live = bench.desk.state.orders.by_intent[order.intent].live
            if live and order.order_type == "MKT":
                bench.fill(order)
            elif live:
                bench.status(order, BrokerStatus.CANCELLED)
        if bench.last().entry and bench.desk.state.orders.by_intent[bench.last().intent].live:
            bench.fill(bench.last())
    assert sum(p.entry for p in bench.sent) <= 2
    assert ("C12", False) in refusals(bench)


def test_in_a_burst_entries_go_a_few_at_a_time_each_as_soon_as_one_before_it_is_answered():
    symbols = [Symbol(f"S{number}") for number in range(7)]
    made = settings()
    bench = Bench(replace(made, books={BookId("moving_average_cross", symbol): BookSettings(100, Decimal(1)) for symbol in symbols}))
    bench.feed(*(InstrumentKnown(Instrument(symbol, number + 1, Decimal("0.01"))) for number, symbol in enumerate(symbols)), Connected("DU1", 1))
    bench.feed(Sweep(1, bench.process, (), (), (), (), tuple(PositionSeen(symbol, 0) for symbol in symbols)))
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    for symbol in symbols:
        bench.feed(QuoteSeen(Quote(symbol, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)))
    for symbol in symbols:
        bench.feed(Signal(BookId("moving_average_cross", symbol), 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert [place.symbol for place in bench.sent] == symbols[:UNANSWERED_ORDERS_MAX]
    assert refusals(bench) == [("C08", False)] * 3
    bench.acknowledge(bench.sent[2])
    assert [place.symbol for place in bench.sent] == symbols[: UNANSWERED_ORDERS_MAX + 1]


def test_in_one_turn_the_exit_of_a_later_book_goes_before_the_entry_of_an_earlier_one():
    first, second = BookId("moving_average_cross", Symbol("AAA")), BOOK
    made = settings()
    bench = Bench(replace(made, books={first: made.books[BOOK], second: made.books[BOOK]})).connect()
    bench.feed(InstrumentKnown(Instrument(first.symbol, 1, Decimal("0.01"))))
    bench.enter(1)
    bench.sweep(position=100)
    sent = len(bench.sent)
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote()
    bench.feed(
        QuoteSeen(Quote(first.symbol, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)),
        *(Signal(book, stance, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)) for book, stance in ((first, 1), (second, 0))),
    )
    assert [(p.symbol, p.entry) for p in bench.sent[sent:]] == [("SPY", False), ("AAA", True)]
