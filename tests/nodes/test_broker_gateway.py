"""What the gateway's process asks, tells and fills from history; after a split, what a strategy reads next is on the new footing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from actors.broker_gateway import BrokerGateway
from actors.minute_book import MinuteBook
from robo_trader.desk.news import AccountSeen, Connected, HaltSeen, InstrumentKnown
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence import Fence
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.errors import GatewayAbsent
from robo_trader.market.aggregate import Gap
from robo_trader.market.announced import SplitAnnounced
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import Sweep
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Instrument, Symbol
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
        self.now_ns = 0

    async def minute_history(self, symbol: Symbol, days: int, timeout: float) -> list[Bar]:  # noqa: ARG002, ASYNC109
        return [bar for bar in self.told if bar.symbol == symbol]

    async def round_trip(self, timeout_seconds: float) -> bool:  # noqa: ARG002
        self.asked.append("time")
        self.clock.observe(Instant(AT + 1))
        return True

    async def sweep(self, number: int, *, light: bool = False) -> Sweep:
        self.asked.append("glance" if light else "sweep")
        return Sweep(number, self.now_ns, (), (), (), (), (), light)


class LogsOn(Archive):
    """A link whose broker describes the first contract at once, the others when it is told to go on."""

    def __init__(self, fence: Fence) -> None:
        super().__init__(fence)
        self.up, self.described = False, 0
        self.halfway, self.go_on = asyncio.Event(), asyncio.Event()

    @property
    def connected(self) -> bool:
        return self.up

    async def connect(self, timeout_seconds: float) -> Connected:  # noqa: ARG002
        self.up = True
        return Connected("DU1", 5)

    async def qualify(self, symbol: Symbol) -> Instrument:
        if self.described == 1:
            self.halfway.set()
            await self.go_on.wait()
        self.described += 1
        return Instrument(symbol, 1, Decimal("0.01"))

    async def account(self) -> AccountSeen:
        raise GatewayAbsent("far enough")


class Bench:
    """One symbol's minutes and the gateway that fills them from history."""

    def __init__(self, fence: Fence, symbol: Symbol) -> None:
        self.link = Archive(fence)
        self.symbol = symbol
        self.vouched = False
        self.told: list[object] = []
        self.closed: list[Bar] = []
        self.book = MinuteBook(symbol, lambda _, bar: self.closed.append(bar), lambda *_: None)
        self.gateway = BrokerGateway(
            link=self.link,
            fence=fence,
            halts=StandingHalts(fence, fence, lambda: ""),
            minutes={symbol: self.book},
            tell=self.told.append,
            changed=lambda: None,
            note=lambda _: None,
            process_ns=lambda: self.link.now_ns,
            wall_ns=wall,
            epoch=1,
            baseline_external=False,
            needs_baseline=lambda: False,
            vouched=lambda: self.vouched,
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


async def test_once_the_desk_vouches_looks_are_light_for_a_minute_unless_one_is_asked_for(fence: Fence) -> None:
    bench = Bench(fence, IBM)
    looks = []
    for vouched, asked in ((False, False), (False, False), *[(True, False)] * 7, (True, True), (False, False), (True, False)):
        bench.link.now_ns += 10 * NS_PER_SECOND
        bench.vouched = vouched
        if asked:
            bench.gateway.ask_sweep("a doubt")
        bench.link.asked.clear()
        await bench.gateway._sweep()
        looks.append(bench.link.asked[-1])
    assert looks == ["sweep"] * 2 + ["glance"] * 5 + ["sweep", "glance"] + ["sweep", "sweep", "glance"]


async def test_a_desk_that_attaches_while_a_session_begins_hears_all_of_its_contracts(fence: Fence) -> None:
    bench = Bench(fence, SPY)
    bench.gateway.link = link = LogsOn(fence)
    bench.gateway.minutes[IBM] = MinuteBook(IBM, lambda *_: None, lambda *_: None)
    logging_on = asyncio.ensure_future(bench.gateway._connect())
    await link.halfway.wait()
    bench.gateway.tell_all_again()
    assert bench.told == [], "it is told as a whole, once it is known as a whole"
    link.go_on.set()
    with pytest.raises(GatewayAbsent):
        await logging_on
    told = [news.instrument.symbol if isinstance(news, InstrumentKnown) else type(news) for news in bench.told]
    assert told == [SPY, IBM, Connected, Sweep]
    bench.told.clear()
    link.up = True
    bench.gateway.tell_all_again()
    assert [type(news) for news in bench.told] == [InstrumentKnown, InstrumentKnown, Connected]


async def test_a_halt_that_becomes_stronger_under_its_name_is_told_again(fence: Fence) -> None:
    bench = Bench(fence, Symbol("SPY"))

    def told() -> list[HaltLevel]:
        bench.gateway.read_halts()
        levels = [piece.halt.level for piece in bench.told if isinstance(piece, HaltSeen)]
        bench.told.clear()
        return levels

    mild = Halt("overflow-1", HaltLevel.NO_NEW, HaltScope.ALL, "", "no place left", None, "me")
    fence.raise_halt(mild)
    assert told() == [HaltLevel.NO_NEW]
    assert told() == []
    fence.raise_halt(replace(mild, level=HaltLevel.HALT_FLATTEN))
    assert told() == [HaltLevel.HALT_FLATTEN]
    assert told() == []
