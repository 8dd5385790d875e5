"""Intents of the reserve reach the journal once, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from robo_trader.desk.events import Event
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_record import RECORD_SIZE, RESERVES, Cell
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.reserve_record import encode
from robo_trader.errors import JournalFailed, StateUnreadable
from robo_trader.orders.events import Intended
from tests.support.desk_bench import Bench


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def fence(tmp_path: Path) -> Iterator[Fence]:
    opened = Fence.open(tmp_path / "fence", create=True)
    yield opened
    opened.close()


def a_day() -> tuple[list[Event], list[Intended]]:
    """What a desk recorded until its exit was due, and the reducing intents among it: a stop and an exit."""
    bench = Bench().connect()
    bench.enter()
    bench.signal(0)
    return bench.journal, [e for e in bench.journal if isinstance(e, Intended)][1:]


def kept(fence: Fence, *intents: Intended) -> None:
    for intended in intents:
        record = encode(intended)
        assert record is not None
        assert fence.reserve(record)


def dying_after(count: int, write: Callable[[Cell, bytes], None]) -> Callable[[Cell, bytes], None]:
    """`write`, in a process that dies at the call after the first `count`."""
    calls = iter(range(count))

    def written(cell: Cell, payload: bytes) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        write(cell, payload)

    return written


def events(journal: Journal) -> list[Event]:
    return [event for _, event in journal.read()]


def test_what_the_journal_lacks_is_appended_in_order_and_the_places_are_free_again(journal: Journal, fence: Fence):
    past, (stop, leave) = a_day()
    before = past[: past.index(stop)]
    journal.append(before, epoch=1, at_ns=1)
    kept(fence, stop, leave)
    assert merge(fence, journal, 2, 5) == 2
    assert events(journal) == [*before, stop, leave]
    assert fence.reserved() == ()
    assert merge(fence, journal, 3, 6) == 0
    assert events(journal) == [*before, stop, leave]


def test_an_empty_reserve_leaves_the_journal_alone(journal: Journal, fence: Fence):
    assert merge(fence, journal, 2, 5) == 0
    assert journal.durable_seq == 0


def test_an_intent_whose_commit_had_come_through_after_all_is_not_repeated(journal: Journal, fence: Fence):
    past, (stop, leave) = a_day()
    journal.append(past[: past.index(stop) + 1], epoch=1, at_ns=1)
    kept(fence, stop, leave)
    assert merge(fence, journal, 2, 5) == 1
    assert events(journal).count(stop) == 1
    assert fence.reserved() == ()


@pytest.mark.parametrize("writes_before_death", range(3))
def test_a_death_between_the_journal_and_the_reserve_changes_nothing(
    journal: Journal, fence: Fence, monkeypatch: pytest.MonkeyPatch, writes_before_death: int
):
    _, intents = a_day()
    kept(fence, *intents)
    monkeypatch.setattr(fence._file, "write", dying_after(writes_before_death, fence._file.write))
    with suppress(KeyboardInterrupt):
        merge(fence, journal, 2, 5)
    assert events(journal) == intents
    assert len(fence.reserved()) == len(intents) - writes_before_death
    monkeypatch.undo()
    merge(fence, journal, 3, 6)
    assert events(journal) == intents
    assert fence.reserved() == ()


def test_a_journal_that_does_not_take_them_leaves_the_reserve_as_it_was(journal: Journal, fence: Fence, tmp_path: Path):
    _, intents = a_day()
    kept(fence, *intents)
    before = fence.reserved()
    other = sqlite.connect(str(tmp_path / "journal.sqlite"))
    other.execute("BEGIN IMMEDIATE")  # another writer holds the file for longer than the journal waits
    with pytest.raises(JournalFailed):
        merge(fence, journal, 2, 5)
    other.close()
    assert fence.reserved() == before


@pytest.mark.parametrize("damage", ["bytes", "words"])
def test_a_damaged_record_stops_the_start_and_nothing_is_merged(journal: Journal, fence: Fence, tmp_path: Path, damage: str):
    _, intents = a_day()
    kept(fence, *intents)
    if damage == "words":
        assert fence.reserve(b"an order in another version's words")
    else:
        with (tmp_path / "fence").open("r+b") as raw:
            for place in (RESERVES[1].a, RESERVES[1].b):
                raw.seek(place)
                raw.write(b"\xff" * RECORD_SIZE)
    with pytest.raises(StateUnreadable) as unreadable:
        merge(fence, journal, 2, 5)
    assert "doctor" in unreadable.value.remedy
    assert journal.durable_seq == 0
