"""Alerts as Slack and mail show them. A notifier answers whether the other side took the alert and keeps the last problem; it never raises."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from html import escape
from typing import Any, Final, Protocol

from robo_trader.edge.notifiers import TIMEOUT_SECONDS, Attempt, MailServer, post_json, send_mail
from robo_trader.production.alert import Alert, AlertSeverity

COLOURS: Final = {
    AlertSeverity.INFO: "#36a64f",
    AlertSeverity.WARNING: "#ff9900",
    AlertSeverity.ERROR: "#ff0000",
    AlertSeverity.CRITICAL: "#990000",
}
IMPLICIT_TLS_PORT: Final = 465
_FIELD_CHARACTERS_MAX: Final = 500


class Notifier(Protocol):
    """Anything that can be told of an alert."""

    def send(self, alert: Alert) -> bool:
        """One attempt; False if it was not delivered."""


class SlackNotifier:
    """Posts to a Slack webhook. The webhook's address is a secret and is in no repr and no problem."""

    def __init__(self, webhook_url: str, channel: str = "#alerts", username: str = "TradingBot", *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """`timeout_seconds` bounds each wait on the network."""
        self._url = webhook_url
        self._channel = channel
        self._username = username
        self._timeout_seconds = timeout_seconds
        self.problem = ""
        """Why the last alert was not delivered; empty if it was."""

    def send(self, alert: Alert) -> bool:
        """Post one alert; blocks a few seconds at most."""
        return self.attempt(alert).delivered

    def attempt(self, alert: Alert) -> Attempt:
        """The same, with the problem in words and whether to try again."""
        outcome = post_json(self._url, self.payload(alert), self._timeout_seconds)
        self.problem = outcome.problem
        return outcome

    def payload(self, alert: Alert) -> dict[str, Any]:
        """The message as Slack takes it."""
        facts = {"Severity": alert.severity.value, "Category": alert.category.value, "Source": alert.source, "Time": alert.timestamp.isoformat()}
        shown = {**facts, **{str(name): str(value)[:_FIELD_CHARACTERS_MAX] for name, value in alert.metadata.items()}}
        fields = [{"title": name, "value": value, "short": True} for name, value in shown.items()]
        attachment = {"color": COLOURS[alert.severity], "title": alert.title, "text": alert.message, "fields": fields}
        return {"channel": self._channel, "username": self._username, "attachments": [attachment]}


class EmailNotifier:
    """Sends mail to every recipient. The password is in no repr and no problem, and goes over an encrypted connection only."""

    def __init__(
        self,
        smtp_host: str,
        smtp_port: int,
        username: str | None,
        password: str | None,
        from_address: str,
        recipients: Sequence[str],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Port 465 is encrypted from the start; any other uses STARTTLS where it is offered."""
        self._server = MailServer(smtp_host, smtp_port, username or "", password or "", encrypted=smtp_port == IMPLICIT_TLS_PORT)
        self._from = from_address
        self._recipients = tuple(recipients)
        self._timeout_seconds = timeout_seconds
        self.problem = ""
        """Why the last alert was not delivered; empty if it was."""

    def send(self, alert: Alert) -> bool:
        """Send one alert; blocks a few seconds at most."""
        return self.attempt(alert).delivered

    def attempt(self, alert: Alert) -> Attempt:
        """The same, with the problem in words and whether to try again."""
        outcome = send_mail(self._server, self.message(alert), self._timeout_seconds) if self._recipients else Attempt("there is no recipient")
        self.problem = outcome.problem
        return outcome

    def message(self, alert: Alert) -> EmailMessage:
        """The mail, as text and as HTML; line ends in a title cannot become headers."""
        mail = EmailMessage()
        mail["Subject"] = f"[{alert.severity.value.upper()}] {' '.join(alert.title.split())}"
        mail["From"], mail["To"] = self._from, ", ".join(self._recipients)
        facts = {"Category": alert.category.value, "Source": alert.source, "Time": alert.timestamp.isoformat(), **alert.metadata}
        mail.set_content("\n".join([alert.message, "", *(f"{name}: {value}" for name, value in facts.items())]))
        rows = "".join(f"<tr><td>{escape(str(name))}</td><td>{escape(str(value))}</td></tr>" for name, value in facts.items())
        page = f"<h2>{escape(alert.title)}</h2><p>{escape(alert.message)}</p><table>{rows}</table>"
        mail.add_alternative(page, subtype="html")
        return mail
