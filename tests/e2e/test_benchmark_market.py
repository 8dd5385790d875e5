"""The market that the latency benchmark is measured on: its bars close when they should, and an ordinary client can answer them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.rivals import SCRIPT, Market, sit


@pytest.mark.timeout(120)
def test_every_closing_bar_of_the_benchmarks_market_can_be_answered(tmp_path: Path):
    turns = sit(SCRIPT, Market(symbols=2, rate=4.0, minutes=8), tmp_path / "sitting").day.turns()
    answered = [turn for turn in turns if turn.ordered is not None]
    assert {turn.symbol for turn in answered} == {"S001", "S002"}
    assert len(answered) >= 10
    assert all(turn.ordered is not None and turn.ordered >= turn.told for turn in answered)
