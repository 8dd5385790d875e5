"""The exchange's settings and its switches from a file: one JSON object, every name of it optional.

    {"latency_ms": 40, "queue": true, "orders_meet": false, "margin_check": true, "commissions": "tiered",
     "shares_to_borrow": {"IBM": 0, "SPY": 5000}, "locate_seconds": {"AAPL": 90},
     "halts": [{"symbol": "SPY", "begin": "2026-03-02T10:30:00", "end": "2026-03-02T10:35:00"}],
     "rules": {"tells_preset": true}}

A time without a zone is New York's. `rules` switches what `sequences.Rules` names, true or false or a word, and what a gateway's own settings are:
`tick_size_duplicates` and `ledger_ends_apart` (true or false), `execution_times` (one of `time_words.TimeForm`), `master_client_id` (a client id, or
null). A file with a mistake is refused whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.hours import NEW_YORK
from robo_trader.simulated_gateway.sequences import LateModify, Rules
from robo_trader.simulated_gateway.settings import REAL_MANNERS, Manners
from robo_trader.simulated_gateway.time_words import TimeForm
from robo_trader.simulated_gateway.venue import Halt, Venue
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

Word = TypeVar("Word", bound=StrEnum)
NS_PER_MS: Final = NS_PER_SECOND // 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_venue(path: Path) -> Manners:
    """What a file says. Raises ConfigurationError that names the file and the mistake."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as broken:
        raise ConfigurationError(f"--venue {path} cannot be read ({broken.strerror})", "name a readable file") from None
    except ValueError as broken:
        raise ConfigurationError(f"--venue {path} is not JSON ({broken})", "write one JSON object") from None
    return parse(said)


def parse(said: object) -> Manners:
    """What an object says. Raises ConfigurationError."""
    if not isinstance(said, dict):
        raise _refused("the whole", said, "one object")
    unknown = sorted(said.keys() - _SETTINGS.keys() - {"rules"})
    if unknown:
        raise _refused("the name", unknown[0], f"one of {', '.join([*_SETTINGS, 'rules'])}")
    given = {}
    for name, value in said.items():
        if name != "rules":
            field, read = _SETTINGS[name]
            given[field] = read(name, value)
    return replace(_rules(said.get("rules", {})), venue=Venue(**given))


def _refused(name: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"{name} {json.dumps(value)} of --venue is not acceptable", f"give {remedy}")


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refused(name, value, "a whole number")
    return value


def _milliseconds(name: str, value: object) -> int:
    return _whole(name, value) * NS_PER_MS


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refused(name, value, "true or false")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refused(name, value, "a text")
    return value


def _by_symbol(name: str, value: object) -> Mapping[Symbol, int]:
    if not isinstance(value, dict):
        raise _refused(name, value, "an object of symbols and numbers")
    return {Symbol(symbol): _whole(f"{name} of {symbol}", number) for symbol, number in value.items()}


def _halts(name: str, value: object) -> tuple[Halt, ...]:
    if not isinstance(value, list):
        raise _refused(name, value, "a list of halts")
    return tuple(_halt(one) for one in value)


def _halt(said: object) -> Halt:
    if not isinstance(said, dict) or said.keys() != {"symbol", "begin", "end"}:
        raise _refused("the halt", said, "symbol, begin and end")
    return Halt(Symbol(_text("symbol", said["symbol"])), _instant(said["begin"]), _instant(said["end"]))


def _instant(said: object) -> Instant:
    try:
        moment = datetime.fromisoformat(_text("the time", said))
    except ValueError:
        raise _refused("the time", said, "an ISO date and time such as 2026-03-02T10:30:00") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=NEW_YORK)
    return Instant((aware - _EPOCH) // timedelta(microseconds=1) * 1000)


def _rules(said: object) -> Manners:
    of_sequences: dict[str, Callable[[str, object], Any]] = {field.name: _switch for field in fields(Rules)} | _OF_SEQUENCES
    names = [*of_sequences, *_OF_GATEWAYS]
    if not isinstance(said, dict):
        raise _refused("rules", said, "an object of switches")
    for name in said:
        if name not in names:
            raise _refused("the rule", name, f"one of {', '.join(names)}")
    rules = Rules(**{name: of_sequences[name](name, value) for name, value in said.items() if name in of_sequences})
    return replace(REAL_MANNERS, rules=rules, **{name: _OF_GATEWAYS[name](name, value) for name, value in said.items() if name in _OF_GATEWAYS})


def _one_of(words: type[Word]) -> Callable[[str, object], Word]:
    def read(name: str, value: object) -> Word:
        found = next((word for word in words if word == value), None)
        if found is None:
            raise _refused(name, value, f"one of {', '.join(words)}")
        return found

    return read


def _client_id(name: str, value: object) -> int | None:
    return None if value is None else _whole(name, value)


_OF_SEQUENCES: Final[dict[str, Callable[[str, object], Any]]] = {"modify_of_filled": _one_of(LateModify)}
_OF_GATEWAYS: Final[dict[str, Callable[[str, object], Any]]] = {
    "tick_size_duplicates": _switch,
    "execution_times": _one_of(TimeForm),
    "master_client_id": _client_id,
    "ledger_ends_apart": _switch,
}
_SETTINGS: Final[dict[str, tuple[str, Callable[[str, object], Any]]]] = {
    "latency_ms": ("latency_ns", _milliseconds),
    "queue": ("queue", _switch),
    "orders_meet": ("orders_meet", _switch),
    "margin_check": ("margin_check", _switch),
    "commissions": ("commissions", _text),
    "shares_to_borrow": ("shares_to_borrow", _by_symbol),
    "locate_seconds": ("locate_seconds", _by_symbol),
    "halts": ("halts", _halts),
}
