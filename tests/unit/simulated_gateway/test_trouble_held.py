"""Requests in an outage, of one and of several that overlap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client

from robo_trader.simulated_gateway.fault_kinds import Outage
from robo_trader.simulated_gateway.requests import CurrentTime, GlobalCancel, Positions
from robo_trader.simulated_gateway.trouble_held import HeldRequests
from tests.support.gateway_bench import Bench, names


def outage(at: str, seconds: int, **more: Any) -> dict[str, Any]:
    return {"fault": "outage", "when": {"market_time": f"2013-10-07T{at}"}, "market_seconds": seconds, **more}


def positions(client: Client) -> None:
    client.reqPositions()


def test_what_the_gateway_knows_by_itself_is_answered_and_the_rest_is_kept_once(tmp_path: Path) -> None:
    connection, held = Bench(tmp_path).client().connection, HeldRequests()
    lost = Outage(orders="lost")
    assert not held.takes(None, connection, Positions())
    assert not held.takes(lost, connection, CurrentTime())
    assert held.takes(lost, connection, Positions()) and held.takes(lost, connection, GlobalCancel())
    assert held.takes(Outage(), connection, GlobalCancel())
    assert held.released() == [(connection, Positions()), (connection, GlobalCancel())]
    assert held.released() == []


def test_what_a_connection_wanted_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    connection, held = Bench(tmp_path).client().connection, HeldRequests()
    held.takes(Outage(), connection, Positions())
    connection.abort()
    assert held.released() == []


@pytest.mark.parametrize("more", [{}, {"ends_with": 1101}], ids=["another word", "the same"])
def test_of_two_outages_at_once_the_last_end_is_the_end_and_is_told_once(tmp_path: Path, more: dict[str, Any]) -> None:
    it = Bench(tmp_path, scenario=[outage("09:31:05", 20, **more), outage("09:31:15", 20, ends_with=1101), outage("09:31:15", 20, ends_with=1101)])
    client = it.client()
    it.pass_seconds(16)
    client.say(positions)
    it.pass_seconds(18)
    assert names(client.heard()) == []
    it.pass_seconds(1)
    assert names(client.heard()) == ["error 1101", "positionEnd"]


def test_farms_are_back_when_none_of_their_faults_lasts(tmp_path: Path) -> None:
    lost = [{"fault": "farms_down", "when": {"market_time": f"2013-10-07T09:31:{at}"}, "market_seconds": 20} for at in ("05", "15")]
    it = Bench(tmp_path, scenario=lost)
    client = it.client()
    client.heard()
    it.pass_seconds(34)
    assert names(client.heard()) == ["error 2103", "error 2105"] * 2
    it.pass_seconds(1)
    assert names(client.heard()) == ["error 2104", "error 2106"]
