"""Bad days drawn from seeds: the same for the same seed, readable as a file, and of every kind in the end."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.fault_kinds import KINDS
from robo_trader.simulated_gateway.faults_swarm import FAULTS_A_DAY, swarm
from robo_trader.simulated_gateway.scenario import parse

FRIDAY = date(2026, 2, 27)
SYMBOLS = ("SPY", "IBM")


def drawn(seed: int, days: int = 1) -> list[dict[str, object]]:
    return [json.loads(line) for line in swarm(seed, FRIDAY, days, SYMBOLS)[1:]]


@given(seed=st.integers(-(2**70), 2**70), days=st.integers(1, 5))
def test_every_seed_is_a_scenario_that_can_be_read_and_the_same_one_again(seed: int, days: int) -> None:
    lines = swarm(seed, FRIDAY, days, SYMBOLS)
    assert lines == swarm(seed, FRIDAY, days, SYMBOLS)
    assert FAULTS_A_DAY[0] * days <= len(parse(lines)) <= FAULTS_A_DAY[1] * days


def test_another_seed_is_another_day() -> None:
    assert len({tuple(swarm(seed, FRIDAY, 1, SYMBOLS)[1:]) for seed in range(50)}) == 50


def test_every_kind_of_fault_comes_in_time_and_no_day_has_them_all() -> None:
    days = [{fault["fault"] for fault in drawn(seed, 3)} for seed in range(100)]
    assert set().union(*days) == set(KINDS)
    assert all(len(kinds) < len(KINDS) for kinds in days)


def test_every_parameter_but_whom_it_concerns_is_drawn_in_time() -> None:
    seen = {(fault["fault"], name) for seed in range(300) for fault in drawn(seed, 3) for name in fault}
    assert ("outage", "market_seconds") in seen and ("garbage", "form") in seen and ("foreign_order", "symbol") in seen
    assert not [name for _, name in seen if name == "client"]


def test_faults_come_on_weekdays_in_regular_hours() -> None:
    times = [str(fault["when"]["market_time"]) for seed in range(50) for fault in drawn(seed, 2) if "market_time" in fault["when"]]  # type: ignore[index, operator]
    assert {text[:10] for text in times} == {"2026-02-27", "2026-03-02"}
    assert all("09:30:00" <= text[11:] < "16:00:00" for text in times)


@pytest.mark.parametrize(("name", "most"), [("seconds", 8), ("market_seconds", 120), ("zombie_seconds", 4)])
def test_no_fault_lasts_so_long_that_the_day_cannot_be_traded(name: str, most: float) -> None:
    said = [fault for seed in range(100) for fault in parse(swarm(seed, FRIDAY, 1, SYMBOLS))]
    lasting = [getattr(planned.fault, name) for planned in said if hasattr(planned.fault, name)]
    assert lasting and max(lasting) <= most
