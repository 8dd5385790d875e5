"""All lines together: what ends with a connection, and what waits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

from robo_trader.simulated_gateway.day_prices import CLOSE, HIGH, LOW, OPEN
from robo_trader.simulated_gateway.history import MONTH, WEEK
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_lines import DELAY_NS, DELAYED_TYPES, Kept, MarketLines, Turnover, as_delayed
from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.simulated_gateway.subscriptions import ASK, BID, HALTED, LAST, VOLUME, Feed, Line, Tick
from robo_trader.simulated_gateway.subscriptions_ticks import Watched
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import Instant, Symbol
from tests.support.exchange_bench import IBM, SPY, at, quote, trade

MINE, OTHERS = Line(1, 5), Line(2, 5)


def watching(*, delayed: bool = False) -> MarketLines:
    lines = MarketLines()
    for line in (MINE, OTHERS):
        lines.ticks.add(line, SPY, lambda: Feed(None, None, 0))
        lines.every.add(line, Watched(SPY, 1, ignore_size=False, exchange="ARCA"))
        lines.bars.lines[line] = (SPY, True, "TRADES")
        lines.kept[line] = Kept(SPY, 60, rth=True, what="TRADES", format_date=1)
        lines.turnovers[line] = Turnover(SPY, 0, Decimal(0))
        lines.wanted[line.connection] = 3
        lines.scans.add(line)
        if delayed:
            lines.delayed.add(line)
    return lines


def test_what_belongs_to_a_connection_ends_with_it() -> None:
    lines = watching(delayed=True)
    lines.forget(1)
    assert list(lines.kept) == list(lines.turnovers) == list(lines.bars.lines) == list(lines.delayed) == list(lines.scans) == [OTHERS]
    assert lines.wanted == {2: 3}
    assert {line for line, _ in lines.hear(trade("09:31:00", "10.00"))} == {OTHERS}


def test_data_lost_leaves_the_type_of_data_that_was_asked_for() -> None:
    lines = watching()
    lines.drop_connection(1)
    assert lines.wanted[1] == 3


def test_a_line_that_is_dropped_is_live_when_it_begins_again() -> None:
    lines = watching(delayed=True)
    assert lines.drop(MINE)
    assert not lines.drop(MINE)
    assert MINE not in lines.delayed | lines.turnovers.keys()


def test_delayed_samples_wait_and_are_told_under_their_own_types() -> None:
    lines = watching(delayed=True)
    now = at("09:31:00")
    list(lines.hear(quote("09:31:00", "10.00", "10.02")))
    assert list(lines.samples(now, size_too=True)) == []
    assert list(lines.samples(Instant(now + DELAY_NS - 1), size_too=True)) == []
    told = list(lines.samples(Instant(now + DELAY_NS), size_too=True))
    assert [(line, fields[3]) for line, fields in told] == [(MINE, "66"), (MINE, "67"), (OTHERS, "66"), (OTHERS, "67")]


def test_a_delayed_line_that_ended_is_told_nothing_of_what_waited() -> None:
    lines = watching(delayed=True)
    list(lines.hear(quote("09:31:00", "10.00", "10.02")))
    list(lines.samples(at("09:31:00"), size_too=False))
    lines.drop(MINE)
    lines.ticks.add(MINE, IBM, lambda: Feed(None, None, 0))  # another of its name
    lines.delayed.add(MINE)
    assert {line for line, _ in lines.samples(Instant(at("09:31:00") + DELAY_NS), size_too=False)} == {OTHERS}


def test_every_type_of_a_sample_has_a_delayed_one() -> None:
    kinds = (BID, ASK, LAST, VOLUME, HIGH, LOW, CLOSE, OPEN)
    assert [tick.type for tick in as_delayed(Tick(kind) for kind in kinds)] == [
        66,
        67,
        68,
        74,
        72,
        73,
        75,
        76,
    ]
    assert as_delayed([Tick(HALTED)]) == []
    assert len(set(DELAYED_TYPES.values())) == len(DELAYED_TYPES)


def test_turnover_adds_up() -> None:
    turnover = Turnover(SPY, 100, Decimal(1000))
    assert turnover.worded(trade("09:31:00", "13.00", 50)) == f"13.00;50;{at('09:31:00') // 10**6};150;11.00000000;true"


def test_a_trade_is_told_with_its_turnover_under_each_kind_that_was_asked_for() -> None:
    lines = watching()
    lines.every.drop_connection(1)
    lines.every.drop_connection(2)
    lines.turnovers = {MINE: Turnover(SPY, 0, Decimal(0), (48, 77))}
    told = list(lines.hear(trade("09:31:00", "10.00")))
    assert [(line, fields[3]) for line, fields in told] == [(MINE, "48"), (MINE, "77")]
    assert told[0][1][4] == told[1][1][4]


class Counted(GeneratedMarket):
    """A market that remembers since when bars and quotes were asked for."""

    def __init__(self) -> None:
        super().__init__((SPY,), 3, date(2026, 3, 4))
        self.asked: list[Instant] = []

    def bars(self, symbol: Symbol, start: Instant, end: Instant, seconds: int, rth: bool) -> list[TradeBar]:
        self.asked.append(start)
        return super().bars(symbol, start, end, seconds, rth)

    def quotes(self, symbol: Symbol, start: Instant, end: Instant) -> list[QuoteChange]:
        self.asked.append(start)
        return super().quotes(symbol, start, end)


def test_kept_histories_are_cut_once_a_turn_for_all_their_lines_and_of_weeks_and_months_only_today() -> None:
    market, lines = Counted(), MarketLines()
    market.events_until(at("09:35:00", market.day))
    for req_id, (seconds, what) in enumerate(product((60, SECONDS_PER_DAY, WEEK, MONTH), ("TRADES", "BID_ASK"))):
        for connection in (1, 2, 3):
            lines.kept[Line(connection, req_id)] = Kept(SPY, seconds, rth=True, what=what, format_date=1)
    assert len(list(lines.over(market, at("09:35:00", market.day), lambda bar, _: str(bar.start)))) == 24
    market.events_until(at("09:35:05", market.day))
    market.asked.clear()
    list(lines.over(market, at("09:35:05", market.day), lambda bar, _: str(bar.start)))
    assert len(market.asked) == 4, "minutes and days, of two kinds"
    assert min(market.asked) == at("00:00:00", market.day)
