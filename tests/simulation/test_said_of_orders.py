"""Of an order: what the desk does, puts on record, asks and tells, line by line; a person and a later life act on every word of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robo_trader.desk.news import (
    BrokerStatus,
    DrainAsked,
    HaltSeen,
)
from robo_trader.desk.settings import (
    BookSettings,
    Execution,
)
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, Bench, settings
from tests.support.transcripts import entering, holding, told


def halted(level: HaltLevel) -> HaltSeen:
    return HaltSeen(Halt("h", level, HaltScope.ALL, "", "by hand", None, "me"))


def resting() -> Bench:
    """An entry that rests at the bid, acknowledged."""
    return entering(settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)}))


def test_from_a_signal_to_its_stop_each_row_stands_before_what_it_is_of():
    bench = Bench().connect()
    bench.enter(1)
    assert told(bench) == [
        "SystemStarted test, DU1, 1, hash",
        "InstrumentAdopted Instrument(symbol='SPY', con_id=756733, tick_size=Decimal('0.01'), currency='USD', primary_exchange='')",
        "look: connected",
        "BaselineTaken (), (), ()",
        "Decided cross, 1, 100, @1861",
        "Intended #1, cross, enter, @1861, '', 0, 1, rt:test:1:#1, BUY, 100, MKT, None, '', @1861, @1861, @1861",
        "send #1, 1, rt:test:1:#1, SPY, BUY, 100, MKT, None, DAY, '', True, cross/@1861, 100, 0",
        "Acknowledged #1, 1001",
        "Fill e1.01, #1, cross, BUY, 100, 167.92, @1861, #1-0, 1001",
        "Intended #2, cross, protect, #1-0, #1-0, 0, 2, rt:test:1:#2, SELL, 100, STP, 16625, #1-0.0, @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, SELL, 100, STP, 16625, GTC, #1-0.0, False, '', 0, 0",
        "Acknowledged #2, 1002",
    ]


def test_a_short_one_reads_the_other_way_round():
    bench = Bench().connect()
    told(bench)
    bench.enter(-1)
    assert told(bench) == [
        "Decided cross, -1, -100, @1861",
        "Intended #1, cross, enter, @1861, '', 0, 1, rt:test:1:#1, SELL, 100, MKT, None, '', @1861, @1861, @1861",
        "send #1, 1, rt:test:1:#1, SPY, SELL, 100, MKT, None, DAY, '', True, cross/@1861, 100, 0",
        "Acknowledged #1, 1001",
        "Fill e1.01, #1, cross, SELL, 100, 167.92, @1861, #1-0, 1001",
        "Intended #2, cross, protect, #1-0, #1-0, 0, 2, rt:test:1:#2, BUY, 100, STP, 16959, #1-0.0, @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, BUY, 100, STP, 16959, GTC, #1-0.0, False, '', 0, 0",
        "Acknowledged #2, 1002",
    ]


def test_an_exit_names_the_bar_that_wanted_it_and_joins_the_stop_s_group():
    bench = holding()
    bench.signal(0)
    bench.fill(bench.last())
    assert told(bench) == [
        "Decided cross, 0, 0, @1921",
        "Intended #3, cross, exit, @1921, #1-0, 0, 3, rt:test:1:#3, SELL, 100, MKT, None, #1-0.0, @1921, @1921, @1921",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 100, MKT, None, DAY, #1-0.0, False, '', 0, 0",
        "Acknowledged #3, 1003",
        "Fill e2.01, #3, cross, SELL, 100, 167.92, @1921, #1-0, 1003",
    ]


def test_a_stop_out_latches_its_side_until_the_strategy_says_otherwise():
    bench = holding()
    stop = bench.last(OrderType.STOP)
    bench.status(stop, BrokerStatus.SUBMITTED)
    bench.fill(stop, 40)
    bench.fill(stop, 60)
    bench.signal(1)
    bench.signal(0)
    bench.signal(1)
    assert told(bench) == [
        "Fill e2.01, #2, cross, SELL, 40, 167.92, @1861, #1-0, 1002",
        "Fill e3.01, #2, cross, SELL, 60, 167.92, @1861, #1-0, 1002",
        "Rearmed cross, @1981, 1",
        "Decided cross, 0, 0, @1981",
        "Decided cross, 1, 100, @2041",
        "Intended #3, cross, enter, @2041, '', 0, 3, rt:test:1:#3, BUY, 100, MKT, None, '', @2041, @2041, @2041",
        "send #3, 3, rt:test:1:#3, SPY, BUY, 100, MKT, None, DAY, '', True, cross/@2041, 100, 0",
    ]


def test_a_resting_entry_that_the_market_left_is_replaced_in_these_words():
    bench = resting()
    bench.market = Instant(bench.market + 10 * NS_PER_SECOND)
    bench.quote(16_795, 16_797)
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    assert told(bench) == [
        "CancelAsked #1, the market left it 5 ticks behind: to be replaced",
        "cancel #1, 1",
        "Ended #1, cancelled, Cancelled",
        "Intended #2, cross, enter, @1861, '', 1, 2, rt:test:1:#2, BUY, 100, LMT, 16795, '', @1861, @1861, @1871",
        "send #2, 2, rt:test:1:#2, SPY, BUY, 100, LMT, 16795, DAY, '', True, cross/@1861, 100, 0",
    ]


@pytest.mark.parametrize(
    ("why", "reason"),
    [(DrainAsked(), "draining"), (halted(HaltLevel.REDUCE_ONLY), "halt REDUCE_ONLY"), (halted(HaltLevel.HALT_CANCEL), "halt HALT_CANCEL")],
)
def test_an_entry_that_must_go_is_cancelled_for_a_reason_on_record(why: DrainAsked | HaltSeen, reason: str):
    bench = entering()
    bench.feed(why)
    assert told(bench)[-2:] == [f"CancelAsked #1, {reason}", "cancel #1, 1"]


def test_an_entry_whose_target_turned_is_cancelled_for_it():
    bench = entering()
    bench.signal(-1)
    assert told(bench) == [
        "Decided cross, -1, -100, @1921",
        "CancelAsked #1, the target turned",
        "cancel #1, 1",
    ]


def test_an_entry_whose_signal_grew_old_is_cancelled_for_it():
    bench = entering()
    bench.market = Instant(bench.market + 65 * NS_PER_SECOND)
    bench.wait(1)
    assert told(bench) == []
    bench.market = Instant(bench.market + 1)
    bench.wait(1)
    assert told(bench) == [
        "CancelAsked #1, no valid signal",
        "cancel #1, 1",
    ]


def test_a_cancel_that_nobody_answers_is_told_and_asked_again_after_ten_seconds():
    bench = entering()
    bench.feed(DrainAsked())
    told(bench)
    bench.wait(4)
    bench.wait(5.9)
    assert told(bench) == [
        "look: no answer for #1",
    ]
    bench.wait(0.1)
    assert told(bench) == [
        "page warning cancel-unanswered/#1: nobody answered the cancel of enter of cross; asked again: draining",
        "CancelAsked #1, draining",
        "cancel #1, 1",
    ]


def test_an_exit_is_cancelled_by_a_halt_that_says_so():
    bench = holding()
    bench.signal(0)
    bench.acknowledge(bench.last())
    bench.feed(halted(HaltLevel.HALT_CANCEL))
    assert told(bench)[-2:] == ["CancelAsked #3, halt HALT_CANCEL", "cancel #3, 3"]


def test_a_flatten_is_recorded_with_the_halt_that_ordered_it_and_is_no_decision_s_child():
    bench = holding()
    bench.feed(halted(HaltLevel.HALT_FLATTEN))
    assert told(bench) == [
        "HaltRecorded h",
        "Intended #3, cross, flatten, h, #1-0, 0, 3, rt:test:1:#3, SELL, 100, MKT, None, #1-0.0, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 100, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_a_stop_whose_shares_are_gone_is_left_to_its_group_for_a_second():
    bench = holding()
    bench.signal(0)
    bench.fill(bench.last())
    told(bench)
    bench.wait(0.9)
    assert told(bench) == []
    bench.wait(0.1)
    assert told(bench) == [
        "CancelAsked #2, its shares are gone",
        "cancel #2, 2",
    ]


def test_a_stop_that_the_net_no_longer_covers_goes_and_the_way_back_is_told():
    bench = holding()
    bench.feed(bench.foreign(Side.SELL, 40))
    assert told(bench) == [
        "ExternalFill f2.01, SPY, SELL, 40, 167.90, @1861, ''",
        "page warning external/SPY: external SELL 40 SPY at 167.90: shown, not healed",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, net-below-books, None, desk, SPY: books hold 100, the broker's net is 60; stops "
            "and exits are bounded by it. Trade the difference back by hand, then lift this halt with `robo-trader resume`"
        ),
        "HaltRecorded desk-1-SPY",
        (
            "page critical net-below-books/SPY: SPY: books hold 100, the broker's net is 60; stops and exits are bounded by it. "
            "Trade the difference back by hand, then lift this halt with `robo-trader resume`"
        ),
        "CancelAsked #2, the broker's net no longer covers it",
        "cancel #2, 2",
    ]
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    assert told(bench) == [
        "Ended #2, cancelled, Cancelled",
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 60, STP, 16625, #1-0.1, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 60, STP, 16625, GTC, #1-0.1, False, '', 0, 0",
    ]


def test_shares_that_a_bust_brings_back_end_the_group_that_cannot_carry_them():
    bench = holding()
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(bench.execution(leave, 60, exec_id="x.b.01"))
    bench.status(bench.last(OrderType.STOP), BrokerStatus.PRE_SUBMITTED, 0, 40, "trigger")
    told(bench)
    bench.feed(bench.execution(leave, 0, exec_id="x.b.02"))
    assert told(bench) == [
        "Fill x.b.02, #3, cross, SELL, 0, 167.92, @1921, #1-0, 1003",
        "CancelAsked #2, a bust brought back shares that its group cannot carry",
        "cancel #2, 2",
        "CancelAsked #3, a bust brought back shares that its group cannot carry",
        "cancel #3, 3",
    ]


def test_a_cancelled_order_whose_fills_nobody_showed_us_is_asked_about():
    bench = entering()
    bench.status(bench.last(), BrokerStatus.CANCELLED, 60, 0)
    assert told(bench) == [
        "Ended #1, cancelled, Cancelled",
        "look: executions of #1 are missing",
        "Refused cross, C21, not reconciled: 0 against 0, @1861, False",
    ]
