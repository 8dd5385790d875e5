"""The account in the broker's keys and values."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.subscriptions_account import (
    AccountLines,
    account_values,
    changed,
    dollars,
    multi_keys,
    portfolio_of,
    position_of,
    summary_keys,
)
from tests.support.exchange_bench import exchange, quote, ticket, trade
from tests.support.real_client import told


def test_the_values_follow_the_account() -> None:
    it = exchange(quote("09:30:30", "168.10", "168.12"), trade("09:30:40", "168.11"), now="09:31:00")
    it.submit(ticket(1, quantity=100))
    values = {key: value for key, (value, _) in account_values(it).items()}
    assert values["TotalCashValue"] == "983187.00"  # 1,000,000 - 100 x 168.12 - 1.00
    assert values["NetLiquidation"] == "999998.00"
    assert values["GrossPositionValue"] == values["StockMarketValue"] == "16811.00"
    assert values["UnrealizedPnL"] == "-2.00"
    assert values["RealizedPnL"] == "0.00"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_money_is_told_exactly_with_cents_and_without_an_exponent(amount: Decimal) -> None:
    text = dollars(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert len(text.partition(".")[2]) >= 2


def test_a_summary_is_of_the_tags_named_and_the_ledger_where_asked_for() -> None:
    assert summary_keys("NetLiquidation, BuyingPower") == {"NetLiquidation", "BuyingPower"}
    assert {"CashBalance", "RealizedPnL"} <= summary_keys("$LEDGER:ALL")


def test_only_what_changed_is_told_and_once() -> None:
    told: dict[str, tuple[str, str]] = {}
    assert list(changed({"a": ("1", "USD"), "b": ("2", "")}, told)) == [("a", "1", "USD"), ("b", "2", "")]
    assert list(changed({"a": ("1", "USD"), "b": ("3", "")}, told)) == [("b", "3", "")]
    assert list(changed({"a": ("5", "USD"), "b": ("6", "")}, told, frozenset("a"))) == [("a", "5", "USD")]


def test_the_ledger_alone_is_fewer_keys() -> None:
    values = {"CashBalance": ("1", "USD"), "BuyingPower": ("2", "USD")}
    assert multi_keys(values, ledger_and_nlv=False) == {"CashBalance", "BuyingPower"}
    assert "BuyingPower" not in multi_keys(values, ledger_and_nlv=True)


def test_nobody_listens_at_first() -> None:
    lines = AccountLines()
    assert not lines.any
    lines.updates = {}
    assert lines.any


def test_a_position_is_worded_with_its_contract_and_its_mark() -> None:
    it = exchange(quote("09:30:30", "168.10", "168.12"), trade("09:30:40", "168.11"), now="09:31:00")
    it.submit(ticket(1, quantity=100))
    (report,) = it.positions()
    heard = told(position_of(it, report), portfolio_of(it, report))
    assert [name for name, _ in heard] == ["position", "updatePortfolio"]
    assert heard[0][1][1].symbol == "SPY" and heard[0][1][2] == 100
    assert heard[1][1][2] == 168.11
