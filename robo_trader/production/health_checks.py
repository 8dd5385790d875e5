"""The built-in checks: judgements of what the running systems say of themselves, and of the machine.

A system is asked over its operator's line, which its trading loop answers itself, so a loop that hangs is silent and silence is critical. These
functions only judge: the same answer always gives the same verdict, and what the answer does not hold is unknown, never good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from robo_trader.edge.operator_socket import Json, ask
from robo_trader.edge.state_directory import StateDirectory, list_systems
from robo_trader.errors import UserError
from robo_trader.production.halting import Place
from robo_trader.production.health_machine import MachineUse
from robo_trader.production.health_words import ComponentHealth, ComponentStatus, HealthMetrics

ANSWER_SECONDS_MAX: Final = 2.0
CPU_PERCENT_MAX: Final = 90.0
MEMORY_PERCENT_MAX: Final = 90.0
DISK_PERCENT_MAX: Final = 95.0
BAR_AGE_SECONDS_MAX: Final = 20.0
SWEEP_AGE_SECONDS_MAX: Final = 60.0

# What a system says of its state -> how that is.
STATES: Final = {
    "trading": ComponentStatus.UP,
    "halted": ComponentStatus.DEGRADED,
    "draining": ComponentStatus.DEGRADED,
    "reconciling": ComponentStatus.UNKNOWN,
    "waiting for gateway": ComponentStatus.DOWN,
}
_WORST_FIRST: Final = (ComponentStatus.DOWN, ComponentStatus.UNKNOWN, ComponentStatus.DEGRADED, ComponentStatus.UP)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one system answered; `status` is None if it did not, and `problem` says why."""

    system: str
    status: Json | None
    problem: str = ""


def ask_systems(system: str | None) -> list[Heard]:
    """Ask the named system, else each that runs, for its status; blocks for 2 s a silent system at most."""
    directories = [StateDirectory.of(system)] if system is not None else [d for d in list_systems() if Place(d).runs]
    return [_asked(directory) for directory in directories]


def _asked(directory: StateDirectory) -> Heard:
    try:
        status = ask(directory.socket_path("operator"), {"op": "status"}, ANSWER_SECONDS_MAX)
    except UserError as silent:
        return Heard(directory.name, None, silent.cause)
    return Heard(directory.name, None, str(status["error"])) if "error" in status else Heard(directory.name, status)


def trading_health(heard: Sequence[Heard]) -> ComponentHealth:
    """How the systems trade: their worst. Critical if none answers for the positions, or everything is halted and shares have no stop."""
    if not heard:
        return ComponentHealth("trading", ComponentStatus.DOWN, "no system runs", critical=True)
    verdicts = [_trading(one) for one in heard]
    worst = min((verdict[0] for verdict in verdicts), key=_WORST_FIRST.index)
    metrics: dict[str, Any] = {"systems": {one.system: one.status["state"] if one.status and "state" in one.status else "silent" for one in heard}}
    measured = metrics_of(heard)
    metrics["realised"] = {one.system: one.status.get("realised") for one in heard if one.status}
    metrics |= {"ibkr_connected": measured.ibkr_connected, "active_positions": measured.active_positions}
    message = " · ".join(f"{one.system}: {verdict[1]}" for one, verdict in zip(heard, verdicts, strict=True))
    return ComponentHealth("trading", worst, message, metrics=metrics, critical=any(verdict[2] for verdict in verdicts))


def database_health(heard: Sequence[Heard]) -> ComponentHealth:
    """How the journals are, as those say who write them."""
    if not heard:
        return ComponentHealth("database", ComponentStatus.UNKNOWN, "no system runs, so nobody says how its journal is")
    states = {one.system: one.status.get("journal") if one.status is not None else None for one in heard}
    message = " · ".join(f"{name}: {state or 'not known'}" for name, state in states.items())
    if any(state is None for state in states.values()):
        return ComponentHealth("database", ComponentStatus.UNKNOWN, message)
    well = all(state == "ok" for state in states.values())
    return ComponentHealth("database", ComponentStatus.UP if well else ComponentStatus.DOWN, message)


def system_health(use: MachineUse) -> ComponentHealth:
    """How the machine is."""
    measured = {"cpu_percent": use.cpu_percent, "memory_percent": use.memory_percent, "disk_percent": use.disk_percent}
    if use.memory_percent is None or use.disk_percent is None:
        return ComponentHealth("system", ComponentStatus.UNKNOWN, "memory or disk cannot be read", metrics=measured)
    limits = {"cpu_percent": CPU_PERCENT_MAX, "memory_percent": MEMORY_PERCENT_MAX, "disk_percent": DISK_PERCENT_MAX}
    over = [f"{name} is {value:g}, above {limits[name]:g}" for name, value in measured.items() if value is not None and value > limits[name]]
    return ComponentHealth("system", ComponentStatus.DEGRADED if over else ComponentStatus.UP, ", ".join(over), metrics=measured)


def metrics_of(heard: Sequence[Heard], use: MachineUse | None = None) -> HealthMetrics:
    """What the answers and the machine say in numbers; None for what they do not say, or not all of them."""
    answers = [one.status for one in heard if one.status is not None]
    whole = bool(answers) and len(answers) == len(heard)
    ages = [_age(status, "bar") for status in answers]
    packets = [_age(status, "packet") for status in answers]
    machine = {name: getattr(use, name) for name in MachineUse.__slots__} if use is not None else {}
    if not whole:
        return HealthMetrics(**machine)
    books = [book for status in answers for book in status.get("books", [])]
    return HealthMetrics(
        active_positions=sum(book["position"] != 0 for book in books),
        pending_orders=sum(book["working"] != 0 for book in books),
        daily_trades=_sum([status.get("daily_trades") for status in answers], int),
        daily_pnl=_sum([status.get("daily_pnl") for status in answers], float),
        data_latency_ms=None if any(age is None for age in packets) else max(packets) * 1000,
        ibkr_connected=all(bool(status.get("gateway", {}).get("connected")) for status in answers),
        database_connected=all(status.get("journal") == "ok" for status in answers),
        market_data_streaming=all(age is not None and age <= BAR_AGE_SECONDS_MAX for age in ages),
        **machine,
    )


def uncovered(status: Json) -> int:
    """Shares, long or short, that no stop covers."""
    return sum(max(0, abs(int(book["position"])) - abs(int(book["covered"]))) for book in status.get("books", []))


def _trading(one: Heard) -> tuple[ComponentStatus, str, bool]:
    """(how it is, why, whether that is critical) for one system."""
    if one.status is None:
        return ComponentStatus.DOWN, one.problem, True
    state = str(one.status.get("state"))
    level = STATES.get(state, ComponentStatus.UNKNOWN)
    complaints = [state]
    bare = uncovered(one.status)
    halted = any(halt.get("scope") == "all" for halt in one.status.get("halts", []))
    if bare:
        complaints.append(f"{bare} shares without a stop")
    complaints += _stale(one.status) + _given_up(one.status)
    if level is ComponentStatus.UP and complaints[1:]:
        level = ComponentStatus.DEGRADED
    return level, ", ".join(complaints), bool(bare) and halted


def _stale(status: Json) -> list[str]:
    """What should have happened by now, in an open session, and did not."""
    if status.get("session") != "open" or status.get("state") not in ("trading", "halted"):
        return []
    found = []
    for name, seconds_max in (("bar", BAR_AGE_SECONDS_MAX), ("sweep", SWEEP_AGE_SECONDS_MAX)):
        age = _age(status, name)
        if age is None or age > seconds_max:
            found.append(f"no {name} yet" if age is None else f"no {name} for {age:.0f} s")
    return found


def _given_up(status: Json) -> list[str]:
    """Parts that their supervisor does not restart any more."""
    return [f"{actor.get('name')} was given up" for actor in status.get("actors", []) if actor.get("phase") == "given_up"]


def _age(status: Json, name: str) -> Any:  # noqa: ANN401 - JSON's number or null
    return status.get("ages", {}).get(name)


def _sum(values: Sequence[Any], kind: type) -> Any:  # noqa: ANN401 - of JSON's numbers and texts, or null if one is missing
    return None if any(value is None for value in values) else sum(kind(value) for value in values)
