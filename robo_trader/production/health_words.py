"""The words of health: how a part is, how the whole is, what was measured, and when a failing check is left alone for a while.

What was not measured is None and never a number; a part of which nothing is known is UNKNOWN, and UNKNOWN is not well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from robo_trader.edge import clock
from robo_trader.values import NS_PER_SECOND


class HealthStatus(StrEnum):
    """How the whole is. CRITICAL: nobody looks after the positions, or nobody knows."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    CRITICAL = "critical"


class ComponentStatus(StrEnum):
    """How one part is."""

    UP = "up"
    DOWN = "down"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


def now() -> datetime:
    """The instant of asking, aware UTC."""
    return datetime.fromtimestamp(clock.wall() / NS_PER_SECOND, UTC)


@dataclass(frozen=True, slots=True)
class HealthMetrics:
    """What was measured at `timestamp`; None = not measured. Percent, counts, dollars, milliseconds; rates are a second and shares of one."""

    timestamp: datetime = field(default_factory=now)
    cpu_percent: float | None = None
    memory_percent: float | None = None
    disk_percent: float | None = None
    open_file_descriptors: int | None = None
    thread_count: int | None = None
    active_positions: int | None = None
    pending_orders: int | None = None
    daily_trades: int | None = None
    daily_pnl: float | None = None
    order_latency_ms: float | None = None
    data_latency_ms: float | None = None
    api_request_rate: float | None = None
    error_rate: float | None = None
    ibkr_connected: bool | None = None
    database_connected: bool | None = None
    market_data_streaming: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"timestamp": self.timestamp.isoformat()}


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """One part, as it was found at `last_check`. `critical` marks what makes the whole CRITICAL."""

    name: str
    status: ComponentStatus
    message: str = ""
    last_check: datetime = field(default_factory=now)
    metrics: dict[str, Any] = field(default_factory=dict)
    critical: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "name": self.name,
            "status": self.status.value,
            "message": self.message,
            "last_check": self.last_check.isoformat(),
            "metrics": dict(self.metrics),
        }


def overall(parts: Iterable[ComponentHealth]) -> HealthStatus:
    """The whole: its worst part. One that is down or unknown is UNHEALTHY, and so is a whole of which no part is known."""
    found = list(parts)
    if any(part.critical for part in found):
        return HealthStatus.CRITICAL
    if not found or any(part.status in (ComponentStatus.DOWN, ComponentStatus.UNKNOWN) for part in found):
        return HealthStatus.UNHEALTHY
    return HealthStatus.DEGRADED if any(part.status is ComponentStatus.DEGRADED for part in found) else HealthStatus.HEALTHY


@dataclass(slots=True)
class CircuitBreakerState:
    """Leaves a check alone that failed `failure_threshold` times in a row; after `timeout_seconds` it is tried once more (half open)."""

    is_open: bool = False
    failure_count: int = 0
    last_failure: datetime | None = None
    last_success: datetime | None = None
    consecutive_failures: int = 0
    failure_threshold: int = 5
    timeout_seconds: float = 60
    process_ns: Callable[[], int] = clock.process_ns
    _failed_ns: int = 0

    def record_success(self) -> None:
        """It works."""
        self.is_open, self.consecutive_failures, self.last_success = False, 0, now()

    def record_failure(self) -> None:
        """It failed once more."""
        self.failure_count += 1
        self.consecutive_failures += 1
        self.last_failure, self._failed_ns = now(), self.process_ns()
        self.is_open = self.consecutive_failures >= self.failure_threshold

    def should_attempt(self) -> bool:
        """Whether to try: while closed, or when the last failure is long enough ago."""
        return not self.is_open or self.process_ns() - self._failed_ns > self.timeout_seconds * NS_PER_SECOND
