"""Alerts and the rules that raise them. A rule sees measurements and says whether they are bad; what it was not given it does not call good."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.production.config_sections import AlertingConfig
from robo_trader.production.health_words import now
from robo_trader.values import NS_PER_MINUTE

Data = Mapping[str, Any]


class AlertSeverity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class AlertCategory(StrEnum):
    """What it is about."""

    TRADING = "trading"
    RISK = "risk"
    SYSTEM = "system"
    PERFORMANCE = "performance"
    COMPLIANCE = "compliance"
    MARKET = "market"


_LATENCY: Final = "order_latency_ms"
RANK: Final = {severity: rank for rank, severity in enumerate(AlertSeverity)}


@dataclass(slots=True)
class Alert:
    """One alert; times are aware UTC. `resolved` changes when somebody resolves it."""

    id: str
    timestamp: datetime
    severity: AlertSeverity
    category: AlertCategory
    title: str
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)
    source: str = "system"
    resolved: bool = False
    resolved_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "id": self.id,
            "timestamp": self.timestamp.isoformat(),
            "severity": self.severity.value,
            "category": self.category.value,
            "title": self.title,
            "message": self.message,
            "metadata": dict(self.metadata),
            "source": self.source,
            "resolved": self.resolved,
            "resolved_at": self.resolved_at.isoformat() if self.resolved_at else None,
        }


@dataclass(slots=True)
class AlertRule:
    """Raises an alert when `condition` holds, once in `cooldown_minutes`. Templates are `str.format` with the measurements' names."""

    name: str
    condition: Callable[[dict[str, Any]], bool]
    severity: AlertSeverity
    category: AlertCategory
    title_template: str
    message_template: str
    cooldown_minutes: float = 5
    enabled: bool = True
    last_triggered: datetime | None = None
    process_ns: Callable[[], int] = clock.process_ns
    _triggered_ns: int | None = None

    def should_trigger(self, data: dict[str, Any]) -> bool:
        """Whether to raise the alert now; asking changes nothing. Raises what the condition raises."""
        if not self.enabled:
            return False
        if self._triggered_ns is not None and self.process_ns() - self._triggered_ns < self.cooldown_minutes * NS_PER_MINUTE:
            return False
        return bool(self.condition(data))

    def triggered(self) -> None:
        """It was raised: the pause begins."""
        self.last_triggered, self._triggered_ns = now(), self.process_ns()


def filled(template: str, data: Data) -> str:
    """The template with its measurements; where one is missing or of another kind, the template and what there is."""
    try:
        return template.format_map(data)
    except (LookupError, ValueError, TypeError, AttributeError):
        return f"{template} {dict(data)}"


def default_rules(config: AlertingConfig) -> list[AlertRule]:
    """The rules that every manager begins with, at the thresholds of the configuration."""
    warning, error, critical = AlertSeverity.WARNING, AlertSeverity.ERROR, AlertSeverity.CRITICAL
    risk, system, performance = AlertCategory.RISK, AlertCategory.SYSTEM, AlertCategory.PERFORMANCE
    loss, drawdown = -config.pnl_alert_threshold, config.drawdown_alert_threshold
    errors, latency = config.error_rate_threshold, config.latency_alert_ms

    return [
        AlertRule("high_loss", lambda d: _beyond(d, "daily_pnl", loss, -1), warning, risk, "High daily loss", "Daily P&L: {daily_pnl:.2f} USD", 30),
        AlertRule("max_drawdown", lambda d: _beyond(d, "drawdown", drawdown), error, risk, "Drawdown", "Drawdown: {drawdown:.2%}", 60),
        AlertRule("connection_lost", _not_connected, critical, system, "Connection lost", "The gateway is not known to be connected", 5),
        AlertRule("high_error_rate", lambda d: _beyond(d, "error_rate", errors), warning, system, "Errors", "Error rate: {error_rate:.2%}", 15),
        AlertRule("high_latency", lambda d: _beyond(d, _LATENCY, latency), warning, performance, "Slow orders", "Took {order_latency_ms:.0f} ms", 15),
    ]


def _beyond(data: Data, name: str, limit: float, sign: int = 1) -> bool:
    """Whether a measurement is past its limit, upward or (sign -1) downward; one that is no number is, one that was not made is not."""
    value = data.get(name)
    if value is None:
        return False
    return math.isnan(value) or sign * value > sign * limit


def _not_connected(data: Data) -> bool:
    """Not knowing whether the gateway is connected is as bad as knowing that it is not."""
    return data.get("ibkr_connected") is not True
