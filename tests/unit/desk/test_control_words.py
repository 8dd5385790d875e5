"""No control says no without words for a person."""

from __future__ import annotations

import inspect
import re

import pytest

from robo_trader.desk import adding
from robo_trader.desk.control_words import CONTROLS, LATCHED, remedy_for_unsent, words_for
from robo_trader.risk import gate


def test_every_control_that_can_refuse_has_its_words():
    said = {control.id for control in gate.CONTROLS} | set(re.findall(r'_no\("(\w+)"', inspect.getsource(adding)))
    said |= set(re.findall(r'Refusal\(\s*"(\w+)"', inspect.getsource(gate)))
    assert said == set(CONTROLS)
    assert all(words.sentence and words.remedy for words in CONTROLS.values())


@pytest.mark.parametrize(
    ("control", "detail", "remedy"),
    [
        ("C03", "stale quote: 9.000 s against 5 s", "market data"),
        ("C03", "price too far from the mid: 9 % against 2 %", "closer market"),
        ("C17", "draining:  against ", "start it again"),
        ("C05", "max_position is not configured: none against none", "configure max_position"),
        ("C05", f"{LATCHED}max_position is not configured: none against none:  against ", "configure max_position"),
        ("C01", f"{LATCHED}quantity too large: 200 against 100:  against ", "--max-quantity"),
        ("C99", "something", "version"),
    ],
)
def test_the_remedy_is_for_what_was_wrong(control: str, detail: str, remedy: str):
    assert remedy in words_for(control, detail).remedy


def test_a_latched_no_says_why_waiting_does_not_help():
    assert "waiting does not change" in words_for("C01", f"{LATCHED}quantity too large: 200 against 100").sentence


def test_an_unsent_intent_has_a_remedy_whatever_the_reason():
    assert "resume" in remedy_for_unsent("halted: halt x (NO_NEW, all): storm")
    assert "bug" in remedy_for_unsent("the orders of s/SPY/1 would come to 200 of 100 shares")
    assert "disk" in remedy_for_unsent("the journal failed")
    assert remedy_for_unsent("something else")
