"""What a run is told, turned into what the parts are told: limits, the desk's settings, the strategies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.settings import BookSettings, DeskSettings
from robo_trader.market.calendar import sessions_between
from robo_trader.risk.limits import Limits
from robo_trader.strategies.catalogue import create
from robo_trader.strategies.strategy import Strategy
from robo_trader.values import BookId, Instant, Symbol

_CALENDAR_DAYS: Final = 40


def trading_day(config: RunConfig) -> date:
    """The first day of the run: the simulated market's, else today in UTC."""
    return config.date or datetime.now(UTC).date()


def limits_of(config: RunConfig) -> Limits:
    """The bounds of every order, with the sessions around the trading day."""
    day = trading_day(config)
    return Limits(
        max_quantity=config.max_quantity,
        max_notional=config.max_notional,
        max_position=config.max_position,
        collar_percent=config.collar_percent,
        entries_per_day_max=config.entries_per_day,
        sessions=sessions_between(day - timedelta(days=_CALENDAR_DAYS), day + timedelta(days=_CALENDAR_DAYS)),
    )


def close_of(config: RunConfig, limits: Limits, now: Instant) -> Instant | None:
    """When `--until-close` ends: the close of the configured day, else the next close after `now`; None if the calendar does not know."""
    if config.date is not None:
        return next((s.close for s in limits.sessions if datetime.fromtimestamp(s.close // 10**9, UTC).date() == config.date), None)
    return next((s.close for s in limits.sessions if s.close > now), None)


def desk_settings(config: RunConfig, system: str, epoch: int, limits: Limits) -> DeskSettings:
    """The desk's identity, books and bounds."""
    size = BookSettings(config.quantity, config.stop_percent)
    return DeskSettings(
        system=system,
        account=config.account or "",
        epoch=epoch,
        client_id=config.client_id,
        config_hash=config.digest(),
        books={BookId(config.strategy, Symbol(symbol)): size for symbol in config.symbols},
        limits=limits,
        baseline_external=config.baseline == "external",
    )


def strategy_of(config: RunConfig) -> Strategy:
    """A fresh strategy object."""
    return create(config.strategy, config.strategy_parameters())
