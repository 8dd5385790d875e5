"""Alerts: raised at once, logged always, sent to people by a thread of their own, and never twice for one thing within a few minutes.

Raising an alert costs the caller a lock and a log line. What is sent is decided by the configuration's channels; a repeat of the same alert
(severity, category, title and source) within `REPEAT_MINUTES` is kept in the history and not sent, and the next one that is sent says how many there
were.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.production.alert import Alert as Alert
from robo_trader.production.alert import AlertCategory as AlertCategory
from robo_trader.production.alert import AlertRule as AlertRule
from robo_trader.production.alert import AlertSeverity as AlertSeverity
from robo_trader.production.alert import default_rules, filled
from robo_trader.production.config_sections import AlertingConfig, ProductionConfig
from robo_trader.production.delivery import Delivery
from robo_trader.production.health_words import now
from robo_trader.production.notifying import EmailNotifier as EmailNotifier
from robo_trader.production.notifying import Notifier
from robo_trader.production.notifying import SlackNotifier as SlackNotifier
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND

HISTORY_MAX: Final = 1000
ACTIVE_MAX: Final = 1000
REPEAT_MINUTES: Final = 5
CLOSE_SECONDS_MAX: Final = 10.0
_LEVELS: Final = {
    AlertSeverity.INFO: logging.INFO,
    AlertSeverity.WARNING: logging.WARNING,
    AlertSeverity.ERROR: logging.ERROR,
    AlertSeverity.CRITICAL: logging.CRITICAL,
}
_LOG: Final = logging.getLogger("robo_trader.production.alerts")
# What somebody's condition may raise; it costs its own rule only.
_FAILURES: Final = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(slots=True)
class _Sent:
    """When an alert of one kind was last sent, and how often it was raised since."""

    at_ns: int
    repeats: int = 0


class AlertManager:
    """Keeps, logs and sends alerts; may be used by several threads. `close` before the process ends, so that what waits is sent."""

    def __init__(self, config: AlertingConfig | ProductionConfig | None = None, *, notifiers: Mapping[str, Notifier] | None = None) -> None:
        """`config` None = the defaults: the log only. `notifiers` by channel's name are used beside those that the configuration describes."""
        self.config = config.alerting if isinstance(config, ProductionConfig) else config or AlertingConfig()
        self.notifiers: dict[str, Notifier] = {**notifiers_of(self.config), **(notifiers or {})}
        self.rules: dict[str, AlertRule] = {rule.name: rule for rule in default_rules(self.config)}
        self._delivery = Delivery(self.notifiers)
        self._turn = threading.RLock()
        self._number = 0
        self._history: deque[Alert] = deque(maxlen=HISTORY_MAX)
        self._active: OrderedDict[str, Alert] = OrderedDict()
        self._sent: OrderedDict[tuple[str, ...], _Sent] = OrderedDict()
        self._by: dict[str, Counter[str]] = {"severity": Counter(), "category": Counter()}
        self._counts = Counter({"suppressed": 0, "rule_failures": 0})

    def register_rule(self, rule: AlertRule) -> None:
        """Have `check_rules` ask this rule too; one of the same name is replaced."""
        with self._turn:
            self.rules[rule.name] = rule

    def create_alert(
        self,
        severity: AlertSeverity,
        category: AlertCategory,
        title: str,
        message: str,
        metadata: dict[str, Any] | None = None,
        source: str = "system",
    ) -> Alert:
        """Raise an alert; never waits for a notifier and never fails because of one."""
        severity, category = AlertSeverity(severity), AlertCategory(category)
        with self._turn:
            self._number += 1
            alert = Alert(
                f"alert_{self._number}_{clock.wall() // NS_PER_SECOND}", now(), severity, category, title, message, dict(metadata or {}), source
            )
            self._keep(alert)
            fresh = self._is_fresh(alert)
        _LOG.log(_LEVELS[severity] if fresh else logging.DEBUG, "%s [%s] %s: %s", severity.value.upper(), category.value, title, message)
        if fresh and self.config.enable_alerts and self.notifiers:
            self._delivery.put(alert)
        return alert

    def check_rules(self, metrics: dict[str, Any]) -> list[Alert]:
        """Ask every rule about these measurements; the alerts that they raised."""
        raised = []
        for rule in list(self.rules.values()):
            with self._turn:
                if not self._holds(rule, metrics):
                    continue
                rule.triggered()
            title, message = filled(rule.title_template, metrics), filled(rule.message_template, metrics)
            raised.append(self.create_alert(rule.severity, rule.category, title, message, {"rule": rule.name}, source="rules"))
        return raised

    def resolve_alert(self, alert_id: str, *, by: str = "", reason: str = "") -> bool:
        """Take an alert off the active ones, for a reason; False if it is not among them. Says so in an INFO alert."""
        with self._turn:
            alert = self._active.pop(alert_id, None)
            if alert is None:
                return False
            alert.resolved, alert.resolved_at = True, now()
            self._sent.pop(_kind(alert), None)  # should it come back, that is news
        facts = {"resolves": alert_id, "by": by, "reason": reason}
        self.create_alert(AlertSeverity.INFO, alert.category, f"Resolved: {alert.title}", reason or alert.message, facts, alert.source)
        return True

    def get_active_alerts(self) -> list[Alert]:
        """Errors and critical alerts that nobody resolved, oldest first; the last 1000."""
        with self._turn:
            return list(self._active.values())

    def get_alert_history(self, limit: int = 100) -> list[dict[str, Any]]:
        """The last `limit` alerts, oldest first, ready for JSON; at most 1000 are kept."""
        with self._turn:
            return [alert.to_dict() for alert in list(self._history)[-limit:]] if limit > 0 else []

    def get_statistics(self) -> dict[str, Any]:
        """Counts since this manager was made; `delivery` shows what was sent, failed, dropped, and each notifier's last problem."""
        with self._turn:
            return {
                "total_alerts": self._number,
                "active_alerts": len(self._active),
                "by_severity": dict(self._by["severity"]),
                "by_category": dict(self._by["category"]),
                "rules_count": len(self.rules),
                "notifiers_count": len(self.notifiers),
                **self._counts,
                "delivery": self._delivery.statistics(),
            }

    def flush(self, timeout_seconds: float = CLOSE_SECONDS_MAX) -> bool:
        """Wait until every alert was delivered or given up; False if that took too long."""
        return self._delivery.flush(timeout_seconds)

    def close(self, timeout_seconds: float = CLOSE_SECONDS_MAX) -> None:
        """Send what waits, and end the thread that sends."""
        self._delivery.close(timeout_seconds)

    def _keep(self, alert: Alert) -> None:
        self._history.append(alert)
        self._by["severity"][alert.severity.value] += 1
        self._by["category"][alert.category.value] += 1
        if alert.severity in (AlertSeverity.ERROR, AlertSeverity.CRITICAL):
            self._active[alert.id] = alert
            if len(self._active) > ACTIVE_MAX:
                self._active.popitem(last=False)

    def _is_fresh(self, alert: Alert) -> bool:
        """Whether this kind was not sent a moment ago; counts what is not."""
        kind, now_ns = _kind(alert), clock.process_ns()
        last = self._sent.get(kind)
        if last is not None and now_ns - last.at_ns < REPEAT_MINUTES * NS_PER_MINUTE:
            last.repeats += 1
            self._counts["suppressed"] += 1
            return False
        if last is not None and last.repeats:
            alert.metadata["repeats_before"] = last.repeats
        self._sent[kind] = _Sent(now_ns)
        self._sent.move_to_end(kind)
        if len(self._sent) > ACTIVE_MAX:
            self._sent.popitem(last=False)
        return True

    def _holds(self, rule: AlertRule, metrics: dict[str, Any]) -> bool:
        """Whether a rule is to be raised; one that cannot be asked is counted and said."""
        try:
            return rule.should_trigger(metrics)
        except _FAILURES as broken:
            self._counts["rule_failures"] += 1
            _LOG.error("rule %s could not be asked: %s: %s", rule.name, type(broken).__name__, broken)
            return False


def notifiers_of(config: AlertingConfig) -> dict[str, Notifier]:
    """The notifiers that the channels of this configuration describe; a channel that lacks its settings is said in the log."""
    found: dict[str, Notifier] = {}
    for channel in config.alert_channels:
        if channel == "slack" and config.slack_webhook_url:
            found[channel] = SlackNotifier(config.slack_webhook_url, config.slack_channel, config.slack_username)
        elif channel == "email" and config.smtp_host and config.alert_recipients:
            sender = config.smtp_username or f"robo-trader@{config.smtp_host}"
            server = (config.smtp_host, config.smtp_port, config.smtp_username, config.smtp_password)
            found[channel] = EmailNotifier(*server, sender, config.alert_recipients)
        elif channel != "log":
            _LOG.error("alert channel %s is chosen and lacks its settings: nothing is sent there", channel)
    return found


def _kind(alert: Alert) -> tuple[str, ...]:
    return alert.severity.value, alert.category.value, alert.title, alert.source
