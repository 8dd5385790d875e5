"""Each exported name of `robo_trader.production`, used once against the system that runs (its state is named by the environment)."""

from __future__ import annotations

import asyncio
import sys

from robo_trader import production as api
from robo_trader.production import (
    Alert,
    AlertCategory,
    AlertingConfig,
    AlertManager,
    AlertRule,
    AlertSeverity,
    CircuitBreakerState,
    ComponentHealth,
    ComponentStatus,
    ConfigManager,
    EmailNotifier,
    EmergencyStopEvent,
    EmergencyStopManager,
    Environment,
    FeatureFlags,
    HealthEndpoint,
    HealthMetrics,
    HealthMonitor,
    HealthStatus,
    ProductionConfig,
    SlackNotifier,
    StopReason,
    StopScope,
    TradingLimits,
    TradingRestriction,
    get_config,
    get_config_manager,
)

USED: set[str] = set()


def used(name: str, *, proof: object) -> None:
    assert proof, name
    assert hasattr(api, name), name
    USED.add(name)


def configuration() -> None:
    used("ConfigManager", proof=ConfigManager("testing").check_trading_allowed())
    used("ProductionConfig", proof=ProductionConfig().to_dict()["trading_limits"])
    used("Environment", proof=[member.value for member in Environment] == ["development", "staging", "production", "testing"])
    used("TradingLimits", proof=not TradingLimits(blocked_symbols=["IBM"]).allows("IBM"))
    used("AlertingConfig", proof=AlertingConfig().pnl_alert_threshold == 1000)
    used("FeatureFlags", proof=FeatureFlags().enable_paper_trading)
    used("get_config_manager", proof=get_config_manager().get_config().environment in Environment)
    used("get_config", proof=get_config().log_level == "INFO")


def health() -> None:
    monitor = HealthMonitor()
    found = monitor.run_health_checks()
    used("HealthMonitor", proof=found["trading"].status is ComponentStatus.UP or found["trading"].status is ComponentStatus.DEGRADED)
    used("HealthStatus", proof=monitor.get_overall_health() in HealthStatus)
    used("ComponentStatus", proof=ComponentStatus("unknown"))
    used("HealthMetrics", proof=isinstance(monitor.collect_metrics(), HealthMetrics))
    used("ComponentHealth", proof=ComponentHealth("feed", ComponentStatus.UP).to_dict()["status"] == "up")
    used("CircuitBreakerState", proof=CircuitBreakerState().should_attempt())
    endpoint = HealthEndpoint(monitor)
    used("HealthEndpoint", proof=asyncio.run(endpoint.health_check())["http_status"] in {200, 503})


def halts() -> None:
    manager = EmergencyStopManager()
    event = manager.emergency_stop(StopReason.MAINTENANCE, StopScope.SPECIFIC_SYMBOL, "ZZZZ", auto_resume_minutes=1)
    used("EmergencyStopManager", proof=not manager.check_trading_allowed("ZZZZ")[0])
    used("StopReason", proof=len(StopReason) == 9)
    used("StopScope", proof=len(StopScope) == 5)
    used("EmergencyStopEvent", proof=isinstance(event, EmergencyStopEvent) and event.metadata["systems"])
    restriction = manager.add_restriction(StopScope.SPECIFIC_SYMBOL, "YYYY", "earnings", duration_minutes=1)
    used("TradingRestriction", proof=isinstance(restriction, TradingRestriction) and manager.remove_restriction(restriction.id))
    manager.resume_trading("test")
    assert manager.check_trading_allowed("ZZZZ")[0]


def alerts() -> None:
    manager = AlertManager(get_config())
    alert = manager.create_alert(AlertSeverity.ERROR, AlertCategory.SYSTEM, "Drill", "only a drill")
    used("AlertManager", proof=manager.get_active_alerts())
    used("Alert", proof=isinstance(alert, Alert))
    used("AlertSeverity", proof=len(AlertSeverity) == 4)
    used("AlertCategory", proof=len(AlertCategory) == 6)
    manager.register_rule(AlertRule("r", lambda data: data["x"] > 1, AlertSeverity.INFO, AlertCategory.MARKET, "x is {x}", "m"))
    used("AlertRule", proof=manager.check_rules({"x": 2, "ibkr_connected": True}))
    used("SlackNotifier", proof=not SlackNotifier("http://127.0.0.1:9/x", timeout_seconds=0.2).send(alert))
    used("EmailNotifier", proof=not EmailNotifier("127.0.0.1", 9, None, None, "a@b", ["c@d"], timeout_seconds=0.2).send(alert))
    manager.close()


if __name__ == "__main__":
    configuration()
    health()
    halts()
    alerts()
    assert set(api.__all__) == USED, set(api.__all__) ^ USED
    sys.stdout.write(f"{len(USED)} names answered\n")
