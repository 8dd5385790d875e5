"""A gateway that stands still (SIGSTOP) takes bytes and answers nothing: what then counts as sent, confirmed, and over."""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import Disconnected
from robo_trader.edge.clock import process_ns
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Side, Symbol

SYMBOLS = ("SPY", "IBM", "AAPL", "MSFT", "GE", "KO")
ANSWER_SECONDS = 10
SERVE = """
import asyncio, sys
from pathlib import Path
from robo_trader.simulated_gateway.server import serve
from robo_trader.simulated_gateway.settings import GatewaySettings
settings = GatewaySettings(port=0, log_path=Path(sys.argv[1]), symbols=tuple(sys.argv[2].split(",")), seed=7, speed=1.0)
asyncio.run(serve(settings, lambda port: print(port, flush=True)))
"""


@asynccontextmanager
async def gateway_process(tmp_path):
    """A gateway in a process of its own; yields the process, its port and its log. At the end it thaws, and is stopped."""
    log = tmp_path / "exchange.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(log), ",".join(SYMBOLS), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield process, int(line), log
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        await asyncio.wait_for(process.communicate(), ANSWER_SECONDS)


def entry(number, symbol):
    return Place(f"i{number}", number, f"rt:wire:1:i{number}", Symbol(symbol), Side.BUY, 100, OrderType.MARKET, None, TimeInForce.DAY, "", entry=True)


async def test_into_a_frozen_gateway_go_four_entries_at_most_and_nothing_is_confirmed(tmp_path):
    heard = []
    line = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
    async with gateway_process(tmp_path) as (process, port, log):
        link = Link(
            host="127.0.0.1", port=port, client_id=7, account=None, on_news=heard.append, on_bar=heard.append, last_line=line, process_ns=process_ns
        )
        number = (await link.connect(ANSWER_SECONDS)).next_order_id
        for symbol in SYMBOLS:
            await link.qualify(Symbol(symbol))
        process.send_signal(signal.SIGSTOP)

        answers = [link.place(entry(number + n, symbol)) for n, symbol in enumerate((*SYMBOLS, *SYMBOLS))]
        assert [answer is None for answer in answers] == [True] * 4 + [False] * 8
        assert link.cancel(Cancel(f"i{number}", number)) is None  # a cancel keeps its path
        assert not await link.round_trip(0.2)
        link.abort("the gateway did not answer")
        assert heard == [Disconnected("the gateway did not answer")]
        assert link.place(entry(number + 20, "KO")) == "not connected to the gateway"
        assert line.unacknowledged == 4  # it may still read them when it thaws
    frames = [record["f"] for record in map(json.loads, log.read_text().splitlines()) if record["k"] == "in"]
    assert sum(frame[0] == "3" for frame in frames) <= 4
