"""The gateway as a process of its own: it says when it is ready, survives signals in order, and remembers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ib_insync import IB, LimitOrder, MarketOrder, Stock

from robo_trader.cli.gateway_command import GENERATED_SYMBOLS
from robo_trader.simulated_gateway.faults_swarm import swarm
from robo_trader.simulated_gateway.scenario import parse, read_scenario
from robo_trader.simulated_gateway.settings import DEFAULT_DATE
from robo_trader.simulated_gateway.verify import Report, verify

READY_SECONDS = 60
END_SECONDS = 10
PROGRAM = [sys.executable, "-m", "robo_trader.cli.app", "sim-gateway"]


class Process:
    """A gateway in a process."""

    def __init__(self, process: asyncio.subprocess.Process, said: dict[str, Any]) -> None:
        self.said = said
        self.port: int = said["port"]
        self._process = process

    def send(self, number: signal.Signals) -> None:
        os.kill(self.said["pid"], number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self._process.returncode is None:
            self.send(number)
        return await asyncio.wait_for(self._process.wait(), END_SECONDS)

    async def connect(self, client_id: int = 7) -> IB:
        ib = IB()
        ib.client.MaxRequests = 0
        await ib.connectAsync("127.0.0.1", self.port, clientId=client_id, timeout=END_SECONDS)
        return ib


@asynccontextmanager
async def gateway(directory: Path, *more: str) -> AsyncIterator[Process]:
    """A generated market whose clock stands, because nobody registers."""
    options = ["--seed", "7", "--state", str(directory / "state"), "--log", str(directory / "log"), "--lockstep", "--control", str(directory / "c")]
    process = await asyncio.create_subprocess_exec(*PROGRAM, *options, *more, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    running = Process(process, json.loads(await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)))
    try:
        yield running
    finally:
        await running.end(signal.SIGKILL)


def verdict(directory: Path) -> Report:
    with (directory / "log").open() as lines:
        return verify(lines)


async def until_told(ib: IB, condition) -> None:
    async with asyncio.timeout(END_SECONDS):
        while not condition():
            await ib.updateEvent


async def test_account_orders_and_clock_survive_a_restart(tmp_path: Path) -> None:
    spy = Stock("SPY", "SMART", "USD")
    async with gateway(tmp_path) as first:
        ib = await first.connect()
        await ib.qualifyContractsAsync(spy)
        resting = ib.placeOrder(spy, LimitOrder("BUY", 100, 1.0, tif="GTC", orderRef="rt:wire:1:rests"))
        held = ib.placeOrder(spy, MarketOrder("BUY", 10, tif="DAY", orderRef="rt:wire:1:held"))
        await until_told(ib, lambda: {resting.orderStatus.status, held.orderStatus.status} == {"PreSubmitted"})
        clock = await ib.reqCurrentTimeAsync()
        ib.disconnect()
        assert await first.end() == 0
    async with gateway(tmp_path) as second:
        ib = await second.connect()
        assert sorted(trade.order.orderRef for trade in ib.openTrades()) == ["rt:wire:1:held", "rt:wire:1:rests"]
        assert ib.client.getReqId() > held.order.orderId
        assert await ib.reqCurrentTimeAsync() == clock
        ib.disconnect()
    assert verdict(tmp_path).clean


async def test_a_gateway_that_was_frozen_carries_out_its_input_in_order_and_says_that_it_stood_still(tmp_path: Path) -> None:
    spy = Stock("SPY", "SMART", "USD")
    async with gateway(tmp_path) as frozen:
        ib = await frozen.connect()
        await ib.qualifyContractsAsync(spy)
        frozen.send(signal.SIGSTOP)
        orders = [ib.placeOrder(spy, LimitOrder("BUY", 100, 1.0, tif="DAY", orderRef=f"rt:wire:1:i{n}")) for n in range(60)]
        for trade in orders[::2]:
            ib.cancelOrder(trade.order)
        waiting = asyncio.ensure_future(ib.reqCurrentTimeAsync())
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done
        frozen.send(signal.SIGCONT)
        await asyncio.wait_for(waiting, END_SECONDS)
        assert [trade.orderStatus.status for trade in orders] == ["Cancelled", "PreSubmitted"] * 30
        ib.disconnect()
        assert await frozen.end() == 0
    report = verdict(tmp_path)
    assert report.orders == 60
    assert report.rate_per_second_max >= 60
    assert not [line for line in report.violations if "within one second" in line]


async def test_a_gateway_that_was_killed_leaves_a_log_that_can_be_judged_and_a_state_that_can_be_resumed(tmp_path: Path) -> None:
    async with gateway(tmp_path) as killed:
        ib = await killed.connect()
        await ib.reqCurrentTimeAsync()
        ib.disconnect()
        await killed.end(signal.SIGKILL)
    assert verdict(tmp_path).clean
    async with gateway(tmp_path) as again:
        ib = await again.connect()
        assert await ib.reqCurrentTimeAsync()
        ib.disconnect()
    assert verdict(tmp_path).clean


async def test_what_a_client_was_told_before_the_gateway_was_killed_is_still_so_after_it(tmp_path: Path) -> None:
    spy = Stock("SPY", "SMART", "USD")

    async def bought(ib: IB) -> tuple[str, int]:
        """Ten shares before the open: the id of the execution and the permanent one."""
        (contract,) = await ib.qualifyContractsAsync(spy)
        trade = ib.placeOrder(contract, LimitOrder("BUY", 10, 10_000.0, tif="DAY", outsideRth=True, orderRef=f"rt:wire:1:i{ib.client._reqIdSeq}"))
        await until_told(ib, lambda: trade.fills and trade.fills[0].commissionReport.execId)
        return trade.fills[0].execution.execId, trade.orderStatus.permId

    told = []
    for _ in range(3):
        async with gateway(tmp_path) as killed:
            ib = await killed.connect()
            assert sorted(fill.execution.execId for fill in await ib.reqExecutionsAsync()) == sorted(exec_id for exec_id, _ in told)
            assert [position.position for position in await ib.reqPositionsAsync()] == [10.0 * len(told)][: len(told)]
            told.append(await bought(ib))
            await killed.end(signal.SIGKILL)
            ib.disconnect()
    assert len({exec_id for exec_id, _ in told}) == len({perm_id for _, perm_id in told}) == 3
    async with gateway(tmp_path) as last:
        assert await last.end() == 0
    report = verdict(tmp_path)
    assert (report.clean, report.violations, report.positions) == (True, (), {"SPY": 30})


async def test_a_second_gateway_on_the_same_state_ends_with_one_clear_line(tmp_path: Path) -> None:
    async with gateway(tmp_path):
        options = ["--port", "0", "--state", str(tmp_path / "state"), "--log", str(tmp_path / "other")]
        second = await asyncio.create_subprocess_exec(*PROGRAM, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(second.communicate(), READY_SECONDS)
        assert second.returncode == 4
        assert out == b""
        assert len(err.splitlines()) == 1
        assert b"another gateway holds" in err


async def test_a_day_of_a_seed_says_where_its_scenario_is_and_the_file_is_that_day(tmp_path: Path) -> None:
    async with gateway(tmp_path, "--faults", "11") as process:
        assert read_scenario(Path(process.said["scenario"])) == parse(swarm(11, DEFAULT_DATE, 1, GENERATED_SYMBOLS))
        (await process.connect()).disconnect()
