"""Reading the log: what is skipped, what is tolerated, what is refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.verify_records import ClockMove, FrameIn, Match, Stall, Started, intent_of, is_ours, records

START = '{"t":1,"c":2,"k":"start","account":"DU1","cash":"1000000","positions":{"SPY":5}}'
CLOCK = '{"t":1,"c":2,"k":"clock","to":3}'


def test_each_kind_that_matters_becomes_its_record() -> None:
    match = {"exec_id": "e", "perm_id": 1, "ref": "rt:a:1:x", "symbol": "SPY", "side": "SELL", "qty": 3, "price": "168.1", "commission": "1"}
    lines = [
        START,
        '{"t":9,"c":2,"k":"in","conn":1,"client":null,"f":["71","2"]}',
        CLOCK,
        json.dumps({"t": 1, "c": 2, "k": "match"} | match),
        '{"t":4,"c":2,"k":"stall","ns":7}',
    ]
    assert list(records(lines)) == [
        Started("DU1", Decimal(1000000), {"SPY": 5}),
        FrameIn(9, 1, None, ("71", "2")),
        ClockMove(2, 3),
        Match(2, "e", 1, "rt:a:1:x", "SPY", -1, 3, Decimal("168.1"), Decimal(1)),
        Stall(4, 7),
    ]


def test_frames_to_clients_and_kinds_of_a_later_version_are_skipped() -> None:
    lines = ['{"t":1,"c":2,"k":"out","conn":1,"client":7,"f":[broken', '{"t":1,"c":2,"k":"weather","rain":true}', "", CLOCK]
    assert list(records(lines)) == [ClockMove(2, 3)]


@pytest.mark.parametrize("length", range(1, len(CLOCK)))
def test_a_line_torn_anywhere_is_tolerated_at_the_end(length: int) -> None:
    assert list(records([CLOCK, CLOCK[:length]])) == [ClockMove(2, 3)]


def test_a_torn_line_is_tolerated_where_a_gateway_came_back() -> None:
    assert len(list(records([CLOCK, CLOCK[:12], START, CLOCK]))) == 3


def test_a_broken_line_in_the_middle_is_refused_by_its_number() -> None:
    with pytest.raises(DataError, match="line 2 "):
        list(records([CLOCK, CLOCK[:12], CLOCK]))


@pytest.mark.parametrize("line", ['{"t":1,"c":2,"k":"clock"}', '{"t":1,"c":2,"k":"match","qty":"many"}', '{"t":1,"c":"x","k":"clock","to":1}'])
def test_a_record_without_its_facts_is_refused(line: str) -> None:
    with pytest.raises(DataError, match="line 1 "):
        list(records([line, CLOCK]))


def test_our_references_are_told_apart_and_name_their_intent_last() -> None:
    assert is_ours("rt:demo:3:abc")
    assert not is_ours("manual")
    assert intent_of("rt:demo:3:abc") == "abc"
