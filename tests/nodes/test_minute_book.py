"""One symbol's minutes: each once, in order, numbered from one, whatever history and live bars overlap."""

from __future__ import annotations

from dataclasses import replace

from actors.minute_book import MinuteBook
from robo_trader.market.aggregate import Gap
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, Instant
from tests.nodes.bench import SPY, START, minute


class Book:
    """A book with what it closed and the gaps it asked for."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, Bar]] = []
        self.gaps: list[Gap] = []
        self.book = MinuteBook(SPY, lambda number, bar: self.closed.append((number, bar)), lambda _, gap: self.gaps.append(gap))

    def live(self, number: int, pieces: range = range(12)) -> None:
        """The 5-second bars of a minute."""
        for piece in pieces:
            self.book.on_bar(replace(minute(number), start=Instant(minute(number).start + piece * 5 * NS_PER_SECOND), seconds=5))

    @property
    def ends(self) -> list[tuple[int, int, bool]]:
        """Number, minute and whether history supplied it."""
        return [(number, (bar.start - START) // (60 * NS_PER_SECOND), bar.backfilled) for number, bar in self.closed]


def history(*numbers: int) -> list[Bar]:
    return [replace(minute(number), backfilled=True) for number in numbers]


def test_history_comes_first_and_live_bars_that_came_meanwhile_follow():
    book = Book()
    book.live(2)
    assert book.closed == []
    book.book.resume(history(0, 1))
    assert book.ends == [(1, 0, True), (2, 1, True), (3, 2, False)]
    assert (book.book.number, book.book.last_end) == (3, minute(2).end)


def test_a_minute_closes_with_its_twelfth_piece():
    book = Book()
    book.book.resume([])
    book.live(0, range(11))
    assert book.closed == []
    book.live(0, range(11, 12))
    assert book.ends == [(1, 0, False)]


def test_history_that_repeats_what_is_known_adds_nothing():
    book = Book()
    book.book.resume(history(0, 1))
    book.book.reconnected()
    book.book.resume(history(0, 1, 2))
    assert book.ends == [(1, 0, True), (2, 1, True), (3, 2, True)]


def test_a_gap_is_filled_from_history_before_it_goes_on():
    book = Book()
    book.book.resume([])
    book.live(0)
    book.live(2)
    assert len(book.gaps) == 1
    assert book.book.waiting_for_history
    assert book.ends == [(1, 0, False)]
    book.book.resume(history(1))
    assert book.ends == [(1, 0, False), (2, 1, True), (3, 2, False)]


def test_after_a_lost_connection_history_is_read_before_live_bars_count():
    book = Book()
    book.book.resume([])
    book.live(0)
    book.book.reconnected()
    book.live(1)
    assert book.ends == [(1, 0, False)], "whether a piece is missing before it is not known yet"
    book.book.resume([])
    assert [minute for _, minute, _ in book.ends] == [0, 1]


def test_a_second_gap_in_what_was_held_back_holds_the_rest_back_again():
    book = Book()
    book.book.resume([])
    book.live(0)
    book.live(2)
    book.live(4)
    book.book.resume(history(1))
    assert [minute for _, minute, _ in book.ends] == [0, 1, 2]
    assert len(book.gaps) == 2
    book.book.resume(history(3))
    assert [minute for _, minute, _ in book.ends] == [0, 1, 2, 3, 4]


def test_a_reader_is_given_the_minutes_after_those_it_has():
    book = Book()
    book.book.resume(history(0, 1, 2))
    assert [number for number, _ in book.book.after(1)] == [2, 3]
    assert book.book.after(3) == []
    assert [number for number, _ in book.book.after(0)] == [1, 2, 3]


def test_after_a_split_history_is_read_again_from_its_beginning_behind_what_it_restates():
    book = Book()
    book.book.resume(history(0, 1))
    book.book.reconnected()
    book.book.begin_again()
    book.book.resume(history(0, 1, 2))
    book.live(3)
    assert book.ends == [(1, 0, True), (2, 1, True), (3, 0, True), (4, 1, True), (5, 2, True), (6, 3, False)]
    assert book.gaps == []
