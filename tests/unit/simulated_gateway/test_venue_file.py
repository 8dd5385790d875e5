"""A venue from a file, and what is wrong with one."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.sequences import LateModify, Rules
from robo_trader.simulated_gateway.settings import REAL_MANNERS
from robo_trader.simulated_gateway.time_words import TimeForm
from robo_trader.simulated_gateway.venue import Halt, Venue
from robo_trader.simulated_gateway.venue_file import parse, read_venue
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import IBM, SPY, at

WHOLE: dict[str, Any] = {
    "latency_ms": 40,
    "queue": True,
    "orders_meet": True,
    "commissions": "tiered",
    "shares_to_borrow": {"IBM": 0},
    "locate_seconds": {"SPY": 90},
    "halts": [{"symbol": "SPY", "begin": "2013-10-07T10:30:00", "end": "2013-10-07T14:35:00+00:00"}],
    "rules": {
        "tells_preset": True,
        "duplicates": False,
        "modify_of_filled": "silence",
        "tick_size_duplicates": True,
        "execution_times": "utc",
        "master_client_id": 3,
    },
}


def test_every_setting_can_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "venue.json").write_text(json.dumps(WHOLE))
    manners = read_venue(tmp_path / "venue.json")
    assert manners.venue == Venue(
        latency_ns=NS_PER_SECOND // 25,
        queue=True,
        orders_meet=True,
        commissions="tiered",
        shares_to_borrow={IBM: 0},
        locate_seconds={SPY: 90},
        halts=(Halt(SPY, at("10:30:00"), at("10:35:00")),),
    )
    assert manners.rules == Rules(tells_preset=True, duplicates=False, modify_of_filled=LateModify.SILENCE)
    assert (manners.tick_size_duplicates, manners.execution_times, manners.master_client_id) == (True, TimeForm.UTC, 3)


def test_what_is_not_written_is_as_ever() -> None:
    assert parse({}) == REAL_MANNERS
    assert parse({"rules": {"master_client_id": None}}) == REAL_MANNERS


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([], "the whole"),
        ({"latency": 1}, 'the name "latency"'),
        ({"latency_ms": "1"}, "latency_ms"),
        ({"latency_ms": True}, "latency_ms"),
        ({"latency_ms": -1}, "latency_ns"),
        ({"queue": 1}, "queue"),
        ({"commissions": 1}, "commissions"),
        ({"commissions": "free"}, "'free'"),
        ({"shares_to_borrow": []}, "shares_to_borrow"),
        ({"locate_seconds": {"SPY": 0.5}}, "locate_seconds of SPY"),
        ({"halts": {}}, "halts"),
        ({"halts": [{"symbol": "SPY"}]}, "the halt"),
        ({"halts": [{"symbol": "SPY", "begin": "soon", "end": "later"}]}, "the time"),
        ({"rules": []}, "rules"),
        ({"rules": {"kindness": True}}, 'the rule "kindness"'),
        ({"rules": {"duplicates": "no"}}, "duplicates"),
        ({"rules": {"modify_of_filled": True}}, "one of 104, 201, silence"),
        ({"rules": {"tick_size_duplicates": 1}}, "tick_size_duplicates"),
        ({"rules": {"execution_times": "local"}}, "one of zone, plain, utc"),
        ({"rules": {"execution_times": []}}, "one of zone, plain, utc"),
        ({"rules": {"master_client_id": "3"}}, "master_client_id"),
        ({"rules": {"master_client_id": -1}}, "master_client_id -1"),
    ],
)
def test_a_mistake_is_named(said: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        parse(said)


def test_a_file_that_is_absent_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_venue(tmp_path / "absent.json")
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(ConfigurationError, match="is not JSON"):
        read_venue(tmp_path / "torn.json")


def test_the_example_in_the_documents_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs/simulated_gateway.md").read_text(encoding="utf-8")
    example = text[text.index("## The venue") :].partition("```json")[2].partition("```")[0]
    said = parse(json.loads(example))
    assert (said.venue.queue, said.venue.commissions, len(said.venue.halts), said.rules.tells_preset) == (True, "tiered", 1, True)


def test_every_rule_is_in_the_documents() -> None:
    text = (Path(__file__).parents[3] / "docs/simulated_gateway.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| rules |")]
    assert [field.name for field in fields(Rules) if f"`{field.name}`" not in row] == []
