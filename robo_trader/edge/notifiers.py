"""Messages to people outside: one attempt each, over HTTP or SMTP, that always ends and never raises.

An attempt's outcome is a value: delivered, or a problem in words and whether trying again may help. Each wait on the network is bounded by
`timeout_seconds`. A webhook's address and a password are secrets, so no problem repeats more of an address than its host, and a password goes over an
encrypted connection or not at all. Blocking: these run in a thread of their own, never in a trading loop.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from random import Random
from typing import Final
from urllib.parse import urlsplit

from robo_trader.edge.backoff import pauses

TIMEOUT_SECONDS: Final = 5.0
TRIES_MAX: Final = 4
PAUSE_SECONDS_MAX: Final = 8.0
_ANSWER_BYTES_MAX: Final = 1024
_GOOD: Final = range(200, 300)
_TOO_MANY: Final = 429
_SERVERS_FAULT: Final = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one message: an empty `problem` means delivered; `again` says whether another try may help."""

    problem: str = ""
    again: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the other side took it."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `encrypted` opens TLS at once (port 465); else STARTTLS is used where the server offers it."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    encrypted: bool = False

    def __repr__(self) -> str:
        """Without the password."""
        return f"MailServer({self.host}:{self.port})"


def post_json(url: str, payload: object, timeout_seconds: float = TIMEOUT_SECONDS) -> Attempt:
    """POST `payload` as JSON; redirects are not followed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Attempt("the webhook's address cannot be read")
    if parts.scheme not in ("http", "https") or not host:
        return Attempt("the webhook's address is no http or https address")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, port, timeout=timeout_seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, json.dumps(payload).encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read(_ANSWER_BYTES_MAX)
    except (OSError, HTTPException, ValueError) as lost:
        return Attempt(f"{host} could not be reached: {type(lost).__name__}", again=True)
    finally:
        connection.close()
    if answer.status in _GOOD:
        return Attempt()
    return Attempt(f"{host} answered {answer.status}", again=answer.status == _TOO_MANY or answer.status >= _SERVERS_FAULT)


def send_mail(server: MailServer, message: EmailMessage, timeout_seconds: float = TIMEOUT_SECONDS) -> Attempt:
    """Hand in one message. With a username and no encryption to be had, nothing is sent."""
    trust = ssl.create_default_context()
    try:
        with _opened(server, timeout_seconds, trust) as session:
            session.ehlo_or_helo_if_needed()
            encrypted = server.encrypted
            if not encrypted and session.has_extn("starttls"):
                session.starttls(context=trust)
                session.ehlo()
                encrypted = True
            if server.username:
                if not encrypted:
                    return Attempt(f"{server.host} offers no encryption, so the password was not sent")
                session.login(server.username, server.password)
            refused = session.send_message(message)
    except smtplib.SMTPAuthenticationError:
        return Attempt(f"{server.host} refused the user's name or password")
    except smtplib.SMTPResponseException as refusal:
        return Attempt(f"{server.host} answered {refusal.smtp_code}", again=refusal.smtp_code < _SERVERS_FAULT)
    except smtplib.SMTPRecipientsRefused as refusal:
        return Attempt(f"{server.host} refused {', '.join(refusal.recipients)}")
    except (OSError, ValueError) as lost:  # SMTPException is one
        return Attempt(f"{server.host} could not be reached: {type(lost).__name__}", again=True)
    return Attempt(f"{server.host} refused {', '.join(refused)}") if refused else Attempt()


def delivered(attempt: Callable[[], Attempt], wait: Callable[[float], object], chance: Random, *, tries_max: int = TRIES_MAX) -> Attempt:
    """Try until it is delivered or there is no use, `tries_max` times at most, with growing pauses (`wait` gets seconds); the last outcome."""
    outcome = attempt()
    for pause in islice(pauses(chance, pause_seconds_max=PAUSE_SECONDS_MAX), tries_max - 1):
        if not outcome.again:
            break
        wait(pause)
        outcome = attempt()
    return outcome


def _opened(server: MailServer, timeout_seconds: float, trust: ssl.SSLContext) -> smtplib.SMTP:
    if server.encrypted:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_seconds, context=trust)
    return smtplib.SMTP(server.host, server.port, timeout=timeout_seconds)
