"""What an order says of itself and of the account, as the real client library hears it over TCP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.exchange_bench import quote, trade
from tests.wire.trader import WIDE, Open, Trader, buy, error, limit, opener, sell


@pytest.fixture
def trading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """See `opener`."""
    return opener(tmp_path, monkeypatch)


async def test_a_what_if_of_a_limit_order_bounds_its_commission(trading: Open) -> None:
    async with trading() as trader:
        contract = await trader.client.stock()
        state = await trader.client.ib.whatIfOrderAsync(contract, limit(99.0))
        assert (state.commission, state.minCommission, state.maxCommission, state.commissionCurrency) == (1.0, 1.0, 1.0, "USD")
        state = await trader.client.ib.whatIfOrderAsync(contract, buy())
        assert (state.commission, state.commissionCurrency) == (1.0, "USD")
        assert state.minCommission == state.maxCommission > 1e300, "they are unset"


async def test_an_order_of_no_size_has_a_code_of_its_own(trading: Open) -> None:
    async with trading() as trader:
        assert await trader.place(buy(0)) == [error(434)]
        assert await trader.place(buy(-1)) == [error(321)]


async def limit_told(trader: Trader) -> float:
    """The limit price in the openOrder of the one order that is open."""
    told: list[float] = []
    trader.client.ib.wrapper.openOrder = lambda _id, _contract, order, _state: told.append(order.lmtPrice)
    await trader.after(trader.client.ib.client.reqOpenOrders)
    (price,) = told
    return price


async def test_the_limit_of_a_trailing_limit_moves_with_its_stop_and_stays_once_it_works(trading: Open) -> None:
    later = (trade("09:31:01", "101.01"), quote("09:31:02", "99.00", "99.90"), trade("09:31:03", "99.95"))
    async with trading(*WIDE, *later) as trader:
        await trader.place(sell(orderType="TRAIL LIMIT", auxPrice=1.0, lmtPriceOffset=0.5))
        assert await limit_told(trader) == 98.51
        await trader.until("09:31:01")
        assert await limit_told(trader) == 99.51
        await trader.until("09:31:03")
        assert await limit_told(trader) == 99.51
