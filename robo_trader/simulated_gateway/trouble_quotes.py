"""Market data lines in trouble: bursts of sizes, and how a line is told the truth again when its trouble is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.fault_kinds_told import BadQuotes, CompetingSession, QuoteBurst
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.subscriptions import BID_SIZE, Line, worded
from robo_trader.simulated_gateway.trouble_hub import Hub
from robo_trader.simulated_gateway.trouble_words import COMPETING
from robo_trader.values import NS_PER_SECOND, Instant

ROUND_LOT: Final = 100
SIZES: Final = 1_000


@dataclass(slots=True)
class _Burst:
    """A burst since when, and how many sizes it has told."""

    fault: QuoteBurst
    since: Instant
    told: int = 0


class LineTrouble:
    """The trouble of the market data lines of one gateway."""

    def __init__(self, hub: Hub) -> None:
        """None yet."""
        self._hub = hub
        self._bursts: list[_Burst] = []
        self._untold: list[str | None] = []

    def begin(self, fault: Fault, now: Instant) -> None:
        """Burst from now on, or tell who is in the way."""
        match fault:
            case QuoteBurst():
                self._bursts.append(_Burst(fault, now))
            case CompetingSession(takes="data"):
                for line in [*lines_on(self._hub, None), *self._hub.lines.bars.lines]:
                    self._hub.connections[line.connection].tell(replies.error(line.req_id, *COMPETING))

    def end(self, fault: Fault) -> None:
        """It is over: the lines concerned will be told what is true."""
        match fault:
            case QuoteBurst():
                self._bursts = [burst for burst in self._bursts if burst.fault is not fault]
                self._untold.append(fault.symbol)
            case BadQuotes():
                self._untold.append(fault.symbol)
            case CompetingSession(takes="data"):
                self._untold.append(None)

    def passed(self, now: Instant, *, quiet: bool) -> bool:
        """Time has passed: tell what is due, unless no quotes are told at all (`quiet`); whether anything was due."""
        told = [self._burst(burst, burst.fault.per_second * (now - burst.since) // NS_PER_SECOND, quiet=quiet) for burst in self._bursts]
        untold = [] if quiet else self._untold
        for symbol in untold:
            self._retell(symbol)
        if untold:
            self._untold = []
        return any(told) or bool(untold)

    def _burst(self, burst: _Burst, upto: int, *, quiet: bool) -> bool:
        lines = [] if quiet else lines_on(self._hub, burst.fault.symbol)
        for count in range(burst.told, upto) if lines else ():
            line = lines[count % len(lines)]
            size = ROUND_LOT * (1 + count // len(lines) % SIZES)
            self._hub.connections[line.connection].tell(replies.tick_size(line.req_id, BID_SIZE, size))
        before, burst.told = burst.told, upto
        return upto > before

    def _retell(self, symbol: str | None) -> None:
        """Tell the lines on a symbol, or all of them, everything that is known."""
        for watched, feed in self._hub.lines.ticks.feeds.items():
            if symbol not in (None, watched):
                continue
            feed.sample(self._hub.now)
            for line in self._hub.lines.ticks.lines[watched]:
                for tick in feed.whole():
                    for fields in worded(line.req_id, tick, size_too=False):
                        self._hub.connections[line.connection].tell(fields)


def lines_on(hub: Hub, symbol: str | None) -> list[Line]:
    """The lines of quotes and trades on a symbol, or all of them."""
    return [line for watched, lines in hub.lines.ticks.lines.items() if symbol in (None, watched) for line in lines]


def symbol_of(hub: Hub, connection: int, req_id: int) -> str | None:
    """What a line of quotes and trades watches."""
    line = Line(connection, req_id)
    return next((symbol for symbol, lines in hub.lines.ticks.lines.items() if line in lines), None)
