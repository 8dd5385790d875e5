"""Everything that `run` can be told, checked once: past this module every value is right.

A value that is out of its bounds is answered with the option's name, what was given and what would do; nothing is guessed or clipped. Where no
gateway is named the run brings its own simulated market, so every option that would contradict the one in use is refused, not ignored.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date as Date  # noqa: N812 - `date` is the name of an option
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from robo_trader.errors import ConfigurationError
from robo_trader.market.calendar import session_on
from robo_trader.strategies.catalogue import create

GENERATED_SEED: Final = 7
GENERATED_DATE: Final = Date(2025, 10, 7)
GENERATED_SPEED: Final = Decimal(60)
SYMBOLS_MAX: Final = 100
DAYS_MAX: Final = 60

_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
# Where things are kept and shown: two runs that differ in these alone make the same decisions.
_NOT_DECISIVE: Final = {
    *("system", "state_dir", "host", "port", "exchange_log", "decisions", "speed", "lockstep", "until_close", "replay"),
    *("days", "corporate_actions", "in_process", "detach", "http_host", "http_port", "dashboard_host", "dashboard_port", "ray_port"),
}
_OF_THE_TREE: Final = ("http_host", "http_port", "dashboard_host", "dashboard_port", "ray_port")

Shares = Annotated[int, Field(gt=0, le=1_000_000, description="a whole number from 1 to 1000000")]
Percent = Annotated[Decimal, Field(gt=0, le=50, allow_inf_nan=False, description="a percentage above 0, at most 50")]
Host = Annotated[str, Field(min_length=1, description="a host name or address")]
Port = Annotated[int, Field(ge=0, le=65535, description="a port from 1 to 65535, or 0 for any that is free")]
Dollars = Annotated[Decimal, Field(gt=0, le=Decimal(1_000_000_000), allow_inf_nan=False, description="an amount above 0, at most 1000000000")]


class RunConfig(BaseModel):
    """One run. Quantities in shares, notional in dollars, percentages of price; `speed` is simulated seconds per second.

    `port` None means: the system's own simulated gateway, attached or started. `account` None takes the only account the gateway has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: Annotated[str | None, Field(pattern=r"^[a-z0-9-]{1,12}$", description="1 to 12 of a-z, 0-9 and -")] = None
    state_dir: Path | None = None
    host: Host = "127.0.0.1"
    port: Annotated[int | None, Field(ge=1, le=65535, description="a port from 1 to 65535")] = None
    account: Annotated[str | None, Field(pattern=r"^[A-Z]{1,3}[0-9]{4,12}$", description="an account number such as DU1000001")] = None
    # 0 would bind every manual order of the account to this program.
    client_id: Annotated[int, Field(ge=1, le=2_147_483_647, description="a whole number from 1 to 2147483647")] = 7
    exchange_log: Path | None = None
    replay: Path | None = None
    date: Annotated[Date | None, Field(description="a day as YYYY-MM-DD")] = None
    days: Annotated[int, Field(ge=1, le=DAYS_MAX, description=f"a whole number of sessions, 1 to {DAYS_MAX}")] = 1
    corporate_actions: Path | None = None
    seed: Annotated[int | None, Field(ge=0, le=2**63 - 1, description="a whole number from 0 to 9223372036854775807")] = None
    speed: Annotated[Decimal | None, Field(gt=0, le=10_000, allow_inf_nan=False, description="a number above 0, at most 10000")] = None
    lockstep: bool = False
    symbols: Annotated[tuple[str, ...], Field(description="1 to 100 different symbols such as SPY,IBM")] = ("SPY", "IBM")
    strategy: str = "moving_average_cross"
    fast: Annotated[int, Field(ge=1, le=10_000, description="a whole number of bars, 1 to 10000")] = 5
    slow: Annotated[int, Field(ge=1, le=10_000, description="a whole number of bars, 1 to 10000")] = 20
    quantity: Shares = 100
    stop_percent: Percent = Decimal(1)
    execution: Annotated[Literal["market", "marketable-limit", "limit"], Field(description="market, marketable-limit or limit")] = "market"
    max_quantity: Shares = 1_000
    max_notional: Dollars = Decimal(250_000)
    max_position: Shares = 1_000
    collar_percent: Percent = Decimal(2)
    entries_per_day: Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 60
    baseline: Annotated[Literal["flat", "external"], Field(description="flat or external")] = "flat"
    until_close: bool = False
    decisions: Path | None = None
    in_process: bool = False
    detach: bool = False
    http_host: Host = "127.0.0.1"
    http_port: Port = 8080
    dashboard_host: Host = "127.0.0.1"
    dashboard_port: Port = 5555
    ray_port: Port = 8265

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """The configuration from the options that were given; None means not given. Raises `ConfigurationError` naming the option and the remedy."""
        given = {name: value for name, value in options.items() if value is not None}
        if given.get("port") is None:
            given.setdefault("speed", None if given.get("lockstep") else GENERATED_SPEED)
            if given.get("replay") is None:
                given = {"seed": GENERATED_SEED, "date": GENERATED_DATE, **given}
        try:
            return cls(**given)
        except ValidationError as wrong:
            raise _explained(wrong, cls) from None

    @field_validator("symbols", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`SPY,ibm` as people write it."""
        return tuple(part.strip().upper() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("symbols")
    @classmethod
    def _are_symbols(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [symbol for symbol in value if not _SYMBOL.fullmatch(symbol)]
        if wrong or not 1 <= len(value) <= SYMBOLS_MAX:
            raise ValueError(f"{wrong[0]!r} is no symbol" if wrong else f"{len(value)} symbols were given")
        if len(set(value)) < len(value):
            raise ValueError("a symbol is given twice")
        return value

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        """Options that are fine alone and wrong together."""
        create(self.strategy, self.strategy_parameters())
        self._has_somebody_to_do_it()
        if self.port is not None:
            self._is_not_our_market()
        else:
            self._is_our_market()
        for name, limit in (("max_quantity", self.max_quantity), ("max_position", self.max_position)):
            if self.quantity > limit:
                raise ConfigurationError(f"--quantity {self.quantity} is above {_option(name)} {limit}", "lower the one or raise the other")
        if self.corporate_actions is not None and not self.corporate_actions.is_file():
            raise ConfigurationError(f"--corporate-actions {self.corporate_actions}: there is no such file", "name a file of announced actions")
        if self.decisions is not None and not self.decisions.absolute().parent.is_dir():
            raise ConfigurationError(f"--decisions {self.decisions}: its folder does not exist", "make the folder first")
        return self

    def _has_somebody_to_do_it(self) -> None:
        """What the command does is refused where it leaves, and what the tree does where there is none."""
        if self.detach and self.until_close:
            raise ConfigurationError("--until-close is what the command waits for, and with --detach it does not wait", "leave out one of them")
        if self.in_process and self.detach:
            raise ConfigurationError("--detach leaves the tree running and --in-process has none", "leave out one of them")
        given = [name for name in _OF_THE_TREE if getattr(self, name) != type(self).model_fields[name].default]
        if self.in_process and given:
            raise ConfigurationError(f"{_option(given[0])} is the tree's and --in-process has none", f"leave out {_option(given[0])} or --in-process")

    def _is_not_our_market(self) -> None:
        given = [name for name in ("replay", "date", "seed", "speed", "lockstep") if getattr(self, name)] + ["days"] * (self.days > 1)
        if given:
            raise ConfigurationError(
                f"{_option(given[0])} describes the simulated market and --port names another gateway", f"leave out {_option(given[0])} or --port"
            )

    def _is_our_market(self) -> None:
        if self.exchange_log is not None:
            raise ConfigurationError("--exchange-log is for a simulated gateway at --port", "leave it out; the own gateway's log is found by itself")
        if self.lockstep and self.speed is not None:
            raise ConfigurationError("--speed and --lockstep exclude each other", "leave out one of them")
        if self.replay is not None and self.seed is not None:
            raise ConfigurationError("--seed generates a market and --replay repeats a recorded one", "leave out one of them")
        if self.replay is not None and self.days > 1:
            raise ConfigurationError("--days is of a generated market and --replay repeats a recorded day", "leave out one of them")
        if self.replay is not None and not self.replay.is_dir():
            raise ConfigurationError(f"--replay {self.replay}: there is no such folder", "name a folder with second_quote/ and second_trade/ in it")
        if self.date is None:
            raise ConfigurationError("--replay needs a day", "add --date YYYY-MM-DD")
        if session_on(self.date) is None:
            raise ConfigurationError(f"--date {self.date}: the market is closed on that day", "choose a trading day")

    def strategy_parameters(self) -> dict[str, int]:
        """The strategy's own parameters, in bars."""
        return {"fast": self.fast, "slow": self.slow}

    def gateway_options(self) -> list[str]:
        """Options of `sim-gateway` for the market of this run; in lockstep the caller adds --lockstep and its control socket."""
        assert self.date is not None, "only a run with its own market has these"
        options = ["--symbols", ",".join(self.symbols), "--date", self.date.isoformat()]
        options += ["--replay", str(self.replay.absolute())] if self.replay is not None else ["--seed", str(self.seed)]
        options += ["--days", str(self.days)] if self.days > 1 else []
        options += ["--corporate-actions", str(self.corporate_actions.absolute())] if self.corporate_actions is not None else []
        return options if self.speed is None else [*options, "--speed", format(self.speed, "f")]

    def digest(self) -> str:
        """16 hex digits that name everything a decision depends on."""
        return hashlib.sha256(self.model_dump_json(exclude=_NOT_DECISIVE).encode()).hexdigest()[:16]


def _option(name: str) -> str:
    """`max_quantity` as a person typed it."""
    return "--" + name.replace("_", "-")


def _explained(wrong: ValidationError, model: type[BaseModel]) -> ConfigurationError:
    """The first complaint, in the words of the command line."""
    first = wrong.errors(include_url=False)[0]
    name = str(first["loc"][0])
    reason = str(first["msg"]).removeprefix("Value error, ")
    described = model.model_fields[name].description if name in model.model_fields else None
    return ConfigurationError(
        f"{_option(name)} is {str(first['input'])[:60]!r}: {reason}", f"give {described}" if described else "see robo-trader run --help"
    )
