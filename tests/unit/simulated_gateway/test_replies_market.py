"""What the gateway says about markets, as the real client's decoder understands it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.values import NS_PER_SECOND, Instant, Symbol
from tests.support.real_client import told, understood

prices = st.decimals("0.0001", "100000", places=4)
BAR = TradeBar(
    Symbol("SPY"),
    Instant(1_381_152_600 * NS_PER_SECOND),
    5,
    Decimal("187.1"),
    Decimal("187.4"),
    Decimal(187),
    Decimal("187.2"),
    12345,
    67,
    Decimal("187.2134"),
)


@settings(deadline=None)
@given(prices, st.integers(0, 10**9), st.sampled_from([1, 2, 4]))
def test_a_price_tick_is_told_with_its_size(price: Decimal, size: int, tick_type: int) -> None:
    assert understood("priceSizeTick", replies.tick_price(5, tick_type, price, size)) == (5, tick_type, float(price), size)


def test_every_other_tick_is_told() -> None:
    assert told(
        replies.tick_size(5, 8, 1200),
        replies.tick_size(5, 8, Decimal("0.5")),
        replies.tick_string(5, 45, "1381152600"),
        replies.tick_generic(5, 49, Decimal(0)),
        replies.tick_req_params(5, Decimal("0.01"), "9c0001"),
        replies.market_data_type(5, 1),
        replies.snapshot_end(5),
    ) == [
        ("tickSize", (5, 8, 1200.0)),
        ("tickSize", (5, 8, 0.5)),
        ("tickString", (5, 45, "1381152600")),
        ("tickGeneric", (5, 49, 0.0)),
        ("tickReqParams", (5, 0.01, "9c0001", 3)),
        ("marketDataType", (5, 1)),
        ("tickSnapshotEnd", (5,)),
    ]


def test_a_tick_may_carry_attributes_and_has_seven_fields() -> None:
    assert replies.tick_price(5, 1, Decimal("187.25"), 300, attributes=5) == ("1", "6", "5", "1", "187.25", "300", "5")


def test_a_real_time_bar_is_stamped_with_its_start() -> None:
    assert understood("realtimeBar", replies.real_time_bar(5, BAR)) == (
        5, 1_381_152_600, 187.1, 187.4, 187.0, 187.2, 12345.0, 187.2134, 67,
    )  # fmt: skip


def test_history_is_told_in_one_message_with_its_end() -> None:
    heard = told(replies.historical_data(5, "from", "to", [("20131007 09:30:00 US/Eastern", BAR), ("1381152605", BAR)]))
    assert [name for name, _ in heard] == ["historicalData", "historicalData", "historicalDataEnd"]
    req_id, bar = heard[0][1]
    assert (req_id, bar.date, bar.open, bar.high, bar.low, bar.close) == (5, "20131007 09:30:00 US/Eastern", 187.1, 187.4, 187.0, 187.2)
    assert (bar.volume, bar.average, bar.barCount) == (12345.0, 187.2134, 67)
    assert heard[2][1] == (5, "from", "to")


def test_history_without_bars_still_ends() -> None:
    assert told(replies.historical_data(5, "", "", [])) == [("historicalDataEnd", (5, "", ""))]


def test_an_update_of_history_has_its_own_order_of_prices() -> None:
    req_id, bar = understood("historicalDataUpdate", replies.historical_data_update(5, "20131007", BAR))
    assert (req_id, bar.date, bar.open, bar.high, bar.low, bar.close) == (5, "20131007", 187.1, 187.4, 187.0, 187.2)
    assert (bar.volume, bar.average, bar.barCount) == (12345.0, 187.2134, 67)
