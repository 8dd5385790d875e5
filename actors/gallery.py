"""What everybody said last: the picture of the system, each section with its source and the instant of its answer, and everybody's alerts.

Nothing is computed here that a source has not said. Whoever is silent keeps what it said, with the reason of its silence beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from actors.alert_log import AlertLog
from actors.family import Family
from actors.messages import DESK, GATEWAY, HOST_PREFIX, STOPS
from robo_trader.edge.picture import Picture, Section
from robo_trader.supervision.child import ChildState
from robo_trader.values import NS_PER_SECOND

STALE_AFTER_SECONDS: Final = 2.0
COST_EVERY_SECONDS: Final = 30.0
ALERTS_KEPT_MAX: Final = 1000
SECTION_OF: Final = {DESK: "desk", GATEWAY: "gateway", STOPS: "stop_controller", "alerting": "alerting"}


class Gallery:
    """The last answers by actor."""

    def __init__(self, system: str, ports: Mapping[str, int]) -> None:
        self._system, self._ports = system, dict(ports)
        self._said: dict[str, dict[str, Any]] = {}
        self._cost: Section | None = None
        self._silence: dict[str, str] = {}
        self._alerts: deque[tuple[str, int, dict[str, Any]]] = deque(maxlen=ALERTS_KEPT_MAX)

    def heard(self, name: str, epoch: int, answer: dict[str, Any]) -> None:
        """An actor answered a look."""
        self._said[name] = answer
        self._silence.pop(name, None)
        self._alerts.extend((name, epoch, alert) for alert in answer["alerts"])

    def cost(self, taken_ns: int, value: dict[str, Any]) -> None:
        """What the processes cost, measured at `taken_ns`."""
        self._cost = Section("root", taken_ns, COST_EVERY_SECONDS * 2, "", value)

    def silent(self, name: str, why: str) -> None:
        """An actor cannot be heard."""
        self._silence[name] = why

    def value(self, name: str) -> Mapping[str, Any]:
        """What an actor said last; empty if nothing."""
        said = self._said.get(name)
        return {} if said is None else dict(said["value"])

    def alerts(self, after: Mapping[str, int], own: AlertLog, epoch: int) -> list[dict[str, Any]]:
        """Alerts that are newer than `after` says, for each `source#epoch`; `own` are the root's of this `epoch`."""
        found = [{**alert, "source": f"{name}#{epoch}"} for name, epoch, alert in self._alerts]
        found += [{**alert, "source": f"root#{epoch}"} for alert in own.after(0)]
        return [alert for alert in found if alert["number"] > after.get(alert["source"], 0)]

    def picture(self, children: Iterable[ChildState], family: Family, alerts: list[str], now_ns: int, wall_ns: int) -> Picture:
        """The whole picture at `now_ns` (CLOCK_BOOTTIME)."""
        actors = [self._actor(child, family, now_ns) for child in children]
        tree = {"actors": actors, "alerts": alerts, "ports": self._ports}
        sections = {"tree": Section("root", now_ns, STALE_AFTER_SECONDS, "", tree)}
        for name, section in SECTION_OF.items():
            if name in family.names:
                sections[section] = self._section(name)
        hosts = [name for name in family.names if name.startswith(HOST_PREFIX)]
        if hosts:
            sections["strategies"] = self._hosts(hosts)
        if self._cost is not None:
            sections["process"] = self._cost
        taken_at = datetime.fromtimestamp(wall_ns / NS_PER_SECOND, UTC).isoformat(timespec="milliseconds")
        return Picture(self._system, taken_at, sections)

    def _section(self, name: str) -> Section:
        said = self._said.get(name)
        problem = self._silence.get(name, "")
        if said is None:
            return Section(name, 0, STALE_AFTER_SECONDS, problem or "nothing was heard of it yet", {})
        return Section(name, said["taken_ns"], STALE_AFTER_SECONDS, problem, said["value"])

    def _hosts(self, names: list[str]) -> Section:
        """All hosts as one section, as old as the oldest answer."""
        lines = [line for name in names for line in self.value(name).get("hosts", ())]
        taken = min((self._said[name]["taken_ns"] if name in self._said else 0 for name in names), default=0)
        problems = [f"{name} {self._silence[name]}" for name in names if name in self._silence]
        return Section("strategy hosts", taken, STALE_AFTER_SECONDS, "; ".join(problems), {"hosts": lines})

    def _actor(self, child: ChildState, family: Family, now_ns: int) -> dict[str, Any]:
        place = family.place(child.name)
        said = self._said.get(child.name)
        return {
            "name": child.name,
            "group": family.groups[child.name],
            "pid": place.pid if place is not None else None,
            "node": place.node if place is not None else "",
            "epoch": child.epoch,
            "restarts": child.restarts,
            "phase": str(child.phase),
            "last_cause": str(child.last_cause or ""),
            "last_reason": child.last_reason,
            "since_seconds": round((now_ns - child.since_ns) / NS_PER_SECOND, 3) if child.since_ns else None,
            "heartbeat_age_seconds": round((now_ns - said["taken_ns"]) / NS_PER_SECOND, 3) if said is not None else None,
        }
