"""Behaviour of `state`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

from robo_trader.desk.news import BrokerError, HaltSeen, ResumeSeen
from robo_trader.desk.state import State
from robo_trader.orders.events import CashPaid, SplitApplied
from robo_trader.orders.order import Purpose
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import Instant, Money
from tests.support.desk_bench import BOOK, SPY, Bench, settings


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


def test_an_order_shaped_refusal_stands_for_its_decision_whatever_is_refused_beside_it():
    small = replace(settings().limits, max_quantity=50)
    bench = Bench(settings(limits=small)).connect()
    bench.signal(1)
    assert bench.desk.state.refused[BOOK].control == "C01"
    bench.feed(HaltSeen(Halt("a", HaltLevel.NO_NEW, HaltScope.ALL, "", "x", None, "me")))
    bench.signal(1)
    assert bench.desk.state.refusal_count > 1
    assert bench.desk.state.refused[BOOK].control == "C01"
    bench.signal(-1)
    assert bench.desk.state.refused[BOOK].control == "C17", "a new decision begins anew"


def test_lifting_a_halt_for_another_reason_grants_no_new_tries():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason: test"))
    bench.feed(HaltSeen(Halt("a", HaltLevel.NO_NEW, HaltScope.SYMBOL, SPY, "manual", None, "me")))
    bench.feed(ResumeSeen("a"))
    name = next(iter(bench.desk.state.book(BOOK).slices))
    assert len(bench.desk.state.book(BOOK).setbacks(name, Purpose.EXIT)) == 1


def test_splits_and_payments_are_counted_once_by_their_names():
    bench = Bench().connect()
    bench.enter(1)
    state = bench.desk.state
    for name in ("first", "second", "second"):
        if name not in state.actions:
            state.apply(SplitApplied(name, SPY, 2, 1, Instant(bench.market + 1), Money(0)))
    assert (state.net(SPY), state.ledger_net(SPY), state.decisions[BOOK].target) == (400, 400, 400)
    before = state.ledger.cash_change
    for name, amount in (("third", 5), ("fourth", -2)):
        state.apply(CashPaid(name, SPY, 400, Money(amount), bench.market))
    assert state.ledger.cash_change - before == 3
    assert state.actions == {"first", "second", "third", "fourth"}
