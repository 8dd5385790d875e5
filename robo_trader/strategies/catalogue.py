"""Strategies by name, with validated parameters: what a configuration or a command line may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.strategies.moving_average_cross import MovingAverageCross
from robo_trader.strategies.strategy import Strategy

PERIOD_BARS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Listing:
    """How to build a strategy: the names of its parameters and the factory that validates them."""

    parameters: tuple[str, ...]
    factory: Callable[[Mapping[str, int]], Strategy]


def create(name: str, parameters: Mapping[str, object]) -> Strategy:
    """A new instance for one symbol; `ConfigurationError` names the parameter and what it may be."""
    listing = CATALOGUE.get(name)
    if listing is None:
        raise ConfigurationError(f"strategy '{name}' is not known", f"choose one of: {', '.join(sorted(CATALOGUE))}")
    _same_names(name, parameters, listing.parameters)
    return listing.factory({key: _whole(key, parameters[key]) for key in listing.parameters})


def _moving_average_cross(parameters: Mapping[str, int]) -> Strategy:
    fast = _period("fast", parameters["fast"])
    slow = _period("slow", parameters["slow"])
    if fast >= slow:
        raise ConfigurationError(f"fast is {fast} and slow is {slow}", "give fast fewer bars than slow")
    return MovingAverageCross(fast, slow)


def _same_names(name: str, given: Mapping[str, object], wanted: tuple[str, ...]) -> None:
    missing = [key for key in wanted if key not in given]
    unknown = sorted(key for key in given if key not in wanted)
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has no {', '.join(unknown)}"] * bool(unknown)
        raise ConfigurationError(f"strategy '{name}' {' and '.join(parts)}", f"give exactly: {', '.join(wanted)}")


def _whole(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"{key} is {value!r}", "give a whole number of bars")
    return value


def _period(key: str, value: int) -> int:
    if not 1 <= value <= PERIOD_BARS_MAX:
        raise ConfigurationError(f"{key} is {value}", f"give 1 to {PERIOD_BARS_MAX} bars")
    return value


CATALOGUE: Final[Mapping[str, Listing]] = MappingProxyType({MovingAverageCross.name: Listing(("fast", "slow"), _moving_average_cross)})
