"""A journal is copied while it grows, and the copy is what stood at one instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from robo_trader.edge import journal_store_copy
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.journal_store_copy import copy_database, end_of
from robo_trader.errors import StateUnreadable
from robo_trader.orders.events import OrderIdRaised


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite")
    opened.append([OrderIdRaised(number) for number in range(500)], epoch=3, at_ns=1)
    yield opened
    opened.close()


def test_the_copy_is_the_journal_of_one_instant_though_its_writer_goes_on(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_store_copy, "PAGES_PER_STEP", 1)
    before = journal.durable_seq, journal.head
    shares: list[float] = []

    def tell(share: float) -> None:
        shares.append(share)
        journal.append([OrderIdRaised(1)], epoch=3, at_ns=2)

    copy_database(tmp_path / "journal.sqlite", tmp_path / "copy.sqlite", tell)
    assert len(shares) > 3 and shares[-1] == 1, "the writer wrote between the steps"
    end = end_of(tmp_path / "copy.sqlite")
    assert (end.seq, end.head, end.epoch) == (*before, 3)
    assert journal.durable_seq > end.seq
    assert journal.digest_at(end.seq) == end.head, "a prefix"


def test_the_copy_is_one_file_for_its_owner_alone_and_is_not_changed_by_reading(journal: Journal, tmp_path: Path):
    copy = tmp_path / "copies" / "copy.sqlite"
    copy.parent.mkdir()
    copy_database(tmp_path / "journal.sqlite", copy)
    written = copy.read_bytes()
    assert written[18:20] == b"\1\1", "its head says that no log belongs to it, so a medium that nobody may write to will do"
    assert end_of(copy).seq == journal.durable_seq
    assert list(copy.parent.iterdir()) == [copy]
    assert copy.read_bytes() == written
    assert copy.stat().st_mode & 0o077 == 0


def test_a_copy_can_be_written_again_as_a_journal(journal: Journal, tmp_path: Path):
    copy_database(tmp_path / "journal.sqlite", tmp_path / "copy.sqlite")
    again = Journal.open(tmp_path / "copy.sqlite", create=False)
    assert again.append([OrderIdRaised(1)], epoch=4, at_ns=3) == journal.durable_seq + 1
    again.close()


def test_a_source_that_is_no_database_is_told_and_a_file_that_is_there_is_left(tmp_path: Path):
    (tmp_path / "broken").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StateUnreadable, match="cannot be copied"):
        copy_database(tmp_path / "broken", tmp_path / "copy")
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(FileExistsError):
        copy_database(tmp_path / "broken", tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "mine"
