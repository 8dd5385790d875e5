"""A simulated gateway whose bars close when the benchmark wants: `python benchmarks/market_feed.py --symbols 20 --rate 8 --minutes 50 --log PATH`.

It is the project's own gateway (wire, exchange, account, log) on a scripted market, with one difference: the clock waits until every symbol is
subscribed to, then runs so fast that `rate` minutes close a second over all symbols, and each symbol's bars come late by its place in the row, so
that the closings are evenly spread. With `--together` they are not: all symbols close in one packet, one minute each ten seconds.

The price of every symbol is up in one minute and down in the next, by less than a stop is away: whoever compares the last two closes must turn his
position at each closing bar. A symbol has two quotes and a trade each five seconds of its time. JSON lines say the port, that
all is subscribed to, and the end.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from robo_trader.market.calendar import Session, session_on
from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.dispatch import handle
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.exchange_log import FLUSH_PERIOD_SECONDS, ExchangeLog
from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.market_lines import MarketLines, Told
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.server import process_ns
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.settings import REAL_MANNERS
from robo_trader.simulated_gateway.subscriptions import BAR_SECONDS, finished
from robo_trader.simulated_gateway.tcp_wire import TcpConnection
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol

PART_NS = BAR_SECONDS * NS_PER_SECOND
LEAD_MINUTES = 5
"""Minutes of the session that are history when the first client comes."""
MINUTES_MAX = 384
TOGETHER_SECONDS = 10
"""Seconds of the wall's between two bursts of `--together`."""
TURN_SECONDS = 0.002
STEPS_PER_TURN_MAX = 64


def names(count: int) -> tuple[Symbol, ...]:
    """The symbols of a market of so many."""
    return tuple(Symbol(f"S{number:03d}") for number in range(1, count + 1))


def latest_session() -> Session:
    """The newest whole session before today."""
    day = datetime.now(UTC).date()
    while (session := session_on(day := day - timedelta(days=1))) is None or session.close - session.open < MINUTES_MAX * NS_PER_MINUTE:
        pass
    return session


def script(symbols: tuple[Symbol, ...], opening: Instant, minutes: int) -> list[MarketHappening]:
    """Quotes and trades of so many minutes, each symbol's at an offset of its own inside the five seconds."""
    told: list[MarketHappening] = []
    for place, symbol in enumerate(symbols):
        offset = place * PART_NS // len(symbols)
        for half in range(minutes * 24):
            at = Instant(opening + half * PART_NS // 2 + offset % (PART_NS // 2))
            price = Decimal("100.00") + Decimal("0.10") * (half // 24 % 2)
            size = 5_000 + half % 2 * 100
            told.append(QuoteChange(symbol, price - Decimal("0.01"), price + Decimal("0.01"), size, size, at))
            if half % 2 == offset // (PART_NS // 2):
                told.append(TradePrint(symbol, price, 100, at))
    return told


class LateLines(MarketLines):
    """Lines whose five-second bars are owed until each symbol's own lag has passed, nanoseconds of market time."""

    def __init__(self, lags: dict[Symbol, int]) -> None:
        super().__init__()
        self._lags = lags
        self.owed: list[tuple[Instant, Symbol, Instant]] = []

    def over(self, market: Market, end: Instant, dated: Callable[[TradeBar, int], str]) -> Iterable[Told]:  # noqa: ARG002  # told later
        """Five seconds are over: note who is to be told of them, and when."""
        for symbol, lag in self._lags.items():
            heapq.heappush(self.owed, (Instant(end + lag), symbol, end))
        return ()


class LateBars(Gateway):
    """A gateway that tells the bars of its lines late."""

    lines: LateLines

    def be_late(self, lags: dict[Symbol, int]) -> None:
        """Before anybody subscribes."""
        self.lines = self.feeds.lines = LateLines(lags)

    def step(self, to: Instant) -> None:
        """Let time pass, and tell what is due."""
        super().step(to)
        while self.lines.owed and self.lines.owed[0][0] <= to:
            _, symbol, end = heapq.heappop(self.lines.owed)
            self._tell_bar(symbol, end)
        self.flush()

    def _tell_bar(self, symbol: Symbol, end: Instant) -> None:
        bar = finished(self.exchange.market.bars(symbol, Instant(end - PART_NS), end, BAR_SECONDS, rth=True), end)
        for line, (watched, *_) in self.lines.bars.lines.items():
            if watched == symbol and bar is not None:
                self.connections[line.connection].tell(replies.real_time_bar(line.req_id, bar))


class Feed:
    """The gateway, its socket and its clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._together, self._settle_seconds = options.together, options.settle
        count, session = options.symbols, latest_session()
        symbols = names(count)
        now = Instant(session.open + LEAD_MINUTES * NS_PER_MINUTE)
        day = datetime.fromtimestamp(now // NS_PER_SECOND, UTC).date()
        minutes = min(options.minutes, MINUTES_MAX)
        market = ScriptedMarket(symbols, day, script(symbols, session.open, LEAD_MINUTES + minutes + 2), hours=session_on)
        exchange = Exchange(market, Account(), Contracts(symbols, hours=session_on), seed=1, now=now)
        self._log = ExchangeLog(options.log, process_ns=process_ns)
        self.gateway = LateBars(exchange, self._log, manners=REAL_MANNERS, handler=handle, process_ns=process_ns)
        self.gateway.be_late({symbol: 0 if self._together else place * NS_PER_MINUTE // count for place, symbol in enumerate(symbols)})
        self.gateway.scribe.started(1, f"scripted, {day}, {count} symbols")
        self._count, self._end = count, Instant(now + (minutes + 1) * NS_PER_MINUTE)
        self._speed = 60 / TOGETHER_SECONDS if self._together else 60 * options.rate / count

    async def run(self) -> None:
        """Serve until SIGTERM."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        server = await loop.create_server(self._connection, "127.0.0.1", 0)
        print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
        jobs: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._pace()), asyncio.ensure_future(self._keep_flushing())]
        jobs.append(asyncio.ensure_future(stopped.wait()))
        done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in done:
            job.result()
        self.gateway.close()
        self._log.close()

    def _connection(self) -> TcpConnection:
        return TcpConnection(
            self.gateway.admit, self.gateway.dismiss, before=self.gateway.beat, after=lambda: None, later=asyncio.get_running_loop().call_later
        )

    async def _keep_flushing(self) -> None:
        while True:
            self.gateway.beat()
            self.gateway.scribe.flush()
            await asyncio.sleep(FLUSH_PERIOD_SECONDS)

    async def _pace(self) -> None:
        """Wait for the subscriptions, then let time run to the end."""
        while len(self.gateway.lines.bars.lines) < self._count:  # noqa: ASYNC110  # nobody says that a client has subscribed
            await asyncio.sleep(FLUSH_PERIOD_SECONDS)
        print(json.dumps({"begins": True}), flush=True)
        await asyncio.sleep(self._settle_seconds)
        began, first = time.monotonic(), self.gateway.now
        while self.gateway.now < self._end:
            target = min(self._end, Instant(first + int((time.monotonic() - began) * self._speed * NS_PER_SECOND)))
            for _ in range(STEPS_PER_TURN_MAX):
                if self.gateway.now >= target:
                    break
                self.gateway.step(min(target, Instant((self.gateway.now // NS_PER_SECOND + 1) * NS_PER_SECOND)))
            await asyncio.sleep(TURN_SECONDS)
        print(json.dumps({"done": True}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve one market."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8.0, help="minutes that close in a second, over all symbols")
    parser.add_argument("--minutes", type=int, default=MINUTES_MAX, help="minutes of the market")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds from the last subscription to the first bar")
    parser.add_argument("--together", action="store_true", help="all symbols close at once")
    parser.add_argument("--log", type=Path, required=True)
    asyncio.run(Feed(parser.parse_args()).run())


if __name__ == "__main__":
    main()
