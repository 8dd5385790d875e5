"""Days drawn from seeds, over TCP, and a client of the real library that comes back whenever it is lost: the gateway lasts, its books are right."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest
from ib_insync import IB, MarketOrder, Stock

from robo_trader.simulated_gateway.faults_swarm import swarm
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.scenario import parse
from robo_trader.simulated_gateway.server import Server
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, DEFAULT_SYMBOLS, GatewaySettings
from robo_trader.simulated_gateway.verify import verify

MARKET_SECONDS_A_SECOND = 600
WAIT_SECONDS = 20
LOST = (ConnectionError, OSError, TimeoutError, asyncio.TimeoutError)


async def trade_on(port: int, seconds: float) -> int:
    """Buy and sell for so long, whatever happens; how many answers came."""
    ib, answers, until = IB(), 0, time.monotonic() + seconds
    contract = Stock("SPY", "SMART", "USD")
    while time.monotonic() < until:
        with suppress(*LOST):
            if not ib.isConnected():
                ib = IB()  # a new one: it will not have an id twice, and a gateway that swallowed an order gives its id again
                await ib.connectAsync("127.0.0.1", port, clientId=7, timeout=0.5)
            trade = ib.placeOrder(contract, MarketOrder("BUY" if answers % 2 else "SELL", 10, tif="DAY"))
            ib.cancelOrder(trade.order)
            await asyncio.wait_for(ib.reqCurrentTimeAsync(), 0.3)
            answers += 1
            continue
        ib.disconnect()
        await asyncio.sleep(0.05)
    ib.disconnect()
    return answers


async def day_of(seed: int, seconds: float, directory: Path) -> None:
    scenario = parse(swarm(seed, DEFAULT_DATE, 1, DEFAULT_SYMBOLS))
    settings = GatewaySettings(port=0, log_path=directory / "log", seed=seed, speed=MARKET_SECONDS_A_SECOND, scenario=scenario)
    server, ready = Server(settings, regular_hours), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(server.run(ready.set_result))
    port = await asyncio.wait_for(ready, WAIT_SECONDS)
    answers = await trade_on(port, seconds)
    assert not serving.done(), f"--faults {seed} ended the gateway: {serving}"
    server.stop()
    await asyncio.wait_for(serving, WAIT_SECONDS)
    report = verify(settings.log_path.read_text().splitlines())
    assert report.clean, f"--faults {seed}: {report.violations}"
    assert answers, f"--faults {seed}: nobody was ever served"


@pytest.mark.parametrize("seed", [3, 5])
async def test_a_bad_day_ends_no_gateway(seed: int, tmp_path: Path) -> None:
    await day_of(seed, 3, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 30))
async def test_many_bad_days_end_no_gateway(seed: int, tmp_path: Path) -> None:
    await day_of(seed, 10, tmp_path)
