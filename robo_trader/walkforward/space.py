"""Which parameters a search may try: a range of whole numbers for each, every combination of which the catalogue accepts.

Ranges are kept apart (a fast average never reaches a slow one), so no trial is wasted on a combination that means nothing, and every parameter set
is as likely to be tried as any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.strategies.catalogue import create

_RANGE: Final = re.compile(r"([a-z_]+)=([0-9]{1,6}):([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Range:
    """A parameter and the least and greatest value to try, both inclusive."""

    name: str
    low: int
    high: int


Space = tuple[Range, ...]

DEFAULTS: Final[Mapping[str, Space]] = MappingProxyType({"moving_average_cross": (Range("fast", 2, 40), Range("slow", 50, 250))})


def space_of(strategy: str, text: str | None) -> Space:
    """The space that `text` (`fast=2:40,slow=50:250`) asks for, or the strategy's own; raises `ConfigurationError`."""
    space = DEFAULTS.get(strategy) if text is None else _parsed(text)
    if space is None:
        create(strategy, {})  # says so if there is no such strategy
        raise ConfigurationError(f"'{strategy}' has no parameter ranges of its own", "give them with --space NAME=LOW:HIGH,...")
    for corner in corners(space):
        create(strategy, corner)
    return space


def corners(space: Space) -> list[dict[str, int]]:
    """The extreme combinations: where the catalogue accepts these, it accepts what lies between."""
    return [dict(zip((each.name for each in space), values, strict=True)) for values in product(*((each.low, each.high) for each in space))]


def warm_up_bars(strategy: str, space: Space) -> int:
    """Bars that the slowest combination needs before its first opinion; all get as many."""
    return max(create(strategy, corner).warmup_bars for corner in corners(space))


def _parsed(text: str) -> Space:
    found = [_RANGE.fullmatch(part.strip()) for part in text.split(",")]
    space = tuple(Range(match[1], int(match[2]), int(match[3])) for match in found if match)
    if len(space) < len(found) or any(each.low > each.high for each in space) or len({each.name for each in space}) < len(space):
        raise ConfigurationError(f"--space '{text}' is not a list of ranges", "write it as fast=2:40,slow=50:250")
    return space
