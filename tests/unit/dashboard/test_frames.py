"""Pictures as text: strict JSON, one event a picture, and a section that is no JSON harms only itself."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.dashboard.frames import frame, text_of
from robo_trader.edge.picture import SECTIONS, as_json
from robo_trader.values import NS_PER_SECOND
from tests.support.pictures import full_picture

NOW = 10 * NS_PER_SECOND


def test_the_text_is_what_the_picture_tells():
    assert json.loads(text_of(full_picture(NOW), NOW + NS_PER_SECOND)) == as_json(full_picture(NOW), NOW + NS_PER_SECOND)


def test_an_event_has_a_number_a_pause_before_reconnecting_and_the_picture_on_one_line():
    event = frame(7, '{"system":"demo"}')
    assert event == b'id: 7\nretry: 1000\ndata: {"system":"demo"}\n\n'


def test_line_breaks_inside_a_value_do_not_break_the_event():
    picture = full_picture(NOW)
    desk = replace(picture.sections["desk"], value={"alerts": ["one\ntwo\r\n\ndata: {}"]})
    event = frame(1, text_of(replace(picture, sections={"desk": desk}), NOW)).decode()
    assert len(event.splitlines()) == 4
    assert json.loads(event.splitlines()[2].removeprefix("data: "))["sections"]["desk"]["value"] == {"alerts": ["one\ntwo\r\n\ndata: {}"]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("1.50"), {1, 2}, object()])
def test_a_section_that_is_no_json_is_unavailable_and_the_others_are_told(value: object):
    picture = full_picture(NOW)
    broken = replace(picture.sections["process"], value={"cpu_percent": value})
    told = json.loads(text_of(replace(picture, sections={**picture.sections, "process": broken}), NOW))["sections"]
    assert told["process"]["state"] == "unavailable"
    assert told["process"]["value"] == {}
    assert "not JSON" in told["process"]["problem"]
    assert {told[name]["state"] for name in SECTIONS if name != "process"} == {"value"}
