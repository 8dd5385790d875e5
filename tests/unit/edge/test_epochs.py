"""Epochs only grow, and are on disk before anybody uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.edge.epochs import Epochs
from robo_trader.errors import StateUnreadable


def test_an_epoch_is_on_disk_before_it_is_used(tmp_path: Path):
    path = tmp_path / "epochs.json"
    assert Epochs.open(path).next("risk_desk") == 1
    assert Epochs.open(path).known(["risk_desk", "root"]) == {"risk_desk": 1}
    assert Epochs.open(path).next("risk_desk") == 2


def test_a_lower_epoch_than_is_known_changes_nothing(tmp_path: Path):
    epochs = Epochs.open(tmp_path / "epochs.json")
    epochs.keep("root", 7)
    epochs.keep("root", 3)
    assert Epochs.open(tmp_path / "epochs.json").next("root") == 8


@pytest.mark.parametrize("text", ["", "[1]", '{"root": "1"}', '{"root": -1}', "{"])
def test_a_table_that_makes_no_sense_is_not_guessed_at(tmp_path: Path, text: str):
    path = tmp_path / "epochs.json"
    path.write_text(text)
    with pytest.raises(StateUnreadable, match="epochs"):
        Epochs.open(path)
