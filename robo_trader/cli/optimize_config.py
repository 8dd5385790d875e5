"""Everything that `optimize` can be told, checked once: past this module every value is right."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from robo_trader.backtest.costs import Costs
from robo_trader.backtest.replay import Rules
from robo_trader.edge.bar_catalog import symbols_in
from robo_trader.edge.state_directory import root
from robo_trader.errors import ConfigurationError, NotFound
from robo_trader.walkforward.code_version import code_version
from robo_trader.walkforward.space import space_of
from robo_trader.walkforward.study import Plan
from robo_trader.walkforward.windows import Shape

DATA: Final = Path("../shared/data/bars/hour")
SYMBOLS_MAX: Final = 64
_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
_PARTS_PER_BASIS_POINT: Final = 100
_PARTS_PER_PERCENT: Final = 10_000

Bars = Annotated[int, Field(ge=2, le=1_000_000, description="a whole number of bars from 2 to 1000000")]


class OptimizeConfig(BaseModel):
    """One study. Lengths in bars, slippage in basis points of the price, the stop's distance in percent of the fill."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: str
    data: Path = DATA
    corporate_actions: Path | None = None
    raw: bool = False
    symbols: Annotated[tuple[str, ...] | None, Field(description="1 to 64 different symbols such as SPY,IBM")] = None
    train: Bars = 3_520
    gap: Annotated[int, Field(ge=0, le=1_000_000, description="a whole number of bars from 0 to 1000000")] = 35
    test: Bars = 880
    space: str | None = None
    trials: Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 30
    seed: Annotated[int, Field(ge=0, le=2**63 - 1, description="a whole number from 0 to 9223372036854775807")] = 7
    quantity: Annotated[int, Field(ge=1, le=1_000_000, description="a whole number from 1 to 1000000")] = 100
    stop_percent: Annotated[
        Decimal, Field(gt=0, le=50, allow_inf_nan=False, decimal_places=4, description="a percentage above 0, at most 50, to four places")
    ] = Decimal(1)
    slippage_bp: Annotated[
        Decimal, Field(gt=0, le=1_000, allow_inf_nan=False, decimal_places=2, description="basis points above 0, at most 1000, to two places")
    ] = Decimal(1)
    workers: Annotated[int | None, Field(ge=1, le=1_024, description="a whole number from 1 to 1024")] = None
    out: Path | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """The configuration from the options that were given; None means not given. Raises a `UserError` naming the option and the remedy."""
        try:
            return cls(**{name: value for name, value in options.items() if value is not None})
        except ValidationError as wrong:
            first = wrong.errors(include_url=False)[0]
            name = str(first["loc"][0])
            described = cls.model_fields[name].description
            cause = f"--{name.replace('_', '-')} is {str(first['input'])[:60]!r}: {str(first['msg']).removeprefix('Value error, ')}"
            raise ConfigurationError(cause, f"give {described}" if described else "see robo-trader optimize --help") from None

    @field_validator("symbols", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`SPY,ibm` as people write it."""
        return tuple(part.strip().upper() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("symbols")
    @classmethod
    def _are_symbols(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        wrong = [symbol for symbol in value or () if not _SYMBOL.fullmatch(symbol)]
        if wrong or not 1 <= len(value or "1") <= SYMBOLS_MAX:
            raise ValueError(f"{wrong[0]!r} is no symbol" if wrong else f"{len(value or ())} symbols were given")
        if len(set(value or ())) < len(value or ()):
            raise ValueError("a symbol is given twice")
        return value

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        """Options that are fine alone and wrong together, and folders that must be there."""
        if self.raw and self.corporate_actions is not None:
            raise ConfigurationError("--raw leaves prices as they are and --corporate-actions adjusts them", "leave out one of them")
        if not self.data.is_dir():
            raise NotFound(f"--data {self.data}: there is no such folder", "name a folder with SYMBOL.parquet files of bars")
        space_of(self.strategy, self.space)
        return self

    def plan(self) -> Plan:
        """What is searched and how."""
        stop_parts = int(self.stop_percent * _PARTS_PER_PERCENT)
        rules = Rules(self.quantity, stop_parts, Costs(int(self.slippage_bp * _PARTS_PER_BASIS_POINT)))
        shape = Shape(self.train, self.gap, self.test)
        return Plan(self.strategy, space_of(self.strategy, self.space), shape, rules, self.trials, self.seed, code_version())

    def chosen_symbols(self) -> tuple[str, ...]:
        """The symbols that were given, else all that have bars; raises `NotFound` where there are none."""
        chosen = self.symbols or symbols_in(self.data)
        if not chosen:
            raise NotFound(f"--data {self.data}: no SYMBOL.parquet file is there", "name a folder with bars")
        return chosen

    def actions_folder(self) -> Path:
        """Where corporate actions are: as given, else `corporate_actions` beside the folder that holds the bars' folder."""
        return self.corporate_actions or self.data.absolute().parent.parent / "corporate_actions"

    def results_folder(self) -> Path:
        """Where results are kept and found again; its name is no system's name."""
        return self.out or root() / "_research"
