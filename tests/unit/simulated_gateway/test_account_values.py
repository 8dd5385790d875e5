"""The account in the broker's keys and values, and what of them is told to whom."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.account_values import Key, Values, account_values, changed, dollars, in_summary, in_updates
from tests.support.exchange_bench import exchange, quote, ticket, trade

BEFORE = Decimal(1_000_000)
OFFICIAL = (
    "AccountType,NetLiquidation,TotalCashValue,SettledCash,AccruedCash,BuyingPower,EquityWithLoanValue,PreviousDayEquityWithLoanValue,"
    "GrossPositionValue,ReqTEquity,ReqTMargin,SMA,InitMarginReq,MaintMarginReq,AvailableFunds,ExcessLiquidity,Cushion,FullInitMarginReq,"
    "FullMaintMarginReq,FullAvailableFunds,FullExcessLiquidity,LookAheadNextChange,LookAheadInitMarginReq,LookAheadMaintMarginReq,"
    "LookAheadAvailableFunds,LookAheadExcessLiquidity,HighestSeverity,DayTradesRemaining,Leverage"
)
"""The tags that the official clients know by name."""
LEDGER = {
    "AccruedCash", "CashBalance", "Currency", "ExchangeRate", "NetLiquidationByCurrency", "RealCurrency", "RealizedPnL", "StockMarketValue",
    "TotalCashBalance", "UnrealizedPnL",
}  # fmt: skip


def values(shares: int = 100) -> Values:
    it = exchange(quote("09:30:30", "168.10", "168.12", ask_size=9999), trade("09:30:40", "168.11"), now="09:31:00")
    if shares:
        it.submit(ticket(1, quantity=shares))
    return account_values(it, BEFORE)


def keys(told: frozenset[Key], currency: str) -> set[str]:
    return {key for key, of in told if of == currency}


def test_the_values_follow_the_account() -> None:
    told = {key: value for (key, currency), value in values().items() if currency == "USD"}
    assert told["TotalCashValue"] == "983187.00"  # 1,000,000 - 100 x 168.12 - 1.00
    assert told["NetLiquidation"] == "999998.00"
    assert told["GrossPositionValue"] == told["StockMarketValue"] == "16811.00"
    assert told["UnrealizedPnL"] == "-2.00"
    assert told["RealizedPnL"] == "0.00"
    assert told["PreviousDayEquityWithLoanValue"] == "1000000.00"
    assert (told["RegTMargin"], told["SMA"]) == ("8405.50", "991592.50")


def test_margins_are_the_same_ahead_and_without_discounts() -> None:
    told = values()
    for key in ("InitMarginReq", "MaintMarginReq", "AvailableFunds", "ExcessLiquidity"):
        assert told[key, "USD"] == told[f"Full{key}", "USD"] == told[f"LookAhead{key}", "USD"]
    assert (told["InitMarginReq", "USD"], told["AvailableFunds", "USD"]) == ("4202.75", "995795.25")


def test_the_cushion_is_what_is_in_excess_of_all_that_there_is() -> None:
    assert (values(0)["Cushion", ""], values(0)["Leverage", ""]) == ("1", "0")
    told = values(3000)  # 504,330 at a loss of 30 and a fee of 15: a quarter of it is tied up
    assert (told["Cushion", ""], told["Leverage", ""]) == ("0.873912", "0.5")


def test_every_tag_of_the_official_clients_is_told() -> None:
    told = values()
    assert {key for key, _ in in_summary(told, OFFICIAL)} == set(OFFICIAL.split(","))
    assert {currency for _, currency in in_summary(told, OFFICIAL)} == {"", "USD"}


def test_a_summary_is_of_the_tags_named_once_in_their_currency() -> None:
    assert in_summary(values(), "NetLiquidation, CashBalance,,NoSuchTag") == {("NetLiquidation", "USD"), ("CashBalance", "USD")}


def test_the_ledger_is_told_in_the_currency_named() -> None:
    told = values()
    assert in_summary(told, "$LEDGER") == {(key, "BASE") for key in LEDGER}
    assert in_summary(told, "$LEDGER:USD") == {(key, "USD") for key in LEDGER}
    assert in_summary(told, "$LEDGER:ALL") == {(key, currency) for key in LEDGER for currency in ("BASE", "USD")}
    assert in_summary(told, "$LEDGER:EUR") == frozenset()
    assert (told["Currency", "BASE"], told["CashBalance", "BASE"]) == ("BASE", told["CashBalance", "USD"])


def test_account_updates_have_both_ledgers_and_no_tags_of_summaries() -> None:
    told = values()
    assert keys(in_updates(told), "BASE") == LEDGER
    assert {"NetLiquidation", "RegTEquity"} <= keys(in_updates(told), "USD")
    assert not {("ReqTEquity", "USD"), ("Leverage", "")} & in_updates(told)
    assert in_updates(told, ledger_and_nlv=True) == in_summary(told, "$LEDGER:ALL") | {("NetLiquidation", "USD")}


def test_only_what_changed_is_told_and_once() -> None:
    told: dict[Key, str] = {}
    a, b = ("a", "USD"), ("b", "")
    assert list(changed({a: "1", b: "2"}, told, frozenset({a, b}))) == [("a", "1", "USD"), ("b", "2", "")]
    assert list(changed({a: "1", b: "3"}, told, frozenset({a, b}))) == [("b", "3", "")]
    assert list(changed({a: "5", b: "6"}, told, frozenset({a}))) == [("a", "5", "USD")]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_money_is_told_exactly_with_cents_and_without_an_exponent(amount: Decimal) -> None:
    text = dollars(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert len(text.partition(".")[2]) >= 2
