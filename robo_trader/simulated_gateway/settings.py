"""What a simulated gateway is told when it starts, checked before anything is opened."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - `date` is the name of a setting
from pathlib import Path
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.account import DEFAULT_ACCOUNT, DEFAULT_CASH
from robo_trader.simulated_gateway.actions import Action, Split
from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.instrument import Contract
from robo_trader.simulated_gateway.instruments import together
from robo_trader.simulated_gateway.scenario import Planned
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.time_words import TimeForm
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.values import NS_PER_SECOND, Instant, Money, Symbol

DEFAULT_SYMBOLS: Final = ("SPY", "IBM")
DEFAULT_DATE: Final = Date(2026, 3, 2)
DEFAULT_SEED: Final = 1
DEFAULT_SPEED: Final = 1.0
SPEED_MAX: Final = 10_000.0
PORT_MAX: Final = 65_535
SYMBOLS_MAX: Final = 100
DAYS_MAX: Final = 60
ID_HOLD_SECONDS_MAX: Final = 3600.0
TICK_INTERVAL_NS: Final = NS_PER_SECOND // 4
LEAD_SECONDS: Final = 30
_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
_ACCOUNT: Final = re.compile(r"[A-Z]{1,3}[0-9]{4,9}")


def _check(acceptable: bool, what: str, remedy: str) -> None:
    if not acceptable:
        raise ConfigurationError(f"{what} is not acceptable", f"give {remedy}")


@dataclass(frozen=True, slots=True)
class Manners:
    """Switches of how the gateway behaves towards its clients; the defaults are a real gateway's.

    `tick_interval_ns` is how often quotes and trades are sampled, simulated time. `id_hold_seconds` (process time) is how long a client id stays
    in use after its connection died, as after a half-open socket. `venue` is the exchange behind it, `market_data` what the account has paid for.
    `execution_times` is the form of the times of executions; `master_client_id` names the client that hears of all orders, if there is one.
    `ledger_ends_apart`: a summary of tags and of the ledger ends twice, after the tags and after the ledger.
    """

    rules: Rules = field(default_factory=Rules)
    venue: Venue = PLAIN_VENUE
    tick_interval_ns: int = TICK_INTERVAL_NS
    tick_size_duplicates: bool = False
    id_hold_seconds: float = 0.0
    market_data: Entitlement = Entitlement.LIVE
    execution_times: TimeForm = TimeForm.ZONE
    master_client_id: int | None = None
    ledger_ends_apart: bool = False

    def __post_init__(self) -> None:
        """ConfigurationError for a hold or an interval that is not acceptable."""
        _check(0 <= self.id_hold_seconds <= ID_HOLD_SECONDS_MAX, f"id_hold_seconds {self.id_hold_seconds}", f"0 to {ID_HOLD_SECONDS_MAX:g}")
        _check((self.master_client_id or 0) >= 0, f"master_client_id {self.master_client_id}", "a client id, 0 or more")
        _check(0 < self.tick_interval_ns <= NS_PER_SECOND, f"tick_interval_ns {self.tick_interval_ns}", f"1 to {NS_PER_SECOND}")


REAL_MANNERS: Final = Manners()


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One gateway: its market (replayed from `replay_dir`, else generated from `seed`), its clock (`lockstep`, else `speed`), its places.

    `port` 0 takes any free one. `start` sets the clock, otherwise `LEAD_SECONDS` before the open. `speed` is simulated seconds per second.
    A generated market lasts for `days` sessions, and `actions` happen to its shares. `scenario` is what goes wrong on purpose, and
    `swarm_path` the file of those of its faults that a seed drew. `instruments` are known beside those of the master. Money in dollars.
    Raises ConfigurationError, naming the option, for what cannot be.
    """

    port: int
    log_path: Path
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    replay_dir: Path | None = None
    date: Date | None = None
    seed: int | None = None
    speed: float | None = None
    lockstep: bool = False
    control_path: Path | None = None
    state_dir: Path | None = None
    account: str = DEFAULT_ACCOUNT
    cash: Money = DEFAULT_CASH
    start: Instant | None = None
    manners: Manners = REAL_MANNERS
    scenario: tuple[Planned, ...] = ()
    swarm_path: Path | None = None
    days: int = 1
    actions: tuple[Action, ...] = ()
    instruments: tuple[Contract, ...] = ()

    def __post_init__(self) -> None:
        """Check every setting by itself, and then those that only make sense together."""
        _check(0 <= self.port <= PORT_MAX, f"--port {self.port}", f"0 to {PORT_MAX}, 0 for any free port")
        _check(0 < len(self.symbols) <= SYMBOLS_MAX, f"--symbols with {len(self.symbols)} symbols", f"1 to {SYMBOLS_MAX} of them")
        for symbol in self.symbols:
            _check(_SYMBOL.fullmatch(symbol) is not None, f"--symbols {symbol!r}", "upper-case tickers such as SPY,IBM")
        _check(len(set(self.symbols)) == len(self.symbols), f"--symbols {','.join(self.symbols)}", "each symbol once")
        _check(_ACCOUNT.fullmatch(self.account) is not None, f"account {self.account!r}", "an account id such as DU1000001")
        _check(self.cash.is_finite() and self.cash > 0, f"cash {self.cash}", "an amount of dollars above zero")
        if self.speed is not None:
            _check(math.isfinite(self.speed) and 0 < self.speed <= SPEED_MAX, f"--speed {self.speed:g}", f"above 0, up to {SPEED_MAX:g}")
        together(self.instruments)
        self._check_together()

    def _check_together(self) -> None:
        if self.replay_dir is not None and self.date is None:
            raise ConfigurationError("--replay has no --date", "name the trading day to replay, for example --date 2013-10-07")
        _check(0 < self.days <= DAYS_MAX, f"--days {self.days}", f"1 to {DAYS_MAX}")
        if self.replay_dir is not None and (self.days > 1 or self.splits):
            raise ConfigurationError(
                "--replay repeats one day as it was, without --days and without splits", "generate the market: leave out --replay"
            )
        if self.lockstep and self.speed is not None:
            raise ConfigurationError("--lockstep and --speed exclude each other", "leave one of them out")
        if self.lockstep and self.control_path is None:
            raise ConfigurationError("--lockstep has no --control", "name the path of the control socket that trading processes register on")

    @property
    def splits(self) -> dict[tuple[Date, Symbol], tuple[int, int]]:
        """(new, old) shares by day and symbol."""
        return {(action.date, action.symbol): (action.new, action.old) for action in self.actions if isinstance(action, Split)}

    @property
    def trading_day(self) -> Date:
        """The date of the market."""
        return self.date or DEFAULT_DATE

    @property
    def chance_seed(self) -> int:
        """The seed of everything that is left to chance."""
        return DEFAULT_SEED if self.seed is None else self.seed

    @property
    def factor(self) -> float:
        """Simulated seconds per second of a free-running clock."""
        return DEFAULT_SPEED if self.speed is None else self.speed
