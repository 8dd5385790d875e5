"""Behaviour of `retrying`, said in sentences."""

from __future__ import annotations

import pytest

from robo_trader.desk.effects import Severity
from robo_trader.desk.events import HaltRecorded
from robo_trader.desk.news import BrokerError, BrokerStatus, HaltSeen, NotSent, ResumeSeen
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND
from tests.support.desk_bench import Bench, settings

HALT_CANCEL = Halt("h1", HaltLevel.HALT_CANCEL, HaltScope.ALL, "", "manual", None, "me")


def exits(bench: Bench) -> list[int]:
    return [p.quantity for p in bench.sent if p.side == "SELL" and p.order_type is OrderType.MARKET]


def stops(bench: Bench) -> list[int]:
    return [p.quantity for p in bench.sent if p.order_type is OrderType.STOP]


def alerts(bench: Bench, key: str) -> list[Severity]:
    return [a.severity for a in bench.alerts if a.key.startswith(f"{key}/")]


def cancelled_by_the_broker(bench: Bench) -> None:
    """The newest order is acknowledged, and cancelled without our asking."""
    order = bench.last()
    bench.acknowledge(order)
    bench.feed(BrokerError(order.order_id, 202, "Order Canceled - reason:"))
    bench.status(order, BrokerStatus.CANCELLED)


@pytest.mark.parametrize("refusal", ["rejected", "cancelled", "never sent"])
def test_an_exit_that_comes_back_is_tried_after_1_5_and_30_seconds_and_then_the_symbol_is_halted(refusal: str):
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    for pause in (1, 5, 30):
        leave = bench.last()
        come_back(bench, refusal)
        bench.wait(pause - 0.5)
        assert bench.last() is leave
        bench.wait(0.6)
        assert bench.last() is not leave and not bench.last().entry
    come_back(bench, refusal)
    bench.wait(100)
    assert exits(bench) == [100] * 4
    assert [h.halt.reason for h in bench.halts] == ["exit-refused"]
    assert Severity.CRITICAL in alerts(bench, "exit-refused")


def come_back(bench: Bench, how: str) -> None:
    order = bench.last()
    if how == "rejected":
        bench.feed(BrokerError(order.order_id, 201, "Order rejected - reason: test"))
    elif how == "never sent":
        bench.feed(NotSent(order.intent, "the socket's buffer is full"))
    else:
        cancelled_by_the_broker(bench)


def test_a_stop_that_the_broker_cancels_again_and_again_is_bounded_too():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.CANCELLED)
    assert alerts(bench, "cancelled") == [Severity.WARNING], "at once: nothing else in its group could explain it"
    for pause in (1, 5, 30):
        count = len(stops(bench))
        bench.wait(pause - 0.5)
        assert len(stops(bench)) == count
        bench.wait(0.6)
        assert len(stops(bench)) == count + 1
        cancelled_by_the_broker(bench)
    bench.wait(100)
    assert stops(bench) == [100] * 4
    assert [h.halt.reason for h in bench.halts] == ["protect-refused"]
    assert alerts(bench, "cancelled") == [Severity.WARNING] * 4


def test_the_count_outlives_a_restart_and_only_the_pause_is_forgotten():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.CANCELLED)
    for pause in (1, 5, 30):
        bench.wait(pause + 0.1)
        cancelled_by_the_broker(bench)
    again = Bench(settings(epoch=2), [e for e in bench.journal if not isinstance(e, HaltRecorded)])
    again.executions, again.market = bench.executions, bench.market
    again.connect(position=100)
    assert stops(again) == []
    assert [h.halt.reason for h in again.halts] == ["protect-refused"]


def test_a_cancel_that_we_asked_for_is_no_setback():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(HaltSeen(HALT_CANCEL))
    bench.status(leave, BrokerStatus.CANCELLED)
    bench.feed(ResumeSeen("h1"))
    assert exits(bench) == [100, 100], "at once: nobody refused the first one"
    assert alerts(bench, "cancelled") == []


def test_a_stop_that_ends_with_its_group_is_no_setback_even_if_its_end_is_heard_before_the_fill():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.wait(0.5)
    bench.fill(leave)
    bench.wait(100)
    assert bench.position == 0
    assert alerts(bench, "cancelled") == []
    assert stops(bench) == [100]


def test_a_part_of_a_slice_whose_group_sold_it_is_no_setback():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.status(leave, BrokerStatus.SUBMITTED, filled=0, remaining=60)  # the exchange had sold 40 before it came
    bench.fill(stop, 40, price="166.24")
    bench.fill(stop, 60, price="166.24")
    bench.status(leave, BrokerStatus.CANCELLED)
    bench.wait(2)
    assert alerts(bench, "cancelled") == []


def test_an_exit_that_the_broker_took_away_is_told_although_its_stop_still_works():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(0)
    cancelled_by_the_broker(bench)
    bench.wait(0.5)
    assert alerts(bench, "cancelled") == [], "the stop may have been filled: its execution has a second to come"
    bench.wait(0.6)
    assert alerts(bench, "cancelled") == [Severity.WARNING]
    bench.wait(100)
    assert alerts(bench, "cancelled") == [Severity.WARNING]


def test_the_market_waits_while_an_uncovered_share_or_a_wanted_exit_waits_for_its_pause():
    bench = Bench().connect()
    stop = bench.enter(1)
    assert not bench.desk.busy
    bench.status(stop, BrokerStatus.CANCELLED)
    assert bench.desk.busy, "a share is uncovered"
    bench.wait(1.1)
    bench.acknowledge(bench.last())
    assert not bench.desk.busy
    bench.signal(0)
    cancelled_by_the_broker(bench)
    assert bench.desk.busy, "when the exit is tried again must not depend on how fast the market runs"
    bench.wait(1.1)
    bench.acknowledge(bench.last())
    assert not bench.desk.busy


def test_nothing_waits_for_a_pause_any_more_once_the_symbol_is_halted():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.CANCELLED)
    for pause in (1, 5, 30):
        assert bench.desk.busy
        bench.wait(pause + 0.1)
        cancelled_by_the_broker(bench)
    assert bench.halts and not bench.desk.busy


def test_a_person_who_lifts_the_halt_gives_the_stop_its_tries_again():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.CANCELLED)
    for pause in (1, 5, 30):
        bench.wait(pause + 0.1)
        cancelled_by_the_broker(bench)
    bench.feed(ResumeSeen(bench.halts[0].halt.id))
    assert stops(bench) == [100] * 5
    bench.acknowledge(bench.last())
    assert len(bench.halts) == 1
    again = Bench(settings(epoch=2), bench.journal)
    assert again.desk.state.standing_halts == ()


def test_time_alone_is_waited_for_only_while_an_answer_or_a_pause_is_due():
    bench = Bench().connect()
    stop = bench.enter(1)
    assert bench.desk.next_timer_ns(bench.now()) is None
    bench.status(stop, BrokerStatus.CANCELLED)
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + NS_PER_SECOND
