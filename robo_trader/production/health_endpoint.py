"""Health for probes: the bodies of /health, /health/live, /health/ready and /metrics; whoever serves them takes the status code from `http_status`.

The checks ask other processes and may take seconds, so they run beside the event loop, never in it.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from robo_trader.production.health import HealthMonitor
from robo_trader.production.health_words import ComponentStatus, HealthStatus, now

OK: Final = 200
UNAVAILABLE: Final = 503
# Name of a metric -> the field of HealthMetrics that it shows.
GAUGES: Final = {
    "system_cpu_percent": "cpu_percent",
    "system_memory_percent": "memory_percent",
    "trading_active_positions": "active_positions",
    "trading_daily_pnl": "daily_pnl",
}


class HealthEndpoint:
    """What a monitor found, in the shapes that probes read."""

    def __init__(self, monitor: HealthMonitor) -> None:
        """`monitor` need not be started."""
        self._monitor = monitor

    async def health_check(self) -> dict[str, Any]:
        """The report; 200 while healthy or degraded."""
        report = await asyncio.to_thread(self._monitor.get_health_report)
        well = report["status"] in (HealthStatus.HEALTHY, HealthStatus.DEGRADED)
        return {**report, "http_status": OK if well else UNAVAILABLE}

    async def liveness_check(self) -> dict[str, Any]:
        """Whether the trading loop answers."""
        alive = await asyncio.to_thread(self._monitor.get_liveness_status)
        return {"status": "ok" if alive else "dead", "timestamp": now().isoformat(), "http_status": OK if alive else UNAVAILABLE}

    async def readiness_check(self) -> dict[str, Any]:
        """Whether the system does its work."""
        ready = await asyncio.to_thread(self._monitor.get_readiness_status)
        return {"status": "ready" if ready else "not_ready", "timestamp": now().isoformat(), "http_status": OK if ready else UNAVAILABLE}

    def get_prometheus_metrics(self) -> str:
        """Prometheus text, all gauges; what was not measured is left out, never zero. Blocks while the checks run."""
        self._monitor.get_health_report()
        metrics = self._monitor.metrics_history[-1]
        measured = {name: getattr(metrics, field) for name, field in GAUGES.items()}
        up = {_metric(name): int(part.status is ComponentStatus.UP) for name, part in self._monitor.components.items()}
        values = {**{name: value for name, value in measured.items() if value is not None}, **up}
        return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())


def _metric(component: str) -> str:
    return f"component_{re.sub('[^a-zA-Z0-9_]', '_', component)}_up"
