"""What probes read."""

from __future__ import annotations

import pytest

from robo_trader.production.health import HealthMonitor
from robo_trader.production.health_checks import Heard
from robo_trader.production.health_endpoint import HealthEndpoint
from robo_trader.production.health_words import ComponentHealth, ComponentStatus

WELL = {
    "state": "trading",
    "session": "closed",
    "books": [{"position": 5, "working": 0, "covered": 5}],
    "gateway": {"connected": True},
    "journal": "ok",
    "daily_pnl": "1.5",
}


def endpoint(status: dict | None) -> HealthEndpoint:
    monitor = HealthMonitor(ask=lambda _: [Heard("main", status)])
    monitor.register_health_check("system", lambda: ComponentHealth("system", ComponentStatus.UP))
    monitor.register_health_check("price-feed", lambda: ComponentHealth("price-feed", ComponentStatus.DEGRADED))
    return HealthEndpoint(monitor)


async def test_a_well_system_answers_200_everywhere() -> None:
    well = endpoint(WELL)
    answers = [await well.health_check(), await well.liveness_check(), await well.readiness_check()]
    assert [(answer["status"], answer["http_status"]) for answer in answers] == [("degraded", 200), ("ok", 200), ("ready", 200)]
    assert set(answers[0]["components"]) == {"system", "database", "trading", "price-feed"}


async def test_a_silent_system_answers_503_everywhere() -> None:
    silent = endpoint(None)
    answers = [await silent.health_check(), await silent.liveness_check(), await silent.readiness_check()]
    assert [(answer["status"], answer["http_status"]) for answer in answers] == [("critical", 503), ("dead", 503), ("not_ready", 503)]


@pytest.mark.parametrize(
    ("status", "there", "not_there"),
    [
        (WELL, ["trading_active_positions 1", "trading_daily_pnl 1.5", "component_trading_up 1", "component_price_feed_up 0"], []),
        (None, ["component_trading_up 0", "component_database_up 0", "component_system_up 1"], ["trading_active_positions", "trading_daily_pnl"]),
    ],
)
def test_metrics_are_gauges_of_what_was_measured(status: dict | None, there: list[str], not_there: list[str]) -> None:
    text = endpoint(status).get_prometheus_metrics()
    lines = text.splitlines()
    assert set(there) <= set(lines)
    assert not any(name in text for name in not_there)
    assert sum(line.startswith("# TYPE") for line in lines) * 2 == len(lines)
