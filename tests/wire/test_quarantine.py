"""Bad ticks on the wire, read by the real client library: none reaches the desk or a minute, each is counted, and a real jump gets through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from robo_trader.desk.news import News, QuoteSeen
from robo_trader.edge.clock import process_ns
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.market.aggregate import Gap, MinuteAggregator
from robo_trader.market.bar import Bar
from robo_trader.simulated_gateway import server
from robo_trader.simulated_gateway.hours import Hours
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.values import NS_PER_SECOND, Instant, Symbol
from tests.support.exchange_bench import DAY, SPY, at, exchange_on
from tests.wire.conftest import Simulated, running

ANSWER_SECONDS = 10
START = at("10:00:00")
CROSSED = 7
"""Second in which the bid stands above the ask."""
HALVED = 13
"""Second in which a quote and a print of half the price come in."""
JUMPED = 80
"""Second from which on the price is half as high again, for good."""
SECONDS = 190


def a_day() -> list[MarketHappening]:
    """SPY about 160.00, a quote and a print each second, with the faults above."""
    told: list[MarketHappening] = []
    for second in range(-60, SECONDS):
        price = (24_000 if second >= JUMPED else 16_000) + second % 7
        bid, ask = (price + 90, price) if second == CROSSED else (price // 2, price // 2 + 2) if second == HALVED else (price, price + 2)
        instant = Instant(START + second * NS_PER_SECOND)
        told.append(QuoteChange(SPY, dollars(bid), dollars(ask), 500 + second % 2, 500, Instant(instant + NS_PER_SECOND // 10)))
        told.append(TradePrint(SPY, dollars(price // 2 if second == HALVED else price), 100, Instant(instant + NS_PER_SECOND // 2)))
    return told


def dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


class Consumer:
    """A link, what it told, and a clock that the test moves second by second."""

    def __init__(self, simulated: Simulated) -> None:
        self.gateway = simulated.gateway
        self.news: list[News] = []
        self.bars: list[Bar] = []
        self.said: list[tuple[Symbol, str]] = []
        line = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
        self.link = Link(
            host="127.0.0.1",
            port=simulated.port,
            client_id=7,
            account=None,
            on_news=self.news.append,
            on_bar=self.bars.append,
            last_line=line,
            process_ns=process_ns,
        )
        self.link.on_quarantine = lambda symbol, reason: self.said.append((symbol, reason))

    async def until(self, second: int) -> None:
        """Let market time pass to `second` after ten, and hear all of it."""
        while self.gateway.now < START + second * NS_PER_SECOND:
            self.gateway.step(Instant(self.gateway.now + NS_PER_SECOND))
            async with asyncio.timeout(ANSWER_SECONDS):
                while self.link.traffic()[0] < self.gateway.counts()[7].written:  # noqa: ASYNC110 - the gateway is on this loop
                    await asyncio.sleep(0)

    def quotes(self) -> list[tuple[int, int]]:
        return [(seen.quote.bid, seen.quote.ask) for seen in self.news if isinstance(seen, QuoteSeen)]


@pytest.fixture
async def consumer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Consumer]:
    """Subscribed to a gateway whose market is written down above; time moves only when the test says so."""

    def scripted(_settings: GatewaySettings, hours: Hours, _kept: object = None) -> object:
        return exchange_on(ScriptedMarket((SPY,), DAY, a_day(), hours=hours), START)

    monkeypatch.setattr(server, "build_exchange", scripted)
    settings = GatewaySettings(port=0, log_path=tmp_path / "exchange.jsonl", lockstep=True, control_path=tmp_path / "control", start=START)
    async with running(settings) as simulated:
        one = Consumer(simulated)
        await one.link.connect(ANSWER_SECONDS)
        await one.link.subscribe(SPY)
        assert await one.link.round_trip(ANSWER_SECONDS)
        yield one
        await one.link.close()


async def test_bad_ticks_never_reach_the_consumer_and_the_counters_say_so(consumer: Consumer) -> None:
    await consumer.until(JUMPED)
    assert len(consumer.quotes()) > JUMPED - 5
    assert all(16_000 <= bid < ask <= 16_010 for bid, ask in consumer.quotes())
    assert all(16_000 <= bar.low <= bar.high <= 16_010 for bar in consumer.bars)
    counts = consumer.link.quarantined
    assert counts.pop("quote: bid is above ask") == 1
    assert counts.pop("bar: a price is too far from the last one, and nothing confirms it yet") == 1
    assert list(counts) == ["quote: a price is too far from the last one, and nothing confirms it yet"]
    assert sorted(consumer.said) == sorted((SPY, reason) for reason in consumer.link.quarantined)


async def test_the_minute_of_a_bad_print_is_a_gap_and_the_ones_after_it_are_whole(consumer: Consumer) -> None:
    await consumer.until(JUMPED - 20)
    minutes = MinuteAggregator(SPY)
    assert [made for bar in consumer.bars if (made := minutes.add(bar)) is not None] == [Gap(SPY, START)]
    history = await consumer.link.minute_history(SPY, 1, ANSWER_SECONDS)
    assert START in [bar.start for bar in history]


async def test_a_real_jump_gets_through_after_its_confirmation(consumer: Consumer) -> None:
    await consumer.until(JUMPED + 4)
    assert consumer.quotes()[-1] > (24_000, 24_000)
    await consumer.until(SECONDS)
    starts = [(bar.start - START) // NS_PER_SECOND for bar in consumer.bars]
    assert sorted(set(range(0, SECONDS, 5)) - set(starts)) == [HALVED // 5 * 5, JUMPED]
