"""Behaviour of `explanation`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.explanation import LAST_DEFAULT, LAST_MAX, Question


def test_a_question_without_words_asks_for_the_newest_few():
    assert (Question().intent, Question().symbol, Question().last) == ("", "", LAST_DEFAULT)
    assert LAST_DEFAULT < LAST_MAX
