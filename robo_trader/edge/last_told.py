"""A picture that was told some time ago, as of now: every age grown, and nothing shown as the present that is not.

Whoever answers probes must never wait for the parts it tells about, so it keeps what it was told last (`picture.as_json`) and lets it age in its own
hands. While the teller is silent, its sections turn stale; once it is known to be lost, they are unavailable, with the last word kept beside it.
"""

from __future__ import annotations

from typing import Any, Final, get_args, get_type_hints, is_typeddict

from robo_trader.edge.picture import NOTHING_YET, as_json
from robo_trader.edge.picture_values import VALUES
from robo_trader.errors import ProtocolError

FRESH_SECONDS_MAX: Final = 3.0
"""What was told longer ago is not the present, whatever its sections promised."""

Json = dict[str, Any]

NOTHING_TOLD: Final[Json] = as_json(NOTHING_YET, 0)
_KEYS: Final = {"source", "age_seconds", "state", "problem", "value"}


def checked(answer: object) -> Json:
    """The answer, if it is a picture; raises `ProtocolError`. A section whose value lacks a key is unavailable: nothing is guessed from the rest."""
    if not isinstance(answer, dict) or not isinstance(answer.get("sections"), dict):
        raise ProtocolError("the answer is no picture")
    for name in NOTHING_TOLD["sections"]:
        section = answer["sections"].get(name)
        if not isinstance(section, dict) or not section.keys() >= _KEYS:
            raise ProtocolError(f"the answer is no picture: section '{name}' is missing or incomplete")
    return {**answer, "sections": {name: _complete(name, section) for name, section in answer["sections"].items()}}


def as_of(told: Json, since_seconds: float, problem: str = "") -> Json:
    """`told`, when it is `since_seconds` old; `problem` says why it cannot be renewed, else it is empty."""
    return {**told, "sections": {name: _aged(section, since_seconds, problem) for name, section in told["sections"].items()}}


def _aged(section: Json, since_seconds: float, problem: str) -> Json:
    """One section, later."""
    age = section["age_seconds"]
    state = section["state"]
    if problem:
        state = "unavailable"
    elif state == "value" and since_seconds > FRESH_SECONDS_MAX:
        state = "stale"
    return {
        **section,
        "age_seconds": None if age is None else round(age + since_seconds, 3),
        "state": state,
        "problem": problem if problem and age is None else section["problem"] or problem,  # "not heard yet" explains less
    }


def _complete(name: str, section: Json) -> Json:
    """The section, unavailable if what it says is not whole."""
    absent = _absent(section["value"], VALUES[name]) if name in VALUES and section["state"] != "unavailable" else ""
    return {**section, "state": "unavailable", "problem": f"its answer has no '{absent}'"} if absent else section


def _absent(value: object, shape: type) -> str:
    """The first key of `shape` (a TypedDict) that `value` lacks, in its lines too; empty if it is whole."""
    if not isinstance(value, dict):
        return "value"
    for key, kind in get_type_hints(shape).items():
        if key not in value:
            return key
        for line_shape in filter(is_typeddict, get_args(kind)):
            if not isinstance(value[key], list):
                return key
            if lacking := next(filter(None, (_absent(line, line_shape) for line in value[key])), ""):
                return f"{key}.{lacking}"
    return ""
