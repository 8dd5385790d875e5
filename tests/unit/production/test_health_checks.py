"""Verdicts on what running systems say: nothing is good that was not said."""

from __future__ import annotations

from typing import Any

import pytest

from robo_trader.production.health_checks import Heard, database_health, metrics_of, system_health, trading_health, uncovered
from robo_trader.production.health_machine import MachineUse
from robo_trader.production.health_words import ComponentStatus

SILENT = Heard("main", None, "the system did not answer within 2 s")


def said(**changes: Any) -> Heard:
    status: dict[str, Any] = {
        "state": "trading",
        "session": "open",
        "books": [{"book": "cross/SPY", "position": 100, "working": 0, "covered": 100}],
        "halts": [],
        "ages": {"packet": 0.25, "bar": 3.0, "sweep": 5.0},
        "gateway": {"connected": True},
        "journal": "ok",
        "realised": "12.50",
    }
    return Heard("main", status | changes)


HALTED = {"state": "halted", "halts": [{"id": "h", "scope": "all"}]}
BARE = {"books": [{"book": "cross/SPY", "position": -100, "working": 0, "covered": 40}]}


@pytest.mark.parametrize(
    ("heard", "status", "critical", "says"),
    [
        ([said()], ComponentStatus.UP, False, "main: trading"),
        ([said(**HALTED)], ComponentStatus.DEGRADED, False, "halted"),
        ([said(state="reconciling")], ComponentStatus.UNKNOWN, False, "reconciling"),
        ([said(state="waiting for gateway")], ComponentStatus.DOWN, False, "waiting for gateway"),
        ([said(state="dreaming")], ComponentStatus.UNKNOWN, False, "dreaming"),
        ([said(**BARE)], ComponentStatus.DEGRADED, False, "60 shares without a stop"),
        ([said(**BARE, **HALTED)], ComponentStatus.DEGRADED, True, "60 shares without a stop"),
        ([said(ages={"packet": 1.0, "bar": 90.0, "sweep": None})], ComponentStatus.DEGRADED, False, "no bar for 90 s, no sweep yet"),
        ([said(session="closed", ages={"bar": 9000.0})], ComponentStatus.UP, False, "trading"),
        ([said(actors=[{"name": "host/SPY", "phase": "given_up"}])], ComponentStatus.DEGRADED, False, "host/SPY was given up"),
        ([said(), SILENT], ComponentStatus.DOWN, True, "did not answer"),
        ([], ComponentStatus.DOWN, True, "no system runs"),
        ([Heard("main", {})], ComponentStatus.UNKNOWN, False, "None"),
    ],
)
def test_trading_is_judged_by_its_worst_system(heard: list[Heard], status: ComponentStatus, critical: bool, says: str) -> None:
    part = trading_health(heard)
    assert (part.status, part.critical) == (status, critical)
    assert says in part.message


def test_the_journal_is_what_its_writer_says() -> None:
    assert database_health([said()]).status is ComponentStatus.UP
    assert database_health([said(), said(journal="disk full")]).status is ComponentStatus.DOWN
    assert "disk full" in database_health([said(journal="disk full")]).message
    assert database_health([SILENT]).status is ComponentStatus.UNKNOWN
    assert database_health([]).status is ComponentStatus.UNKNOWN


@pytest.mark.parametrize(
    ("use", "status"),
    [
        ((50.0, 50.0, 50.0), ComponentStatus.UP),
        ((None, 50.0, 50.0), ComponentStatus.UP),
        ((91.0, 50.0, 50.0), ComponentStatus.DEGRADED),
        ((50.0, 91.0, 50.0), ComponentStatus.DEGRADED),
        ((50.0, 50.0, 96.0), ComponentStatus.DEGRADED),
        ((50.0, None, 50.0), ComponentStatus.UNKNOWN),
    ],
)
def test_the_machine_is_judged_by_its_limits(use: tuple[float | None, ...], status: ComponentStatus) -> None:
    assert system_health(MachineUse(*use, 3, 1)).status is status


def test_numbers_are_what_was_said_and_nothing_else() -> None:
    metrics = metrics_of([said(), said(**BARE)], MachineUse(1.0, 2.0, 3.0, 4, 5))
    assert (metrics.active_positions, metrics.pending_orders, metrics.data_latency_ms) == (2, 0, 250)
    assert (metrics.ibkr_connected, metrics.database_connected, metrics.market_data_streaming) == (True, True, True)
    assert (metrics.cpu_percent, metrics.open_file_descriptors) == (1.0, 4)
    assert (metrics.daily_pnl, metrics.order_latency_ms) == (None, None), "nobody said so"
    assert metrics_of([said(daily_pnl="-3.50"), said(daily_pnl="1.00")]).daily_pnl == -2.5


def test_of_systems_that_are_silent_there_are_no_numbers() -> None:
    for heard in ([], [SILENT], [said(), SILENT]):
        metrics = metrics_of(heard)
        assert (metrics.active_positions, metrics.ibkr_connected, metrics.market_data_streaming) == (None, None, None)


def test_shares_beyond_their_stop_are_counted_on_either_side() -> None:
    books = [{"position": 100, "covered": 100}, {"position": -50, "covered": 20}, {"position": 10, "covered": 0}, {"position": 0, "covered": 0}]
    assert uncovered({"books": books}) == 40
