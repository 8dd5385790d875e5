"""The gateway's numbered log."""

from __future__ import annotations

from actors.event_log import LINES_KEPT_MAX, EventLog
from robo_trader.values import Now
from tests.nodes.bench import SPY, START, quote

NOW = Now(START, 5)


def filled(lines: int) -> EventLog:
    log = EventLog()
    for _ in range(lines):
        log.news(NOW, quote())
    return log


def test_lines_and_marks_share_one_sequence_from_one_and_carry_both_clocks():
    log = EventLog()
    line, mark = log.news(NOW, quote()), log.mark(NOW, SPY, 7)
    assert (line.seq, line.market, line.process, line.news) == (1, START, 5, quote())
    assert (mark.seq, mark.symbol, mark.number) == (2, SPY, 7)
    assert log.seq == 2


def test_what_came_after_a_place_is_given_in_order():
    log = filled(3)
    assert log.after(1) is not None
    assert [line.seq for line in log.after(1) or ()] == [2, 3]
    assert log.after(3) == []
    assert [line.seq for line in log.after(0) or ()] == [1, 2, 3]


def test_a_place_that_was_never_written_is_nobodys():
    assert filled(3).after(4) is None


def test_what_is_not_kept_any_more_cannot_be_given():
    log = filled(LINES_KEPT_MAX + 2)
    assert log.after(1) is None
    kept = log.after(2)
    assert kept is not None
    assert (kept[0].seq, len(kept)) == (3, LINES_KEPT_MAX)


def test_a_mark_is_read_again_at_its_place():
    log = filled(1)
    mark = log.mark(NOW, SPY, 7)
    log.news(NOW, quote())
    assert (log.after(1) or [])[0] == mark
