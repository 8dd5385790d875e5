"""The end of a run as people read it."""

from __future__ import annotations

import io

from rich.console import Console

from robo_trader.cli.summary import tell

SUMMARY = {
    "system": "demo",
    "orders": 104,
    "position": {"SPY": 100, "IBM": -100},
    "external": {},
    "realised": "-12.34",
    "reconciled": True,
    "violations": [],
}


def told(summary: dict[str, object]) -> str:
    console = Console(file=io.StringIO(), width=160)
    tell(console, summary)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_equal_books_are_said_to_be_equal() -> None:
    text = told(SUMMARY)
    assert "reconciled: the books equal the broker's" in text
    assert "SPY 100, IBM -100" in text
    assert "external" not in text


def test_every_difference_is_listed() -> None:
    text = told(SUMMARY | {"reconciled": False, "violations": ["cash: ours 1, theirs 2", "[odd] text"]})
    assert "NOT reconciled" in text
    assert "cash: ours 1, theirs 2" in text
    assert "[odd] text" in text
