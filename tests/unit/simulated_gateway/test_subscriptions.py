"""Feeds sample, lines begin and end, bars are told when they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.day_prices import HIGH, LOW, OPEN, DayPrices
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import MarketHappening, TradePrint
from robo_trader.simulated_gateway.subscriptions import (
    ABSENT,
    ASK,
    ASK_SIZE,
    BID,
    BID_SIZE,
    HALTED,
    LAST,
    LAST_SIZE,
    LAST_TIMESTAMP,
    VOLUME,
    BarLines,
    Feed,
    Line,
    Tick,
    TickLines,
    bar_end,
    worded,
)
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import DAY, IBM, SPY, at, quote, trade
from tests.support.gateway_bench import names

OPEN_SECOND = at("09:30:00") // NS_PER_SECOND
NOW = at("09:30:01")


def feed() -> Feed:
    return Feed(quote("09:30:00", "168.10", "168.12", 300, 400), trade("09:30:00", "168.11", 50), volume=1000)


def heard(it: Feed, *events: MarketHappening) -> list[Tick]:
    for event in events:
        it.hear(event)
    return it.sample(NOW)


def test_a_new_line_is_told_everything_once() -> None:
    told = {tick.type: (tick.price, tick.size) for tick in feed().whole() if not tick.text}
    assert told == {BID: (Decimal("168.10"), 300), ASK: (Decimal("168.12"), 400), LAST: (Decimal("168.11"), 50), VOLUME: (None, 1000)}


def test_a_feed_that_knows_nothing_tells_nothing() -> None:
    assert Feed(None, None, 0).whole() == []


def test_only_what_changed_is_told() -> None:
    assert heard(feed(), quote("09:30:01", "168.10", "168.13", 300, 400)) == [Tick(ASK, Decimal("168.13"), 400)]


def test_a_size_that_changed_alone_is_told_alone() -> None:
    it = feed()
    assert heard(it, quote("09:30:01", "168.10", "168.12", 310, 420)) == [Tick(BID_SIZE, size=310), Tick(ASK_SIZE, size=420)]
    assert heard(it, trade("09:30:00.5", "168.11", 70)) == [Tick(LAST_SIZE, size=70), Tick(VOLUME, size=1070)]


def test_a_side_that_vanished_is_told_as_minus_one() -> None:
    it = feed()
    gone = quote("09:30:01", "168.10", "168.12", 300, 400)
    assert heard(it, type(gone)(SPY, None, gone.ask, 0, 400, gone.at)) == [Tick(BID, ABSENT, 0)]


def test_a_sample_holds_the_newest_of_what_happened_and_all_of_the_volume() -> None:
    events = (trade("09:30:01.1", "168.20", 10), trade("09:30:01.2", "168.21", 20))
    assert heard(feed(), *events) == [
        Tick(LAST_TIMESTAMP, text=str(OPEN_SECOND + 1)),
        Tick(LAST, Decimal("168.21"), 20),
        Tick(VOLUME, size=1030),
    ]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.booleans()), max_size=20))
def test_whoever_adds_up_the_samples_knows_what_a_new_line_is_told(changes: list[tuple[int, int, bool]]) -> None:
    it = feed()
    known = {tick.type: tick for tick in it.whole()}
    for cents, size, sampled in changes:
        it.hear(quote("09:30:01", f"168.0{cents}", "168.12", size * 100, 400))
        for tick in it.sample(NOW) if sampled else ():
            if tick.type in (BID_SIZE, ASK_SIZE):
                price = BID if tick.type == BID_SIZE else ASK
                known[price] = known[price]._replace(size=tick.size)
            else:
                known[tick.type] = tick
    assert sorted(known.values()) == sorted(it.whole())


def test_the_size_of_a_price_is_repeated_where_that_is_asked_for() -> None:
    tick = Tick(BID, Decimal("168.10"), 300)
    assert names(list(worded(5, tick, size_too=False))) == ["tickPrice"]
    assert names(list(worded(5, tick, size_too=True))) == ["tickPrice", "tickSize"]
    assert names(list(worded(5, Tick(LAST_TIMESTAMP, text="1"), size_too=True))) == ["tickString"]


def test_a_feed_lives_as_long_as_somebody_watches() -> None:
    lines = TickLines()
    lines.add(Line(1, 5), SPY, feed)
    lines.add(Line(2, 5), SPY, feed)
    lines.drop(Line(1, 5))
    assert SPY in lines.feeds
    lines.drop_connection(2)
    assert not lines.feeds
    assert not lines.drop(Line(2, 5))


def test_a_request_id_that_is_used_again_replaces_its_line() -> None:
    lines = TickLines()
    lines.add(Line(1, 5), SPY, feed)
    lines.add(Line(1, 5), IBM, feed)
    assert list(lines.feeds) == [IBM]
    lines.add(Line(1, 5), IBM, feed)
    assert lines.lines[IBM] == [Line(1, 5)]


def test_every_line_on_a_symbol_is_told_the_same_and_others_nothing() -> None:
    lines = TickLines()
    for line in (Line(1, 5), Line(2, 6)):
        lines.add(line, SPY, feed)
    lines.add(Line(1, 7), IBM, feed)
    lines.hear(quote("09:30:01", "168.10", "168.13", 300, 400))
    changed = [Tick(ASK, Decimal("168.13"), 400)]
    assert dict(lines.samples(NOW)) == {Line(1, 5): changed, Line(2, 6): changed}
    assert dict(lines.samples(NOW)) == {}


def test_bar_lines_are_gathered_by_what_they_watch() -> None:
    bars = BarLines()
    bars.lines = {Line(1, 1): (SPY, True, "TRADES"), Line(2, 1): (SPY, True, "TRADES"), Line(1, 2): (SPY, False, "TRADES")}
    assert bars.watched() == {(SPY, True, "TRADES"): [Line(1, 1), Line(2, 1)], (SPY, False, "TRADES"): [Line(1, 2)]}
    bars.drop_connection(1)
    assert bars.watched() == {(SPY, True, "TRADES"): [Line(2, 1)]}


@given(since=st.integers(0, 10**11), step=st.integers(1, NS_PER_SECOND))
def test_a_bar_is_over_exactly_when_a_step_reaches_its_end(since: int, step: int) -> None:
    end = bar_end(since, since + step)
    ends = [at for at in range(0, since + step + 1, 5 * NS_PER_SECOND) if since < at <= since + step]
    assert ([end] if end is not None else []) == ends


def test_the_days_prices_are_told_at_the_begin_and_as_they_change() -> None:
    market = ScriptedMarket((SPY,), DAY, [trade("09:30:00", "168.00", 50)])
    market.events_until(at("09:30:00.5"))
    it = Feed(None, market.last_trade(SPY), 50, day=DayPrices(market, SPY, at("09:30:00.5")))
    assert it.whole()[-3:] == [Tick(kind, Decimal("168.00")) for kind in (HIGH, LOW, OPEN)]
    assert heard(it, trade("09:30:00.7", "168.20", 50))[-1] == Tick(HIGH, Decimal("168.20"))
    assert heard(it, trade("09:30:00.8", "168.10", 50))[-1] == Tick(VOLUME, size=150)
    assert heard(it, trade("09:30:00.9", "167.90", 50))[-1] == Tick(LOW, Decimal("167.90"))


def test_a_halt_is_told_when_it_begins_and_ends_though_nothing_else_happens() -> None:
    lines = TickLines()
    lines.add(Line(1, 5), SPY, lambda: Feed(None, None, 0, halted=lambda now: at("09:30:02") <= now < at("09:30:04"), now=NOW))
    assert lines.feeds[SPY].whole() == [Tick(HALTED, size=0)]
    told = [(second, ticks) for second in range(2, 6) for _, ticks in lines.samples(at(f"09:30:0{second}"))]
    assert told == [(2, [Tick(HALTED, size=1)]), (4, [Tick(HALTED, size=0)])]


def test_a_price_of_the_day_has_no_size_and_a_halt_is_a_generic_tick() -> None:
    assert names(list(worded(5, Tick(HIGH, Decimal("168.20")), size_too=True))) == ["tickPrice"]
    assert list(worded(5, Tick(HALTED, size=1), size_too=True)) == [("45", "6", "5", "49", "1.0")]


def test_the_volume_begins_anew_with_another_day() -> None:
    market = GeneratedMarket((SPY,), 3, date(2026, 3, 2), days=2)
    it = Feed(None, None, 0, day=DayPrices(market, SPY, market.start))
    midnight, volume = at("00:00:00", date(2026, 3, 3)), 0
    for event in market.events_until(at("09:31:00", date(2026, 3, 3))):
        it.hear(event)
        if isinstance(event, TradePrint) and event.at >= midnight:
            volume += event.size
    assert {tick.type: tick.size for tick in it.sample(NOW)}[VOLUME] == volume > 0


def test_the_exchanges_of_quotes_and_trades_are_told_where_they_are_known() -> None:
    one_sided = replace(quote("09:30:00", "168.10", "168.12"), ask=None)
    told = Feed(one_sided, None, 0, exchanges="P").whole()
    assert [(tick.type, tick.text) for tick in told if tick.text] == [(32, "P")]
    whole = Feed(quote("09:30:00", "168.10", "168.12"), trade("09:30:00", "168.11"), 0, exchanges="P")
    assert [tick.type for tick in whole.whole() if tick.text == "P"] == [32, 33, 84]
    assert [tick.type for tick in heard(whole, trade("09:30:00", "168.13"))] == [LAST, VOLUME]


def test_the_mark_is_the_last_trade_else_the_middle_of_the_quote() -> None:
    assert feed().mark == Decimal("168.11")
    assert Feed(quote("09:30:00", "168.10", "168.12"), None, 0).mark == Decimal("168.11")
    assert Feed(replace(quote("09:30:00", "168.10", "168.12"), bid=None), None, 0).mark is Feed(None, None, 0).mark is None
