"""What follows from what is known of an instrument."""

from __future__ import annotations

from robo_trader.simulated_gateway.instrument import Contract
from robo_trader.values import Symbol


def listed(exchange: str, exchanges: tuple[str, ...] = ("SMART",)) -> Contract:
    return Contract(Symbol("ACME"), 1, exchange, "ACME INC", "COMMON", exchanges=exchanges)


def test_the_class_of_a_stock_listed_on_nasdaq_is_nms_and_of_others_their_symbol() -> None:
    assert (listed("NASDAQ").trading_class, listed("NYSE").trading_class) == ("NMS", "ACME")


def test_orders_go_where_the_master_says_and_home_each_named_once() -> None:
    assert listed("NYSE").valid_exchanges == ("SMART", "NYSE")
    assert listed("NYSE", ("SMART", "ARCA", "NYSE")).valid_exchanges == ("SMART", "ARCA", "NYSE")


def test_an_order_trades_where_it_was_sent_or_at_home_where_that_was_left_to_the_broker() -> None:
    acme = listed("NYSE", ("SMART", "ARCA", "NASDAQ"))
    assert [acme.traded_at(routed) for routed in ("SMART", "ARCA", "ISLAND")] == ["NYSE", "ARCA", "NASDAQ"]
