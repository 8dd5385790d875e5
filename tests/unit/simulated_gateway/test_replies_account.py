"""What the gateway says about accounts and positions, as the real client's decoder understands it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.values import Symbol
from tests.support.real_client import told, understood

IBM = Symbol("IBM")
CON_ID = 8314


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9), st.decimals("0.0001", "1000000", places=4))
def test_a_position_is_told_exactly(quantity: int, average_cost: Decimal) -> None:
    fields = replies.position("DU1", PositionReport(IBM, quantity, average_cost), CON_ID, exchange="NYSE")
    account, contract, position, cost = understood("position", fields)
    assert (account, contract.conId, contract.symbol, contract.secType, contract.exchange) == ("DU1", CON_ID, "IBM", "STK", "NYSE")
    assert (position, cost) == (quantity, float(average_cost))


def test_a_portfolio_entry_is_told_at_its_mark() -> None:
    held = PositionReport(IBM, -100, Decimal("180.01"))
    contract, *numbers, account = understood(
        "updatePortfolio",
        replies.portfolio_value(
            "DU1", held, CON_ID, price=Decimal("182.5"), unrealised=Decimal(-249), realised=Decimal("3.5"), primary_exchange="NYSE", trading_class="X"
        ),
    )
    assert (contract.conId, contract.symbol, contract.primaryExchange, contract.exchange, contract.tradingClass) == (CON_ID, "IBM", "NYSE", "", "X")
    assert numbers == [-100.0, 182.5, -18250.0, 180.01, -249.0, 3.5]
    assert account == "DU1"


def test_the_values_of_an_account_are_told_as_they_are() -> None:
    assert understood("updateAccountValue", replies.account_value("NetLiquidation", "1000000.00", "USD", "DU1")) == (
        "NetLiquidation", "1000000.00", "USD", "DU1",
    )  # fmt: skip
    assert understood("accountSummary", replies.account_summary(5, "DU1", "BuyingPower", "4000000.00", "USD")) == (
        5, "DU1", "BuyingPower", "4000000.00", "USD",
    )  # fmt: skip
    assert understood("accountUpdateMulti", replies.account_update_multi(5, "DU1", "m", "NetLiquidation", "1.00", "USD")) == (
        5, "DU1", "m", "NetLiquidation", "1.00", "USD",
    )  # fmt: skip
    assert understood("updateAccountTime", replies.account_time("09:30")) == ("09:30",)


def test_every_list_has_its_end() -> None:
    assert told(
        replies.account_download_end("DU1"), replies.position_end(), replies.account_summary_end(5), replies.account_update_multi_end(6)
    ) == [("accountDownloadEnd", ("DU1",)), ("positionEnd", ()), ("accountSummaryEnd", (5,)), ("accountUpdateMultiEnd", (6,))]  # fmt: skip
