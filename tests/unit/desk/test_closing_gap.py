"""Behaviour of `closing_gap`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

from robo_trader.desk.closing_gap import CANCEL_AGAIN_NS, ORPHAN_GRACE_NS
from robo_trader.desk.effects import Place
from robo_trader.desk.news import BrokerStatus, Connected, HaltSeen, NotSent, ResumeSeen
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Side
from tests.support.desk_bench import Bench, settings


def halt(level: HaltLevel) -> Halt:
    return Halt(f"h-{level}", level, HaltScope.ALL, "", "manual", None, "me")


def test_flatten_exits_through_the_stops_group_and_latches():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.feed(HaltSeen(halt(HaltLevel.HALT_FLATTEN)))
    leave = bench.last()
    assert (leave.side, leave.quantity, leave.oca_group) == ("SELL", 100, stop.oca_group)
    bench.fill(leave)
    assert bench.position == 0
    assert bench.desk.snapshot().books[0].latched


def test_halt_cancel_takes_exits_away_and_leaves_the_stop():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(HaltSeen(halt(HaltLevel.HALT_CANCEL)))
    assert bench.cancelled == [leave.intent]
    assert stop.intent not in bench.cancelled


def test_no_new_lets_working_entries_stay():
    bench = Bench().connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.feed(HaltSeen(halt(HaltLevel.NO_NEW)))
    assert bench.cancelled == []
    bench.feed(HaltSeen(halt(HaltLevel.REDUCE_ONLY)))
    assert bench.cancelled == [bench.last().intent]


def test_an_unanswered_cancel_is_sent_again():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.signal(-1)
    assert bench.cancelled == [entry.intent]
    bench.wait(CANCEL_AGAIN_NS / NS_PER_SECOND + 1)
    assert bench.cancelled == [entry.intent] * 2
    assert bench.alerts[-1].key == f"cancel-unanswered/{entry.intent}"


def test_every_slice_is_exited_by_an_order_of_its_own():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    for shares in (40, 40, 20):
        bench.fill(entry, shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(-1)
    exits = [p for p in bench.sent if p.side == "SELL" and p.order_type is OrderType.MARKET]
    stops = [p for p in bench.sent if p.order_type is OrderType.STOP]
    assert [(p.quantity, p.oca_group) for p in exits] == [(p.quantity, p.oca_group) for p in stops]


def test_fills_of_one_packet_are_one_slice():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.feed(bench.execution(entry, 40), bench.execution(entry, 60))
    stops = [p for p in bench.sent if p.order_type is OrderType.STOP]
    assert [p.quantity for p in stops] == [100]


def test_an_exit_that_was_cancelled_by_hand_is_replaced():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.status(leave, BrokerStatus.CANCELLED)
    bench.wait(1.1)
    again = bench.last()
    assert again.intent != leave.intent
    assert bench.desk.state.orders.by_intent[again.intent].intended.purpose is Purpose.EXIT


def test_a_cancel_that_claims_fills_is_not_exited_twice():
    bench = Bench().connect()
    bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.status(leave, BrokerStatus.CANCELLED, filled=60, remaining=0)
    assert sum(p.quantity for p in bench.sent if p.side is Side.SELL and p.order_type is OrderType.MARKET and p is not leave) <= 40
    bench.fill(leave, 60)
    bench.wait(1.1)
    exits = [p for p in bench.sent if p.side is Side.SELL and p.order_type is OrderType.MARKET]
    assert sum(p.quantity for p in exits) - 40 == 100


def test_a_cancel_repeated_by_a_new_life_is_unknown_after_thirty_seconds_of_silence():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(HaltSeen(halt(HaltLevel.HALT_CANCEL)))
    again = Bench(settings(epoch=2), bench.journal)
    again.market, again.executions = bench.market, bench.executions
    again.feed(Connected("DU1", 1))
    again.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED), bench.open_order(leave)))
    assert again.cancelled == [leave.intent]
    again.feed(ResumeSeen(again.desk.state.standing_halts[0].id))
    again.wait(31)
    assert again.desk.state.orders.by_intent[leave.intent].stage == "unknown"


def exited(bench: Bench) -> Place:
    """A position that an exit of the stop's group has just taken off; the stop."""
    stop = bench.enter()
    bench.signal(-1)
    leave = bench.last(OrderType.MARKET)
    bench.acknowledge(leave)
    bench.fill(leave)
    return stop


def test_a_stop_whose_shares_an_exit_took_is_left_to_its_group():
    bench = Bench().connect()
    stop = exited(bench)
    bench.wait(0.5)
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.wait(10)
    assert bench.cancelled == []


def test_a_stop_that_its_group_does_not_end_within_a_second_is_cancelled_and_nothing_is_added_before():
    bench = Bench().connect()
    stop = exited(bench)
    sent = len(bench.sent)
    bench.wait(ORPHAN_GRACE_NS / NS_PER_SECOND)
    assert bench.cancelled == [stop.intent]
    assert len(bench.sent) == sent


def test_a_stop_that_a_bust_left_too_large_is_taken_away_and_replaced_by_one_that_fits():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(bench.execution(entry, 60, exec_id="a.1.01"), bench.execution(entry, 40, exec_id="a.2.01"))
    stop = bench.last(OrderType.STOP)
    bench.acknowledge(stop)
    covered = bench.position
    bench.feed(bench.execution(entry, 0, exec_id="a.2.02"))
    assert bench.cancelled == []
    bench.wait(1)
    assert covered == 100 and bench.cancelled == [stop.intent]
    bench.status(stop, BrokerStatus.CANCELLED)
    assert (bench.last().order_type, bench.last().quantity) == (OrderType.STOP, 60)


def test_a_stop_that_its_group_has_shrunk_in_time_is_left_alone():
    bench = Bench().connect()
    stop = bench.enter()
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.fill(leave, 40)
    bench.wait(0.9)
    bench.status(stop, BrokerStatus.PRE_SUBMITTED, filled=0, remaining=60, why_held="trigger")
    bench.wait(5)
    assert bench.cancelled == []


def test_a_fill_that_comes_after_the_flip_is_set_off_and_gets_no_stop_of_its_own():
    bench = Bench().connect()
    bench.signal(1)
    late = bench.last()
    bench.acknowledge(late)
    bench.status(late, BrokerStatus.CANCELLED)
    bench.enter(-1)
    sent = len(bench.sent)
    bench.fill(late, 30)
    assert bench.position == -70 and [p for p in bench.sent[sent:] if p.side == "SELL"] == []
    bench.wait(1)
    assert bench.cancelled == [bench.last(OrderType.STOP).intent], "a hundred bought back would be thirty too many"


def test_where_both_sides_were_stopped_each_waits_for_its_own_re_arming():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.fill(stop, 150)  # it overshoots: 50 short, which get a stop and an exit
    left, exit_order = bench.last(OrderType.STOP), bench.last(OrderType.MARKET)
    bench.fill(left)
    bench.status(exit_order, BrokerStatus.CANCELLED)
    sent = len(bench.sent)
    bench.signal(1)
    assert bench.sent[sent:] == [], "a bar of the side that was stopped first re-arms the other side alone"
    bench.signal(-1)
    assert [(order.side, order.quantity) for order in bench.sent[sent:]] == [(Side.SELL, 100)]


def test_an_exit_goes_only_where_its_slice_has_a_share_of_what_the_net_still_allows():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    for quantity in (60, 40):
        bench.fill(entry, quantity)
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.feed(bench.foreign(Side.SELL, 40))  # the net is 60: the second slice's stop goes
    second = bench.last(OrderType.STOP)
    bench.status(second, BrokerStatus.CANCELLED)
    bench.signal(-1)
    exit_ = bench.last(OrderType.MARKET)
    assert exit_.quantity == 60
    sent = len(bench.sent)
    bench.feed(NotSent(exit_.intent, "the channel broke"))  # its next try waits for a pause
    assert len(bench.sent) == sent, "and the other slice may not go in its place: it would be cancelled, sent again, cancelled ..."


def test_the_market_waits_for_an_order_without_shares_until_it_ends_in_whatever_way():
    bench = Bench().connect()
    stop = bench.enter()
    bought = bench.executions[-1]
    assert not bench.desk.busy
    bench.feed(replace(bought, exec_id=bought.exec_id.replace(".01", ".02"), quantity=0))
    assert bench.position == 0 and bench.desk.busy, "its stop could open a short"
    bench.fill(stop, 100)
    for sent in bench.sent[-2:]:
        bench.acknowledge(sent)
    assert (bench.position, bench.last().side) == (-100, Side.BUY)
    bench.fill(bench.last(OrderType.MARKET))
    bench.status(bench.last(OrderType.STOP), BrokerStatus.CANCELLED)
    assert bench.position == 0 and not bench.desk.busy
