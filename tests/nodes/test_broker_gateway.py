"""The minutes of a symbol that was split: what a strategy reads next is on the new footing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.broker_gateway import BrokerGateway
from actors.minute_book import MinuteBook
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence import Fence
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.market.aggregate import Gap
from robo_trader.market.announced import SplitAnnounced
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_MINUTE, Instant, Symbol
from tests.nodes.bench import SPY, minute

IBM = Symbol("IBM")
AT = Instant(minute(3).start + 1)
SPLIT = SplitAnnounced("SPY split", SPY, AT, Instant(AT + NS_PER_MINUTE), 2, 1, None)


class Archive(Link):
    """A link that only has history."""

    def __init__(self, fence: Fence) -> None:
        line = LastLine(lease_valid=fence.lease_valid, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
        quiet = {"on_news": lambda _: None, "on_bar": lambda _: None, "last_line": line, "process_ns": process_ns}
        super().__init__(host="127.0.0.1", port=1, client_id=7, account=None, **quiet)
        self.told: list[Bar] = []
        self.asked: list[str] = []

    async def minute_history(self, symbol: Symbol, days: int, timeout: float) -> list[Bar]:  # noqa: ARG002, ASYNC109
        return [bar for bar in self.told if bar.symbol == symbol]

    async def round_trip(self, timeout_seconds: float) -> bool:  # noqa: ARG002
        self.asked.append("time")
        self.clock.observe(Instant(AT + 1))
        return True

    async def sweep(self, number: int) -> Sweep:
        self.asked.append("sweep")
        return Sweep(number, 0, (), (), (), (), ())


class Bench:
    """One symbol's minutes and the gateway that fills them from history."""

    def __init__(self, fence: Fence, symbol: Symbol) -> None:
        self.link = Archive(fence)
        self.symbol = symbol
        self.closed: list[Bar] = []
        self.book = MinuteBook(symbol, lambda _, bar: self.closed.append(bar), lambda *_: None)
        self.gateway = BrokerGateway(
            link=self.link,
            fence=fence,
            halts=StandingHalts(fence, fence, lambda: ""),
            minutes={symbol: self.book},
            tell=lambda _: None,
            changed=lambda: None,
            note=lambda _: None,
            process_ns=process_ns,
            wall_ns=wall,
            epoch=1,
            baseline_external=False,
            needs_baseline=lambda: False,
            splits=[SPLIT],
        )

    async def history(self, *numbers: int, close: int, now: int) -> list[tuple[int, int]]:
        """Have history read at the end of minute `now`; what went on to the hosts: (minute, close)."""
        self.closed.clear()
        self.link.clock.observe(minute(now).end)
        bars = (replace(minute(number), symbol=self.symbol, open=close, high=close, low=close, close=close, backfilled=True) for number in numbers)
        self.link.told = list(bars)
        self.gateway.ask_backfill(self.book, Gap(self.symbol, minute(0).start))
        for task in tuple(self.gateway._tasks):
            await task
        return [((bar.start - minute(0).start) // NS_PER_MINUTE, int(bar.close)) for bar in self.closed]


@pytest.fixture
def fence(tmp_path: Path) -> Iterator[Fence]:
    made = Fence.open(tmp_path / "fence", create=True)
    yield made
    made.close()


async def test_after_a_split_history_drives_out_what_was_read_on_the_old_footing(fence: Fence) -> None:
    bench = Bench(fence, SPY)
    assert await bench.history(0, 1, close=1000, now=1) == [(0, 1000), (1, 1000)]
    assert await bench.history(0, 1, 2, close=1000, now=2) == [(2, 1000)]
    assert await bench.history(0, 1, 2, 3, close=500, now=3) == [(0, 500), (1, 500), (2, 500), (3, 500)]
    assert await bench.history(3, 4, close=500, now=4) == [(4, 500)], "once is enough"


async def test_a_run_that_begins_after_the_split_reads_history_once(fence: Fence) -> None:
    bench = Bench(fence, SPY)
    assert await bench.history(0, 1, close=500, now=5) == [(0, 500), (1, 500)]
    assert await bench.history(0, 1, 4, close=500, now=5) == [(0, 500), (1, 500), (4, 500)], "what was read reaches over the split"


async def test_another_symbol_s_minutes_are_left_alone(fence: Fence) -> None:
    bench = Bench(fence, IBM)
    await bench.history(0, 1, close=1000, now=1)
    assert await bench.history(0, 1, 4, close=1000, now=4) == [(4, 1000)]


async def test_while_a_split_is_ahead_the_time_is_asked_before_every_look_at_the_account(fence: Fence) -> None:
    bench = Bench(fence, SPY)
    for _ in range(2):
        await bench.gateway._sweep()
    assert bench.link.asked == ["time", "sweep", "sweep"], "after its midnight the clock needs no help"
