"""How a single message is bent on its way to one client: made wrong, dropped, held back, or told out of order.

A bend works on the fields that would be sent, whoever makes them, so it holds for every kind of message. What a message says is made wrong first; it
may then be dropped, or be late, or wait for the end of its event to be told in another order than it came. A late message is told as it was when it
was due: bends that began meanwhile do not touch it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Generic, Protocol, TypeVar

from robo_trader.simulated_gateway.fault_kinds_told import (
    ANY,
    MESSAGES,
    BadQuotes,
    ClockSkew,
    CompetingSession,
    DropCallbacks,
    LateCallbacks,
    ReorderCallbacks,
    WrongAccount,
)
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.trouble_words import Fields, bad_quote, competed, request_id_of, skewed, wrong_account
from robo_trader.values import NS_PER_SECOND, Instant

HELD_MESSAGES_MAX: Final = 100_000
_KNOWN: Final = frozenset().union(*MESSAGES.values())
_OF_ORDERS: Final = MESSAGES["orders"] | MESSAGES["executions"] | MESSAGES["commissions"]
_QUOTES: Final = MESSAGES["quotes"]


class Listener(Protocol):
    """A connection as a bend sees it."""

    number: int

    def say(self, fields: Fields) -> None:
        """Say one message as it is."""


Counted = TypeVar("Counted", DropCallbacks, LateCallbacks, ReorderCallbacks, WrongAccount)
Held = tuple[Listener, Fields]


@dataclass(slots=True)
class _Stock(Generic[Counted]):
    """A bend that is used up: how many more."""

    fault: Counted
    left: int


@dataclass(slots=True)
class _Shuffle:
    """Bundles that are still to be told out of order, each from the same line of chance."""

    left: int
    chance: Random


@dataclass(slots=True)
class Bending:
    """The bends of one gateway. `symbol_of` names what a line of a connection watches; `noted` writes into the log what befell a message."""

    symbol_of: Callable[[int, int], str | None]
    noted: Callable[[Fault, int, str], None]
    _drops: list[_Stock[DropCallbacks]] = field(default_factory=list)
    _lates: list[_Stock[LateCallbacks]] = field(default_factory=list)
    _wrongs: list[_Stock[WrongAccount]] = field(default_factory=list)
    _shuffles: list[_Shuffle] = field(default_factory=list)
    _lasting: list[BadQuotes | ClockSkew | CompetingSession] = field(default_factory=list)
    _late: deque[tuple[Instant, Held]] = field(default_factory=lambda: deque(maxlen=HELD_MESSAGES_MAX))
    _bundle: deque[Held] = field(default_factory=lambda: deque(maxlen=HELD_MESSAGES_MAX))

    @property
    def active(self) -> bool:
        """Whether any message may be bent."""
        return bool(self._drops or self._lates or self._wrongs or self._shuffles or self._lasting)

    def begin(self, fault: Fault) -> None:
        """Bend from now on."""
        match fault:
            case DropCallbacks():
                self._drops.append(_Stock(fault, fault.times))
            case LateCallbacks():
                self._lates.append(_Stock(fault, fault.times))
            case WrongAccount():
                self._wrongs.append(_Stock(fault, fault.times))
            case ReorderCallbacks():
                self._shuffles.append(_Shuffle(fault.times, Random(f"reorder:{fault.seed}")))  # noqa: S311 - a market, not secrets
            case BadQuotes() | ClockSkew() | CompetingSession():
                self._lasting.append(fault)

    def end(self, fault: Fault) -> None:
        """Bend no longer, if it was a bend that lasts."""
        if isinstance(fault, BadQuotes | ClockSkew | CompetingSession):
            self._lasting.remove(fault)

    def bent(self, listener: Listener, fields: Fields, now: Instant) -> list[Fields]:
        """What is told now of a message that is due."""
        return [message for message in self._reworded(listener, fields) if not self._kept_back(listener, message, now)]

    def _reworded(self, listener: Listener, fields: Fields) -> list[Fields]:
        wrong = self._wrong_account(listener, fields)
        messages = [fields if wrong is None else wrong]
        for fault in self._lasting:
            messages = [after for before in messages for after in self._lasted(fault, listener, before)]
        return messages

    def _wrong_account(self, listener: Listener, fields: Fields) -> Fields | None:
        for stock in self._wrongs:
            wrong = wrong_account(stock.fault, fields)
            if wrong is not None:
                self._use_up(self._wrongs, stock, listener, fields)
                return wrong
        return None

    def _lasted(self, fault: BadQuotes | ClockSkew | CompetingSession, listener: Listener, fields: Fields) -> Iterable[Fields]:
        match fault:
            case ClockSkew():
                said = skewed(fault, fields)
            case BadQuotes():
                said = bad_quote(fault, fields) if self._concerns(fault.symbol, listener, fields) else None
            case CompetingSession():
                instead = competed(fault, fields)
                return (fields,) if instead is None else instead
        return (fields,) if said is None else (said,) if said else ()

    def _concerns(self, symbol: str | None, listener: Listener, fields: Fields) -> bool:
        return fields[0] in _QUOTES and (symbol is None or self.symbol_of(listener.number, request_id_of(fields)) == symbol)

    def _kept_back(self, listener: Listener, fields: Fields, now: Instant) -> bool:
        return self._dropped(listener, fields) or self._held_back(listener, fields, now) or self._bundled(listener, fields)

    def _dropped(self, listener: Listener, fields: Fields) -> bool:
        stock = _first(self._drops, fields[0])
        if stock is not None:
            self._use_up(self._drops, stock, listener, fields)
        return stock is not None

    def _held_back(self, listener: Listener, fields: Fields, now: Instant) -> bool:
        stock = _first(self._lates, fields[0])
        if stock is not None:
            self._use_up(self._lates, stock, listener, fields)
            self._late.append((Instant(now + round(stock.fault.market_seconds * NS_PER_SECOND)), (listener, fields)))
        return stock is not None

    def _bundled(self, listener: Listener, fields: Fields) -> bool:
        waits = bool(self._shuffles) and fields[0] in _OF_ORDERS
        if waits:
            self._bundle.append((listener, fields))
        return waits

    def _use_up(self, stocks: list[_Stock[Counted]], stock: _Stock[Counted], listener: Listener, fields: Fields) -> None:
        self.noted(stock.fault, listener.number, fields[0])
        stock.left -= 1
        if stock.left == 0:
            stocks.remove(stock)

    def ripe(self, now: Instant) -> list[Held]:
        """The late messages whose time has come, in the order of their times; each is told once."""
        ripe = sorted((late for late in self._late if late[0] <= now), key=lambda late: late[0])
        if ripe:
            self._late = deque((late for late in self._late if late[0] > now), maxlen=HELD_MESSAGES_MAX)
        return [held for _, held in ripe]

    def shuffled(self) -> list[Held]:
        """What the event that is over said of orders, out of order; a single message uses nothing up."""
        bundle = list(self._bundle)
        self._bundle.clear()
        if len(bundle) > 1 and self._shuffles:
            first = self._shuffles[0]
            first.chance.shuffle(bundle)
            first.left -= 1
            if first.left == 0:
                self._shuffles.pop(0)
        return bundle


def _first(stocks: list[_Stock[Counted]], kind: str) -> _Stock[Counted] | None:
    for stock in stocks:
        what = stock.fault.what if isinstance(stock.fault, DropCallbacks | LateCallbacks) else ANY
        if kind in (_KNOWN if what == ANY else MESSAGES[what]):
            return stock
    return None
