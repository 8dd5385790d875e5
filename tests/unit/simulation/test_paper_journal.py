"""The journal of the worlds and how it breaks."""

from random import Random

import pytest

from robo_trader.desk.events import Rearmed
from robo_trader.errors import JournalFailed, StateUnreadable
from robo_trader.orders.events import OrderIdRaised
from robo_trader.simulation.agenda import Died
from robo_trader.simulation.paper_journal import PaperJournal, Rows, point_of
from robo_trader.values import BookId, Instant, Symbol

ROWS = [OrderIdRaised(n) for n in range(5)]


def journal(rows: Rows, point: str | None = None, refuses: str = "", seed: int = 1) -> PaperJournal:
    return PaperJournal(rows, dying=lambda _: point, refuses=lambda: refuses, lost=Random(seed))


def test_what_was_acknowledged_is_there_for_the_next_process():
    rows = Rows()
    journal(rows).append(ROWS, epoch=3, at_ns=0)
    again = journal(rows)
    assert [event for _, event in again.read()] == ROWS and again.last_epoch == 3 and again.durable_seq == 5


def test_an_unanswered_transaction_survives_whole_or_in_part_in_its_order_or_not_at_all():
    kept = set()
    for seed in range(60):
        rows = Rows()
        with pytest.raises(Died):
            journal(rows, "K2", seed=seed).append(ROWS, epoch=1, at_ns=0)
        assert rows.events == ROWS[: len(rows.events)]
        kept.add(len(rows.events))
    assert {0, 5} < kept


def test_before_the_commit_nothing_survives():
    rows = Rows()
    with pytest.raises(Died):
        journal(rows, "K1").append(ROWS, epoch=1, at_ns=0)
    assert rows.events == []


def test_a_journal_that_failed_once_takes_nothing_more():
    rows, full = Rows(), ["disk is full"]
    failing = PaperJournal(rows, dying=lambda _: None, refuses=lambda: full[0], lost=Random(1))
    with pytest.raises(JournalFailed):
        failing.append(ROWS, epoch=1, at_ns=0)
    full[0] = ""
    with pytest.raises(JournalFailed):
        failing.append(ROWS, epoch=1, at_ns=0)
    assert rows.events == []


def test_a_journal_cut_behind_its_published_head_is_refused():
    rows = Rows()
    journal(rows).append(ROWS, epoch=1, at_ns=0)
    journal(rows).publish_head()
    del rows.events[-1]
    with pytest.raises(StateUnreadable):
        journal(rows)


def test_a_crash_point_is_named_by_the_rows_that_are_committed():
    assert point_of(ROWS, lambda point: point == "K12") == "K12"
    assert point_of([Rearmed(BookId("s", Symbol("SPY")), Instant(1))], lambda _: True) is None
