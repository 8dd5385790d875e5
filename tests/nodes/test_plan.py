"""The plan hands every book what the run was told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from actors.plan import Plan, announced_of, limits_of, refuse_left_behind
from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.settings import BookSettings, Execution
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, DataError
from robo_trader.market.announced import HEADER
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Side, Symbol
from tests.support.desk_bench import BOOK, Bench


@pytest.mark.parametrize("style", Execution)
def test_every_book_enters_in_the_style_that_was_asked_for(style: Execution, tmp_path: Path) -> None:
    config = RunConfig.of({"execution": style.value})
    plan = Plan(config, StateDirectory("p", tmp_path), "127.0.0.1", 1, None, None, limits_of(config))
    books = plan.desk_settings(1).books
    assert len(books) == 2
    assert set(books.values()) == {BookSettings(config.quantity, config.stop_percent, style)}


def plan_of(tmp_path: Path, **options: object) -> Plan:
    config = RunConfig.of(options)
    limits = limits_of(config)
    return Plan(config, StateDirectory("p", tmp_path), "127.0.0.1", 1, None, None, limits, announced_of(config, limits))


@pytest.mark.parametrize(
    ("date", "days", "close"), [("2025-10-31", 1, "2025-10-31T20"), ("2025-10-31", 2, "2025-11-03T21"), ("2025-11-26", 2, "2025-11-28T18")]
)
def test_a_run_of_days_ends_with_the_close_of_the_last_summer_winter_and_half_day(date: str, days: int, close: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, date=date, days=days, until_close=True)
    expected = int(datetime.fromisoformat(f"{close}:00:00+00:00").timestamp()) * NS_PER_SECOND
    assert plan.close_after(Instant(0)) == expected


def test_the_desk_is_told_what_the_file_announces_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "actions.csv"
    path.write_text(f"{HEADER}\n2025-11-04,SPY,split,2:1,\n")
    (split,) = plan_of(tmp_path, date="2025-10-31", corporate_actions=path).desk_settings(1).announced
    assert split.name == "SPY split 2025-11-04"
    path.write_text(f"{HEADER}\n2025-11-08,SPY,split,2:1,\n")
    with pytest.raises(DataError, match="line 2"):
        plan_of(tmp_path, date="2025-10-31", corporate_actions=path)


def test_what_is_still_held_cannot_be_left_out_of_the_configuration() -> None:
    bench = Bench().connect()
    bench.enter()
    refuse_left_behind(bench.desk, [BOOK])
    with pytest.raises(ConfigurationError, match="holds 100 SPY of moving_average_cross"):
        refuse_left_behind(bench.desk, [BookId("moving_average_cross", Symbol("IBM"))])
    flat = Bench().connect()
    flat.signal(1)
    with pytest.raises(ConfigurationError, match="holds 0 SPY"):
        refuse_left_behind(flat.desk, [])  # its entry may fill
    bench.feed(bench.foreign(Side.SELL, 100))
    refuse_left_behind(bench.desk, [])  # sold by hand
