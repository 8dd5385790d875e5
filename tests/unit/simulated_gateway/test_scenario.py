"""Scenario files: what they mean, and that a wrong line is refused by number, field and remedy before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.cli.app import main
from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.fault_kinds import Cut, Outage, RejectOrder, Restart, SwallowOrder
from robo_trader.simulated_gateway.scenario import FAULTS_MAX, When, market_instant, parse, purpose_of, read_scenario
from tests.support.exchange_bench import BUY, IBM, SELL, at, ticket

SWALLOW = '{"fault": "swallow_order", "when": {"order": 2, "purpose": "enter"}, "times": 3}'


def test_a_line_is_a_fault_and_what_sets_it_off() -> None:
    (planned,) = parse([SWALLOW])
    assert planned.fault == SwallowOrder(times=3)
    assert planned.when == When("order", 2, (("purpose", "enter"),))


def test_what_is_not_said_has_its_default() -> None:
    (planned,) = parse(['{"fault": "reject_order", "when": {"order": 1}}'])
    assert planned.fault == RejectOrder()


def test_lines_for_people_are_skipped_and_still_counted() -> None:
    assert parse(["# a bad morning", "", SWALLOW, '{"fault": "cut", "when": {"cancel": 1}}'])[1].fault == Cut()
    with pytest.raises(ConfigurationError, match="line 3"):
        parse(["# a bad morning", "", "{"])


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2013-10-07T10:30:00", at("10:30:00")),
        ("2013-10-07 10:30:00.5", at("10:30:00.5")),
        ("2013-10-07T14:30:00+00:00", at("10:30:00")),
        ("2013-10-07T14:30:00Z", at("10:30:00")),
        ("2013-10-07", None),
        ("10:30", None),
        ("soon", None),
    ],
)
def test_market_time_is_new_yorks_unless_a_zone_is_named(said: str, instant: int | None) -> None:
    assert market_instant(said) == instant


def test_a_restart_at_a_market_time_keeps_the_whole_instant() -> None:
    (planned,) = parse(['{"fault": "restart", "when": {"market_time": "2013-10-07T10:30:00.000001"}, "next_valid_id": "rolled_back"}'])
    assert planned.when.at == at("10:30:00") + 1000
    assert planned.fault == Restart(next_valid_id="rolled_back")


def test_purposes_are_judged_from_outside() -> None:
    assert purpose_of(ticket(1)) == "enter"
    assert purpose_of(ticket(1, SELL, group="slice")) == "exit"
    assert purpose_of(ticket(1, SELL, stop="10.00", group="slice")) == "protect"


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ({}, True),
        ({"side": "BUY"}, True),
        ({"side": "SELL"}, False),
        ({"kind": "LMT"}, True),
        ({"kind": "MKT"}, False),
        ({"symbol": "IBM", "client": 9, "purpose": "enter"}, True),
        ({"symbol": "IBM", "client": 8}, False),
    ],
)
def test_an_order_counts_if_it_passes_every_filter(filters: dict[str, object], passes: bool) -> None:
    order = ticket(1, BUY, limit="10.00", symbol=IBM, client=9)
    assert When("order", 1, tuple(filters.items())).passes(order) is passes


WRONG = [
    ("[]", "not a JSON object"),
    ("nonsense", "not a JSON object"),
    ("[" * 100_000, "not a JSON object"),
    ('{"when": {"order": 1}}', "field 'fault' is None"),
    ('{"fault": "earthquake", "when": {"order": 1}}', "field 'fault' is 'earthquake'"),
    ('{"fault": ["cut"], "when": {"order": 1}}', "field 'fault'"),
    ('{"fault": "cut"}', "field 'when' is None"),
    ('{"fault": "cut", "when": {}}', "names no trigger"),
    ('{"fault": "cut", "when": {"order": 1, "fill": 1}}', "names order and fill"),
    ('{"fault": "swallow_order", "when": {"market_time": "2013-10-07T10:30:00"}}', "names market_time"),
    ('{"fault": "cut", "when": {"order": 0}}', "field 'when.order' is 0"),
    ('{"fault": "cut", "when": {"order": 1.5}}', "field 'when.order'"),
    ('{"fault": "cut", "when": {"wall_seconds": NaN}}', "field 'when.wall_seconds'"),
    ('{"fault": "cut", "when": {"market_time": "noon"}}', "field 'when.market_time' is 'noon'"),
    ('{"fault": "cut", "when": {"market_time": 5}}', "field 'when.market_time'"),
    ('{"fault": "cut", "when": {"order": 1, "side": "BOTH"}}', "field 'when.side' is 'BOTH'"),
    ('{"fault": "cut", "when": {"order": 1, "colour": "red"}}', "has 'colour' beside 'order'"),
    ('{"fault": "cut", "when": {"wall_seconds": 1, "side": "BUY"}}', "has 'side' beside 'wall_seconds'"),
    ('{"fault": "outage", "when": {"order": 1}, "ends_with": 1103}', "field 'ends_with' is 1103"),
    ('{"fault": "outage", "when": {"order": 1}, "market_seconds": 1e400}', "field 'market_seconds'"),
    ('{"fault": "outage", "when": {"order": 1}, "seconds": 3}', "outage has no field 'seconds'"),
    ('{"fault": "manual_order", "when": {"order": 1}, "symbol": "SPY", "side": "BUY"}', "manual_order has no 'quantity'"),
]


@pytest.mark.parametrize(("line", "complaint"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_line_is_refused_by_its_number_and_field_with_a_remedy(line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse([SWALLOW, line])
    assert refused.value.cause.startswith("--scenario, line 2: ")
    assert complaint in refused.value.cause
    assert refused.value.remedy


def test_a_scenario_has_an_end() -> None:
    with pytest.raises(ConfigurationError, match=str(FAULTS_MAX)):
        parse([SWALLOW] * (FAULTS_MAX + 1))


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").write_text(f'{SWALLOW}\n{{"fault": "outage", "when": {{"fill": 1}}}}\n')
    assert [planned.fault for planned in read_scenario(tmp_path / "day.jsonl")] == [SwallowOrder(times=3), Outage()]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "day.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"day\.jsonl"):
        read_scenario(path)


def test_the_command_refuses_a_wrong_scenario_with_exit_code_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "day.jsonl").write_text('{"fault": "cut", "when": {"order": "two"}}\n')
    assert main(["sim-gateway", "--scenario", str(tmp_path / "day.jsonl")]) == 4
    assert "--scenario, line 1: field 'when.order' is 'two'; give 1 to 1000000" in capsys.readouterr().err
