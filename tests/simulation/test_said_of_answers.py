"""Of what the broker answers: what the desk does, puts on record, asks and tells, line by line; a person and a later life act on every word of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.desk.news import (
    BrokerError,
    BrokerStatus,
    Connected,
    DrainAsked,
    ExecutionSeen,
    HaltSeen,
    NotSent,
    ResumeSeen,
    StatusSeen,
)
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Money, Side
from tests.support.desk_bench import CLIENT, SPY, Bench
from tests.support.transcripts import alarms, entering, holding, told


def halted(level: HaltLevel) -> HaltSeen:
    return HaltSeen(Halt("h", level, HaltScope.ALL, "", "by hand", None, "me"))


def test_a_refused_cancel_is_on_record_and_asked_about_in_the_broker_s_words():
    bench = entering()
    bench.feed(DrainAsked())
    told(bench)
    bench.feed(BrokerError(1, 161, "Cancel attempted when order is not in a cancellable state"))
    assert told(bench) == [
        "CancelFailed #1, 161 Cancel attempted when order is not in a cancellable state",
        "look: cancel refused: 161 Cancel attempted when order is not in a cancellable state",
    ]


def test_a_cancel_that_an_earlier_life_asked_for_and_the_broker_did_not_hear_is_taken_back():
    bench = holding()
    stop = bench.last()
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(halted(HaltLevel.HALT_CANCEL))
    life = bench.reborn()
    life.feed(ResumeSeen("h"), Connected("DU1", 1))
    told(life)
    life.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED), bench.open_order(leave)))
    assert told(life) == [
        "CancelFailed #3, an earlier life asked, and the broker did not hear it",
    ]


def test_an_unknown_error_is_told_and_asked_about_in_the_broker_s_words():
    bench = entering()
    bench.feed(BrokerError(1, 999, "something new"))
    assert told(bench) == [
        "page warning error/999: order 1 of cross: 999 something new",
        "look: unknown error 999",
    ]


def test_a_message_that_could_not_be_read_is_told_with_what_it_said_and_another_of_no_order_is_not():
    bench = Bench().connect()
    told(bench)
    bench.feed(BrokerError(0, 0, "orderStatus 1 2"))
    bench.feed(BrokerError(0, 321, "no order's"))
    bench.feed(BrokerError(5, 0, "of an id that nobody knows"))
    assert told(bench) == [
        "page critical unreadable/orderStatus 1 2: a message of the broker was not understood, and what it said is not counted: orderStatus 1 2",
    ]


def test_a_rejection_is_told_by_its_purpose_and_put_on_record():
    bench = entering()
    bench.feed(BrokerError(1, 201, "Order rejected - reason:margin"))
    assert told(bench) == [
        "page warning rejected/cross: enter of cross rejected: 201 Order rejected - reason:margin",
        "Ended #1, rejected, 201 Order rejected - reason:margin",
        "Refused cross, 3f, the broker refused this decision's entry: 201 Order rejected - reason:margin against , @1861, True",
    ]


def test_an_inactive_order_is_a_rejected_one():
    bench = entering()
    bench.status(bench.last(), BrokerStatus.INACTIVE)
    assert told(bench) == [
        "page warning rejected/cross: enter of cross rejected: Inactive",
        "Ended #1, rejected, Inactive",
        "Refused cross, 3f, the broker refused this decision's entry: Inactive against , @1861, True",
    ]


def test_an_entry_whose_words_speak_of_a_filled_group_is_told_all_the_same():
    bench = entering()
    bench.feed(BrokerError(1, 201, "OCA group is already filled"))
    assert alarms(bench) == [
        "page warning rejected/cross: enter of cross rejected: 201 OCA group is already filled",
    ]


def test_one_of_two_rejected_orders_is_asked_about_or_ended_by_its_perm_id():
    bench = entering()
    bench.feed(replace(bench.open_order(bench.last()), perm_id=2002))
    assert told(bench) == [
        "page critical two-perm-ids/#1: intent #1 works twice at the broker: {1001} and 2002",
        "Acknowledged #1, 2002",
        "CancelAsked #1, the target turned",
        "cancel #1, 1",
    ]
    bench.feed(BrokerError(1, 201, "margin"))
    assert told(bench) == [
        "look: one of two orders of #1 was rejected: 201 margin",
    ]
    bench.feed(StatusSeen(1, CLIENT, 2002, BrokerStatus.INACTIVE, 0, 100))
    assert told(bench) == [
        "page warning rejected/cross: enter of cross rejected: Inactive",
        "TwinEnded #1, 2002, rejected: Inactive",
    ]
    bench.feed(StatusSeen(1, CLIENT, 1001, BrokerStatus.INACTIVE, 0, 100))
    assert told(bench) == [
        "page warning rejected/cross: enter of cross rejected: Inactive",
        "Ended #1, rejected, Inactive",
        "Refused cross, 3f, the broker refused this decision's entry: Inactive against , @1861, True",
    ]


def test_a_twin_that_filled_in_full_is_over_once_its_executions_are_here():
    bench = entering()
    entry = bench.last()
    bench.feed(replace(bench.open_order(entry), perm_id=2002))
    told(bench)
    bench.status(entry, BrokerStatus.FILLED, 100)
    assert told(bench) == []
    bench.fill(entry, 100)
    bench.status(entry, BrokerStatus.FILLED, 100)
    assert told(bench) == [
        "Fill e1.01, #1, cross, BUY, 100, 167.92, @1861, #1-0, 1001",
        "Intended #2, cross, protect, #1-0, #1-0, 0, 2, rt:test:1:#2, SELL, 100, STP, 16625, #1-0.0, @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, SELL, 100, STP, 16625, GTC, #1-0.0, False, '', 0, 0",
        "TwinEnded #1, 1001, filled: ",
    ]
    bench.feed(StatusSeen(1, CLIENT, 2002, BrokerStatus.CANCELLED, 0, 100))
    assert told(bench) == [
        "Ended #1, cancelled, Cancelled",
    ]


def test_an_order_that_its_group_shrank_ends_with_the_fills_that_the_status_names():
    bench = holding()
    stop = bench.last()
    bench.signal(0)
    leave = bench.last()
    bench.fill(leave, 60)
    bench.status(stop, BrokerStatus.PRE_SUBMITTED, 0, 40, "trigger")
    told(bench)
    bench.status(stop, BrokerStatus.FILLED, 40, 0)
    assert told(bench) == []
    bench.fill(stop, 40)
    assert told(bench) == [
        "Fill e3.01, #2, cross, SELL, 40, 167.92, @1921, #1-0, 1002",
    ]


def test_a_status_of_a_shrunk_order_that_comes_after_its_executions_ends_it_too():
    bench = entering()
    entry = bench.last()
    bench.status(entry, BrokerStatus.SUBMITTED, 0, 70)
    bench.fill(entry, 30)
    told(bench)
    bench.status(entry, BrokerStatus.FILLED, 30, 0)
    assert told(bench) == [
        "Ended #1, filled, ''",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]


def test_an_intent_held_as_never_sent_that_the_broker_has_is_told_and_lives_again():
    bench = Bench().connect()
    bench.signal(1)
    bench.feed(NotSent(bench.last().intent, "the command is older than 2 s"))
    assert told(bench)[-2:] == [
        "Ended #1, never_sent, the command is older than 2 s",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]
    bench.acknowledge(bench.last())
    assert told(bench) == [
        "page critical revived/#1: intent #1 was held as never sent, and the broker has it",
        "Acknowledged #1, 1001",
    ]


def test_a_rejected_order_that_works_after_all_lives_again_without_a_page():
    bench = entering()
    bench.feed(BrokerError(1, 201, "margin"))
    told(bench)
    bench.acknowledge(bench.last())
    assert told(bench) == [
        "Acknowledged #1, 1001",
    ]


def test_a_stranger_s_trade_is_external_and_shown():
    bench = holding()
    bench.feed(bench.foreign(Side.BUY, 30))
    assert told(bench) == [
        "ExternalFill f2.01, SPY, BUY, 30, 167.90, @1861, ''",
        "page warning external/SPY: external BUY 30 SPY at 167.90: shown, not healed",
    ]


def test_a_trade_that_bears_a_name_of_ours_which_no_row_knows_is_told_and_external():
    bench = Bench().connect()
    told(bench)
    named = ExecutionSeen("z.01", SPY, Side.BUY, 5, Money("167.91"), bench.market, 4, CLIENT, 77, "rt:test:1:nobody")
    bench.feed(named)
    assert told(bench) == [
        "page critical unknown-intent/rt:test:1:nobody: execution z.01 names rt:test:1:nobody, which no journal row explains",
        "ExternalFill z.01, SPY, BUY, 5, 167.91, @1801, rt:test:1:nobody",
        "page warning external/SPY: external BUY 5 SPY at 167.91: shown, not healed",
    ]
    bench.feed(named, replace(named, exec_id="y.01", order_ref="rt:testing:1:nobody", order_id=0))
    assert told(bench) == [
        "ExternalFill y.01, SPY, BUY, 5, 167.91, @1801, rt:testing:1:nobody",
        "page warning external/SPY: external BUY 5 SPY at 167.91: shown, not healed",
    ]


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"order_ref": ""}, True),
        ({"order_ref": "", "client_id": 99}, True),
        ({"order_ref": "", "client_id": 99, "perm_id": 4444}, False),
        ({"order_ref": "", "perm_id": 4444}, True),
        ({"order_ref": "by hand"}, False),
        ({"order_ref": "", "order_id": 0, "perm_id": 0}, False),
        ({"client_id": 99, "order_id": 55}, True),
    ],
)
def test_an_execution_is_ours_by_its_reference_or_our_own_number_or_its_perm_id(changes: dict[str, object], ours: bool):
    bench = entering()
    bench.feed(replace(bench.execution(bench.last(), 100), **changes))
    assert bench.position == (100 if ours else 0)


def test_a_late_cancel_of_a_stop_nobody_asked_for_is_told_after_a_second_of_its_group_s_silence():
    bench = holding()
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    told(bench)
    bench.status(leave, BrokerStatus.CANCELLED)
    assert told(bench) == [
        "Ended #3, cancelled, Cancelled",
    ]
    bench.wait(0.9)
    assert told(bench) == []
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + NS_PER_SECOND // 10
    bench.wait(0.1)
    assert told(bench) == [
        "page warning cancelled/cross: exit of cross was cancelled, and not by us: Cancelled",
        "Intended #4, cross, exit, @1921, #1-0, 1, 4, rt:test:1:#4, SELL, 100, MKT, None, #1-0.0, @1921, @1921, @1921",
        "send #4, 4, rt:test:1:#4, SPY, SELL, 100, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_an_exit_that_came_back_four_times_halts_its_symbol_in_these_words():
    bench = holding()
    bench.signal(0)
    for pause in (1, 5, 30):
        bench.feed(BrokerError(bench.last().order_id, 201, f"Order rejected - reason:{pause}"))
        told(bench)
        bench.wait(pause - 0.1)
        assert told(bench) == []
        bench.wait(0.1)
        assert [line.split(" ", 1)[0] for line in told(bench)] == ["Intended", "send"]
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason:margin"))
    assert told(bench) == [
        "page warning rejected/cross: exit of cross rejected: 201 Order rejected - reason:margin",
        "Ended #6, rejected, 201 Order rejected - reason:margin",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, exit-refused, None, desk, exit of cross came back 4 times: rejected, 201 Order "
            "rejected - reason:margin"
        ),
        "HaltRecorded desk-1-SPY",
        "page critical exit-refused/SPY: exit of cross came back 4 times: rejected, 201 Order rejected - reason:margin",
    ]
