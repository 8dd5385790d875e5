"""The answer of a strategy and its place in the log, whichever comes first."""

from __future__ import annotations

from actors.messages import Considered, Mark
from actors.signal_places import SignalPlaces, Unanswered
from robo_trader.desk.news import Signal
from robo_trader.values import NS_PER_SECOND, BookId
from tests.nodes.bench import BOOK, IBM, SPY, START, signal

PATIENCE_NS = 30 * NS_PER_SECOND


def answer(number: int, epoch: int = 1, said: Signal | None = None, book: BookId = BOOK) -> Considered:
    return Considered(epoch, book, number, said or signal(number, book=book))


def silence(number: int, epoch: int = 1) -> Considered:
    return Considered(epoch, BOOK, number, None)


def mark(number: int, process: int = 0) -> Mark:
    return Mark(number * 10, START, process, SPY, number)


def following(epoch: int = 1, passed: int = 0, patience_ns: int = PATIENCE_NS) -> SignalPlaces:
    places = SignalPlaces(patience_ns)
    places.begin(epoch, ((SPY, passed),))
    return places


def test_an_answer_that_comes_first_waits_for_its_mark():
    places = following()
    assert places.answered(answer(1)) is None
    assert places.considered == {}
    assert places.at(mark(1), 0) == signal(1)
    assert places.considered == {SPY: 1}


def test_a_mark_that_comes_first_waits_for_its_answer_in_lockstep():
    places = following()
    assert places.at(mark(1), PATIENCE_NS - 1) is Unanswered.WAITS
    places.answered(answer(1))
    assert places.at(mark(1), PATIENCE_NS - 1) == signal(1)


def test_silence_is_an_answer():
    places = following()
    places.answered(silence(1))
    assert places.at(mark(1), 0) is None
    assert places.considered == {SPY: 1}


def test_a_mark_that_comes_first_is_passed_in_a_market_that_does_not_wait_and_its_answer_counts_when_it_comes():
    places = following(patience_ns=0)
    assert places.at(mark(1), 0) is Unanswered.IS_PASSED
    assert places.considered == {}
    assert places.answered(answer(1)) == signal(1)
    assert places.considered == {SPY: 1}


def test_a_mark_whose_host_was_given_up_is_passed_after_a_while_and_the_market_waits_for_it_no_longer():
    places = following()
    assert places.at(mark(1, process=5), 5 + PATIENCE_NS) is Unanswered.IS_PASSED
    assert places.considered == {SPY: 1}


def test_an_answer_to_a_minute_that_closed_before_we_came_counts_at_once():
    places = following(passed=7)
    assert places.answered(answer(7)) == signal(7)
    assert places.considered == {SPY: 7}


def test_a_minute_answered_again_by_a_host_that_returned_takes_nothing_back():
    places = following(passed=7)
    places.answered(answer(7))
    assert places.answered(answer(3)) == signal(3), "old, and the desk knows by its end that it is"
    assert places.considered == {SPY: 7}


def test_answers_for_a_gateway_that_we_do_not_follow_yet_wait_for_its_log():
    places = following(epoch=1)
    assert places.answered(answer(2, epoch=2)) is None
    assert places.answered(answer(3, epoch=2)) is None
    assert places.begin(2, ((SPY, 2),)) == [signal(2)]
    assert places.considered == {SPY: 2}
    assert places.at(mark(3), 0) == signal(3)


def test_answers_for_a_gateway_that_is_gone_are_nothing():
    places = following(epoch=2)
    assert places.answered(answer(1, epoch=1)) is None
    assert places.at(mark(1), 0) is Unanswered.WAITS


def test_a_new_gateway_makes_every_place_void():
    places = following(epoch=1, passed=1)
    places.answered(answer(1))
    places.answered(answer(2))
    places.begin(2, ())
    assert places.considered == {}
    assert places.at(mark(2), 0) is Unanswered.WAITS


def test_answers_whose_marks_were_skipped_when_the_log_began_anew_in_the_same_epoch_count():
    """After an overrun the marks of what was not read never come."""
    places = following(epoch=1, passed=1)
    places.answered(answer(2))
    places.answered(answer(4))
    assert places.begin(1, ((SPY, 3),)) == [signal(2)]
    assert places.considered == {SPY: 2}
    assert places.at(mark(4), 0) == signal(4)


def test_symbols_have_places_of_their_own():
    places = following(passed=1)
    other = BookId(BOOK.strategy, IBM)
    assert places.answered(answer(1, book=other)) is None
    assert places.answered(answer(1)) == signal(1)
