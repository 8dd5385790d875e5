"""Strategy hosts: minutes in, signals out; one strategy object a symbol, each under a small policy of its own.

A host keeps nothing that it could not read again. When it starts, or when the gateway has a new epoch, every strategy begins anew and reads the
gateway's minutes from the first; when the desk comes back, it is told the newest answer of each book again. Every minute is answered, also by
silence, because the desk gives each answer its place in the log.

A strategy that raises is replaced and reads its minutes again. One that goes on raising is given up: its symbol is halted, and its neighbours go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from actors.messages import DESK, GATEWAY, BarsWanted, Considered, NumberedBar
from actors.trace import stamp
from robo_trader.desk.news import Signal
from robo_trader.edge.channel import Peer
from robo_trader.edge.fence import Fence
from robo_trader.market.bar import Bar
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.strategies.strategy import NO_OPINION, Strategy
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, BookId, Instant, Symbol

GRACE_NS: Final = 5 * NS_PER_SECOND
"""How long after the next bar's end a signal still counts (DESIGN 3e)."""
FAILURES_MAX: Final = 3
HALT_TEXT_MAX: Final = 100
FAILURE_WINDOW_NS: Final = 60 * NS_PER_SECOND


@dataclass(slots=True)
class SymbolRunner:
    """One strategy in one symbol."""

    book: BookId
    make: Callable[[], Strategy]
    strategy: Strategy = field(init=False)
    number: int = 0
    stance: int = NO_OPINION
    last_end: int = 0
    newest: Considered | None = None
    failures_ns: list[int] = field(default_factory=list)
    given_up: str = ""

    def __post_init__(self) -> None:
        """Begin with a fresh strategy."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget everything; the minutes are read again from the first."""
        self.strategy = self.make()
        self.number, self.newest, self.last_end, self.stance = 0, None, 0, NO_OPINION

    def consider(self, number: int, minute: Bar, gateway_epoch: int) -> Considered:
        """Give the strategy its next minute; what it says of it."""
        stance = self.strategy.on_bar(minute.open, minute.high, minute.low, minute.close, minute.volume)
        signal = None
        if stance != NO_OPINION:
            signal = Signal(self.book, stance, minute.end, Instant(minute.end + NS_PER_MINUTE + GRACE_NS), backfilled=minute.backfilled)
        self.number, self.last_end, self.stance = number, minute.end, stance
        self.newest = Considered(gateway_epoch, self.book, number, signal)
        return self.newest


class StrategyHost:
    """The symbols of one host, between the gateway's minutes and the desk. `give_up` halts a symbol whose strategy goes on failing."""

    def __init__(
        self, books: Sequence[BookId], make: Callable[[], Strategy], give_up: Callable[[BookId, str], None], process_ns: Callable[[], int]
    ) -> None:
        self._runners = {book.symbol: SymbolRunner(book, make) for book in books}
        self._give_up, self._process_ns = give_up, process_ns
        self._gateway: Peer | None = None
        self._desk: Peer | None = None
        self._gateway_epoch = 0
        self.last_bar_ns = 0

    # A consumer of two channels.

    def opened(self, peer: Peer) -> None:
        """A channel is up: ask for minutes, or say the newest answers again."""
        if peer.name == GATEWAY:
            self._gateway = peer
            if peer.epoch != self._gateway_epoch:
                self._gateway_epoch = peer.epoch
                for runner in self._runners.values():
                    runner.begin_anew()
            peer.send(BarsWanted(tuple((symbol, runner.number) for symbol, runner in self._runners.items())))
        elif peer.name == DESK:
            self._desk = peer
            for runner in self._runners.values():
                if runner.newest is not None:
                    peer.send(runner.newest)

    def received(self, _peer: Peer, message: Any) -> None:  # noqa: ANN401  # whatever the vocabulary holds
        """A minute of one of our symbols."""
        if isinstance(message, NumberedBar) and (runner := self._runners.get(message.bar.symbol)) is not None:
            self.last_bar_ns = self._process_ns()
            self._run(runner, message)

    def closed(self, peer: Peer, _reason: str) -> None:
        """A channel ended; its connector brings it back."""
        if peer is self._gateway:
            self._gateway = None
        elif peer is self._desk:
            self._desk = None

    def batch_done(self, _peer: Peer) -> None:
        """Nothing waits for the end of a batch here."""

    def report(self) -> list[dict[str, Any]]:
        """What people see of each strategy."""
        return [
            {
                "book": str(runner.book),
                "minutes": runner.number,
                "last_bar_end": runner.last_end,
                "stance": runner.stance if runner.stance != NO_OPINION else None,
                "problem": runner.given_up,
            }
            for runner in self._runners.values()
        ]

    # One symbol's turn.

    def _run(self, runner: SymbolRunner, message: NumberedBar) -> None:
        if message.number != runner.number + 1:
            if message.number > runner.number + 1:
                self._ask_again(runner)
            return
        if runner.given_up:
            answer = self._silence(runner, message)
        else:
            try:
                answer = runner.consider(message.number, message.bar, self._gateway_epoch)
            except Exception:  # noqa: BLE001  # a strategy is a stranger's code: whatever it raises ends this strategy, not its neighbours
                self._failed(runner, traceback.format_exc(limit=-2).strip())
                if not runner.given_up:
                    return
                answer = self._silence(runner, message)
        stamp("considered", runner.book.symbol)
        if self._desk is not None:
            self._desk.send(answer)

    def _silence(self, runner: SymbolRunner, message: NumberedBar) -> Considered:
        """The answer of a strategy that was given up."""
        runner.number = message.number
        runner.newest = Considered(self._gateway_epoch, runner.book, message.number, None)
        return runner.newest

    def _failed(self, runner: SymbolRunner, text: str) -> None:
        now = self._process_ns()
        runner.failures_ns = [at for at in runner.failures_ns if now - at < FAILURE_WINDOW_NS] + [now]
        if len(runner.failures_ns) > FAILURES_MAX:
            runner.given_up = text
            self._give_up(runner.book, f"the strategy of {runner.book} failed {len(runner.failures_ns)} times: {text.splitlines()[-1]}")
            return
        runner.begin_anew()
        self._ask_again(runner)

    def _ask_again(self, runner: SymbolRunner) -> None:
        if self._gateway is not None:
            self._gateway.send(BarsWanted(((Symbol(runner.book.symbol), runner.number),)))


def halt_book(fence: Fence, book: BookId, why: str) -> None:
    """No new entries in this book's symbol: its strategy cannot be trusted."""
    text = why[:HALT_TEXT_MAX]
    fence.raise_halt(Halt(f"host-{book.symbol}", HaltLevel.NO_NEW, HaltScope.SYMBOL, book.symbol, "strategy-failed", None, "strategy_host", text))
