"""How a system is, judged from the work that was done: the age of the last packet, bar and sweep, the phase and heartbeat of each process.

A part is up only if somebody was heard who says so, and said so just now. Of what was not heard, or is not the present any more, nothing is known;
and UNKNOWN is not well. No bar while the market is closed is no fault, and neither is a halt that a person raised: it is told as degraded. Critical
is what leaves money without care: shares without a stop, a core process that was given up, everything halted by the system itself.

Pure: the same picture and the same machine always give the same verdict. Ages are seconds, as of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from robo_trader.edge.picture import flatten

HEARTBEAT_SECONDS_MAX: Final = 5.0
PACKET_SECONDS_MAX: Final = 30.0
"""The look at open orders and positions alone makes the broker answer every 10 s."""
SWEEP_SECONDS_MAX: Final = 60.0
BAR_SECONDS_MAX: Final = 20.0
UNCOVERED_SECONDS_MAX: Final = 5.0
"""A stop is on its way that long after a fill."""
MACHINE_PERCENT_MAX: Final = {"cpu_percent": 90.0, "memory_percent": 90.0, "disk_percent": 95.0}
CORE: Final = ("broker_gateway", "risk_desk", "stop_controller")
HOSTS: Final = "strategies"
"""The group of the strategy hosts in the tree."""
SPARED: Final = frozenset({"dashboard"})
"""Without these, people see less and trade goes on: the whole is degraded, not unhealthy."""
BY_PEOPLE: Final = ("halt-", "stop-", "restrict-")
"""How ids of halts begin that a person raised."""

Json = dict[str, Any]
Status = Literal["up", "degraded", "unknown", "down"]
Overall = Literal["healthy", "degraded", "unhealthy", "critical"]
_RANKS: Final[tuple[Status, ...]] = ("up", "degraded", "unknown", "down")
_DEGRADED_STATES: Final = frozenset({"halted", "draining", "reconciling", "waiting for gateway"})


@dataclass(frozen=True, slots=True)
class Component:
    """One part. `age_seconds` is since the work that it was judged by, None if there was none; `critical` makes the whole critical."""

    status: Status
    message: str = ""
    age_seconds: float | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    critical: bool = False

    def and_also(self, status: Status, message: str, *, critical: bool = False) -> Component:
        """The same part with one more thing found: the worse status, and both messages."""
        worse = max(self.status, status, key=_RANKS.index)
        return replace(self, status=worse, message=" · ".join(filter(None, (self.message, message))), critical=self.critical or critical)


@dataclass(frozen=True, slots=True)
class Health:
    """The whole, and its parts by name."""

    status: Overall
    components: Mapping[str, Component]

    @property
    def http_status(self) -> int:
        """200 while healthy or degraded."""
        return 200 if self.status in ("healthy", "degraded") else 503

    def as_json(self, timestamp: str) -> Json:
        """For JSON; `timestamp` is ISO text."""
        parts = {
            name: {"status": part.status, "message": part.message, "age_seconds": part.age_seconds, "metrics": dict(part.metrics)}
            for name, part in self.components.items()
        }
        return {"status": self.status, "timestamp": timestamp, "components": parts, "http_status": self.http_status}


def judge(told: Json, machine: Mapping[str, float | None]) -> Health:
    """The verdict on a picture as `picture.as_json` tells it; `machine` has the percentages of the machine, None or missing if not measured."""
    sections = told["sections"]
    names = [str(actor["name"]) for actor in _actors(sections) if actor["group"] == HOSTS]
    parts = {
        "broker_gateway": _gateway(_process(sections, "broker_gateway"), sections["gateway"]),
        "risk_desk": _desk(_process(sections, "risk_desk"), told),
        "stop_controller": _stops(_process(sections, "stop_controller"), sections["stop_controller"]),
        **{name: _process(sections, name) for name in names or ["strategy_host"]},
        "alerting": _alerting(_process(sections, "alerting"), sections["alerting"]),
        "dashboard": _process(sections, "dashboard"),
        "journal": _journal(sections["desk"]),
        "market_data": _market_data(sections["gateway"]),
        "system": _machine(machine),
    }
    return Health(_overall(parts), parts)


def not_ready(told: Json) -> list[str]:
    """Why the system should not be counted on to trade, a sentence each; empty while it is ready."""
    sections = told["sections"]
    reasons = [
        f"{name} cannot be counted on: {silence}" for name in ("tree", "gateway", "desk", "stop_controller") if (silence := _silence(sections, name))
    ]
    for name in CORE if not _silence(sections, "tree") else ():
        process = _process(sections, name)
        if process.status != "up":
            reasons.append(f"core actor {name} does not work: {process.message}")
    gateway = sections["gateway"]["value"] if not _silence(sections, "gateway") else {}
    if gateway and not gateway["connected"]:
        reasons.append(f"there is no session with the broker's gateway at {gateway['host']}:{gateway['port']}")
    if gateway and not gateway["lease_valid"]:
        reasons.append("the lease of the broker_gateway is not valid")
    desk = sections["desk"]["value"] if not _silence(sections, "desk") else {}
    symbols = [str(line["book"]).rpartition("/")[2] for line in desk.get("books", ())]
    reasons += [f"{symbol} is not reconciled with the broker" for symbol in dict.fromkeys(symbols) if symbol not in desk["reconciled"]]
    if desk.get("state") in _DEGRADED_STATES - {"halted"}:
        reasons.append(f"the desk is {desk['state']}")
    everything = [halt for halt in flatten(told)["halts"] or () if halt["scope"] == "all"]
    return reasons + [f"halt {halt['id']} ({halt['level']}) of everything stands, by {halt['by']}: {halt['reason']}" for halt in everything]


def _actors(sections: Json) -> list[Json]:
    """The tree's processes as they were heard last, whether that is the present or not."""
    return list(sections["tree"]["value"].get("actors", ()))


def _silence(sections: Json, name: str) -> str:
    """Why a section does not tell the present; empty if it does."""
    section = sections[name]
    if section["state"] == "value":
        return ""
    return str(section["problem"] or f"its last word is {section['age_seconds']:g} s old")


def _process(sections: Json, name: str) -> Component:
    """One process, by what its supervisor says."""
    if silence := _silence(sections, "tree"):
        return Component("unknown", f"the tree is silent: {silence}")
    line = next((actor for actor in _actors(sections) if actor["name"] == name), None)
    if line is None:
        return Component("unknown", "there is no such process in the tree")
    metrics = {"epoch": line["epoch"], "restarts": line["restarts"]}
    age = _later(line["heartbeat_age_seconds"], sections["tree"])
    if line["phase"] != "running":
        why = f"{line['phase']}: {line['last_reason'] or line['last_cause'] or 'no reason known'}"
        return Component("down", why, age, metrics, critical=line["phase"] == "given_up" and name in CORE)
    if age is None:
        return Component("unknown", "no heartbeat yet", None, metrics)
    if age > HEARTBEAT_SECONDS_MAX:
        return Component("down", f"no heartbeat for {age:g} s", age, metrics)
    return Component("up", "", age, metrics)


def _gateway(process: Component, section: Json) -> Component:
    """The session with the broker."""
    if section["state"] != "value":
        return process.and_also("unknown", _unheard(section))
    told = section["value"]
    ages = {name: _later(told["ages"].get(name), section) for name in ("packet", "sweep")}
    found = replace(
        process, age_seconds=ages["packet"], metrics={**process.metrics, "connected": told["connected"], "lease_valid": told["lease_valid"]}
    )
    if not told["connected"]:
        found = found.and_also("down", f"no session with {told['host']}:{told['port']}")
    if not told["lease_valid"]:
        found = found.and_also("down", "its lease is not valid")
    found = _by_age(found, "packet", ages["packet"], PACKET_SECONDS_MAX, "down")
    return _by_age(found, "sweep", ages["sweep"], SWEEP_SECONDS_MAX, "degraded")


def _desk(process: Component, told: Json) -> Component:
    """The desk, and what halts it."""
    section = told["sections"]["desk"]
    if section["state"] != "value":
        found = process.and_also("unknown", _unheard(section))
    else:
        desk = section["value"]
        state: Status = "up" if desk["state"] == "trading" else "degraded" if desk["state"] in _DEGRADED_STATES else "unknown"
        found = replace(process, age_seconds=section["age_seconds"], metrics={**process.metrics, "state": desk["state"], "unknown": desk["unknown"]})
        found = found.and_also(state, "" if state == "up" else str(desk["state"]))
        if desk["unknown"]:
            found = found.and_also("degraded", f"the outcome of {desk['unknown']} orders is unknown")
    for halt in flatten(told)["halts"] or ():
        own = halt["scope"] == "all" and not halt["id"].startswith(BY_PEOPLE)
        what = f"{halt['scope']} {halt['target']}".strip()
        found = found.and_also("degraded", f"halt {halt['id']} ({halt['level']}, {what}) by {halt['by']}: {halt['reason']}", critical=own)
    return found


def _stops(process: Component, section: Json) -> Component:
    """Whether every share has its stop."""
    if section["state"] != "value":
        return process.and_also("unknown", _unheard(section))
    lines = section["value"]["symbols"]
    bare = {line["symbol"]: max(0, abs(line["position"]) - line["covered"]) for line in lines}
    found = replace(process, age_seconds=section["age_seconds"], metrics={**process.metrics, "uncovered_shares": sum(bare.values())})
    for line in lines:
        since = _later(line["uncovered_seconds"], section)
        if bare[line["symbol"]] and since is not None and since > UNCOVERED_SECONDS_MAX:
            found = found.and_also("down", f"{bare[line['symbol']]} shares of {line['symbol']} have no stop since {since:g} s", critical=True)
    for alarm in section["value"]["alarms"]:
        found = found.and_also("degraded", str(alarm))
    return found


def _alerting(process: Component, section: Json) -> Component:
    """Whether people can be told."""
    if section["state"] != "value":
        return process.and_also("unknown", _unheard(section))
    counts = {name: section["value"][name] for name in ("sent", "failed")}
    return replace(process, metrics={**process.metrics, **counts})


def _journal(section: Json) -> Component:
    """The journal, by the word of the one who writes it."""
    if section["state"] != "value":
        return Component("unknown", _unheard(section))
    word = section["value"]["journal"]
    return Component("up" if word == "ok" else "down", "" if word == "ok" else str(word), section["age_seconds"])


def _market_data(section: Json) -> Component:
    """Bars, while the market makes any."""
    if section["state"] != "value":
        return Component("unknown", _unheard(section))
    age = _later(section["value"]["ages"].get("bar"), section)
    found = Component("up", "", age, {"session": section["value"]["session"], "quarantined": sum(section["value"]["quarantined"].values())})
    if section["value"]["session"] == "closed":
        return replace(found, message="the market is closed")
    return _by_age(found, "bar", age, BAR_SECONDS_MAX, "down")


def _machine(machine: Mapping[str, float | None]) -> Component:
    """Processors, memory and disk."""
    found = Component("up", "", 0.0, dict(machine))
    for name, most in MACHINE_PERCENT_MAX.items():
        percent = machine.get(name)
        if percent is not None and percent > most:
            found = found.and_also("degraded", f"{name} is {percent:g}, above {most:g}")
        elif percent is None and name != "cpu_percent":  # a rate, known from the second reading on
            found = found.and_also("unknown", f"{name} is not known")
    return found


def _by_age(part: Component, what: str, age: float | None, most: float, then: Status) -> Component:
    """The part, judged by how long ago it did its work."""
    if age is None:
        return part.and_also("unknown", f"no {what} yet")
    return part.and_also(then, f"no {what} for {age:g} s") if age > most else part


def _later(age: float | None, section: Json) -> float | None:
    """An age inside a section's value, as of now."""
    return None if age is None or section["age_seconds"] is None else round(age + section["age_seconds"], 3)


def _unheard(section: Json) -> str:
    """Why nothing is known."""
    return f"nothing heard from it now: {section['problem'] or f'''last {section['age_seconds']:g} s ago'''}"


def _overall(parts: Mapping[str, Component]) -> Overall:
    """The whole, by its worst part."""
    if any(part.critical for part in parts.values()):
        return "critical"
    if any(part.status in ("down", "unknown") for name, part in parts.items() if name not in SPARED):
        return "unhealthy"
    return "healthy" if all(part.status == "up" for part in parts.values()) else "degraded"
