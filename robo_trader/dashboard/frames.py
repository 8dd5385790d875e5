"""A picture as text: JSON, and the frames of a server-sent event stream.

A section that cannot be written as strict JSON becomes unavailable and says so; the other sections do not suffer for it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from robo_trader.edge.picture import Json, Picture, as_json

RETRY_MILLISECONDS: Final = 1000
"""How long a browser waits before it connects again."""


def text_of(picture: Picture, now_ns: int) -> str:
    """The picture at `now_ns` (CLOCK_BOOTTIME) as one line of JSON."""
    told = as_json(picture, now_ns)
    sections = ",".join(f"{_dumps(name)}:{_section(section)}" for name, section in told["sections"].items())
    return f'{{"system":{_dumps(told["system"])},"taken_at":{_dumps(told["taken_at"])},"sections":{{{sections}}}}}'


def frame(number: int, line: str) -> bytes:
    """One event of the stream; `line` has no line break, which would end it."""
    assert "\n" not in line, "a line break ends an event's data"
    assert "\r" not in line, "a line break ends an event's data"
    return f"id: {number}\nretry: {RETRY_MILLISECONDS}\ndata: {line}\n\n".encode()


def _section(section: Json) -> str:
    """One section; NaN and things that are no JSON are refused, because a browser would reject the whole picture."""
    try:
        return _dumps(section)
    except (TypeError, ValueError) as broken:
        return _dumps(section | {"state": "unavailable", "problem": section["problem"] or f"its answer is not JSON: {broken}", "value": {}})


def _dumps(thing: Any) -> str:  # noqa: ANN401 -- whatever a section holds
    """Strict, compact JSON on one line."""
    return json.dumps(thing, allow_nan=False, separators=(",", ":"))
