"""What was told a while ago is shown with its true age, and stops being the present."""

from __future__ import annotations

from typing import Any

import pytest

from robo_trader.edge.last_told import NOTHING_TOLD, as_of, checked
from robo_trader.edge.picture import SECTIONS, as_json
from robo_trader.errors import ProtocolError
from robo_trader.values import NS_PER_SECOND
from tests.support.pictures import full_picture

NOW = 5_000 * NS_PER_SECOND


def told() -> dict[str, Any]:
    return as_json(full_picture(NOW), NOW + NS_PER_SECOND // 2)


def test_ages_grow_and_what_was_told_stays():
    before = told()
    desk = as_of(before, 1.25)["sections"]["desk"]
    assert (desk["age_seconds"], desk["state"], desk["problem"]) == (1.75, "value", "")
    assert desk["value"] == before["sections"]["desk"]["value"]
    assert before["sections"]["desk"]["age_seconds"] == 0.5, "the picture that is kept does not change"


@pytest.mark.parametrize(("since", "state"), [(3.0, "value"), (3.001, "stale"), (900.0, "stale")])
def test_what_nobody_renewed_for_three_seconds_is_stale(since: float, state: str):
    assert {section["state"] for section in as_of(told(), since)["sections"].values()} == {state}


def test_with_its_teller_lost_every_section_is_unavailable_and_keeps_its_own_problem_and_its_last_word():
    known = told()
    known["sections"]["desk"] |= {"state": "unavailable", "problem": "its own"}
    sections = as_of(known, 0.1, "the root is dead")["sections"]
    assert {section["state"] for section in sections.values()} == {"unavailable"}
    assert {name: section["problem"] for name, section in sections.items()} == dict.fromkeys(SECTIONS, "the root is dead") | {"desk": "its own"}
    assert sections["desk"]["value"]["fills"] == 6


def test_time_makes_nothing_better():
    known = told()
    known["sections"]["desk"]["state"] = "stale"
    assert as_of(known, 0.0)["sections"]["desk"]["state"] == "stale"


def test_before_the_first_word_there_is_nothing_and_it_has_no_age():
    for section in as_of(NOTHING_TOLD, 7.0)["sections"].values():
        assert (section["state"], section["age_seconds"], section["value"]) == ("unavailable", None, {})


def test_why_a_teller_never_spoke_is_said():
    assert {section["problem"] for section in as_of(NOTHING_TOLD, 0.0, "the root is dead")["sections"].values()} == {"the root is dead"}


def test_a_picture_is_taken_as_it_is():
    assert checked(told()) == told()
    assert checked(NOTHING_TOLD) == NOTHING_TOLD


@pytest.mark.parametrize("answer", [None, "sections", [], {}, {"sections": []}, {"sections": {}}, {"sections": {name: {} for name in SECTIONS}}])
def test_an_answer_that_is_no_picture_is_refused(answer: object):
    with pytest.raises(ProtocolError, match="no picture"):
        checked(answer)


def test_a_section_that_is_not_whole_says_so_and_is_not_read():
    answer = told()
    del answer["sections"]["gateway"]["value"]["lease_valid"]
    del answer["sections"]["tree"]["value"]["actors"][3]["phase"]
    answer["sections"]["desk"]["value"]["books"] = None
    sections = checked(answer)["sections"]
    lost = {name: section["problem"] for name, section in sections.items() if section["state"] == "unavailable"}
    assert lost == {
        "gateway": "its answer has no 'lease_valid'",
        "tree": "its answer has no 'actors.phase'",
        "desk": "its answer has no 'books'",
    }


def test_a_section_that_is_unavailable_may_be_empty():
    answer = told()
    answer["sections"]["alerting"] |= {"state": "unavailable", "problem": "it hangs", "value": {}}
    assert checked(answer)["sections"]["alerting"]["problem"] == "it hangs"
