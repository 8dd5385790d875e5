"""Alerts over real sockets: an HTTP server that records what it is sent, an SMTP server that does, and both when they misbehave."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

import pytest

from robo_trader.edge import notifiers
from robo_trader.edge.notifiers import MailServer, post_json, send_mail
from robo_trader.production.alert import Alert, AlertCategory, AlertSeverity
from robo_trader.production.alerting import AlertManager
from robo_trader.production.config_sections import AlertingConfig
from robo_trader.production.health_words import now
from robo_trader.production.notifying import EmailNotifier, SlackNotifier

HUSH = "hush-hush"
ALERT = Alert("a1", now(), AlertSeverity.CRITICAL, AlertCategory.RISK, "Loss", "Lost much", {"symbol": "SPY"})


class Hooks(ThreadingHTTPServer):
    """A webhook's server: answers with the statuses of `answers` in turn (the last one for ever), keeps what it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.answers = [200]
        self.got: list[tuple[str, dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/services/{HUSH}?a=1"


class Hook(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Mails(socketserver.ThreadingTCPServer):
    """A mail server without encryption that keeps what it took; refuses recipients at `refused`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Mail)
        self.heard: list[str] = []
        self.got: list[bytes] = []
        self.refused = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Mail(socketserver.StreamRequestHandler):
    server: Mails

    def handle(self) -> None:
        self.say("220 sink")
        for line in self.rfile:
            command = line.decode().strip()
            self.server.heard.append(command)
            if command.upper() == "DATA":
                self.say("354 go on")
                self.server.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            if command.upper() == "QUIT":
                self.say("221 bye")
                return
            refuses = self.server.refused and self.server.refused in command
            self.say("550 nobody of that name" if refuses else "250 good")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifiers, "PAUSE_SECONDS_MAX", 0.01)


Server = TypeVar("Server", Hooks, Mails)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    yield from serving(Hooks())


@pytest.fixture
def mails() -> Iterator[Mails]:
    yield from serving(Mails())


def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where somebody listens, takes everything and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_slack_is_posted_to(hooks: Hooks) -> None:
    slack = SlackNotifier(hooks.url, "#alerts", "Robo")
    assert slack.send(ALERT)
    ((path, payload),) = hooks.got
    assert path == f"/services/{HUSH}?a=1"
    assert payload == slack.payload(ALERT)
    assert slack.problem == ""


@pytest.mark.parametrize(("status", "again"), [(404, False), (302, False), (429, True), (503, True)])
def test_a_refusal_says_whether_to_try_again_and_no_secret(hooks: Hooks, status: int, again: bool) -> None:
    hooks.answers = [status]
    outcome = post_json(hooks.url, {})
    assert (outcome.problem, outcome.again) == (f"127.0.0.1 answered {status}", again)
    assert len(hooks.got) == 1, "redirects are not followed"


def test_a_server_that_is_silent_or_gone_costs_the_time_limit_and_no_error(mute: int) -> None:
    began = time.monotonic()
    for port in (mute, free_port()):
        for outcome in (
            post_json(f"http://127.0.0.1:{port}/{HUSH}", {}, 0.2),
            send_mail(MailServer("127.0.0.1", port), EmailNotifier("", 25, None, None, "a@b", ["c@d"]).message(ALERT), 0.2),
        ):
            assert not outcome.delivered and outcome.again
            assert HUSH not in outcome.problem
    assert time.monotonic() - began < 5


def test_mail_reaches_every_recipient(mails: Mails) -> None:
    mail = EmailNotifier("127.0.0.1", mails.port, None, None, "robo@example.com", ["a@example.com", "b@example.com"])
    assert mail.send(ALERT), mail.problem
    (raw,) = mails.got
    message = message_from_bytes(raw)
    assert message["Subject"] == "[CRITICAL] Loss"
    assert b"Lost much" in raw and b"symbol: SPY" in raw
    assert [command for command in mails.heard if command.lower().startswith("rcpt")] == ["rcpt TO:<a@example.com>", "rcpt TO:<b@example.com>"]


def test_a_password_never_goes_over_a_connection_that_is_not_encrypted(mails: Mails) -> None:
    mail = EmailNotifier("127.0.0.1", mails.port, "ann", HUSH, "robo@example.com", ["a@example.com"])
    assert not mail.send(ALERT)
    assert "no encryption" in mail.problem
    assert mails.got == []
    assert not any(HUSH in command or "AUTH" in command for command in mails.heard)


def test_a_recipient_that_is_refused_is_named(mails: Mails) -> None:
    mails.refused = "b@example.com"
    mail = EmailNotifier("127.0.0.1", mails.port, None, None, "robo@example.com", ["a@example.com", "b@example.com"])
    assert not mail.send(ALERT)
    assert "refused b@example.com" in mail.problem
    assert len(mails.got) == 1, "the other one got it"


def configured(hooks_url: str, mail_port: int) -> AlertingConfig:
    return AlertingConfig(
        alert_channels=["log", "slack", "email"],
        slack_webhook_url=hooks_url,
        smtp_host="127.0.0.1",
        smtp_port=mail_port,
        alert_recipients=["a@example.com"],
    )


def test_a_manager_delivers_to_its_channels_and_tries_again(hooks: Hooks, mails: Mails) -> None:
    hooks.answers = [503, 200]
    manager = AlertManager(configured(hooks.url, mails.port))
    manager.create_alert(AlertSeverity.CRITICAL, AlertCategory.RISK, "Loss", "Lost much")
    assert manager.flush(30)
    assert (len(hooks.got), len(mails.got)) == (2, 1)
    assert manager.get_statistics()["delivery"] == {"sent": 2, "failed": 0, "dropped": 0, "pending": 0, "problems": {}}
    manager.close()


def test_a_dead_channel_blocks_nobody_and_shows_in_the_statistics(mails: Mails, caplog: pytest.LogCaptureFixture) -> None:
    manager = AlertManager(configured(f"http://127.0.0.1:{free_port()}/{HUSH}", mails.port))
    began = time.monotonic()
    manager.create_alert(AlertSeverity.CRITICAL, AlertCategory.RISK, "Loss", "Lost much")
    assert time.monotonic() - began < 0.5
    assert manager.flush(60)
    statistics = manager.get_statistics()["delivery"]
    assert (statistics["sent"], statistics["failed"]) == (1, 1)
    assert statistics["problems"] == {"slack": "127.0.0.1 could not be reached: ConnectionRefusedError"}
    assert HUSH not in caplog.text
    manager.close()
