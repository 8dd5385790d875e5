"""Health as it is found by asking: each question about the whole runs the checks, unless they ran within the last interval.

Nothing is assumed. A monitor that was made a moment ago gives the same answers as one that has watched all day, which is what a container's probe
needs; a check that fails to answer leaves UNKNOWN behind, never its last good value; and alive means that a trading loop answered just now, not that
a thread of this monitor exists.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.edge.state_directory import root
from robo_trader.errors import ConfigurationError, RoboTraderError
from robo_trader.production.health_checks import Heard, ask_systems, database_health, metrics_of, system_health, trading_health
from robo_trader.production.health_machine import Machine
from robo_trader.production.health_words import CircuitBreakerState as CircuitBreakerState
from robo_trader.production.health_words import ComponentHealth as ComponentHealth
from robo_trader.production.health_words import ComponentStatus as ComponentStatus
from robo_trader.production.health_words import HealthMetrics as HealthMetrics
from robo_trader.production.health_words import HealthStatus as HealthStatus
from robo_trader.production.health_words import now, overall
from robo_trader.values import NS_PER_SECOND

METRICS_KEPT_MAX: Final = 100
JOIN_SECONDS_MAX: Final = 5.0
_LOG: Final = logging.getLogger("robo_trader.production")
# What a check may raise that is an answer in itself; anything else is a bug of the check and reaches the caller.
_FAILURES: Final = (RoboTraderError, OSError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RuntimeError)


class HealthMonitor:
    """Runs checks, on demand and, if started, every `check_interval` seconds. May be asked by several threads."""

    def __init__(self, check_interval: float = 30, *, system: str | None = None, ask: Callable[[str | None], list[Heard]] = ask_systems) -> None:
        """`system` names the one to ask; None asks each that runs. Raises `ConfigurationError` for an interval that is none."""
        if not 0 < check_interval <= 86_400:  # noqa: PLR2004 - a day
            raise ConfigurationError(f"check_interval is {check_interval}", "give seconds above 0, at most 86400")
        self.check_interval = check_interval
        self.components: dict[str, ComponentHealth] = {}
        self.circuit_breakers: dict[str, CircuitBreakerState] = {}
        self.metrics_history: deque[HealthMetrics] = deque(maxlen=METRICS_KEPT_MAX)
        self._system = system
        self._ask = ask
        self._heard: list[Heard] = []
        self._checks: dict[str, Callable[[], ComponentHealth]] = {}
        self._machine = Machine(root())
        self._ran_ns: int | None = None
        self._turn = threading.RLock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.register_health_check("system", lambda: system_health(self._machine.use()))
        self.register_health_check("database", lambda: database_health(self._heard))
        self.register_health_check("trading", lambda: trading_health(self._heard))

    def register_health_check(self, name: str, check: Callable[[], ComponentHealth]) -> None:
        """Have `check` asked as well, under this name; one of the same name is replaced."""
        with self._turn:
            self._checks[name] = check
            self.circuit_breakers[name] = CircuitBreakerState()
            self._ran_ns = None

    def start_monitoring(self) -> None:
        """Run the checks every interval in a thread of its own, until `stop_monitoring`; a second call does nothing."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._watch, name="health", daemon=True)
            self._thread.start()

    def stop_monitoring(self) -> None:
        """End that thread; waits 5 s for it at most."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            thread.join(JOIN_SECONDS_MAX)

    def run_health_checks(self) -> dict[str, ComponentHealth]:
        """Ask everything now; every check leaves a result of this run."""
        with self._turn:
            self._heard = self._ask(self._system)
            self.components = {name: self._checked(name, check) for name, check in self._checks.items()}
            self.metrics_history.append(self.collect_metrics())
            self._ran_ns = clock.process_ns()
            return dict(self.components)

    def collect_metrics(self) -> HealthMetrics:
        """What the machine uses now and what the systems said when they were last asked; None for what nobody measured."""
        return metrics_of(self._heard, self._machine.use())

    def get_overall_health(self) -> HealthStatus:
        """How the whole is."""
        return overall(self._fresh().values())

    def get_health_report(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        with self._turn:
            parts = self._fresh()
            breakers = {
                name: {"is_open": state.is_open, "failure_count": state.failure_count, "consecutive_failures": state.consecutive_failures}
                for name, state in self.circuit_breakers.items()
            }
            return {
                "status": overall(parts.values()).value,
                "timestamp": now().isoformat(),
                "components": {name: part.to_dict() for name, part in parts.items()},
                "metrics": self.metrics_history[-1].to_dict() if self.metrics_history else None,
                "circuit_breakers": breakers,
            }

    def get_readiness_status(self) -> bool:
        """Whether the system does its work: no part down, critical or unknown."""
        return self.get_overall_health() in (HealthStatus.HEALTHY, HealthStatus.DEGRADED)

    def get_liveness_status(self) -> bool:
        """Whether a system runs and every trading loop that should answer does so now."""
        heard = self._ask(self._system)
        return bool(heard) and all(one.status is not None for one in heard)

    def _fresh(self) -> dict[str, ComponentHealth]:
        """The results, of now or of less than an interval ago."""
        with self._turn:
            if self._ran_ns is None or clock.process_ns() - self._ran_ns >= self.check_interval * NS_PER_SECOND:
                self.run_health_checks()
            return dict(self.components)

    def _checked(self, name: str, check: Callable[[], ComponentHealth]) -> ComponentHealth:
        """One check, behind its breaker."""
        breaker = self.circuit_breakers[name]
        if not breaker.should_attempt():
            return ComponentHealth(name, ComponentStatus.DOWN, "Circuit breaker open")
        try:
            found = check()
        except _FAILURES as broken:
            found = ComponentHealth(name, ComponentStatus.UNKNOWN, f"the check failed: {type(broken).__name__}: {broken}")
        if found.status in (ComponentStatus.UP, ComponentStatus.DEGRADED) or name in ("database", "trading"):
            breaker.record_success()  # the built-in ones cost nothing to ask again, and must see the system return at once
        else:
            breaker.record_failure()
        return found

    def _watch(self) -> None:
        while not self._ended.is_set():
            status = overall(self.run_health_checks().values())
            if status in (HealthStatus.UNHEALTHY, HealthStatus.CRITICAL):
                worst = [part for part in self.components.values() if part.critical or part.status is not ComponentStatus.UP]
                _LOG.warning("health is %s: %s", status.value, "; ".join(f"{part.name}: {part.message}" for part in worst))
            self._ended.wait(self.check_interval)
