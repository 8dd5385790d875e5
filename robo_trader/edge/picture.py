"""The picture of a system that people are shown: sections, each told by one source, each with the instant of its answer.

The dashboard and `robo-trader status` draw this and nothing else. A section says what its source said, or why the source could not be heard; there is
no third thing to show, so no figure can stand in for one that is missing. A section in which zero is written means zero; what is not known is None.

Ages inside a value (`*_seconds`, `ages`) are as of `taken_ns`: whoever shows them later adds the section's own age. Money is text.
Instants are ISO text in UTC. Which keys each section's value has stands in `picture_values`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from robo_trader.edge.picture_values import VALUES
from robo_trader.values import NS_PER_SECOND

AHEAD_SECONDS_MAX: Final = 1.0
"""An answer dated later than this from now comes from another boot's clock: its age is not known."""

SECTIONS: Final = tuple(VALUES)
"""Every picture has these; one that nobody filled is unavailable."""

NOT_HEARD: Final = "nothing was heard of it yet"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """What one source said. `taken_ns` is CLOCK_BOOTTIME of its answer, 0 before the first; `problem` says why it cannot be heard now.

    With a problem, `value` is the last thing it said, which may be shown only as that.
    """

    source: str
    taken_ns: int
    stale_after_seconds: float
    problem: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """All sections of a system by name; `taken_at` is ISO text in UTC."""

    system: str
    taken_at: str
    sections: Mapping[str, Section]


NOTHING_YET: Final = Picture("", "", {})

_MONEY: Final = ("cash_change", "commissions", "realised")
_COUNTS: Final = ("orders", "stops", "fills", "refusals", "unknown")
_OF_THE_DESK: Final = ("books", "external", *_MONEY, *_COUNTS, "reconciled", "journal")


def with_problem(picture: Picture, problem: str) -> Picture:
    """The same picture when it can no longer be renewed: every section keeps what was said last and has a problem (its own, if it had one)."""
    names = dict.fromkeys((*SECTIONS, *picture.sections))
    known = {name: picture.sections.get(name, _missing(name, problem)) for name in names}
    return replace(picture, sections={name: section if section.problem else replace(section, problem=problem) for name, section in known.items()})


def as_json(picture: Picture, now_ns: int) -> Json:
    """The picture at `now_ns` (CLOCK_BOOTTIME), for JSON: each section with its age in seconds and one state of value, stale, unavailable."""
    names = dict.fromkeys((*SECTIONS, *picture.sections))
    return {
        "system": picture.system,
        "taken_at": picture.taken_at,
        "sections": {name: _section(picture.sections.get(name, _missing(name, NOT_HEARD)), now_ns) for name in names},
    }


def flatten(told: Json) -> Json:
    """The one-level object of `robo-trader status --json`, from what `as_json` told.

    Facts of an unavailable section are None, and so is everything that would be taken for a sign of life from a stale one (`state` says "stale",
    `connected` is None). `alerts` are everybody's, and end with a line for each source that cannot be heard.
    """
    sections = told["sections"]
    desk, gateway, tree, stops = (_heard(sections, name) for name in ("desk", "gateway", "tree", "stop_controller"))
    return {
        "state": desk.get("state") if _fresh(sections, "desk") else sections["desk"]["state"],
        "system": told["system"],
        "epoch": gateway.get("epoch"),
        "market_time": gateway.get("market_time"),
        "session": gateway.get("session"),
        **{key: desk.get(key) for key in _OF_THE_DESK},
        "cash": gateway.get("cash"),
        "halts": _halts(sections),
        "alerts": [*tree.get("alerts", ()), *stops.get("alarms", ()), *desk.get("alerts", ()), *_silences(sections.values())],
        "ages": _grown(gateway.get("ages"), sections["gateway"]["age_seconds"]),
        "gateway": {
            "host": gateway.get("host"),
            "port": gateway.get("port"),
            "connected": gateway.get("connected") if _fresh(sections, "gateway") else None,
        },
        "actors": tree.get("actors"),
        "ports": tree.get("ports"),
    }


def _missing(name: str, problem: str) -> Section:
    """The section of a source that never spoke."""
    return Section(source=name, taken_ns=0, stale_after_seconds=0.0, problem=problem, value={})


def _section(section: Section, now_ns: int) -> Json:
    """One section with its age and state."""
    age = (now_ns - section.taken_ns) / NS_PER_SECOND if section.taken_ns else None
    problem = section.problem
    if age is not None and age < -AHEAD_SECONDS_MAX:
        age, problem = None, problem or "its answer is dated by another machine's clock"
    if age is None:
        state, problem = "unavailable", problem or NOT_HEARD
    else:
        age = max(0.0, round(age, 3))
        state = "unavailable" if problem else "stale" if age > section.stale_after_seconds else "value"
    return {"source": section.source, "age_seconds": age, "state": state, "problem": problem, "value": dict(section.value)}


def _fresh(sections: Json, name: str) -> bool:
    """Whether the section may be read as the present."""
    return bool(sections[name]["state"] == "value")


def _heard(sections: Json, name: str) -> Json:
    """The section's value, empty while its source cannot be heard."""
    section = sections[name]
    return {} if section["state"] == "unavailable" else section["value"]


def _halts(sections: Json) -> list[Json] | None:
    """Halts that the desk or the fence knows of, once each; None while neither can be heard, because silence is not 'no halts'."""
    told = [_heard(sections, name).get("halts") for name in ("desk", "stop_controller")]
    if all(halts is None for halts in told):
        return None
    return list({halt["id"]: halt for halts in told for halt in halts or ()}.values())


def _silences(sections: Iterable[Json]) -> list[str]:
    """A line for each source that cannot be heard."""
    return [f"warning: {s['source']} is unavailable: {s['problem']}" for s in sections if s["state"] == "unavailable"]


def _grown(ages: Mapping[str, float | None] | None, by_seconds: float | None) -> dict[str, float | None] | None:
    """Ages as of now: those of the answer, plus the answer's own."""
    if ages is None:
        return None
    return {name: None if age is None or by_seconds is None else round(age + by_seconds, 3) for name, age in ages.items()}
