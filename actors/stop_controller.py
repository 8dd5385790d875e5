"""The stop controller: does the broker hold a stop for every share that is ours? A second pair of eyes in a process of its own.

It reads the gateway's log as the desk does and counts for itself (`cover`). Shares that nothing protects for longer than `GAP_NS` are an alarm, and a
halt of new entries in that symbol, written to the fence, where it holds whoever lives or dies. The halt ends when the shares are covered again: it
says a fact, not an opinion, so the fact lifts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from actors.alert_log import AlertLog
from actors.cover import Cover
from actors.messages import GATEWAY, Attached, DeskState, Follow, Line
from actors.showing import halt_for_people
from robo_trader.desk.effects import Severity
from robo_trader.edge.channel import Peer
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence import Fence
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.errors import NotConfirmed
from robo_trader.orders.evidence import Sweep
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Symbol

GAP_NS: Final = 2 * NS_PER_SECOND
CHECK_SECONDS: Final = 0.1
REASON: Final = "uncovered"


class StopController:
    """A consumer of the gateway's channel. `run` checks; `report` says what it sees."""

    def __init__(self, system: str, symbols: Sequence[Symbol], fence: Fence, halts: StandingHalts, alerts: AlertLog) -> None:
        self._symbols, self._fence, self._halts, self.alerts = tuple(symbols), fence, halts, alerts
        self._system, self._cover = system, Cover(system)
        self._since_ns: dict[Symbol, int] = {}
        self._raised = {Symbol(h.target) for h in fence.halts() if h.reason == REASON}
        self._told = self._swept = False

    async def run(self) -> None:
        """Judge ten times a second; ends by cancellation."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            self.check(process_ns())

    def check(self, now_ns: int) -> None:
        """Alarm, halt, or lift, as the count says at `now_ns` (CLOCK_BOOTTIME)."""
        for symbol in self._symbols if self._told and self._swept else ():
            missing = self._cover.uncovered(symbol)
            if missing > 0:
                since = self._since_ns.setdefault(symbol, now_ns)
                if now_ns - since >= GAP_NS and symbol not in self._raised:
                    self._alarm(symbol, missing)
            else:
                self._since_ns.pop(symbol, None)
                if symbol in self._raised:
                    self._lift(symbol)

    def _alarm(self, symbol: Symbol, missing: int) -> None:
        text = f"{missing} shares of {symbol} have had no stop for {GAP_NS // NS_PER_SECOND} s"
        self._fence.raise_halt(Halt(_id_of(symbol), HaltLevel.NO_NEW, HaltScope.SYMBOL, symbol, REASON, None, "stop_controller", text))
        self._raised.add(symbol)
        self.alerts.say(Severity.CRITICAL, f"{REASON}/{symbol}", f"{text}; no new entries in it")

    def _lift(self, symbol: Symbol) -> None:
        try:
            self._fence.resume(_id_of(symbol), "stop_controller", wall())
        except NotConfirmed:
            return  # somebody else writes the fence: the next check tries again
        self._raised.discard(symbol)
        self.alerts.say(Severity.INFO, f"{REASON}/{symbol}", f"every share of {symbol} has a stop again")

    # A consumer of the gateway's channel.

    def opened(self, peer: Peer) -> None:
        """The gateway is there: follow its log from the beginning of what it tells now."""
        if peer.name == GATEWAY:
            peer.send(Follow(0, 0))

    def received(self, _peer: Peer, message: Any) -> None:  # noqa: ANN401  # whatever the vocabulary holds
        """Lines of the log, and what the desk holds."""
        match message:
            case Line():
                self._cover.heard(message)
                self._swept |= isinstance(message.news, Sweep) and message.news.open_orders is not None
            case DeskState():
                self._told = True
                self._cover.told(message)
            case Attached():
                self._cover, self._told, self._swept = Cover(self._system), False, False
            case _:
                pass

    def closed(self, _peer: Peer, _reason: str) -> None:
        """Nothing is known until the gateway is back, and the desk and a sweep were heard; a gap that stands goes on standing."""
        self._told = self._swept = False

    def batch_done(self, _peer: Peer) -> None:
        """Nothing waits for the end of a batch here."""

    def report(self) -> dict[str, Any]:
        """What people see of it."""
        now_ns = process_ns()
        lines = []
        for symbol in self._symbols:
            since = self._since_ns.get(symbol)
            seconds = None if since is None else round((now_ns - since) / NS_PER_SECOND, 3)
            lines.append(
                {"symbol": symbol, "position": self._cover.own.get(symbol, 0), "covered": self._cover.covered(symbol), "uncovered_seconds": seconds}
            )
        return {"symbols": lines, "halts": [halt_for_people(h) for h in self._halts.halts()], "alarms": self.alerts.lines(5)}


def _id_of(symbol: Symbol) -> str:
    return f"cover-{symbol}"
