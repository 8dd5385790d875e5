"""Alerts as Slack and mail show them; what is secret is not shown."""

from __future__ import annotations

from robo_trader.production.alert import Alert, AlertCategory, AlertSeverity
from robo_trader.production.health_words import now
from robo_trader.production.notifying import COLOURS, EmailNotifier, SlackNotifier

HUSH = "hush-hush"
ALERT = Alert("a1", now(), AlertSeverity.CRITICAL, AlertCategory.RISK, "Loss\r\nBcc: evil@x", "Lost <b>much</b>", {"symbol": "SPY", "x": "y" * 9000})


def mail() -> EmailNotifier:
    return EmailNotifier("mail.example", 587, "ann", HUSH, "robo@example.com", ["a@example.com", "b@example.com"])


def test_slack_gets_colour_text_and_facts() -> None:
    payload = SlackNotifier("https://hooks.example/x", "#alerts", "Robo").payload(ALERT)
    (attachment,) = payload["attachments"]
    assert (payload["channel"], payload["username"], attachment["color"]) == ("#alerts", "Robo", COLOURS[AlertSeverity.CRITICAL])
    assert attachment["text"] == "Lost <b>much</b>"
    fields = {field["title"]: field["value"] for field in attachment["fields"]}
    assert list(fields) == ["Severity", "Category", "Source", "Time", "symbol", "x"]
    assert len(fields["x"]) == 500


def test_mail_is_for_everybody_and_a_title_makes_no_header() -> None:
    message = mail().message(ALERT)
    assert message["Subject"] == "[CRITICAL] Loss Bcc: evil@x"
    assert message["Bcc"] is None
    assert message["To"] == "a@example.com, b@example.com"
    text, page = message.iter_parts()
    assert "symbol: SPY" in text.get_content()
    assert "Lost &lt;b&gt;much&lt;/b&gt;" in page.get_content()


def test_secrets_are_in_no_repr_and_in_no_problem() -> None:
    slack = SlackNotifier(f"https://[{HUSH}/x")
    assert slack.send(ALERT) is False
    assert slack.problem == "the webhook's address cannot be read"
    assert HUSH not in repr(slack) + repr(mail()) + slack.problem


def test_without_a_recipient_nothing_is_sent() -> None:
    nobody = EmailNotifier("mail.example", 587, None, None, "robo@example.com", [])
    assert not nobody.send(ALERT)
    assert "recipient" in nobody.problem
