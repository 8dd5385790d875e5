"""Alerts of one process, numbered, so that nothing is told twice."""

from __future__ import annotations

from actors.alert_log import ALERTS_KEPT_MAX, AlertLog
from robo_trader.desk.effects import Alert, Severity


def test_an_alert_is_numbered_dated_and_said():
    notes: list[str] = []
    log = AlertLog(lambda: 77, notes.append)
    log.add(Alert(Severity.CRITICAL, "key", "something broke"))
    log.say(Severity.INFO, "other", "it works again")
    assert notes == ["critical: something broke", "info: it works again"]
    assert log.after(0) == [
        {"number": 1, "at_ns": 77, "severity": "critical", "key": "key", "text": "something broke"},
        {"number": 2, "at_ns": 77, "severity": "info", "key": "other", "text": "it works again"},
    ]


def test_only_what_came_after_is_given_and_the_newest_lines_are_for_people():
    log = AlertLog(lambda: 0, lambda _: None)
    for number in range(4):
        log.say(Severity.WARNING, "k", f"text {number}")
    assert [alert["number"] for alert in log.after(2)] == [3, 4]
    assert log.after(4) == []
    assert log.lines(2) == ["warning: text 2", "warning: text 3"]


def test_the_oldest_are_forgotten_and_the_numbers_go_on():
    log = AlertLog(lambda: 0, lambda _: None)
    for _ in range(ALERTS_KEPT_MAX + 3):
        log.say(Severity.INFO, "k", "t")
    kept = log.after(0)
    assert (len(kept), kept[0]["number"], kept[-1]["number"]) == (ALERTS_KEPT_MAX, 4, ALERTS_KEPT_MAX + 3)
