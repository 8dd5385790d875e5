"""Behaviour of `protecting`, said in sentences."""

from __future__ import annotations

import re
from decimal import Decimal

from robo_trader.cli.app import app
from robo_trader.desk.news import BrokerError, BrokerStatus, Connected, InstrumentKnown, ResumeSeen
from robo_trader.desk.protecting import uncovered
from robo_trader.orders.events import Intended
from robo_trader.orders.order import OrderType
from robo_trader.values import Instrument, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings

COMMANDS = {command.name for command in app.registered_commands}


def stops(bench: Bench) -> list[tuple[int, str]]:
    return [(p.quantity, p.oca_group) for p in bench.sent if p.order_type is OrderType.STOP]


def test_a_stop_that_someone_cancelled_is_replaced_in_a_fresh_group():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.wait(1.1)
    assert [q for q, _ in stops(bench)] == [100, 100]
    assert len({g for _, g in stops(bench)}) == 2


def test_a_rejected_stop_is_tried_again_after_a_second():
    bench = Bench().connect()
    bench.signal(1)
    bench.fill(bench.last())
    stop = bench.last()
    bench.feed(BrokerError(stop.order_id, 201, "Order rejected - reason: test"))
    assert len(stops(bench)) == 1
    bench.wait(1.1)
    assert len(stops(bench)) == 2


def test_an_unknown_stop_is_doubled_inside_its_own_group_after_five_seconds():
    bench = Bench().connect()
    bench.signal(1)
    bench.fill(bench.last())
    bench.wait(31)
    assert uncovered(bench.desk.state.book(BOOK)) == 100
    assert len(stops(bench)) == 1
    bench.wait(6)
    assert len(stops(bench)) == 2
    assert len({g for _, g in stops(bench)}) == 1


def test_a_short_is_protected_above_its_price():
    bench = Bench().connect()
    stop = bench.enter(-1)
    assert stop.side == "BUY"
    assert stop.price is not None and stop.price > 16_792


def test_a_stop_reduced_by_its_groups_exit_still_covers_what_is_left():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.fill(leave, 40)
    bench.status(stop, BrokerStatus.PRE_SUBMITTED, filled=0, remaining=60, why_held="trigger")
    assert uncovered(bench.desk.state.book(BOOK)) == 0
    assert len(stops(bench)) == 1


def test_under_drift_an_exit_never_sells_what_the_broker_does_not_hold():
    bench = Bench().connect()
    bench.enter(1)
    bench.sweep(position=0)
    sent = len(bench.sent)
    bench.signal(-1)
    assert [p for p in bench.sent[sent:] if p.order_type is OrderType.MARKET] == []


def commands_in(text: str) -> set[str]:
    return set(re.findall(r"`robo-trader (\w+)", text))


def test_shares_that_somebody_sold_by_hand_and_bought_back_are_protected_again_as_the_page_says():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.feed(bench.foreign(Side.SELL, 100))
    (raised,) = bench.halts
    assert (raised.halt.reason, bench.cancelled) == ("net-below-books", [stop.intent])
    assert "by hand" in raised.halt.text and commands_in(raised.halt.text) == {"resume"} <= COMMANDS
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.feed(bench.foreign(Side.BUY, 100))
    bench.wait(2)
    assert [quantity for quantity, _ in stops(bench)] == [100, 100]
    bench.sweep(position=100)
    assert bench.desk.reconciled(SPY)
    bench.feed(ResumeSeen(raised.halt.id))
    assert bench.desk.state.standing_halts == () and len(bench.halts) == 1


def test_a_page_of_drift_names_no_command_that_there_is_not():
    bench = Bench().connect()
    bench.enter(1)
    for _ in range(3):
        bench.sweep(position=60)
    texts = {raised.halt.reason: raised.halt.text for raised in bench.halts}
    assert texts.keys() == {"drift", "net-below-books"}
    assert all(commands_in(text) == {"down", "run"} <= COMMANDS for text in texts.values())


def test_shares_that_a_bust_brings_back_while_their_group_still_works_get_a_stop_in_a_fresh_group():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.feed(bench.execution(stop, 60, "166.24", "s.1.01"))
    bench.feed(bench.execution(stop, 0, "166.24", "s.1.02"))
    assert bench.position == 100 and bench.cancelled == [stop.intent]
    assert stops(bench) == [(100, stop.oca_group)], "a filled group may admit no one"
    bench.status(stop, BrokerStatus.CANCELLED, filled=60, remaining=0)
    fresh = next(p for p in bench.sent if p.oca_group not in {"", stop.oca_group})
    assert (fresh.order_type, fresh.quantity) == (OrderType.STOP, 100)


def test_an_exit_that_ends_before_its_last_execution_is_heard_leaves_the_stop_alone():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.fill(leave, 20)
    bench.status(stop, BrokerStatus.PRE_SUBMITTED, filled=0, remaining=60, why_held="trigger")
    bench.status(leave, BrokerStatus.CANCELLED, filled=40, remaining=60)
    assert bench.cancelled == [], "60 shares are held, and the stop is for 60"
    bench.fill(leave, 20)
    assert (bench.cancelled, uncovered(bench.desk.state.book(BOOK)), len(stops(bench))) == ([], 0, 1)


def test_an_unknown_stop_of_a_group_that_traded_is_doubled_all_the_same():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.fill(stop, 60, price="166.24")
    for _ in range(3):
        bench.wait(11)
        bench.sweep(position=40)
    assert bench.desk.state.orders.by_intent[stop.intent].stage == "unknown"
    bench.wait(6)
    assert stops(bench) == [(100, stop.oca_group), (40, stop.oca_group)]


def test_fills_that_no_row_kept_are_told_again_into_the_slice_whose_stop_lived_on_the_reserve():
    """Found by a seeded world: the journal failed in the turn of four fills, and the next desk put a second stop beside the reserve's."""
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    before = len(bench.journal)
    bench.feed(*(bench.execution(entry, shares) for shares in (30, 40, 30)))
    lost, (stop,) = bench.journal[before:], [p for p in bench.sent if p.order_type is OrderType.STOP]
    reserve = [event for event in lost if isinstance(event, Intended)]
    successor = Bench(settings(epoch=2), [*bench.journal[:before], *reserve])
    successor.executions, successor.process = bench.executions, bench.process
    successor.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", 9))
    successor.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert successor.position == 100 and [slice_.quantity for slice_ in successor.desk.state.book(BOOK).slices.values()] == [100]
    assert successor.sent == [], "the stop of 100 shares is there already"


def test_shares_that_come_back_get_a_stop_for_all_of_the_slice_in_the_group_of_the_smaller_one():
    """Found by the search through every order of news: a second stop for the difference alone covers nothing, since the two shrink each other."""
    bench = Bench().connect()
    bench.enter()
    bench.feed(bench.foreign(Side.SELL, 60))  # the account holds 40: the stop for 100 goes
    bench.status(bench.last(OrderType.STOP), BrokerStatus.CANCELLED)
    small = bench.last(OrderType.STOP)
    bench.acknowledge(small)
    bench.feed(bench.foreign(Side.BUY, 60))
    whole = bench.last(OrderType.STOP)
    assert (small.quantity, whole.quantity, whole.oca_group == small.oca_group) == (40, 100, True)
    assert bench.desk.snapshot().books[0].proven == 40, "until the new one is acknowledged"
    bench.acknowledge(whole)
    view = bench.desk.snapshot().books[0]
    assert (view.covered, view.proven) == (100, 100)
