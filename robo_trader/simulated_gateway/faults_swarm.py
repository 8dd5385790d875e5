"""A bad day drawn from a seed: the lines of a scenario file, the same for the same seed, days and symbols.

A swarm first draws which kinds of fault it has at all, and then draws from those alone: days with few kinds of trouble find what days with a little
of everything hide. Parameters stay within bounds in which a day can still be traded; a file written by hand may go further. Wall seconds set nothing
off here, for a market at speed has no use for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from robo_trader.simulated_gateway.fault_kinds import KINDS
from robo_trader.simulated_gateway.fault_parameters import CANCEL, FILL, MARKET_TIME, ORDER, TICKER, Fault, Number, Takes, Word, YesNo

FAULTS_A_DAY: Final = (4, 12)
ORDINAL_A_DAY_MAX: Final = 12
TEXT: Final = "drawn from a seed"
_OPEN: Final = time(9, 30)
_SESSION_SECONDS: Final = 23_400
_SATURDAY: Final = 5
_TRIGGERS: Final = (ORDER, CANCEL, FILL, MARKET_TIME)
_MOST: Final[dict[str, float]] = {
    "times": 5,
    "copies": 3,
    "seconds": 8,
    "market_seconds": 120,
    "zombie_seconds": 4,
    "rolled_back_by": 20,
    "quantity": 200,
    "away_percent": 5,
    "price_off": 1,
    "piece_bytes": 512,
    "pause_milliseconds": 1,
    "noise_bytes": 4_096,
    "per_second": 2_000,
    "messages_per_second": 50,
    "off_seconds": 3_600,
}
_CODES: Final[dict[str, Sequence[int]]] = {
    "reject_order": (110, 201, 203, 321, 460, 10052),
    "reject_cancel": (135, 161, 10147, 10148),
    "notice": (1300, 2100, 2103, 2105, 2107, 2108, 2110, 2119, 2157),
}


def swarm(seed: int, first: date, days: int, symbols: Sequence[str]) -> tuple[str, ...]:
    """The scenario of a seed: a line for people, and then faults, on so many weekdays from `first` on."""
    chance = Random(f"faults:{seed}")  # noqa: S311 - a market, not secrets
    names = [name for name in KINDS if chance.random() < 1 / 2] or [chance.choice(list(KINDS))]
    draw = _Draw(chance, symbols)
    faults = [
        draw.fault(chance.choice(names), day, ORDINAL_A_DAY_MAX * number)
        for number, day in enumerate(_weekdays(first, days), start=1)
        for _ in range(chance.randint(*FAULTS_A_DAY))
    ]
    return (f"# the swarm of seed {seed}: {days} days from {first}, {','.join(symbols)}", *map(json.dumps, faults))


def _weekdays(first: date, days: int) -> Iterator[date]:
    day = first
    for _ in range(days):
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
        yield day
        day += timedelta(days=1)


class _Draw:
    """Draws one fault."""

    def __init__(self, chance: Random, symbols: Sequence[str]) -> None:
        self._chance = chance
        self._symbols = symbols

    def fault(self, name: str, day: date, ordinal_max: int) -> dict[str, Any]:
        kind = KINDS[name]
        return {"fault": name, "when": self._when(kind, day, ordinal_max), **self._parameters(name, kind)}

    def _when(self, kind: type[Fault], day: date, ordinal_max: int) -> dict[str, Any]:
        trigger = self._chance.choice([trigger for trigger in _TRIGGERS if trigger in kind.triggers])
        if trigger == MARKET_TIME:
            at = datetime.combine(day, _OPEN) + timedelta(seconds=self._chance.randrange(_SESSION_SECONDS))
            return {MARKET_TIME: at.isoformat()}
        when: dict[str, Any] = {trigger: self._chance.randint(1, ordinal_max)}
        if self._chance.random() < 1 / 4:
            when["side"] = self._chance.choice(("BUY", "SELL"))
        return when

    def _parameters(self, name: str, kind: type[Fault]) -> dict[str, Any]:
        """As drawn, or left to the default; whom a fault of connections concerns is always left, and so is a text that has one."""
        said = {}
        for parameter in fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
            takes, required = parameter.metadata["takes"], parameter.default is MISSING
            most = _MOST.get(parameter.name)
            too_much = most is not None and isinstance(parameter.default, int | float) and parameter.default > most
            if parameter.name == "client" or not (required or too_much or self._chance.random() < 1 / 2):
                continue
            drawn = self._value(name, parameter.name, takes)
            if drawn is not None:
                said[parameter.name] = drawn
            elif required:
                said[parameter.name] = TEXT
        return said

    def _value(self, name: str, parameter: str, takes: Takes) -> object:
        """A value that the parameter takes; None for a text."""
        if parameter == "code":
            return self._chance.choice(_CODES[name])
        if takes is TICKER:
            return self._chance.choice(self._symbols)
        match takes:
            case Number():
                return self._number(takes, min(takes.most, _MOST.get(parameter, takes.most)))
            case Word():
                return self._chance.choice(takes.words)
            case YesNo():
                return self._chance.random() < 1 / 2
        return None

    def _number(self, takes: Number, most: float) -> float:
        """Small numbers as often as large ones, where none is below zero."""
        least, chance = max(takes.least, -most), self._chance.random()
        drawn = least + (most - least) * chance if least < 0 else least + (most - least + 1) ** chance - 1
        return min(round(most), max(round(least), round(drawn))) if takes.whole else round(min(most, max(least, drawn)), 3)
