"""The manager of alerts: at once for the caller, once for people, and with its failures in sight."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from robo_trader.edge import clock, notifiers
from robo_trader.production.alert import Alert, AlertCategory, AlertRule, AlertSeverity
from robo_trader.production.alerting import ACTIVE_MAX, HISTORY_MAX, AlertManager, notifiers_of
from robo_trader.production.config_sections import AlertingConfig, ProductionConfig
from robo_trader.production.notifying import EmailNotifier, SlackNotifier
from robo_trader.values import NS_PER_MINUTE

ERROR, CRITICAL, INFO, WARNING = AlertSeverity.ERROR, AlertSeverity.CRITICAL, AlertSeverity.INFO, AlertSeverity.WARNING
SYSTEM = AlertCategory.SYSTEM


class Box:
    """A notifier that keeps what it is sent."""

    def __init__(self) -> None:
        self.got: list[Alert] = []

    def send(self, alert: Alert) -> bool:
        self.got.append(alert)
        return True


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def manager(box: Box) -> Iterator[AlertManager]:
    made = AlertManager(notifiers={"box": box})
    yield made
    made.close()


def test_an_alert_is_logged_and_sent(manager: AlertManager, box: Box, caplog: pytest.LogCaptureFixture) -> None:
    alert = manager.create_alert(ERROR, SYSTEM, "Disk", "is full", {"percent": 99})
    assert manager.flush()
    assert box.got == [alert]
    assert "ERROR [system] Disk: is full" in caplog.text


def test_a_repeat_is_kept_and_not_sent_until_its_time_has_passed(
    manager: AlertManager, box: Box, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        manager.create_alert(ERROR, SYSTEM, "Disk", "is full")
    manager.create_alert(ERROR, SYSTEM, "Memory", "is full")
    assert manager.flush()
    assert [alert.title for alert in box.got] == ["Disk", "Memory"]
    assert caplog.text.count("Disk: is full") == 1
    assert manager.get_statistics()["suppressed"] == 49
    later = clock.process_ns() + 6 * NS_PER_MINUTE
    monkeypatch.setattr(clock, "process_ns", lambda: later)
    assert manager.create_alert(ERROR, SYSTEM, "Disk", "is full").metadata == {"repeats_before": 49}
    assert manager.get_statistics()["total_alerts"] == 52


def test_only_errors_and_worse_are_active_until_they_are_resolved(manager: AlertManager, box: Box) -> None:
    made = [manager.create_alert(severity, SYSTEM, severity.value, "m") for severity in AlertSeverity]
    assert manager.get_active_alerts() == made[2:]
    assert manager.resolve_alert(made[2].id, by="ann", reason="disk was cleared")
    assert made[2].resolved and made[2].resolved_at is not None
    assert manager.get_active_alerts() == made[3:]
    assert not manager.resolve_alert(made[2].id)
    assert not manager.resolve_alert("nobody")
    last = manager.get_alert_history()[-1]
    assert (last["severity"], last["title"], last["message"]) == ("info", "Resolved: error", "disk was cleared")
    assert last["metadata"] == {"resolves": made[2].id, "by": "ann", "reason": "disk was cleared"}
    manager.create_alert(ERROR, SYSTEM, "error", "m")
    assert manager.flush()
    assert [alert.title for alert in box.got].count("error") == 2, "what comes back after it was resolved is news"


def test_rules_raise_alerts_once_in_their_cooldown(manager: AlertManager) -> None:
    bad: dict[str, Any] = {"daily_pnl": -1500.0, "drawdown": 0.25, "error_rate": 0.2, "order_latency_ms": 2000, "ibkr_connected": False}
    raised = manager.check_rules(bad)
    assert {alert.metadata["rule"] for alert in raised} == {"high_loss", "max_drawdown", "connection_lost", "high_error_rate", "high_latency"}
    assert raised[0].message == "Daily P&L: -1500.00 USD"
    assert manager.check_rules(bad) == []


def test_a_rule_of_ones_own_is_asked_and_one_that_fails_costs_no_other(manager: AlertManager) -> None:
    good = {"ibkr_connected": True, "spread": 3}
    manager.register_rule(AlertRule("broken", lambda d: d["nothing"] > 1, INFO, AlertCategory.MARKET, "b", "b"))
    manager.register_rule(AlertRule("spread", lambda d: d["spread"] > 2, WARNING, AlertCategory.MARKET, "Spread of {spread}", "Wide"))
    assert [alert.title for alert in manager.check_rules(good)] == ["Spread of 3"]
    statistics = manager.get_statistics()
    assert (statistics["rules_count"], statistics["rule_failures"]) == (7, 1)


def test_a_notifier_that_fails_reaches_the_statistics_and_not_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifiers, "PAUSE_SECONDS_MAX", 0.001)

    class Broken:
        def send(self, _: Alert) -> bool:
            raise ConnectionError("down")

    manager = AlertManager(notifiers={"broken": Broken()})
    manager.create_alert(CRITICAL, SYSTEM, "t", "m")
    manager.close()
    statistics = manager.get_statistics()["delivery"]
    assert (statistics["sent"], statistics["failed"]) == (0, 1)
    assert statistics["problems"] == {"broken": "it raised ConnectionError"}


def test_switched_off_nothing_is_sent_and_everything_is_kept(box: Box) -> None:
    manager = AlertManager(AlertingConfig(enable_alerts=False), notifiers={"box": box})
    manager.create_alert(CRITICAL, SYSTEM, "t", "m")
    manager.close()
    assert box.got == []
    assert len(manager.get_alert_history()) == 1


def test_history_and_active_alerts_have_an_end() -> None:
    manager = AlertManager()
    for number in range(max(HISTORY_MAX, ACTIVE_MAX) + 5):
        manager.create_alert(ERROR, SYSTEM, str(number), "m")
    assert len(manager.get_alert_history(10_000)) == HISTORY_MAX
    assert len(manager.get_active_alerts()) == ACTIVE_MAX
    assert manager.get_alert_history(0) == []
    statistics = manager.get_statistics()
    assert statistics["by_severity"] == {"error": HISTORY_MAX + 5}
    assert statistics["by_category"] == {"system": HISTORY_MAX + 5}


def test_channels_become_notifiers_and_one_without_settings_is_said(caplog: pytest.LogCaptureFixture) -> None:
    whole = AlertingConfig(
        alert_channels=["log", "slack", "email"], slack_webhook_url="https://h.example/x", smtp_host="m.example", alert_recipients=["a@example.com"]
    )
    found = notifiers_of(whole)
    assert isinstance(found["slack"], SlackNotifier) and isinstance(found["email"], EmailNotifier)
    assert AlertManager(ProductionConfig(alerting=whole)).get_statistics()["notifiers_count"] == 2
    with caplog.at_level(logging.ERROR):
        assert notifiers_of(AlertingConfig(alert_channels=["slack"])) == {}
    assert "slack is chosen and lacks its settings" in caplog.text
