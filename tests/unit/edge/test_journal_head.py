"""Rows cut off at the journal's end are found by the head that was published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from robo_trader.edge.journal_head import PublishedHead, check_head, head_path, publish_head
from robo_trader.edge.journal_store import Journal
from robo_trader.errors import StateUnreadable
from robo_trader.orders.events import OrderIdRaised


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    yield opened
    opened.close()


def grow(journal: Journal, count: int) -> None:
    for number in range(count):
        journal.append([OrderIdRaised(number)], epoch=1, at_ns=number)


def cut(path: Path, after: int) -> None:
    """What a person or a bad restore can do: a shorter journal, sound in itself."""
    connection = sqlite.connect(str(path))
    [trigger] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'event_is_kept'").fetchone()
    connection.execute("DROP TRIGGER event_is_kept")
    connection.execute("DELETE FROM event WHERE seq > ?", (after,))
    connection.execute(trigger)
    connection.commit()
    connection.close()


def test_a_journal_that_holds_its_published_head_is_in_order_however_far_it_went_on(path: Path, journal: Journal):
    head = head_path(path)
    assert check_head(head, journal) is None
    for count in (0, 3, 4):
        grow(journal, count)
        assert publish_head(head, journal)
        published = PublishedHead(journal.durable_seq, journal.head)
        grow(journal, 1)
        assert check_head(head, journal) == published
    assert head.stat().st_mode & 0o077 == 0


def test_a_tail_that_was_cut_off_while_nobody_looked_is_found(path: Path):
    journal = Journal.open(path)
    grow(journal, 5)
    publish_head(head_path(path), journal)
    journal.close()
    cut(path, 4)
    journal = Journal.open(path)  # nothing in the file itself shows it
    with pytest.raises(StateUnreadable, match="it ends at 4, and 5 was published") as unreadable:
        check_head(head_path(path), journal)
    assert "backup" in unreadable.value.remedy
    grow(journal, 3)
    with pytest.raises(StateUnreadable, match="not the one whose head was published at sequence 5"):
        check_head(head_path(path), journal)
    journal.close()


@pytest.mark.parametrize("text", [b"", b"{", b'{"seq":1}', b"\xff\xfe", b'{"seq":"1","head":"x"}'], ids=repr)
def test_a_head_that_cannot_be_read_is_no_head_that_agrees(path: Path, journal: Journal, text: bytes):
    head_path(path).write_bytes(text)
    with pytest.raises(StateUnreadable):
        check_head(head_path(path), journal)


def test_a_disk_that_refuses_the_head_stops_nothing_and_the_old_one_stays(path: Path, journal: Journal):
    head = head_path(path)
    publish_head(head, journal)
    old = head.read_bytes()
    head.with_name("journal.head.new").mkdir()
    grow(journal, 1)
    assert not publish_head(head, journal)
    assert head.read_bytes() == old
