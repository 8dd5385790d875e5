"""Behaviour of `cover_gap`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.desk.cover_gap import bare, proven
from robo_trader.desk.events import Refused
from robo_trader.desk.news import BrokerError, BrokerStatus
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, Side
from tests.support.desk_bench import BOOK, SPY, Bench


def half_bought() -> Bench:
    """Half of an entry is bought, and its stop is on its way; the other half was cancelled."""
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 50)
    bench.status(entry, BrokerStatus.CANCELLED, filled=50, remaining=0)
    return bench


def told(bench: Bench) -> list[tuple[str, str]]:
    return [(a.severity, a.key) for a in bench.alerts if a.key.startswith("bare/")]


def refused(bench: Bench) -> list[str]:
    return [e.control for e in bench.journal if isinstance(e, Refused)]


def test_a_stop_covers_from_its_acknowledgement_on():
    bench = half_bought()
    assert bare(bench.desk.state, SPY) == 50 and bench.desk.snapshot().books[0].proven == 0
    bench.acknowledge(bench.last(OrderType.STOP))
    assert bare(bench.desk.state, SPY) == 0 and proven(bench.desk.state.book(BOOK)) == 50
    assert bench.desk.snapshot().books[0].proven == 50


def test_a_gap_of_two_seconds_alarms_once_and_holds_entries_until_it_is_closed():
    bench = half_bought()
    bench.wait(1.9)
    assert told(bench) == []
    bench.wait(0.1)
    bench.wait(1)
    assert told(bench) == [("critical", "bare/SPY")]
    bench.signal(1)
    assert sum(p.entry for p in bench.sent) == 1 and refused(bench)[-1] == "I29"
    bench.acknowledge(bench.last(OrderType.STOP))
    assert told(bench) == [("critical", "bare/SPY"), ("info", "bare/SPY")]
    assert [p.quantity for p in bench.sent if p.entry] == [100, 50]


def test_a_shorter_gap_holds_nothing():
    bench = half_bought()
    bench.wait(1.9)
    bench.signal(1)
    assert [p.quantity for p in bench.sent if p.entry] == [100, 50]


def test_the_next_look_is_due_when_the_gap_grows_old():
    bench = half_bought()
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 2 * NS_PER_SECOND


def test_an_exit_that_the_broker_has_covers_and_a_gap_goes_on_over_a_lost_connection():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.status(stop, BrokerStatus.CANCELLED)
    assert bare(bench.desk.state, SPY) == 0
    bench.feed(BrokerError(leave.order_id, 201, "Order rejected - reason: test"))
    assert bare(bench.desk.state, SPY) == 100
    bench.wait(3)
    assert told(bench) == [("critical", "bare/SPY")]


def test_shares_that_a_person_sold_need_no_cover():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.foreign(Side.SELL, 100)
    bench.sweep(position=0)
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.wait(3)
    assert bare(bench.desk.state, SPY) == 0 and told(bench) == []


@pytest.mark.parametrize("stance", [1, -1])
def test_an_unknown_stop_covers_nothing(stance: int):
    bench = Bench().connect()
    stop = bench.enter(stance)
    bench.sweep(position=100 * stance)
    for _ in range(2):
        bench.wait(11)
        bench.sweep(position=100 * stance)
    assert bench.desk.state.orders.by_intent[stop.intent].stage == "unknown"
    assert bare(bench.desk.state, SPY) == 100


def test_an_exit_from_before_a_stop_overshot_covers_nothing_of_what_it_left():
    """Found by a seeded world: a swallowed sale counted as the cover of a short, which had no stop until the sale was given up 45 s later."""
    it = Bench().connect()
    first = it.enter(1)
    it.signal(-1)
    sale = it.last(OrderType.MARKET)
    assert sale.side == Side.SELL  # and nobody ever answers it
    it.feed(replace(it.executions[0], exec_id="e1.02", quantity=0))
    it.fill(first, 100)
    assert it.position == -100
    stop = it.last(OrderType.STOP)
    assert (stop.side, stop.quantity) == (Side.BUY, 100)
    assert stop.oca_group not in {first.oca_group, sale.oca_group}, "that group has traded, and admits nobody"
