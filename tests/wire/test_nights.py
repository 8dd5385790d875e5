"""A night over TCP: what a client can ask for on the next day."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

from ib_insync import ExecutionFilter, LimitOrder, MarketOrder

from robo_trader.simulated_gateway.hours import SessionHours, new_york
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.simulated_gateway.verify import verify
from tests.wire.conftest import running

TOMORROW = date(2026, 3, 3)


def two_minutes(day: date) -> SessionHours:
    return SessionHours(new_york(day, time(9, 30)), new_york(day, time(9, 32)))


async def test_on_the_next_day_a_client_is_told_of_no_execution_of_yesterday_and_of_what_it_left(tmp_path: Path) -> None:
    places = {"log_path": tmp_path / "exchange.jsonl", "control_path": tmp_path / "control", "state_dir": tmp_path / "state"}
    async with running(GatewaySettings(port=0, seed=7, lockstep=True, days=2, **places), two_minutes) as simulated:
        client = await simulated.client()
        contract = await client.stock()
        bought = client.ib.placeOrder(contract, MarketOrder("BUY", 10, tif="DAY", orderRef="rt:wire:1:i1"))
        rests = client.ib.placeOrder(contract, LimitOrder("SELL", 6, 9999.0, tif="GTC", orderRef="rt:wire:1:i2"))
        await client.until(lambda: bought.isDone() and rests.orderStatus.status == "Submitted")
        (made,) = await client.ib.reqExecutionsAsync(ExecutionFilter())
        client.ib.reqMktData(contract)  # the next day's first quote is what it wakes by
        await client.until(lambda: simulated.gateway.now > new_york(TOMORROW, time(9, 30)))
        assert await client.ib.reqExecutionsAsync(ExecutionFilter()) == []
        assert await client.ib.reqCompletedOrdersAsync(apiOnly=False) == []
        assert [trade.order.orderRef for trade in await client.ib.reqAllOpenOrdersAsync()] == ["rt:wire:1:i2"]
        sold = client.ib.placeOrder(contract, MarketOrder("SELL", 4, tif="DAY", orderRef="rt:wire:1:i3"))
        await client.until(lambda: sold.isDone())
        (today,) = await client.ib.reqExecutionsAsync(ExecutionFilter())
        assert (today.execution.shares, today.execution.execId == made.execution.execId) == (4, False)
        simulated.gateway.flush()
        report = verify(simulated.log.read_text().splitlines())
        assert (report.clean, report.violations, report.fills, report.positions) == (True, (), 2, {"SPY": 6})
