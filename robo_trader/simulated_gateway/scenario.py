"""A day's misfortunes, written down: one JSON object a line, each a fault and what sets it off, read once and checked whole before anything starts.

    {"fault": "swallow_order", "when": {"order": 2, "purpose": "enter"}}
    {"fault": "restart", "when": {"market_time": "2026-03-02T11:00:00"}, "seconds": 5, "next_valid_id": "rolled_back", "zombie_seconds": 3}

`when` names one trigger. `order`, `cancel` and `fill` count what arrives (from 1, from the gateway's start), of those alone that pass the filters
beside them; `market_time` is New York's wall clock where it names no zone; `wall_seconds` is process time since the gateway's start. Empty lines and
lines that begin with # are for people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.fault_kinds import KINDS
from robo_trader.simulated_gateway.fault_parameters import (
    CANCEL,
    CLIENT_MAX,
    DAY_SECONDS,
    FILL,
    MARKET_TIME,
    ORDER,
    TICKER,
    WALL_SECONDS,
    Fault,
    Number,
    Takes,
    Word,
)
from robo_trader.simulated_gateway.hours import NEW_YORK
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.values import Instant

FAULTS_MAX: Final = 10_000
COUNT_MAX: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
COUNTED: Final = (ORDER, CANCEL, FILL)
TRIGGERS: Final[dict[str, Takes | None]] = {
    **dict.fromkeys(COUNTED, Number(1, COUNT_MAX)),
    MARKET_TIME: None,
    WALL_SECONDS: Number(0, DAY_SECONDS, whole=False),
}
FILTERS: Final[dict[str, Takes]] = {
    "side": Word(("BUY", "SELL")),
    "kind": Word(("MKT", "LMT", "STP")),
    "purpose": Word(("enter", "exit", "protect")),
    "symbol": TICKER,
    "client": Number(0, CLIENT_MAX),
}


@dataclass(frozen=True, slots=True)
class When:
    """What sets a fault off: `trigger` at `at`, of what passes the filters.

    `at` is a count, an instant of the market in nanoseconds (whole, an int), or seconds of process time.
    """

    trigger: str
    at: float
    filters: tuple[tuple[str, object], ...] = ()

    def passes(self, ticket: Ticket) -> bool:
        """Whether this order counts."""
        facts = {
            "side": ticket.side.value,
            "kind": ticket.order_type,
            "purpose": purpose_of(ticket),
            "symbol": ticket.symbol,
            "client": ticket.client_id,
        }
        return all(facts[name] == wanted for name, wanted in self.filters)


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of a scenario."""

    fault: Fault
    when: When


def purpose_of(ticket: Ticket) -> str:
    """What an order is for, judged from outside: a stop protects, what is born into an OCA group leaves, the rest enters."""
    if ticket.order_type == "STP":
        return "protect"
    return "exit" if ticket.oca_group else "enter"


def read_scenario(path: Path) -> tuple[Planned, ...]:
    """The scenario of a file. Raises ConfigurationError that names the file, or its line and field, and the remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        cause = broken.strerror if isinstance(broken, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"--scenario {path} cannot be read ({cause})", "name a readable file of JSON lines") from None
    return parse(text.splitlines())


def parse(lines: Iterable[str]) -> tuple[Planned, ...]:
    """The scenario of these lines. Raises ConfigurationError that names the line, the field and the remedy."""
    told = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")]
    if len(told) > FAULTS_MAX:
        raise ConfigurationError(f"--scenario has {len(told)} faults", f"write at most {FAULTS_MAX}")
    return tuple(_Line(number).planned(line) for number, line in told)


class _Line:
    """One line, so that every complaint names it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def planned(self, text: str) -> Planned:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            self._refuse("it is not a JSON object", 'write {"fault": ..., "when": {...}} on one line')
        name = said.pop("fault", None)
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            self._refuse(f"field 'fault' is {name!r}", f"choose one of {', '.join(KINDS)}")
        when = self._when(said.pop("when", None), str(name), kind)
        return Planned(kind(**self._parameters(said, str(name), kind)), when)

    def _refuse(self, cause: str, remedy: str) -> NoReturn:
        raise ConfigurationError(f"--scenario, line {self._number}: {cause}", remedy)

    def _check(self, field: str, value: object, takes: Takes) -> None:
        if not takes.takes(value):
            self._refuse(f"field '{field}' is {value!r}", f"give {takes}")

    def _parameters(self, said: dict[str, Any], name: str, kind: type[Fault]) -> dict[str, Any]:
        known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
        for field, value in said.items():
            if field not in known:
                self._refuse(f"{name} has no field '{field}'", f"leave it out, or choose one of {', '.join(known) or 'none'}")
            self._check(field, value, known[field].metadata["takes"])
        for field, facts in known.items():
            if facts.default is MISSING and field not in said:
                self._refuse(f"{name} has no '{field}'", f"add it: {facts.metadata['takes']}")
        return said

    def _when(self, said: object, name: str, kind: type[Fault]) -> When:
        if not isinstance(said, dict):
            self._refuse(f"field 'when' is {said!r}", f'write "when": {{...}} with one of {_listed(kind)}')
        triggers = [field for field in said if field in TRIGGERS]
        if len(triggers) != 1 or triggers[0] not in kind.triggers:
            self._refuse(f"field 'when' names {' and '.join(triggers) or 'no trigger'}", f"{name} takes one of {_listed(kind)}")
        (trigger,) = triggers
        filters = {field: value for field, value in said.items() if field != trigger}
        for field, value in filters.items():
            if field not in FILTERS or trigger not in COUNTED:
                self._refuse(f"field 'when' has '{field}' beside '{trigger}'", f"filters are {', '.join(FILTERS)}, beside {', '.join(COUNTED)}")
            self._check(f"when.{field}", value, FILTERS[field])
        return When(trigger, self._due(trigger, said[trigger]), tuple(sorted(filters.items())))

    def _due(self, trigger: str, value: object) -> float:
        takes = TRIGGERS[trigger]
        if takes is not None:
            self._check(f"when.{trigger}", value, takes)
            assert isinstance(value, int | float), "numbers alone pass the check of a number"
            return value
        instant = market_instant(value) if isinstance(value, str) else None
        if instant is None:
            self._refuse(
                f"field 'when.{trigger}' is {value!r}", "give a date and time such as 2026-03-02T10:30:00, New York's where no zone is named"
            )
        return instant


def _listed(kind: type[Fault]) -> str:
    return ", ".join(trigger for trigger in TRIGGERS if trigger in kind.triggers)


def market_instant(text: str) -> Instant | None:
    """The instant that an ISO date and time names; None if it names none."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    if "T" not in text and " " not in text:
        return None
    aware = wall if wall.tzinfo is not None else wall.replace(tzinfo=NEW_YORK)
    return Instant((aware.astimezone(UTC) - _EPOCH) // _MICROSECOND * 1000)
