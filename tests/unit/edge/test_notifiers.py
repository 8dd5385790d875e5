"""Attempts as values, retries with an end, and no secret in any of their words. The network itself is in tests/wire/test_notifiers.py."""

from __future__ import annotations

from email.message import EmailMessage
from random import Random

import pytest

from robo_trader.edge.notifiers import TRIES_MAX, Attempt, MailServer, delivered, post_json, send_mail

HUSH = "hush-hush"


def told(*outcomes: Attempt) -> tuple[Attempt, int, list[float]]:
    """(the last outcome, how many tries there were, the pauses between them) of a message whose tries end so."""
    left, pauses = list(outcomes), []
    last = delivered(lambda: left.pop(0), pauses.append, Random(1))
    return last, len(outcomes) - len(left), pauses


FAILS, REFUSED, ARRIVES = Attempt("down", again=True), Attempt("no such hook"), Attempt()


def test_a_message_is_tried_until_it_arrives() -> None:
    last, tries, pauses = told(FAILS, FAILS, ARRIVES, FAILS)
    assert last.delivered
    assert tries == 3
    assert pauses == sorted(pauses), "pauses grow"


def test_tries_have_an_end_and_what_none_can_help_is_tried_once() -> None:
    last, tries, pauses = told(*[FAILS] * 9)
    assert (last, tries, len(pauses)) == (FAILS, TRIES_MAX, TRIES_MAX - 1)
    assert told(REFUSED, ARRIVES) == (REFUSED, 1, [])


@pytest.mark.parametrize("url", ["", f"ftp://host/{HUSH}", f"https://[{HUSH}", f"https://host:{HUSH}/x", f"https:///{HUSH}", HUSH])
def test_an_address_that_is_none_is_a_problem_that_does_not_repeat_it(url: str) -> None:
    outcome = post_json(url, {})
    assert not outcome.delivered and not outcome.again
    assert HUSH not in outcome.problem


def test_a_server_that_cannot_be_found_is_a_problem_and_no_password_is_shown() -> None:
    server = MailServer("", -1, "ann", HUSH)
    assert HUSH not in repr(server)
    outcome = send_mail(server, EmailMessage(), 0.1)
    assert not outcome.delivered
    assert HUSH not in outcome.problem
