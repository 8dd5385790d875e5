"""Behaviour of `state`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.news import HaltSeen, ResumeSeen
from robo_trader.desk.state import State
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.support.desk_bench import BOOK, SPY, Bench


def test_folding_the_journal_twice_gives_the_same_figures():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    bench.fill(bench.last())
    states = []
    for _ in range(2):
        state = State()
        for event in bench.journal:
            state.apply(event)
        states.append(
            (state.net(SPY), state.ledger.cash_change, state.book(BOOK).position, state.orders.next_order_id, sorted(state.orders.by_intent))
        )
    assert states[0] == states[1]
    assert states[0][0] == bench.desk.state.net(SPY)


def test_overlapping_halts_must_all_be_lifted():
    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("a", HaltLevel.NO_NEW, HaltScope.ALL, "", "x", None, "me")))
    bench.feed(HaltSeen(Halt("b", HaltLevel.REDUCE_ONLY, HaltScope.SYMBOL, SPY, "x", None, "me")))
    assert bench.desk.state.level(BOOK) is HaltLevel.REDUCE_ONLY
    bench.feed(ResumeSeen("b"))
    assert bench.desk.state.level(BOOK) is HaltLevel.NO_NEW
    bench.feed(ResumeSeen("a"))
    assert bench.desk.state.level(BOOK) is None


def test_a_halt_that_is_raised_again_stands_again():
    bench = Bench().connect()
    again = Halt("fence-unreadable", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "x", None, "fence")
    bench.feed(HaltSeen(again))
    bench.feed(ResumeSeen("fence-unreadable"))
    assert bench.desk.state.level(BOOK) is None
    bench.feed(HaltSeen(again))
    assert bench.desk.state.level(BOOK) is HaltLevel.REDUCE_ONLY
