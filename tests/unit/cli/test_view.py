"""What people see while a system runs: everything in the snapshot that matters, and nothing that breaks on a missing key."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from robo_trader.cli.view import NOTES_SHOWN_MAX, LineView, LiveView, QuietView, View, picture

BOOK = {"book": "moving_average_cross/SPY", "position": 100, "target": 100, "working": 0, "covered": 100, "stop": "166.01", "last": "167.69"}
SNAPSHOT = {
    "state": "trading",
    "system": "demo",
    "epoch": 3,
    "market_time": "2013-10-07T14:31:00+00:00",
    "session": "open",
    "books": [BOOK],
    "cash": "983231.00",
    "realised": "-12.34",
    "commissions": "2.00",
    "orders": 2,
    "fills": 2,
    "halts": [{"id": "h1", "level": "reduce_only", "scope": "symbol", "target": "SPY", "reason": "news", "by": "ann"}],
    "alerts": ["warning: late bar"],
    "ages": {"packet": 0.1, "bar": None, "sweep": 4.0},
    "gateway": {"host": "127.0.0.1", "port": 4002},
}


def drawn(snapshot: dict[str, object], notes: list[str] | None = None, *, colours: bool = False) -> str:
    console = Console(file=io.StringIO(), width=160, force_terminal=colours, color_system="standard" if colours else None)
    console.print(picture(snapshot, notes or []))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_picture_shows_state_books_money_halts_alerts_ages_and_notes() -> None:
    text = drawn(SNAPSHOT, ["draining"])
    for words in (
        *("demo", "trading", "2013-10-07T14:31:00+00:00 (open)", "127.0.0.1:4002", "epoch 3", "SPY", "moving_average_cross", "166.01"),
        *("realised -12.34", "commissions 2.00", "HALT h1  reduce_only of symbol SPY: news (by ann)", "warning: late bar"),
        *("packet 0.1, bar -, sweep 4.0", "draining"),
    ):
        assert words in text


def test_shares_that_no_stop_covers_stand_out() -> None:
    covered = drawn(SNAPSHOT | {"halts": []}, colours=True)
    uncovered = drawn(SNAPSHOT | {"halts": [], "books": [BOOK | {"covered": 40}]}, colours=True)
    assert "\x1b[1;31m" not in covered
    assert "\x1b[1;31m" in uncovered


@given(keys=st.sets(st.sampled_from(sorted(SNAPSHOT))))
def test_a_snapshot_without_some_of_its_keys_is_drawn_all_the_same(keys: set[str]) -> None:
    assert "RoboTrader" in drawn({key: SNAPSHOT[key] for key in keys})


def test_a_narrow_terminal_still_shows_every_symbol_and_number() -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(picture(SNAPSHOT))
    assert isinstance(console.file, io.StringIO)
    assert all(words in console.file.getvalue() for words in ("SPY", "166.01", "167.69", "covered"))


def test_square_brackets_in_a_note_are_text() -> None:
    assert "[bold]no markup[/bold]" in drawn({}, ["[bold]no markup[/bold]"])


def test_a_quiet_view_keeps_standard_output_free(capsys: pytest.CaptureFixture[str]) -> None:
    view: View = QuietView()
    view.show(SNAPSHOT)
    view.note("waiting for gateway")
    assert capsys.readouterr() == ("", "waiting for gateway\n")


def test_without_a_terminal_only_changes_of_state_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    view: View = LineView()
    for state in ("waiting for gateway", "trading", "trading", "halted"):
        view.show(SNAPSHOT | {"state": state, "market_time": None})
    assert capsys.readouterr().out.splitlines() == ["- waiting for gateway", "- trading", "- halted"]


def test_a_live_view_shows_the_last_notes_and_gives_the_terminal_back() -> None:
    console = Console(file=io.StringIO(), width=160, force_terminal=True)
    with LiveView(console) as view:
        view.show(SNAPSHOT)
        for number in range(NOTES_SHOWN_MAX + 1):
            view.note(f"note {number} ends")
    assert isinstance(console.file, io.StringIO)
    last = console.file.getvalue().rpartition("RoboTrader")[2]
    assert "note 1 ends" in last
    assert "note 0 ends" not in last
    assert console.file.getvalue().rstrip().endswith("\x1b[?25h"), "the cursor is shown again"


def test_each_process_of_the_tree_has_its_row_with_the_reason_of_its_restart():
    actors = [
        {"name": "risk_desk", "phase": "running", "epoch": 2, "restarts": 1, "last_reason": "killed by 9", "heartbeat_age_seconds": 0.2},
        {"name": "root", "phase": "given_up", "epoch": 1, "restarts": 0, "last_reason": "wrong account", "heartbeat_age_seconds": None},
    ]
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(picture({"actors": actors}))
    text = console.export_text()
    assert "killed by 9" in text
    assert "wrong account" in text
    assert "given_up" in text
