"""The plan of a run: everything its processes must know, worked out once by whoever starts it, checked, and the same for all of them.

What takes long to know (the calendar's sessions) is looked up here, so that no actor has to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.desk import Desk
from robo_trader.desk.settings import BookSettings, DeskSettings, Execution
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError
from robo_trader.market.announced import Announced, read_announced
from robo_trader.market.calendar import sessions_between
from robo_trader.risk.limits import Limits
from robo_trader.strategies.catalogue import create
from robo_trader.strategies.strategy import Strategy
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Symbol

AFTER_CLOSE_NS: Final = 2 * NS_PER_SECOND
_CALENDAR_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: its configuration, its directory, where the broker's gateway is, and what bounds every order.

    `control` is the lockstep socket of a simulated gateway, `exchange_log` its log (None: the gateway is not simulated, or keeps none). `announced`
    are the corporate actions to expect.
    """

    config: RunConfig
    directory: StateDirectory
    host: str
    port: int
    control: Path | None
    exchange_log: Path | None
    limits: Limits
    announced: tuple[Announced, ...] = ()

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """What is traded."""
        return tuple(Symbol(s) for s in self.config.symbols)

    @property
    def books(self) -> tuple[BookId, ...]:
        """One sub-book a symbol."""
        return tuple(BookId(self.config.strategy, symbol) for symbol in self.symbols)

    def desk_settings(self, epoch: int) -> DeskSettings:
        """The desk's identity, books and bounds."""
        config = self.config
        size = BookSettings(config.quantity, config.stop_percent, Execution(config.execution))
        return DeskSettings(
            system=self.directory.name,
            account=config.account or "",
            epoch=epoch,
            client_id=config.client_id,
            config_hash=config.digest(),
            books=dict.fromkeys(self.books, size),
            limits=self.limits,
            baseline_external=config.baseline == "external",
            announced=self.announced,
        )

    def strategy(self) -> Strategy:
        """A fresh strategy object."""
        return create(self.config.strategy, self.config.strategy_parameters())

    def session(self, now: Instant) -> str:
        """`open` or `closed` at an instant of market time."""
        sessions = self.limits.sessions
        before = bisect_right(sessions, now, key=lambda session: session.open)
        return "open" if before and sessions[before - 1].holds(now) else "closed"

    def close_after(self, now: Instant) -> Instant | None:
        """When `--until-close` ends: the close of the last configured day, else the next close after `now`; None if the calendar does not know."""
        sessions = self.limits.sessions
        if self.config.date is not None:
            days = (place for place, s in enumerate(sessions) if datetime.fromtimestamp(s.close // NS_PER_SECOND, UTC).date() == self.config.date)
            last = next(days, len(sessions)) + self.config.days - 1
            return sessions[last].close if last < len(sessions) else None
        return next((s.close for s in sessions if s.close > now), None)


def limits_of(config: RunConfig) -> Limits:
    """The bounds of every order, with the sessions around the trading day (the simulated market's, else today's in UTC)."""
    day: date = config.date or datetime.now(UTC).date()
    return Limits(
        max_quantity=config.max_quantity,
        max_notional=config.max_notional,
        max_position=config.max_position,
        collar_percent=config.collar_percent,
        entries_per_day_max=config.entries_per_day,
        sessions=sessions_between(day - timedelta(days=_CALENDAR_DAYS), day + timedelta(days=_CALENDAR_DAYS)),
    )


def announced_of(config: RunConfig, limits: Limits) -> tuple[Announced, ...]:
    """The corporate actions that the run was told of. Raises `DataError` naming the line, or `ConfigurationError` for a file that cannot be read."""
    path = config.corporate_actions
    if path is None:
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise ConfigurationError(f"--corporate-actions {path} cannot be read: {broken}", "name a readable file") from None
    return read_announced(text, str(path), limits.sessions)


def refuse_left_behind(desk: Desk, books: Collection[BookId]) -> None:
    """`ConfigurationError` if the journal holds shares, or an entry that may fill, in a symbol that is not traded any more: no order could be sent.

    Shares that a person has sold by hand are not held.
    """
    state, named = desk.state, {book.symbol for book in books}
    left = [b for b in state.orders.books.values() if b.id.symbol not in named and (b.working_entries or (b.position and state.net(b.id.symbol)))]
    if left:
        held = ", ".join(f"{book.position} {book.id.symbol} of {book.id.strategy}" for book in left)
        raise ConfigurationError(f"the system holds {held}, which --symbols does not name", "name them too, or flatten them first")
