"""Contracts that are named by half, and what a gateway says of them, to the real client library over TCP."""

from __future__ import annotations

import pytest
from ib_insync import Contract, MarketOrder, RequestError, Stock

from tests.wire.conftest import Simulated


async def test_a_stock_without_an_exchange_is_ambiguous_until_one_is_chosen(simulated: Simulated) -> None:
    client = await simulated.client()
    rows = await client.ib.reqContractDetailsAsync(Stock("AMD", "", "USD"))
    assert len(rows) >= 2
    assert {row.contract.conId for row in rows} == {4391}
    assert len({row.contract.exchange for row in rows}) == len(rows)
    assert await client.ib.qualifyContractsAsync(Stock("AMD", "", "USD")) == []
    (chosen,) = await client.ib.qualifyContractsAsync(Stock("AMD", "NASDAQ", "USD"))
    assert (chosen.conId, chosen.exchange) == (4391, "NASDAQ")
    (by_id,) = await client.ib.qualifyContractsAsync(Contract(conId=4391))
    assert (by_id.symbol, by_id.exchange) == ("AMD", "SMART")


@pytest.mark.parametrize("exchange", ["LSE", "IBIS"])
async def test_a_stock_is_not_found_where_it_does_not_trade(simulated: Simulated, exchange: str) -> None:
    client = await simulated.client()
    assert await client.ib.reqContractDetailsAsync(Stock("AMD", exchange, "USD")) == []
    assert client.errors[-1] == 200


async def test_an_order_and_a_history_without_an_exchange_are_refused_by_321_alone(simulated: Simulated) -> None:
    """As the library's own test suite asks of a real gateway."""
    client = await simulated.client()
    client.ib.RaiseRequestErrors = True
    for refused in (
        client.ib.whatIfOrderAsync(Stock("XXX"), MarketOrder("BUY", 1)),
        client.ib.reqHistoricalDataAsync(Stock("XXX"), "", "1 D", "1 min", "TRADES", True),
    ):
        with pytest.raises(RequestError) as told:
            await refused
        assert told.value.code == 321
    trade = client.ib.placeOrder(Stock("XXX"), MarketOrder("BUY", 1, tif="DAY"))
    await client.until(lambda: trade.isDone())
    assert [entry.errorCode for entry in trade.log if entry.errorCode] == [321]


@pytest.mark.parametrize(("symbol", "code"), [("AMD", 460), ("XXX", 200)])
async def test_an_order_in_a_stock_that_is_told_of_and_not_traded_lacks_permissions(simulated: Simulated, symbol: str, code: int) -> None:
    client = await simulated.client()
    trade = client.ib.placeOrder(Stock(symbol, "SMART", "USD"), MarketOrder("BUY", 1, tif="DAY"))
    await client.until(lambda: trade.isDone())
    assert [entry.errorCode for entry in trade.log if entry.errorCode] == [code]
