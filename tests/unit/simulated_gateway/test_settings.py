"""Settings are right or refused, with the option named."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.actions import COLUMNS, parse
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, DEFAULT_SEED, SPEED_MAX, GatewaySettings, Manners
from robo_trader.values import Symbol

LOG = Path("exchange.jsonl")


def settings(**changes: Any) -> GatewaySettings:
    return GatewaySettings(**({"port": 0, "log_path": LOG} | changes))


def test_the_smallest_settings_mean_a_generated_market_in_real_time() -> None:
    plain = settings()
    assert (plain.trading_day, plain.chance_seed, plain.factor) == (DEFAULT_DATE, DEFAULT_SEED, 1.0)


def test_the_default_date_is_a_weekday() -> None:
    assert DEFAULT_DATE.weekday() < 5


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"port": -1}, "--port"),
        ({"port": 65_536}, "--port"),
        ({"symbols": ()}, "--symbols"),
        ({"symbols": ("spy",)}, "--symbols"),
        ({"symbols": ("SPY", "SPY")}, "--symbols"),
        ({"symbols": tuple(f"S{n}" for n in range(101))}, "--symbols"),
        ({"speed": 0.0}, "--speed"),
        ({"speed": math.nan}, "--speed"),
        ({"speed": math.inf}, "--speed"),
        ({"speed": SPEED_MAX + 1}, "--speed"),
        ({"replay_dir": Path("x")}, "--date"),
        ({"lockstep": True}, "--control"),
        ({"lockstep": True, "speed": 2.0, "control_path": Path("c")}, "--lockstep and --speed"),
        ({"account": "../x"}, "account"),
        ({"cash": Decimal("NaN")}, "cash"),
        ({"cash": Decimal(0)}, "cash"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        settings(**changes)


@given(speed=st.floats())
def test_a_speed_is_finite_positive_and_bounded_or_refused(speed: float) -> None:
    try:
        assert 0 < settings(speed=speed).factor <= SPEED_MAX
    except ConfigurationError:
        assert not 0 < speed <= SPEED_MAX


def test_a_replay_of_a_day_is_fine() -> None:
    assert settings(replay_dir=Path("x"), date=date(2013, 10, 7)).trading_day == date(2013, 10, 7)


@pytest.mark.parametrize("manners", [{"id_hold_seconds": -1.0}, {"id_hold_seconds": math.nan}, {"tick_interval_ns": 0}])
def test_manners_have_bounds_too(manners: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(manners))):
        Manners(**manners)


def test_a_replay_is_one_day_and_has_no_splits_of_our_own() -> None:
    with pytest.raises(ConfigurationError, match="--replay repeats one day"):
        settings(replay_dir=Path(), date=date(2013, 10, 7), days=2)
    with pytest.raises(ConfigurationError, match="--days 0"):
        settings(days=0)


def test_splits_are_looked_up_by_day_and_symbol() -> None:
    actions = parse([COLUMNS, "2013-10-08,SPY,split,2:1,", "2013-10-08,SPY,dividend,1,"])
    assert settings(days=2, actions=actions).splits == {(date(2013, 10, 8), Symbol("SPY")): (2, 1)}
