"""The stated order inside a recorded second."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.model import QuoteChange, TradePrint
from robo_trader.simulated_gateway.replay_second import TENTH, QuoteSecond, Span, TradeSecond, happenings
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import SPY, at, quote

START = at("09:30:00")


def span(first: int | None, high: int | None, low: int | None, last: int | None) -> Span:
    return Span(*(None if cents is None else Decimal(cents) / 100 for cents in (first, high, low, last)))


def quotes(bid: tuple[int | None, ...], ask: tuple[int | None, ...]) -> QuoteSecond:
    return QuoteSecond(span(*bid), span(*ask), 300, 500)


def trades(first: int, high: int, low: int, last: int, volume: int = 400) -> TradeSecond:
    return TradeSecond(*(Decimal(cents) / 100 for cents in (first, high, low, last)), volume=volume)


def words(quote: QuoteSecond | None, trade: TradeSecond | None, before: QuoteChange | None = None) -> list[str]:
    return [_word(event) for event in happenings(SPY, START, quote, trade, before)]


def _word(event: QuoteChange | TradePrint) -> str:
    tenths = (event.at - START) // TENTH
    return f"{tenths} {event.bid}/{event.ask}" if isinstance(event, QuoteChange) else f"{tenths} {event.size} @ {event.price}"


def test_open_first_extreme_second_extreme_close_with_quotes_before_trades() -> None:
    assert words(quotes((1000, 1006, 996, 1003), (1002, 1008, 998, 1005)), trades(1001, 1007, 997, 1004)) == [
        "1 10/10.02",
        "2 100 @ 10.01",
        "3 9.96/9.98",
        "4 100 @ 9.97",
        "5 10.06/10.08",
        "6 100 @ 10.07",
        "8 100 @ 10.04",
        "9 10.03/10.05",
    ]


def test_the_extreme_nearer_to_the_open_comes_first() -> None:
    assert words(None, trades(1006, 1007, 997, 1004)) == ["2 100 @ 10.06", "4 100 @ 10.07", "6 100 @ 9.97", "8 100 @ 10.04"]


def test_without_trades_the_bids_decide() -> None:
    assert words(quotes((1005, 1006, 996, 1003), (1007, 1008, 998, 1005)), None)[1] == "3 10.06/10.08"


def test_steps_that_repeat_a_price_are_left_out_and_the_open_restates_the_quote() -> None:
    before = quote("09:29:59", "10.00", "10.02")
    assert words(quotes((1000, 1000, 1000, 1000), (1002, 1002, 1002, 1002)), trades(1001, 1001, 1001, 1001), before) == [
        "1 10/10.02",
        "2 400 @ 10.01",
    ]


def test_the_remainder_of_the_volume_goes_to_the_first_print() -> None:
    assert [event.size for event in happenings(SPY, START, None, trades(1001, 1007, 997, 1004, 403), None) if isinstance(event, TradePrint)] == [
        103,
        100,
        100,
        100,
    ]


def test_where_the_bid_reaches_the_ask_the_former_ask_stands_or_else_one_cent_more() -> None:
    crossed = quotes((1002, 1002, 1002, 1002), (1001, 1001, 1001, 1001))
    assert words(crossed, None, quote("09:29:59", "10.00", "10.05")) == ["1 10.02/10.05"]
    assert words(crossed, None, quote("09:29:59", "10.00", "10.02")) == ["1 10.02/10.03"]
    assert words(crossed, None) == ["1 10.02/10.03"]


def test_a_missing_side_keeps_its_last_price() -> None:
    half = quotes((1001, 1001, 1001, 1001), (None, None, None, None))
    assert words(half, None, quote("09:29:59", "10.00", "10.05")) == ["1 10.01/10.05"]
    (alone,) = happenings(SPY, START, half, None, None)
    assert isinstance(alone, QuoteChange)
    assert (alone.ask, alone.ask_size, alone.bid_size) == (None, 0, 300)


PRICES = st.lists(st.integers(990, 1010), min_size=1, max_size=6)


def summary(path: list[int]) -> tuple[int, int, int, int]:
    return path[0], max(path), min(path), path[-1]


@settings(deadline=None)
@given(PRICES, PRICES, PRICES, st.integers(1, 10_000))
def test_a_told_second_keeps_what_was_recorded(bids: list[int], asks: list[int], prints: list[int], volume: int) -> None:
    told = happenings(SPY, START, quotes(summary(bids), summary(asks)), trades(*summary(prints), volume=volume), None)
    assert all(START < event.at < START + NS_PER_SECOND for event in told)
    assert [event.at for event in told] == sorted({event.at for event in told})
    printed = [event for event in told if isinstance(event, TradePrint)]
    prices = [int(event.price * 100) for event in printed]
    assert summary(prices) == summary(prints)
    assert sum(event.size for event in printed) == volume
    for event in told:
        if isinstance(event, QuoteChange):
            assert event.bid is not None
            assert event.ask is not None
            assert event.bid < event.ask


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(900, 1000), st.integers(1, 20)), min_size=1, max_size=8))
def test_quotes_that_never_crossed_are_never_put_right(path: list[tuple[int, int]]) -> None:
    bids, asks = [bid for bid, _ in path], [bid + spread for bid, spread in path]
    told = happenings(SPY, START, quotes(summary(bids), summary(asks)), None, None)
    spoken = [event for event in told if isinstance(event, QuoteChange)]
    assert {int(event.bid * 100) for event in spoken if event.bid is not None} == set(summary(bids))
    assert {int(event.ask * 100) for event in spoken if event.ask is not None} == set(summary(asks))
