"""What `run` accepts: bounds, combinations, and errors that name the option and the way out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from robo_trader.cli.run_config import GENERATED_DATE, GENERATED_SEED, GENERATED_SPEED, RunConfig
from robo_trader.errors import ConfigurationError, DataError

REPLAYED = {"date": "2013-10-07", "lockstep": True}


def complaint(**options: object) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        RunConfig.of(options)
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_without_options_it_trades_a_generated_market_at_the_same_seed_each_time() -> None:
    config = RunConfig.of({})
    assert (config.seed, config.date, config.speed) == (GENERATED_SEED, GENERATED_DATE, GENERATED_SPEED)
    assert config.gateway_options() == ["--symbols", "SPY,IBM", "--date", str(GENERATED_DATE), "--seed", str(GENERATED_SEED), "--speed", "60"]


def test_a_replay_in_lockstep_has_neither_seed_nor_speed(tmp_path: Path) -> None:
    config = RunConfig.of({"replay": tmp_path, "symbols": "spy, ibm", **REPLAYED})
    assert config.gateway_options() == ["--symbols", "SPY,IBM", "--date", "2013-10-07", "--replay", str(tmp_path)]
    assert (config.seed, config.speed, config.date) == (None, None, date(2013, 10, 7))


def test_options_that_were_not_given_do_not_hide_the_defaults() -> None:
    assert RunConfig.of({"symbols": None, "seed": None, "port": None}) == RunConfig.of({})


def test_decimals_are_exact() -> None:
    config = RunConfig.of({"stop_percent": "0.1", "max_notional": "100000.01"})
    assert (config.stop_percent, config.max_notional) == (Decimal("0.1"), Decimal("100000.01"))


@pytest.mark.parametrize("name", ["stop_percent", "max_notional", "collar_percent", "speed"])
@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "0", "", "one"])
def test_a_number_that_is_none_or_not_above_zero_is_refused_by_name(name: str, text: str) -> None:
    assert complaint(**{name: text}).cause.startswith("--" + name.replace("_", "-"))


@pytest.mark.parametrize("name", ["quantity", "max_quantity", "max_position", "fast", "slow", "entries_per_day", "client_id", "port"])
@given(value=st.integers(max_value=0))
def test_a_count_below_one_is_refused_by_name(name: str, value: int) -> None:
    assert complaint(**{name: value}).cause.startswith("--" + name.replace("_", "-"))


@given(fast=st.integers(1, 10_000), slow=st.integers(1, 10_000))
def test_fast_must_be_shorter_than_slow(fast: int, slow: int) -> None:
    if fast < slow:
        assert RunConfig.of({"fast": fast, "slow": slow}).strategy_parameters() == {"fast": fast, "slow": slow}
    else:
        assert str(fast) in complaint(fast=fast, slow=slow).cause


@example(quantity=100, max_quantity=100, max_position=100)
@example(quantity=101, max_quantity=100, max_position=200)
@example(quantity=101, max_quantity=200, max_position=100)
@given(quantity=st.integers(1, 1_000_000), max_quantity=st.integers(1, 1_000_000), max_position=st.integers(1, 1_000_000))
def test_a_quantity_that_every_order_would_be_refused_for_is_refused_at_once(quantity: int, max_quantity: int, max_position: int) -> None:
    options = {"quantity": quantity, "max_quantity": max_quantity, "max_position": max_position}
    if quantity <= min(max_quantity, max_position):
        assert RunConfig.of(options).quantity == quantity
    else:
        assert "--quantity" in complaint(**options).cause


@pytest.mark.parametrize("symbols", ["", ",", "SPY,", "SPY,SPY", "SP Y", "1SPY", "SPY;IBM", "SPY/IBM", ",".join(f"S{i}" for i in range(101))])
def test_symbols_that_are_none_are_refused(symbols: str) -> None:
    assert complaint(symbols=symbols).cause.startswith("--symbols")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strategy": "astrology"}, "moving_average_cross"),
        ({"date": "2013-13-01"}, "--date"),
        ({"date": "yesterday"}, "--date"),
        ({"date": "2013-10-06"}, "closed"),
        ({"system": "Über"}, "--system"),
        ({"system": "a/b"}, "--system"),
        ({"account": "me"}, "--account"),
        ({"baseline": "whatever"}, "--baseline"),
        ({"lockstep": True, "speed": "2"}, "--lockstep"),
        ({"port": 4002, "replay": Path()}, "--replay"),
        ({"port": 4002, "lockstep": True}, "--lockstep"),
        ({"port": 4002, "seed": 3}, "--seed"),
        ({"port": 65_536}, "--port"),
        ({"exchange_log": Path("x.jsonl")}, "--exchange-log"),
        ({"replay": Path("/no/such/folder"), "date": "2013-10-07"}, "/no/such/folder"),
        ({"replay": Path(), "seed": 1, "date": "2013-10-07"}, "--seed"),
        ({"replay": Path()}, "--date"),
        ({"decisions": Path("/no/such/folder/d.jsonl")}, "/no/such/folder"),
        ({"quantity": "many"}, "--quantity"),
        ({"quantity": 1.5}, "--quantity"),
        ({"execution": "iceberg"}, "--execution is 'iceberg'"),
    ],
)
def test_what_cannot_work_is_refused_with_the_words_that_help(options: dict[str, object], words: str) -> None:
    assert words in str(complaint(**options))


def test_another_gateway_has_no_market_of_ours() -> None:
    config = RunConfig.of({"port": 4002})
    assert (config.seed, config.date, config.speed, config.replay) == (None, None, None, None)


def test_the_digest_changes_with_what_decides_and_with_nothing_else(tmp_path: Path) -> None:
    config = RunConfig.of({})
    assert RunConfig.of({"system": "two", "decisions": tmp_path / "d.jsonl", "speed": "5"}).digest() == config.digest()
    others = [RunConfig.of(options).digest() for options in ({"fast": 4}, {"quantity": 99}, {"stop_percent": "2"}, {"symbols": "SPY"})]
    others += [RunConfig.of({"execution": style}).digest() for style in ("limit", "marketable-limit")]
    assert len({config.digest(), *others}) == 7


def test_a_day_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(DataError, match="1066"):
        RunConfig.of({"date": "1066-10-14"})


def test_days_and_announced_actions_are_told_to_the_own_gateway(tmp_path: Path) -> None:
    actions = tmp_path / "actions.csv"
    actions.touch()
    config = RunConfig.of({"days": 10, "corporate_actions": actions, "lockstep": True})
    assert config.gateway_options()[-4:] == ["--days", "10", "--corporate-actions", str(actions)]
    assert config.digest() == RunConfig.of({"lockstep": True}).digest()


def test_days_are_of_a_generated_market_and_a_file_of_actions_is_there(tmp_path: Path) -> None:
    assert "--days" in complaint(days=2, replay=tmp_path, **REPLAYED).cause
    assert "--days" in complaint(days=2, port=4002).cause
    assert "--days" in complaint(days=0).cause
    assert "there is no such file" in complaint(corporate_actions=tmp_path / "absent.csv").cause


def test_a_run_that_leaves_at_once_does_not_wait_for_the_close() -> None:
    assert "--until-close" in complaint(detach=True, until_close=True).cause
    assert RunConfig.of({"detach": True}).detach
    assert RunConfig.of({"until_close": True, "in_process": True}).until_close


def test_a_run_in_one_process_leaves_no_tree_behind() -> None:
    assert "--detach" in complaint(in_process=True, detach=True).cause


@pytest.mark.parametrize(
    ("name", "value"), [("http_host", "0.0.0.0"), ("http_port", 0), ("dashboard_host", "::"), ("dashboard_port", 81), ("ray_port", 82)]
)
def test_a_run_in_one_process_takes_no_address_of_the_tree(name: str, value: object) -> None:
    assert complaint(in_process=True, **{name: value}).cause.startswith("--" + name.replace("_", "-"))
    assert getattr(RunConfig.of({name: value}), name) == value
