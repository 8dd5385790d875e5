"""Behaviour of `desk`, said in sentences."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.desk.effects import Place, Record
from robo_trader.desk.news import BrokerError, BrokerStatus, Connected, DrainAsked, HaltSeen, ResumeSeen, Signal
from robo_trader.desk.settings import BookSettings
from robo_trader.orders.events import Intended
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings

REDUCE_ONLY = Halt("h1", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "manual", None, "me")


def test_a_signal_becomes_one_entry_and_its_fill_gets_a_stop_one_percent_away():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    assert (entry.side, entry.quantity, entry.order_type, entry.entry) == ("BUY", 100, OrderType.MARKET, True)
    bench.fill(entry, price="167.92")
    stop = bench.last(OrderType.STOP)
    assert (stop.side, stop.quantity, stop.time_in_force, stop.entry) == ("SELL", 100, "GTC", False)
    assert stop.price == 16_625 and stop.oca_group  # 167.92 less 1 %, nearer tick


def test_an_intent_is_on_record_before_its_order_is_sent():
    bench = Bench().connect()
    effects = bench.signal(1)
    kinds = [type(e.event) if isinstance(e, Record) else type(e) for e in effects]
    assert kinds.index(Intended) < kinds.index(Place)


def test_repeating_a_target_does_nothing():
    bench = Bench().connect()
    bench.enter()
    sent = len(bench.sent)
    for _ in range(5):
        bench.signal(1)
    assert len(bench.sent) == sent


def test_a_flip_is_two_decisions_to_zero_and_then_beyond_after_the_fill():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    assert (leave.side, leave.quantity, leave.oca_group, leave.entry) == ("SELL", 100, stop.oca_group, False)
    bench.acknowledge(leave)
    before = len(bench.sent)
    bench.fill(leave)
    assert len(bench.sent) == before, "the old stop may still fill: wait for its end"
    bench.status(stop, BrokerStatus.CANCELLED)
    entry = bench.last()
    assert (entry.side, entry.quantity, entry.entry) == ("SELL", 100, True)
    bench.fill(entry)
    assert bench.position == -100
    assert bench.last(OrderType.STOP).side == "BUY"


def test_a_partial_entry_whose_target_turns_is_cancelled_and_what_it_bought_is_exited_once():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 40)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(-1)
    assert bench.cancelled == [entry.intent]
    exits = [p for p in bench.sent if p.side == "SELL" and p.order_type is OrderType.MARKET]
    assert [p.quantity for p in exits] == [40]
    bench.fill(entry, 10)  # the exchange was faster than our cancel
    exits = [p for p in bench.sent if p.side == "SELL" and p.order_type is OrderType.MARKET]
    assert [p.quantity for p in exits] == [40, 10]


def test_a_stop_out_does_not_buy_back_until_the_strategy_changed_its_mind():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.fill(stop, price="166.24")
    assert bench.position == 0
    sent = len(bench.sent)
    for _ in range(3):
        bench.signal(1)
    assert len(bench.sent) == sent
    bench.signal(-1)
    assert bench.last().side == "SELL" and bench.last().entry


def test_a_stop_that_fills_half_counts_its_rest_as_the_exit():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.fill(stop, 50)
    assert bench.position == 50
    sent = len(bench.sent)
    bench.signal(-1)
    assert len(bench.sent) == sent, "the triggered stop is already selling the other half"


def test_an_exit_that_meets_its_stop_is_not_sent_again():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.feed(BrokerError(leave.order_id, 201, "Order rejected - reason:OCA group is already filled"))
    sent = len(bench.sent)
    bench.fill(stop, price="166.24")
    assert bench.position == 0
    assert [p for p in bench.sent[sent:] if not p.entry] == []


def test_no_entry_is_sent_before_the_first_sweep_and_none_while_positions_differ():
    bench = Bench()
    bench.feed()
    bench.connect(position=0)
    bench.sweep(position=30)
    bench.sweep(position=30)
    bench.signal(1)
    assert bench.sent == []
    assert [h.halt.reason for h in bench.halts] == ["drift"]


def test_a_halt_cancels_entries_keeps_stops_and_needs_a_newer_bar_after_resume():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    bench.feed(HaltSeen(REDUCE_ONLY))
    leave = bench.last()
    bench.fill(leave)
    bench.status(stop, BrokerStatus.CANCELLED)
    assert bench.position == 0 and not bench.last().entry
    bench.feed(ResumeSeen("h1"))
    bench.quote()
    assert not bench.last().entry, "the old bar may not increase"
    bench.signal(-1)
    assert bench.last().entry


def test_draining_cancels_entries_and_keeps_stops():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.fill(leave)
    bench.status(stop, BrokerStatus.CANCELLED)
    entry = bench.last()
    bench.fill(entry, 60)
    cover = bench.last(OrderType.STOP)
    bench.feed(DrainAsked())
    assert bench.cancelled[-1] == entry.intent and cover.intent not in bench.cancelled
    assert not bench.desk.drained
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    assert bench.desk.drained


def test_resuming_from_the_journal_gives_the_same_state_and_sends_nothing_again():
    bench = Bench().connect()
    stop = bench.enter(1)
    again = Bench(settings(epoch=2), bench.journal)
    again.executions = bench.executions
    again.market = bench.market
    assert again.position == 100
    again.connect(position=100)
    again.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert again.sent == []
    assert again.desk.snapshot().net == bench.desk.snapshot().net


def test_an_intent_that_nobody_has_is_never_sent_after_two_sweeps_ten_seconds_apart_and_not_before():
    bench = Bench().connect()
    bench.signal(1)  # on record, and then the process dies
    again = Bench(settings(epoch=2), bench.journal)
    again.market = bench.market
    again.connect()
    order = next(iter(again.desk.state.book(BOOK).live.values()))
    again.wait(5)
    again.sweep()
    assert order.stage == "intended"
    again.wait(6)
    again.sweep()
    assert order.stage == "never_sent"
    assert again.sent == []


def test_an_intent_that_the_broker_has_is_adopted_and_not_sent_again():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    again = Bench(settings(epoch=2), bench.journal)
    again.market = bench.market
    again.executions = bench.executions
    again.connect(position=0)
    again.sweep(open_orders=(bench.open_order(entry),))
    adopted = again.desk.state.orders.by_intent[entry.intent]
    assert adopted.perm_ids and adopted.live
    assert again.cancelled == [entry.intent], "its signal died with the process"
    assert [p for p in again.sent if p.entry] == []


def test_a_fill_heard_twice_counts_once():
    bench = Bench().connect()
    bench.signal(1)
    seen = bench.execution(bench.last(), 100)
    bench.feed(seen)
    bench.feed(seen, seen)
    bench.sweep(position=100)
    assert bench.position == 100


def test_silence_is_unknown_after_thirty_seconds_and_never_sent_again():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.wait(29)
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.stage == "intended"
    bench.wait(2)
    assert order.stage == "unknown"
    bench.signal(1)
    bench.signal(-1)
    bench.signal(1)
    assert [p for p in bench.sent if p.entry] == [entry]
    assert order.remaining == 100


def test_a_manual_order_of_another_client_is_external_and_left_alone():
    bench = Bench().connect()
    bench.enter(1)
    bench.foreign(Side.BUY, 30)
    bench.sweep(position=130)
    bench.sweep(position=130)
    assert bench.desk.state.external("SPY") == 30
    assert bench.position == 100 and bench.halts == []


def test_a_manual_sale_of_our_shares_halts_the_symbol_and_takes_the_stop_away():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.foreign(Side.SELL, 100)
    bench.sweep(position=0)
    assert bench.cancelled == [stop.intent]
    assert [h.halt.level for h in bench.halts] == [HaltLevel.NO_NEW]
    bench.status(stop, BrokerStatus.CANCELLED)
    assert [p for p in bench.sent if p.order_type is OrderType.STOP] == [stop]


def test_a_smaller_net_replaces_the_stop_with_a_smaller_one_only_after_the_first_is_gone():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.foreign(Side.SELL, 40)
    bench.sweep(position=60)
    stops = [p for p in bench.sent if p.order_type is OrderType.STOP]
    assert stops == [stop] and bench.cancelled == [stop.intent]
    bench.status(stop, BrokerStatus.CANCELLED)
    stops = [p for p in bench.sent if p.order_type is OrderType.STOP]
    assert [p.quantity for p in stops] == [100, 60]


def test_at_most_one_entry_lives_whatever_the_signals():
    bench = Bench().connect()
    for stance in (1, -1, 1, 1, -1, -1, 1):
        bench.signal(stance)
        live = [o for o in bench.desk.state.book(BOOK).live.values() if o.intended.purpose is Purpose.ENTER]
        assert len(live) <= 1


def test_minutes_replayed_after_a_restart_sell_nothing():
    bench = Bench().connect()
    bench.enter(1)
    again = Bench(settings(epoch=2), bench.journal)
    again.executions, again.market = bench.executions, bench.market
    again.connect(position=100)
    sent = len(again.sent)
    for minutes in (5, 4, 3):
        end = Instant(again.market - minutes * 60 * NS_PER_SECOND)
        again.feed(Signal(BOOK, -1, end, Instant(end + 65 * NS_PER_SECOND), backfilled=True))
    assert [p for p in again.sent[sent:] if p.order_type is OrderType.MARKET] == []


def test_a_book_that_the_configuration_no_longer_names_is_still_flattened_and_never_added_to():
    bench = Bench().connect()
    stop = bench.enter(1)
    heir = BookId("momentum", SPY)
    again = Bench(settings(epoch=2, books={heir: BookSettings(100, Decimal(1))}), bench.journal)
    again.market, again.executions = bench.market, bench.executions
    again.feed(Connected("DU1", 1))
    again.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    again.signal(1)
    assert again.sent == [] and again.cancelled == []
    again.feed(HaltSeen(Halt("f", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "manual", None, "me")))
    assert [(p.side, p.quantity, p.oca_group) for p in again.sent] == [("SELL", 100, stop.oca_group)]
