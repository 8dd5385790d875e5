"""Rules at the configuration's thresholds, templates without rests, and nothing unknown called good."""

from __future__ import annotations

import math
from typing import Any

import pytest

from robo_trader.production.alert import Alert, AlertCategory, AlertRule, AlertSeverity, default_rules, filled
from robo_trader.production.config_sections import AlertingConfig
from robo_trader.production.health_words import now
from robo_trader.values import NS_PER_MINUTE

GOOD: dict[str, Any] = {"daily_pnl": 0.0, "drawdown": 0.0, "error_rate": 0.0, "order_latency_ms": 5.0, "ibkr_connected": True}


def triggered(config: AlertingConfig, **changes: Any) -> list[str]:
    return [rule.name for rule in default_rules(config) if rule.should_trigger(GOOD | changes)]


def test_good_measurements_raise_nothing() -> None:
    assert triggered(AlertingConfig()) == []


@pytest.mark.parametrize(
    ("config", "name", "at", "past", "rule"),
    [
        ({"pnl_alert_threshold": 200}, "daily_pnl", -200.0, -200.01, "high_loss"),
        ({"drawdown_alert_threshold": 0.2}, "drawdown", 0.2, 0.21, "max_drawdown"),
        ({"error_rate_threshold": 0.5}, "error_rate", 0.5, 0.51, "high_error_rate"),
        ({"latency_alert_ms": 50}, "order_latency_ms", 50, 51, "high_latency"),
    ],
)
def test_a_rule_keeps_to_the_configurations_threshold(config: dict, name: str, at: float, past: float, rule: str) -> None:
    assert triggered(AlertingConfig(**config), **{name: at}) == []
    assert triggered(AlertingConfig(**config), **{name: past}) == [rule]
    assert triggered(AlertingConfig(**config), **{name: math.nan}) == [rule], "no number is never good"


@pytest.mark.parametrize("known", [False, None, "yes"])
def test_a_connection_that_is_not_known_is_lost(known: object) -> None:
    assert triggered(AlertingConfig(), ibkr_connected=known) == ["connection_lost"]


def test_a_measurement_that_is_missing_says_nothing_but_the_connections_absence_does() -> None:
    assert [rule.name for rule in default_rules(AlertingConfig()) if rule.should_trigger({})] == ["connection_lost"]


@pytest.mark.parametrize("rule", default_rules(AlertingConfig()), ids=lambda rule: rule.name)
def test_templates_leave_no_rests(rule: AlertRule) -> None:
    data = {"daily_pnl": -1500.0, "drawdown": 0.25, "error_rate": 0.2, "order_latency_ms": 1500.4}
    text = filled(rule.title_template, data) + filled(rule.message_template, data)
    assert not set("{}") & set(text)


def test_a_template_that_lacks_a_measurement_shows_what_there_is() -> None:
    assert filled("Loss: {daily_pnl:.2f} dollars", {"daily_pnl": -1500.0}) == "Loss: -1500.00 dollars"
    assert filled("Loss: {other:.2f}", {"daily_pnl": -1.0}) == "Loss: {other:.2f} {'daily_pnl': -1.0}"
    assert "None" in filled("Loss: {daily_pnl:.2f}", {"daily_pnl": None})


def test_a_rule_waits_for_its_cooldown_and_can_be_switched_off() -> None:
    clock = [0]
    rule = AlertRule("r", lambda _: True, AlertSeverity.INFO, AlertCategory.MARKET, "t", "m", cooldown_minutes=5, process_ns=lambda: clock[0])
    assert rule.should_trigger({}) and rule.should_trigger({}), "asking changes nothing"
    rule.triggered()
    assert rule.last_triggered is not None
    assert not rule.should_trigger({})
    clock[0] = 5 * NS_PER_MINUTE
    assert rule.should_trigger({})
    rule.enabled = False
    assert not rule.should_trigger({})


def test_an_alert_is_ready_for_json() -> None:
    shown = Alert("a", now(), AlertSeverity.ERROR, AlertCategory.RISK, "t", "m", {"k": 1}).to_dict()
    assert (shown["severity"], shown["category"], shown["source"]) == ("error", "risk", "system")
    assert (shown["resolved"], shown["resolved_at"]) == (False, None)
