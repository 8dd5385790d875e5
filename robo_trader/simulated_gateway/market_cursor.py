"""What replayed and generated markets share: the cursor, what can be seen at it, and the tapes that bars are cut from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.hours import Hours, Session
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.quote_tape import QuoteTape
from robo_trader.simulated_gateway.tape import Tape, spans
from robo_trader.values import NS_PER_MINUTE, Instant, Symbol

AFTER_CLOSE: Final = 5 * NS_PER_MINUTE
QUOTES_KEPT_MAX: Final = 200_000  # of all symbols together; each keeps at least QUOTES_KEPT_MIN
QUOTES_KEPT_MIN: Final = 1_000
_PLACE: Final = frozenset({"cursor", "end", "prices"})


def trading_day(day: date, hours: Hours) -> Session:
    """The session of `day`; DataError if it has none."""
    session = hours(day)
    if session is None:
        raise DataError(f"{day} is not a trading day", "choose a date with a session")
    return session


class MarketCursor(ABC):
    """A market of one date up to its cursor; a subclass makes the events and calls `_see` as the cursor passes them."""

    kind = ""

    def __init__(self, symbols: Sequence[Symbol], day: date, hours: Hours) -> None:
        """DataError if `day` has no session. The subclass sets `start` and `cursor`."""
        session = trading_day(day, hours)
        self.symbols = tuple(symbols)
        self.day = day
        self.start = session.open
        self.end = Instant(session.close + AFTER_CLOSE)
        self.cursor = session.open
        self._hours = hours
        self._sessions: dict[date, Session | None] = {day: session}
        self._quotes: dict[Symbol, QuoteChange] = {}
        self._last: dict[Symbol, TradePrint] = {}
        kept = max(QUOTES_KEPT_MIN, QUOTES_KEPT_MAX // max(1, len(self.symbols)))
        self._quoted = {symbol: QuoteTape(symbol, kept) for symbol in self.symbols}
        self._tapes = {symbol: Tape(symbol) for symbol in self.symbols}

    def session(self, day: date) -> Session | None:
        """Regular hours of a New York date; None on a day without trading, and on one that the calendar does not reach."""
        if day not in self._sessions:
            try:
                self._sessions[day] = self._hours(day)
            except DataError:
                self._sessions[day] = None
        return self._sessions[day]

    def awake(self, at: Instant) -> Instant:
        """A market of one day does not sleep."""
        return at

    @abstractmethod
    def events_until(self, to: Instant) -> list[MarketHappening]:
        """Everything after the cursor up to and including `to`; moves the cursor there."""

    def quote(self, symbol: Symbol) -> QuoteChange | None:
        """The quote in force at the cursor."""
        return self._quotes.get(symbol)

    def last_trade(self, symbol: Symbol) -> TradePrint | None:
        """The latest print of the date at the cursor."""
        return self._last.get(symbol)

    def bars(self, symbol: Symbol, start: Instant, end: Instant, seconds: int, rth: bool) -> list[TradeBar]:
        """Bars from the prints up to the cursor; see `Market.bars`."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        self._reach_back(symbol, start)
        return tape.bars(spans(start, end, seconds, rth=rth, hours=self.session), seconds, self.cursor)

    def prints(self, symbol: Symbol, start: Instant, end: Instant) -> list[TradePrint]:
        """Prints up to the cursor; see `Market.prints`."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        self._reach_back(symbol, start)
        seen = min(end, Instant(self.cursor + 1))
        return [TradePrint(symbol, price, size, at) for at, price, size in tape.between(start, seen)]

    def quotes(self, symbol: Symbol, start: Instant, end: Instant) -> list[QuoteChange]:
        """The latest quotes up to the cursor, as many as are kept; see `Market.quotes`."""
        tape = self._quoted.get(symbol)
        return [] if tape is None else tape.between(start, end)

    def state(self) -> dict[str, Any]:
        """Which market, and where in it."""
        return {**self._identity(), "cursor": self.cursor, "end": self.end, "prices": self._closing_prices()}

    def restore(self, state: dict[str, Any]) -> None:
        """Move forward to a saved cursor of the same market; DataError for another market's."""
        here = self._identity()
        saved = {name: value for name, value in state.items() if name not in _PLACE}
        if saved != here:
            raise DataError(f"the saved state is of market {saved}, this one is {here}", "use the same market, or another state directory")
        assert state["cursor"] >= self.cursor, "a cursor only moves forward: restore into a market that stands at its start"
        self.events_until(Instant(state["cursor"]))

    def follows(self, state: dict[str, Any]) -> bool:
        """Whether a saved market of the same symbols was over before this one begins: an account may go on from there."""
        over = "end" in state and state["cursor"] >= state["end"]
        return bool(over and state["end"] < self.start and state.get("symbols") == list(self.symbols))

    def _closing_prices(self) -> dict[str, int]:
        """What a market that follows needs of this one's prices."""
        return {}

    def _identity(self) -> dict[str, Any]:
        return {"kind": self.kind, "day": self.day.isoformat(), "symbols": list(self.symbols)}

    def _reach_back(self, symbol: Symbol, start: Instant) -> None:  # noqa: B027  # most markets have no more than their tape
        """Make sure that the tape holds prints from `start` on, as far back as this market knows any."""

    def _see(self, events: Iterable[MarketHappening], to: Instant) -> None:
        for event in events:
            if isinstance(event, QuoteChange):
                self._quotes[event.symbol] = event
                self._quoted[event.symbol].append(event)
            else:
                self._last[event.symbol] = event
        self.cursor = max(self.cursor, to)
