"""What people are told of a system: values with their age, or the reason why there is none; never a figure that nobody said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from robo_trader.edge.picture import NOTHING_YET, SECTIONS, Picture, Section, as_json, flatten, with_problem
from robo_trader.values import NS_PER_SECOND
from tests.support.pictures import HALT, full_picture

NOW = 5_000 * NS_PER_SECOND


def changed(picture: Picture, name: str, **facts: Any) -> Picture:
    return replace(picture, sections={**picture.sections, name: replace(picture.sections[name], **facts)})


def told(picture: Picture, after_seconds: float = 0.5) -> dict[str, Any]:
    return as_json(picture, NOW + int(after_seconds * NS_PER_SECOND))


def test_a_section_is_told_with_source_age_and_value():
    desk = told(full_picture(NOW))["sections"]["desk"]
    assert (desk["source"], desk["age_seconds"], desk["state"], desk["problem"]) == ("risk_desk", 0.5, "value", "")
    assert desk["value"]["books"][0]["position"] == 100


@pytest.mark.parametrize(("age_seconds", "state"), [(0.0, "value"), (2.0, "value"), (2.001, "stale"), (900.0, "stale")])
def test_a_value_is_stale_once_it_is_older_than_its_source_promised(age_seconds: float, state: str):
    section = told(full_picture(NOW), age_seconds)["sections"]["gateway"]
    assert (section["state"], section["age_seconds"]) == (state, age_seconds)


def test_a_source_with_a_problem_is_unavailable_and_keeps_what_it_said_last_with_its_age():
    section = told(changed(full_picture(NOW), "desk", problem="no answer"), 7.0)["sections"]["desk"]
    assert (section["state"], section["problem"], section["age_seconds"]) == ("unavailable", "no answer", 7.0)
    assert section["value"]["fills"] == 6


def test_a_source_that_never_spoke_is_unavailable_and_not_zero():
    sections = told(NOTHING_YET)["sections"]
    assert tuple(sections) == SECTIONS
    for section in sections.values():
        assert (section["state"], section["age_seconds"], section["value"]) == ("unavailable", None, {})
        assert section["problem"]


def test_an_answer_dated_by_another_clock_has_no_age():
    section = told(changed(full_picture(NOW), "tree", taken_ns=NOW + 60 * NS_PER_SECOND))["sections"]["tree"]
    assert (section["state"], section["age_seconds"]) == ("unavailable", None)
    assert "another machine" in section["problem"]


def test_an_answer_dated_a_moment_ahead_is_new_and_no_age_is_negative():
    section = told(changed(full_picture(NOW), "tree", taken_ns=NOW + NS_PER_SECOND))["sections"]["tree"]
    assert (section["state"], section["age_seconds"]) == ("value", 0.0)


def test_a_section_that_the_design_does_not_know_is_told_too():
    more = {**full_picture(NOW).sections, "weather": Section("window", NOW, 1.0, "", {"sun": True})}
    assert told(replace(full_picture(NOW), sections=more))["sections"]["weather"]["value"] == {"sun": True}


def test_a_picture_that_cannot_be_renewed_says_so_in_every_section_and_keeps_problems_of_their_own():
    broken = with_problem(changed(full_picture(NOW), "desk", problem="its own"), "no answer")
    problems = {name: section["problem"] for name, section in told(broken)["sections"].items()}
    assert problems == dict.fromkeys(SECTIONS, "no answer") | {"desk": "its own"}
    assert {s.problem for s in with_problem(NOTHING_YET, "no answer").sections.values()} == {"no answer"}


def test_a_picture_is_json():
    assert json.loads(json.dumps(told(full_picture(NOW)))) == told(full_picture(NOW))


STATUS_KEYS = {
    *(
        "state",
        "system",
        "epoch",
        "market_time",
        "session",
        "books",
        "external",
        "cash_change",
        "commissions",
        "realised",
        "orders",
        "stops",
        "fills",
    ),
    *("refusals", "unknown", "reconciled", "halts", "alerts", "ages", "gateway", "journal", "cash", "actors", "ports"),
}


def test_the_flat_form_has_the_keys_of_status():
    flat = flatten(told(full_picture(NOW)))
    assert set(flat) == STATUS_KEYS
    assert (flat["state"], flat["system"], flat["epoch"], flat["session"]) == ("trading", "demo", 12, "open")
    assert flat["gateway"] == {"host": "127.0.0.1", "port": 4002, "connected": True}
    assert flat["ages"] == {"packet": 0.58, "bar": 2.9, "sweep": 6.6}, "ages of the answer, plus the answer's own"
    assert (flat["cash"], flat["cash_change"], flat["journal"]) == ("983231.00", "-16769.00", "ok")
    assert [actor["name"] for actor in flat["actors"]][:2] == ["stop_controller", "broker_gateway"]
    assert flat["alerts"] == ["info: reconciled after start"]


def test_without_any_answer_the_flat_form_has_the_same_keys_and_no_figure():
    flat = flatten(told(NOTHING_YET))
    assert set(flat) == STATUS_KEYS
    assert flat["state"] == "unavailable"
    assert len(flat["alerts"]) == len(SECTIONS)
    nothing = {key: value for key, value in flat.items() if key not in {"state", "system", "alerts", "gateway"}}
    assert set(nothing.values()) == {None}
    assert flat["gateway"] == {"host": None, "port": None, "connected": None}


def test_what_is_stale_is_never_a_sign_of_life():
    flat = flatten(told(full_picture(NOW), 30.0))
    assert flat["state"] == "stale"
    assert flat["gateway"]["connected"] is None
    assert flat["books"][0]["position"] == 100
    assert flat["ages"]["packet"] == 30.08


def test_a_desk_that_cannot_be_heard_has_no_books_and_is_an_alert():
    flat = flatten(told(changed(full_picture(NOW), "desk", problem="ActorDied")))
    assert (flat["state"], flat["books"], flat["fills"]) == ("unavailable", None, None)
    assert flat["alerts"] == ["warning: risk_desk is unavailable: ActorDied"]


def test_a_halt_that_only_the_fence_knows_is_told_and_one_that_both_know_is_told_once():
    picture = full_picture(NOW)
    fence = changed(picture, "stop_controller", value={**picture.sections["stop_controller"].value, "halts": [HALT]})
    both = changed(fence, "desk", value={**picture.sections["desk"].value, "halts": [HALT]})
    assert flatten(told(fence))["halts"] == [HALT]
    assert flatten(told(both))["halts"] == [HALT]
    assert flatten(told(changed(both, "desk", problem="ActorDied")))["halts"] == [HALT]


def test_no_halts_is_said_only_by_someone_who_can_be_heard():
    silent = changed(changed(full_picture(NOW), "desk", problem="x"), "stop_controller", problem="x")
    assert flatten(told(full_picture(NOW)))["halts"] == []
    assert flatten(told(silent))["halts"] is None
