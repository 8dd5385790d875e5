"""A start by the snapshot is a start by the journal; a snapshot that does not fit is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from robo_trader.desk.desk import Desk
from robo_trader.edge import journal_snapshot
from robo_trader.edge.codec_state import dump_state
from robo_trader.edge.journal_snapshot import read_anchor, resume, snapshot_path, write_snapshot
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import OrderIdRaised
from robo_trader.values import BookId, Symbol
from tests.support.desk_bench import BOOK, Bench, settings
from tests.support.life_of_a_desk import STEPS, difference, lived


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    """A journal of a short life with a snapshot in the middle, and rows after it."""
    path = tmp_path / "journal.sqlite"
    events = lived(["long", "fill", "fee", "flat", "fill", "short", "part"])
    half = len(events) // 2
    opened = Journal.open(path)
    opened.append(events[:half], epoch=1, at_ns=1)
    assert write_snapshot(snapshot_path(path), opened, Desk.resume(events[:half], settings()).state, [BOOK])
    opened.append(events[half:], epoch=1, at_ns=2)
    opened.close()
    return path


def started(path: Path, **changes: object) -> tuple[int, Desk, Desk]:
    """Up to which row the snapshot was used, the desk that started by it, and the one that the whole journal gives."""
    snapshot, made = snapshot_path(path), settings(**changes)
    opened = Journal.open(path, anchor=read_anchor(snapshot))
    try:
        used = journal_snapshot._load(snapshot, opened, tuple(made.books))[1]
        return used, resume(snapshot, opened, made), Desk.resume((event for _, event in opened.read()), made)
    finally:
        opened.close()


def same(one: Desk, other: Desk) -> bool:
    assert one.state.ledger.cash_change == other.state.ledger.cash_change  # folds both
    return difference(one.state, other.state, {}) == ""


def test_a_start_by_the_snapshot_gives_the_desk_that_the_whole_journal_gives(journal: Path):
    used, desk, whole = started(journal)
    assert used > 0
    assert same(desk, whole)
    assert desk.snapshot() == whole.snapshot()


@examples(max_examples=25, deadline=None)
@given(STEPS, st.floats(0, 1))
def test_wherever_the_snapshot_was_taken_the_desk_is_the_same(tmp_path_factory: pytest.TempPathFactory, steps: list[str], share: float):
    path = tmp_path_factory.mktemp("s") / "journal.sqlite"
    events = lived(steps)
    cut = int(len(events) * share)
    opened = Journal.open(path)
    opened.append(events[:cut], epoch=1, at_ns=1)
    write_snapshot(snapshot_path(path), opened, Desk.resume(events[:cut], settings()).state, [BOOK])
    opened.append(events[cut:], epoch=1, at_ns=1)
    opened.close()
    used, desk, whole = started(path)
    assert used == cut
    assert same(desk, whole)


def other_code(_path: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal_snapshot, "code_hash", lambda: "0123456789ab")


def other_format(_path: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal_snapshot, "FORMAT", 99)


def gone(path: Path, _patch: pytest.MonkeyPatch) -> None:
    snapshot_path(path).unlink()


def torn(path: Path, _patch: pytest.MonkeyPatch) -> None:
    whole = snapshot_path(path).read_bytes()
    snapshot_path(path).write_bytes(whole[: len(whole) // 2])


def flipped(path: Path, _patch: pytest.MonkeyPatch) -> None:
    whole = bytearray(snapshot_path(path).read_bytes())
    whole[-9] ^= 1
    snapshot_path(path).write_bytes(whole)


def empty(path: Path, _patch: pytest.MonkeyPatch) -> None:
    snapshot_path(path).write_bytes(b"")


def no_text(path: Path, _patch: pytest.MonkeyPatch) -> None:
    snapshot_path(path).write_bytes(b"\xff\xfe\n" * 9)


def of_another_journal(path: Path, _patch: pytest.MonkeyPatch) -> None:
    path.unlink()
    opened = Journal.open(path)
    opened.append([OrderIdRaised(n) for n in range(40)], epoch=1, at_ns=1)
    opened.close()


def newer_than_the_journal(path: Path, _patch: pytest.MonkeyPatch) -> None:
    path.unlink()
    opened = Journal.open(path)
    opened.append([OrderIdRaised(1)], epoch=1, at_ns=1)
    opened.close()


@pytest.mark.parametrize("spoil", [other_code, other_format, gone, torn, flipped, empty, no_text, of_another_journal, newer_than_the_journal])
def test_a_snapshot_that_does_not_fit_is_passed_over(
    journal: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path, pytest.MonkeyPatch], None]
):
    spoil(journal, monkeypatch)
    used, desk, whole = started(journal)
    assert used == 0
    assert same(desk, whole)


def test_a_snapshot_made_for_other_books_is_passed_over(journal: Path):
    books = {BookId("momentum", Symbol("QQQ")): settings().books[BOOK], **settings().books}
    used, desk, whole = started(journal, books=books)
    assert used == 0
    assert same(desk, whole)


def test_a_start_that_folded_much_leaves_a_snapshot_and_one_that_did_not_does_not(journal: Path, monkeypatch: pytest.MonkeyPatch):
    snapshot_path(journal).unlink()
    started(journal)
    assert not snapshot_path(journal).exists()
    monkeypatch.setattr(journal_snapshot, "SNAPSHOT_EVENTS", 5)
    assert started(journal)[0] == 0
    used, desk, whole = started(journal)
    assert used > 5
    assert same(desk, whole)


def test_a_disk_that_refuses_the_snapshot_stops_nothing(journal: Path):
    snapshot_path(journal).unlink()
    opened = Journal.open(journal)
    fresh = snapshot_path(journal).with_name("journal.snapshot.new")
    fresh.mkdir()
    assert not write_snapshot(snapshot_path(journal), opened, Desk.resume((), replace(settings(), books={})).state, [])
    assert read_anchor(snapshot_path(journal)) is None
    opened.close()


def test_two_desks_with_one_history_are_written_the_same():
    events = lived(["long", "fill", "flat", "part"])
    assert dump_state(Desk.resume(events, settings()).state) == dump_state(Bench(events=events[:-1]).desk.resume(events, settings()).state)
