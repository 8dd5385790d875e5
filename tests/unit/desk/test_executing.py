"""Behaviour of `executing`, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Place
from robo_trader.desk.events import Refused
from robo_trader.desk.executing import may_follow, parent_of, used
from robo_trader.desk.news import BrokerError, BrokerStatus, NotSent
from robo_trader.desk.settings import BookSettings, Execution
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, Bench, settings


def trading(execution: Execution) -> Bench:
    return Bench(settings(books={BOOK: BookSettings(100, Decimal(1), execution)})).connect()


def entries(bench: Bench) -> list[Place]:
    return [p for p in bench.sent if p.entry]


def refused(bench: Bench) -> list[str]:
    return [e.control for e in bench.journal if isinstance(e, Refused)]


def later(bench: Bench, seconds: int, bid: int, ask: int) -> None:
    bench.market = Instant(bench.market + seconds * NS_PER_SECOND)
    bench.quote(bid, ask)


def left_behind() -> tuple[Bench, Place]:
    """An entry that rests at the bid, acknowledged, and a market that has gone up without it."""
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    later(bench, 10, 16_795, 16_797)
    return bench, entry


@pytest.mark.parametrize(
    ("execution", "stance", "order_type", "price"),
    [
        (Execution.MARKET, 1, OrderType.MARKET, None),
        (Execution.MARKETABLE_LIMIT, 1, OrderType.LIMIT, 16_794),
        (Execution.MARKETABLE_LIMIT, -1, OrderType.LIMIT, 16_788),
        (Execution.LIMIT, 1, OrderType.LIMIT, 16_790),
        (Execution.LIMIT, -1, OrderType.LIMIT, 16_792),
    ],
)
def test_an_entry_takes_the_price_of_its_style(execution: Execution, stance: int, order_type: OrderType, price: int | None):
    bench = trading(execution)
    bench.signal(stance)
    entry = bench.last()
    assert (entry.order_type, entry.price, entry.quantity, entry.time_in_force) == (order_type, price, 100, "DAY")


def test_the_collar_holds_a_limit_too():
    wide = BookSettings(100, Decimal(1), Execution.MARKETABLE_LIMIT, limit_ticks=600)
    bench = Bench(settings(books={BOOK: wide})).connect()
    bench.signal(1)
    assert bench.sent == [] and refused(bench) == ["C03"]


def test_exits_and_stops_are_what_they_were():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last())
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    assert bench.last().order_type is OrderType.MARKET and not bench.last().entry


def test_an_entry_left_behind_is_cancelled_and_its_successor_is_born_when_it_is_over():
    bench, entry = left_behind()
    assert bench.cancelled == [entry.intent] and entries(bench) == [entry]
    bench.fill(entry, 30)  # the exchange was faster than our cancel, in part
    bench.acknowledge(bench.last(OrderType.STOP))
    assert entries(bench) == [entry]
    bench.status(entry, BrokerStatus.CANCELLED, filled=30, remaining=0)
    first, second = entries(bench)
    assert (second.price, second.quantity, second.parent) == (16_795, 70, first.parent)
    assert second.intent != first.intent and (second.parent_quantity, second.parent_used) == (100, 30)


def test_nothing_is_replaced_early_or_where_its_price_is_still_the_best():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    later(bench, 9, 16_795, 16_797)
    assert bench.cancelled == []
    later(bench, 5, 16_788, 16_790)
    assert bench.cancelled == [], "the market came to it"


def test_a_bar_sees_so_many_replacements_and_then_the_last_one_rests_until_its_signal_ends():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    for step in range(1, 8):
        entry = entries(bench)[-1]
        if bench.desk.state.orders.by_intent[entry.intent].stage == "intended":
            bench.acknowledge(entry)
        later(bench, 7, 16_790 + 5 * step, 16_792 + 5 * step)
        if bench.cancelled[-1:] == [entry.intent]:
            bench.status(entry, BrokerStatus.CANCELLED)
    assert len(entries(bench)) == 4 and len(bench.cancelled) == 3
    assert sum(p.quantity for p in entries(bench)) == 400 and len({p.parent for p in entries(bench)}) == 1
    later(bench, 60, 16_900, 16_902)
    bench.wait(1)
    assert bench.cancelled[-1] == entries(bench)[-1].intent, "no valid signal"


def test_a_cancel_that_nobody_asked_for_is_not_followed_on_the_same_bar():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    later(bench, 12, 16_795, 16_797)
    assert len(entries(bench)) == 1


def test_while_the_fills_of_a_cancelled_child_are_only_claimed_no_other_follows():
    bench, entry = left_behind()
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    later(bench, 1, 16_796, 16_798)
    assert entries(bench) == [entry]
    bench.fill(entry, 60)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.sweep(position=60, open_orders=(bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),))
    later(bench, 1, 16_796, 16_798)
    bench.wait(0.1)
    assert [p.quantity for p in entries(bench)] == [100, 40]


def test_a_resting_entry_whose_target_turned_is_over_before_the_exit_that_could_meet_it_goes():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 40)
    stop = bench.last(OrderType.STOP)
    bench.acknowledge(stop)
    bench.signal(-1)
    assert bench.cancelled == [entry.intent] and bench.last() == stop, "sold at the bid, the exit could meet our own order there"
    bench.status(entry, BrokerStatus.CANCELLED, filled=40, remaining=0)
    assert (bench.last().side, bench.last().quantity, bench.last().order_type) == (Side.SELL, 40, OrderType.MARKET)


def test_an_exit_waits_two_seconds_for_an_own_entry_and_no_longer():
    bench = trading(Execution.LIMIT)
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 40)
    stop = bench.last(OrderType.STOP)
    bench.acknowledge(stop)
    bench.signal(-1)
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 2 * NS_PER_SECOND
    bench.wait(1.9)
    assert bench.last() == stop
    bench.wait(0.1)
    assert (bench.last().side, bench.last().quantity, bench.last().order_type) == (Side.SELL, 40, OrderType.MARKET)


def test_children_of_one_decision_never_come_to_more_than_it():
    bench = Bench().connect()
    bench.signal(1)
    bench.feed(NotSent(bench.last().intent, "the command is older than 2 s"))
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last(), 60)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.status(entries(bench)[-1], BrokerStatus.CANCELLED, filled=60, remaining=0)
    bench.signal(1)
    assert [(p.quantity, p.parent_used, p.parent_quantity) for p in entries(bench)] == [(100, 0, 100), (100, 0, 100), (40, 60, 100)]
    bench.signal(0)
    bench.signal(-1)
    assert len({p.parent for p in entries(bench)}) == 1


def test_a_book_that_lost_its_shares_and_wants_them_again_under_the_same_decision_is_refused():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.desk.state.book(BOOK).slices.clear()  # whatever the bug
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.signal(1)
    assert len(entries(bench)) == 1 and refused(bench)[-1] == "C40"


def test_after_a_restart_the_journal_tells_what_the_children_came_to():
    bench, entry = left_behind()
    again = Bench(settings(epoch=2, books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)}), bench.journal)
    again.market, again.executions = bench.market, bench.executions
    again.executions.append(bench.execution(entry, 30))
    again.connect(position=30)
    again.feed(BrokerError(entry.order_id, 202, "Order Canceled"))
    again.status(entry, BrokerStatus.CANCELLED, filled=30, remaining=0)
    again.acknowledge(again.last(OrderType.STOP))
    again.sweep(position=30, open_orders=(again.open_order(again.last(), BrokerStatus.PRE_SUBMITTED),))
    again.signal(1)
    assert [(p.quantity, p.parent_used) for p in entries(again)] == [(70, 30)]


def test_a_book_that_lost_some_of_its_shares_buys_only_what_its_decision_left():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 60)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    next(iter(bench.desk.state.book(BOOK).slices.values())).quantity = 40  # whatever the bug
    bench.signal(1)
    assert [p.quantity for p in entries(bench)] == [100, 40]


def test_shares_that_are_only_claimed_are_used_up():
    bench, entry = left_behind()
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    turn = bench.desk._turn(bench.now())
    assert used(turn, bench.desk.state.book(BOOK)) == 60


def test_whoever_sends_counts_the_replacements_too():
    bench, entry = left_behind()
    bench.status(entry, BrokerStatus.CANCELLED)
    bench.acknowledge(bench.last())
    book, turn = bench.desk.state.book(BOOK), bench.desk._turn(bench.now())
    first = bench.desk.state.orders.by_intent[entry.intent]
    assert may_follow(turn, book, first)
    bench.desk._settings = replace(bench.settings, books={BOOK: replace(bench.settings.books[BOOK], replacements_max=1)})
    assert not may_follow(bench.desk._turn(bench.now()), book, first)


def test_a_decision_has_a_name_and_where_there_is_none_so_has_nothing():
    bench = Bench().connect()
    assert parent_of(bench.desk._turn(bench.now()), BOOK) == ""
    bench.signal(1)
    assert parent_of(bench.desk._turn(bench.now()), BOOK) == f"{BOOK}/{bench.market}"
