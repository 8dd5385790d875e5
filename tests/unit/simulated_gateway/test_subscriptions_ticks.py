"""Tick-by-tick lines hear everything once, each of its own kind."""

from __future__ import annotations

from robo_trader.simulated_gateway.subscriptions import Line
from robo_trader.simulated_gateway.subscriptions_ticks import KINDS, TICK_LINES_MAX, EveryTick, Watched, top_of
from tests.support.exchange_bench import IBM, SPY, quote, trade


def lines(kind: str, *, ignore_size: bool = False) -> EveryTick:
    every = EveryTick()
    assert every.add(Line(1, 5), Watched(SPY, KINDS[kind], ignore_size, "ARCA"))
    return every


def test_a_line_hears_of_its_symbol_and_kind_alone() -> None:
    last, both = lines("Last"), lines("BidAsk")
    assert [line for line, _ in last.hear(trade("09:31:00", "10.00"))] == [Line(1, 5)]
    assert list(last.hear(trade("09:31:00", "10.00", symbol=IBM))) == []
    assert list(last.hear(quote("09:31:00", "10.00", "10.02"))) == []
    assert list(both.hear(trade("09:31:00", "10.00"))) == []


def test_a_quote_is_told_when_its_best_changes() -> None:
    both, coarse, middle = lines("BidAsk"), lines("BidAsk", ignore_size=True), lines("MidPoint")
    events = [quote("09:31:00", "10.00", "10.02"), quote("09:31:01", "10.00", "10.02", 7), quote("09:31:02", "9.99", "10.03")]
    told = [[len(list(every.hear(event))) for event in (*events, events[-1])] for every in (both, coarse, middle)]
    assert told == [[1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 0, 0]]


def test_lines_are_bounded_for_each_client_and_end_with_it() -> None:
    every = EveryTick()
    watched = [Watched(SPY, 1, ignore_size=False, exchange="ARCA") for _ in range(TICK_LINES_MAX + 1)]
    assert [every.add(Line(1, number), one) for number, one in enumerate(watched)] == [True] * TICK_LINES_MAX + [False]
    assert every.add(Line(1, 0), watched[0])
    assert every.add(Line(2, 0), watched[0])
    every.drop_connection(1)
    assert [line for line, _ in every.hear(trade("09:31:00", "10.00"))] == [Line(2, 0)]
    assert (every.drop(Line(2, 0)), every.drop(Line(2, 0)), every.any) == (True, False, False)


def test_the_best_of_a_quote_has_sizes_where_they_count() -> None:
    told = quote("09:31:00", "10.00", "10.02", 5, 6)
    assert (len(top_of(told, sizes=True)), len(top_of(told, sizes=False))) == (4, 2)
