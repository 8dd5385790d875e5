"""The operator's API, name by name as the predecessor exported it; here each name does what it says.

Names are fetched when they are first used, so that `EmergencyStopManager` loads with the standard library alone: a halt must work where a package is
broken, missing or slow to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from robo_trader.production.alert import Alert as Alert
    from robo_trader.production.alert import AlertCategory as AlertCategory
    from robo_trader.production.alert import AlertRule as AlertRule
    from robo_trader.production.alert import AlertSeverity as AlertSeverity
    from robo_trader.production.alerting import AlertManager as AlertManager
    from robo_trader.production.config_manager import ConfigManager as ConfigManager
    from robo_trader.production.config_manager import get_config as get_config
    from robo_trader.production.config_manager import get_config_manager as get_config_manager
    from robo_trader.production.config_sections import AlertingConfig as AlertingConfig
    from robo_trader.production.config_sections import Environment as Environment
    from robo_trader.production.config_sections import FeatureFlags as FeatureFlags
    from robo_trader.production.config_sections import ProductionConfig as ProductionConfig
    from robo_trader.production.config_sections import TradingLimits as TradingLimits
    from robo_trader.production.emergency_stop import EmergencyStopManager as EmergencyStopManager
    from robo_trader.production.health import HealthMonitor as HealthMonitor
    from robo_trader.production.health_endpoint import HealthEndpoint as HealthEndpoint
    from robo_trader.production.health_words import CircuitBreakerState as CircuitBreakerState
    from robo_trader.production.health_words import ComponentHealth as ComponentHealth
    from robo_trader.production.health_words import ComponentStatus as ComponentStatus
    from robo_trader.production.health_words import HealthMetrics as HealthMetrics
    from robo_trader.production.health_words import HealthStatus as HealthStatus
    from robo_trader.production.notifying import EmailNotifier as EmailNotifier
    from robo_trader.production.notifying import SlackNotifier as SlackNotifier
    from robo_trader.production.stop_words import EmergencyStopEvent as EmergencyStopEvent
    from robo_trader.production.stop_words import StopReason as StopReason
    from robo_trader.production.stop_words import StopScope as StopScope
    from robo_trader.production.stop_words import TradingRestriction as TradingRestriction

# Module -> the names that it brings.
_BRINGS: Final = {
    "config_manager": ("ConfigManager", "get_config_manager", "get_config"),
    "config_sections": ("ProductionConfig", "Environment", "TradingLimits", "AlertingConfig", "FeatureFlags"),
    "health": ("HealthMonitor",),
    "health_words": ("HealthStatus", "ComponentStatus", "HealthMetrics", "ComponentHealth", "CircuitBreakerState"),
    "health_endpoint": ("HealthEndpoint",),
    "emergency_stop": ("EmergencyStopManager",),
    "stop_words": ("StopReason", "StopScope", "EmergencyStopEvent", "TradingRestriction"),
    "alerting": ("AlertManager",),
    "alert": ("Alert", "AlertSeverity", "AlertCategory", "AlertRule"),
    "notifying": ("SlackNotifier", "EmailNotifier"),
}
_HOME: Final = {name: module for module, names in _BRINGS.items() for name in names}

__all__ = [  # noqa: PLE0604 - they are there when asked for
    *_HOME
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what is asked for decides
    """Fetch one of the exported names."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What can be imported from here."""
    return sorted([*globals(), *_HOME])
