"""The plan hands every book what the run was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.plan import Plan, limits_of
from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.settings import BookSettings, Execution
from robo_trader.edge.state_directory import StateDirectory


@pytest.mark.parametrize("style", Execution)
def test_every_book_enters_in_the_style_that_was_asked_for(style: Execution, tmp_path: Path) -> None:
    config = RunConfig.of({"execution": style.value})
    plan = Plan(config, StateDirectory("p", tmp_path), "127.0.0.1", 1, None, None, limits_of(config))
    books = plan.desk_settings(1).books
    assert len(books) == 2
    assert set(books.values()) == {BookSettings(config.quantity, config.stop_percent, style)}
