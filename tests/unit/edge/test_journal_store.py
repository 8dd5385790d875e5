"""The journal keeps what it acknowledged, in order, and knows when somebody touched it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.desk.events import SystemStarted
from robo_trader.edge import journal_store
from robo_trader.edge.journal_store import Anchor, Journal
from robo_trader.errors import AlreadyRunning, JournalFailed, StateUnreadable
from robo_trader.orders.events import CancelAsked, OrderIdRaised, WentUnknown
from tests.support.journals import written

STARTED = SystemStarted("demo", "DU1", 1, "cafe")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    yield opened
    opened.close()


def tampered(path: Path, *statements: str) -> None:
    """Change the file behind the journal's back, its triggers taken away."""
    connection = sqlite.connect(str(path))
    for trigger in ("event_stays", "event_is_kept", "event_in_order"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_what_was_appended_is_read_back_in_order_by_the_next_process(path: Path):
    journal = Journal.open(path)
    assert journal.durable_seq == 0
    assert list(journal.read()) == []
    assert journal.append([STARTED, OrderIdRaised(7)], epoch=1, at_ns=10) == 2
    assert journal.append([WentUnknown("a")], epoch=1, at_ns=11) == 3
    head = journal.head
    journal.close()

    again = Journal.open(path)
    assert list(again.read()) == [(1, STARTED), (2, OrderIdRaised(7)), (3, WentUnknown("a"))]
    assert (again.durable_seq, again.head) == (3, head)
    again.close()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4), max_size=8))
def test_sequences_have_no_gaps_whatever_the_batches(tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]):
    journal = Journal.open(tmp_path_factory.mktemp("j") / "journal.sqlite")
    expected: list[CancelAsked] = []
    for batch in batches:
        events = [CancelAsked("i", reason) for reason in batch]
        expected += events
        assert journal.append(events, epoch=2, at_ns=1) == len(expected)
    assert list(journal.read()) == list(enumerate(expected, 1))
    journal.close()


def test_what_the_journal_ended_with_at_any_row_can_be_asked_later(journal: Journal):
    heads = [journal.head]
    assert journal.last_epoch == 0
    for epoch in (1, 1, 3):
        journal.append([STARTED], epoch=epoch, at_ns=0)
        heads.append(journal.head)
    assert [journal.digest_at(seq) for seq in range(4)] == heads
    assert journal.digest_at(4) is None
    assert journal.last_epoch == 3


def test_reading_many_rows_crosses_the_pieces_they_are_read_in(journal: Journal):
    count = 2 * journal_store.READ_ROWS + 1
    journal.append([OrderIdRaised(n) for n in range(count)], epoch=1, at_ns=0)
    assert [seq for seq, _ in journal.read()] == list(range(1, count + 1))


def test_a_second_writer_is_refused_and_told_the_process(path: Path, journal: Journal):
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        Journal.open(path)
    assert journal.append([STARTED], epoch=1, at_ns=0) == 1


def test_a_reader_may_look_while_the_writer_writes(path: Path, journal: Journal):
    journal.append([STARTED], epoch=1, at_ns=0)
    reader = Journal.open(path, read_only=True)
    journal.append([OrderIdRaised(1)], epoch=1, at_ns=0)
    assert [event for _, event in reader.read()] == [STARTED]
    reader.close()


def test_a_missing_journal_is_made_only_when_asked_for(path: Path):
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(StateUnreadable, match="no journal"):
            Journal.open(path, **options)
    assert not path.exists()


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE event SET payload = '{\"next_order_id\":99}' WHERE seq = 3", 3),
        ("UPDATE event SET kind = 'WentUnknown' WHERE seq = 2", 2),
        ("UPDATE event SET at_ns = 0 WHERE seq = 4", 4),
        ("UPDATE event SET epoch = 9 WHERE seq = 1", 1),
        ("UPDATE event SET digest = zeroblob(32) WHERE seq = 5", 5),
        ("DELETE FROM event WHERE seq = 1", 1),
        ("DELETE FROM event WHERE seq = 3", 3),
        ("UPDATE event SET seq = 8 WHERE seq = 2", 2),
    ],
)
def test_a_changed_row_is_named_when_the_journal_is_opened(path: Path, statement: str, sequence: int):
    written(path)
    tampered(path, statement)
    with pytest.raises(StateUnreadable, match=f"at sequence {sequence}:"):
        Journal.open(path)
    with pytest.raises(StateUnreadable):  # the refused opening let go of the lock
        Journal.open(path)


def test_a_row_changed_after_opening_is_found_by_reading(path: Path):
    written(path)
    journal = Journal.open(path)
    tampered(path, "UPDATE event SET epoch = 2 WHERE seq = 4")
    with pytest.raises(StateUnreadable, match="at sequence 4:"):
        list(journal.read())
    journal.close()


def test_a_tail_cut_after_opening_is_found_by_reading(path: Path):
    written(path)
    journal = Journal.open(path)
    tampered(path, "DELETE FROM event WHERE seq = 5")
    with pytest.raises(StateUnreadable, match=r"at sequence 5: the row is missing"):
        list(journal.read())
    journal.close()


def test_an_event_of_an_unknown_kind_is_named_with_its_sequence(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_store.codec, "encode", lambda _: ("FromTheFuture", "{}"))
    written(path, 1)
    journal = Journal.open(path)
    with pytest.raises(StateUnreadable, match=r"at sequence 1: .*FromTheFuture"):
        list(journal.read())
    journal.close()


def test_a_full_disk_fails_the_commit_and_the_journal_takes_nothing_more(journal: Journal):
    journal.append([STARTED], epoch=1, at_ns=0)
    pages = journal._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    journal._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalFailed, match="FULL"):
        journal.append([CancelAsked("i", "x" * 10_000)], epoch=1, at_ns=0)
    journal._connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    with pytest.raises(JournalFailed, match="stopped after"):
        journal.append([STARTED], epoch=1, at_ns=0)
    assert [event for _, event in journal.read()] == [STARTED]


def test_an_event_that_cannot_be_read_back_is_our_bug_and_not_the_disks(journal: Journal):
    with pytest.raises(TypeError):
        journal.append([STARTED, OrderIdRaised(1.5)], epoch=1, at_ns=0)  # type: ignore[arg-type]
    assert journal.append([STARTED], epoch=1, at_ns=0) == 1


def test_an_interrupted_commit_ends_the_journal(journal: Journal):
    with pytest.raises(OverflowError):
        journal.append([STARTED], epoch=2**70, at_ns=0)
    with pytest.raises(JournalFailed, match="interrupted"):
        journal.append([STARTED], epoch=1, at_ns=0)


def test_a_closed_journal_takes_nothing(path: Path):
    journal = Journal.open(path)
    journal.close()
    journal.close()
    with pytest.raises(JournalFailed):
        journal.append([STARTED], epoch=1, at_ns=0)


def anchored(path: Path, anchor: Anchor) -> tuple[int, int, list[int]]:
    """Where the anchor fitted, where the journal ends, and the rows after the anchor."""
    journal = Journal.open(path, anchor=anchor)
    try:
        return journal.anchored_seq, journal.durable_seq, [seq for seq, _ in journal.read(after=journal.anchored_seq)]
    finally:
        journal.close()


def anchor_of(path: Path) -> Anchor:
    journal = Journal.open(path)
    anchor = journal.anchor()
    journal.close()
    return anchor


def test_an_anchor_fits_the_rows_it_was_made_of_and_those_after_it_are_followed(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_store, "READ_ROWS", 3)
    written(path, 7)
    anchor = anchor_of(path)
    assert anchored(path, anchor) == (7, 7, [])
    journal = Journal.open(path, anchor=anchor)
    journal.append([STARTED, STARTED], epoch=2, at_ns=0)
    grown = journal.anchor()
    journal.close()
    assert anchored(path, anchor) == (7, 9, [8, 9])
    assert grown == anchor_of(path), "an anchor that grew is the one that is made at once"


@pytest.mark.parametrize("wrong", [{"seq": 4}, {"seq": 6}, {"head": "00" * 32}, {"rows": "00" * 32}, {"seq": 0}])
def test_an_anchor_that_does_not_fit_is_passed_over_and_every_link_is_followed(path: Path, wrong: dict[str, object]):
    written(path)
    anchor = anchor_of(path)
    assert anchored(path, replace(anchor, **wrong)) == (0, 5, [1, 2, 3, 4, 5])  # type: ignore[arg-type]
    journal = Journal.open(path, anchor=replace(anchor, **wrong))  # type: ignore[arg-type]
    assert journal.anchor() == anchor
    journal.close()


@pytest.mark.parametrize("sequence", [1, 3, 5, 6])
@pytest.mark.parametrize("change", ["payload = '{\"next_order_id\":99}'", "at_ns = 0", "epoch = 9", "kind = 'WentUnknown'", "digest = zeroblob(32)"])
def test_a_changed_row_is_named_under_an_anchor_and_after_it(path: Path, change: str, sequence: int):
    written(path)
    anchor = anchor_of(path)
    journal = Journal.open(path, anchor=anchor)
    journal.append([OrderIdRaised(6)], epoch=1, at_ns=6)
    journal.close()
    tampered(path, f"UPDATE event SET {change} WHERE seq = {sequence}")
    with pytest.raises(StateUnreadable, match=f"at sequence {sequence}:"):
        Journal.open(path, anchor=anchor)


@pytest.mark.parametrize("sequence", [1, 3])
def test_a_row_that_is_missing_under_an_anchor_is_named(path: Path, sequence: int):
    written(path)
    anchor = anchor_of(path)
    tampered(path, f"DELETE FROM event WHERE seq = {sequence}")
    with pytest.raises(StateUnreadable, match=f"at sequence {sequence}:"):
        Journal.open(path, anchor=anchor)
