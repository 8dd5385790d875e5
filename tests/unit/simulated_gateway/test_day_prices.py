"""The day's open, high, low and the close before it, against all prints of the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.day_prices import CLOSE, HIGH, LOW, OPEN, DayPrices, close_before
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import TradePrint
from tests.support.exchange_bench import DAY, MORNING, SPY, at, later, trade

FRIDAY = TradePrint(SPY, Decimal("167.25"), 100, at("15:59:00", date(2013, 10, 4)))


def test_the_close_before_is_the_last_sessions() -> None:
    assert close_before(ScriptedMarket((SPY,), DAY, [FRIDAY, *MORNING]), SPY, at("09:31:00")) == Decimal("167.25")
    assert close_before(ScriptedMarket((SPY,), DAY, MORNING), SPY, at("09:31:00")) is None


def test_before_the_first_trade_of_regular_hours_there_is_the_close_before() -> None:
    market = ScriptedMarket((SPY,), DAY, [FRIDAY, trade("08:00:00", "167.50")])
    market.events_until(at("09:00:00"))
    day = DayPrices(market, SPY, at("09:00:00"))
    assert list(day.told()) == [(CLOSE, Decimal("167.25"))]
    day.hear(trade("09:29:59", "170.00"))
    assert list(day.told()) == [(CLOSE, Decimal("167.25"))]


def test_trades_of_regular_hours_make_the_day_and_later_ones_do_not() -> None:
    day = DayPrices(ScriptedMarket((SPY,), DAY, []), SPY, at("09:00:00"))
    for wall, price in [("09:30:00", "168.00"), ("09:31:00", "168.50"), ("15:59:59", "167.00"), ("16:00:00", "150.00")]:
        day.hear(trade(wall, price))
    assert dict(day.told()) == {OPEN: Decimal("168.00"), HIGH: Decimal("168.50"), LOW: Decimal("167.00")}


@given(st.lists(st.integers(16_000, 17_000), min_size=1, max_size=20), st.integers(0, 20))
def test_it_does_not_matter_when_somebody_begins_to_watch(cents: list[int], begun: int) -> None:
    trades = [trade(f"09:31:{second:02d}", f"{price / 100:.2f}") for second, price in enumerate(cents)]
    market = ScriptedMarket((SPY,), DAY, trades)
    now = later(at("09:30:59.5"), min(begun, len(cents)))
    market.events_until(now)
    day = DayPrices(market, SPY, now)
    for one in trades[begun:]:
        day.hear(one)
    prices = [one.price for one in trades]
    assert dict(day.told()) == {OPEN: prices[0], HIGH: max(prices), LOW: min(prices)}


def test_the_first_trade_of_another_day_begins_it_with_the_close_of_the_day_before() -> None:
    market = GeneratedMarket((SPY,), 3, date(2026, 3, 2), days=2)
    day = DayPrices(market, SPY, market.start)
    last = None
    for event in market.events_until(at("09:31:00", date(2026, 3, 3))):
        if isinstance(event, TradePrint):
            day.hear(event)
            last = event if event.at < at("16:00:00", date(2026, 3, 2)) else last
    assert last is not None
    told = dict(day.told())
    assert told[CLOSE] == last.price
    assert told == dict(DayPrices(market, SPY, at("09:31:00", date(2026, 3, 3))).told())
