"""Of what happens to shares themselves: splits, dividends, stops that are withheld under drift, shares under several holders, line by line."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.desk.news import (
    BrokerStatus,
    HaltSeen,
    OrderSeen,
)
from robo_trader.desk.settings import (
    SWEEPS_APART_NS,
)
from robo_trader.market.announced import CashAnnounced, CashKind, SplitAnnounced
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import SPY, Bench
from tests.support.nights import MIDNIGHT, NEXT_OPEN, over_night
from tests.support.nights import bench as nights_bench
from tests.support.transcripts import alarms, told

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
SECOND = SplitAnnounced("SPY split again", SPY, MIDNIGHT, NEXT_OPEN, 3, 1, None)
REVERSE = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 1, 8, Decimal("1343.00"))
THIRDS = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 3, 2, Decimal("112.00"))
DIVIDEND = CashAnnounced("SPY dividend 2013-10-08", SPY, MIDNIGHT, CashKind.DIVIDEND, Decimal("0.875"), NEXT_OPEN)
FEE = CashAnnounced("SPY borrow 2013-10-08", SPY, MIDNIGHT, CashKind.BORROW, Decimal("0.01"), MIDNIGHT)


def held_over_night(*announced: SplitAnnounced | CashAnnounced, stance: int = 1) -> Bench:
    bench = nights_bench(*announced)
    bench.enter(stance)
    over_night(bench)
    told(bench)
    return bench


def stop_of(bench: Bench) -> tuple[OrderSeen, ...]:
    return (bench.open_order(bench.last(OrderType.STOP), BrokerStatus.PRE_SUBMITTED),)


def test_a_split_that_the_position_shows_is_applied_and_told():
    bench = held_over_night(SPLIT)
    bench.sweep(position=200, open_orders=stop_of(bench))
    assert told(bench) == [
        "SplitApplied SPY split 2013-10-08, SPY, 2, 1, @52200, 0",
        "page info split/SPY: 2:1 split of SPY: 100 shares became 200",
        "CancelAsked #2, a split changed what it was meant for",
        "cancel #2, 2",
    ]
    bench.sweep(position=200, open_orders=stop_of(bench))
    assert told(bench) == []


def test_a_reverse_split_pays_for_its_fraction():
    bench = held_over_night(REVERSE)
    bench.sweep(position=12, completed=(bench.open_order(bench.last(OrderType.STOP), BrokerStatus.CANCELLED),))
    assert told(bench) == [
        "SplitApplied SPY split 2013-10-08, SPY, 1, 8, @52200, 671.50",
        "page info split/SPY: 1:8 split of SPY: 100 shares became 12",
        "Ended #2, cancelled, completed: Cancelled",
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 12, STP, 132993, #1-0.1, @1861, @1861, @85500",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 12, STP, 132993, GTC, #1-0.1, False, '', 0, 0",
    ]


def test_a_split_of_shares_that_nobody_holds_is_no_news_to_anybody():
    bench = over_night(nights_bench(SPLIT))
    told(bench)
    bench.sweep()
    assert told(bench) == [
        "SplitApplied SPY split 2013-10-08, SPY, 2, 1, @52200, 0",
    ]


def test_a_split_that_was_not_made_is_voided_at_the_open_and_a_person_told():
    bench = held_over_night(SPLIT)
    bench.sweep(position=100, open_orders=stop_of(bench))
    assert told(bench) == []
    bench.market = Instant(NEXT_OPEN - 1)
    bench.sweep(position=100, open_orders=stop_of(bench))
    assert told(bench) == []
    bench.market = NEXT_OPEN
    bench.sweep(position=100, open_orders=stop_of(bench), light=True)
    assert told(bench) == [
        "look: SPY split 2013-10-08 is due",
    ]
    bench.sweep(position=100, open_orders=stop_of(bench))
    assert told(bench) == [
        "ActionVoided SPY split 2013-10-08, the broker holds 100 as before",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, split-not-made, None, desk, SPY split 2013-10-08 was announced, and the broker "
            "still holds 100: see what became of it"
        ),
        "HaltRecorded desk-1-SPY",
        "page critical split-not-made/SPY: SPY split 2013-10-08 was announced, and the broker still holds 100: see what became of it",
    ]


def test_a_split_that_was_not_made_of_a_stranger_s_shares_is_told_if_they_were_held_over_night():
    bench = nights_bench(SPLIT)
    bench.feed(bench.foreign(Side.BUY, 100))
    over_night(bench)
    bench.market = NEXT_OPEN
    told(bench)
    bench.sweep(position=100)
    assert told(bench) == [
        "ActionVoided SPY split 2013-10-08, the broker holds 100 as before",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, split-not-made, None, desk, SPY split 2013-10-08 was announced, and the broker "
            "still holds 100: see what became of it"
        ),
        "HaltRecorded desk-1-SPY",
        "page critical split-not-made/SPY: SPY split 2013-10-08 was announced, and the broker still holds 100: see what became of it",
    ]
    bench = over_night(nights_bench(SPLIT))
    bench.sweep(position=None)
    bench.feed(bench.foreign(Side.BUY, 100))
    bench.market = NEXT_OPEN
    told(bench)
    bench.sweep(position=100)
    assert told(bench) == [
        "ActionVoided SPY split 2013-10-08, the broker holds 100 as before",
    ]


def test_a_third_number_after_a_split_is_unclear_and_then_drift():
    bench = held_over_night(SPLIT)
    bench.market = NEXT_OPEN
    bench.sweep(position=150, open_orders=stop_of(bench))
    assert told(bench) == [
        "look: SPY: broker 150, ours 100",
    ]
    bench.process += SWEEPS_APART_NS // 2
    bench.sweep(position=160, open_orders=stop_of(bench))
    bench.process += SWEEPS_APART_NS - 1
    bench.sweep(position=160, open_orders=stop_of(bench))
    assert [line for line in told(bench) if "split" in line] == []
    bench.process += 1
    bench.sweep(position=160, open_orders=stop_of(bench))
    assert told(bench) == [
        (
            "ActionVoided SPY split 2013-10-08, the broker holds 160, which is neither the 100 of before nor anything that could be "
            "booked as the 2:1 split of them"
        ),
        (
            "halt desk-2-SPY, NO_NEW, symbol, SPY, split-unclear, None, desk, SPY split 2013-10-08 was announced, and the broker "
            "holds 160, which is neither the 100 of before nor anything that could be booked as the 2:1 split of them: the books stay as they are"
        ),
        "HaltRecorded desk-2-SPY",
        (
            "page critical split-unclear/SPY: SPY split 2013-10-08 was announced, and the broker holds 160, which is neither the 100 "
            "of before nor anything that could be booked as the 2:1 split of them: the books stay as they are"
        ),
    ]


def test_fractions_of_several_holders_are_not_shared():
    bench = nights_bench(THIRDS)
    bench.enter(1)
    bench.feed(bench.foreign(Side.BUY, 31))
    over_night(bench)
    told(bench)
    bench.sweep(position=196, open_orders=stop_of(bench))
    assert told(bench) == [
        "look: SPY: broker 196, ours 131",
    ]
    bench = nights_bench(THIRDS)
    bench.enter(1)
    bench.feed(bench.foreign(Side.BUY, 30))
    over_night(bench)
    told(bench)
    bench.sweep(position=195, open_orders=stop_of(bench))
    assert told(bench) == [
        "SplitApplied SPY split 2013-10-08, SPY, 3, 2, @52200, 0",
        "page info split/SPY: 3:2 split of SPY: 130 shares became 195",
        "CancelAsked #2, a split changed what it was meant for",
        "cancel #2, 2",
    ]


def test_a_flatten_while_a_split_is_due_sells_what_both_footings_hold():
    bench = held_over_night(REVERSE)
    bench.sweep(position=100, open_orders=stop_of(bench))
    bench.market = Instant(NEXT_OPEN + NS_PER_SECOND)
    told(bench)
    bench.feed(HaltSeen(Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me")))
    assert told(bench) == [
        "HaltRecorded h",
        "Intended #3, cross, flatten, h, #1-0, 0, 3, rt:test:1:#3, SELL, 12, MKT, None, #1-0.0, @1861, @1861, @86401",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 12, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_a_dividend_is_paid_once_in_these_words():
    bench = held_over_night(DIVIDEND)
    bench.sweep(position=100, open_orders=stop_of(bench))
    bench.wait(1)
    assert told(bench) == []
    bench.market = NEXT_OPEN
    bench.wait(1)
    bench.wait(1)
    assert told(bench) == [
        "CashPaid SPY dividend 2013-10-08, SPY, 100, 87.50, @86400",
        "page info dividend/SPY: SPY dividend 2013-10-08: 87.50 dollars for 100 shares",
    ]


def test_a_fee_for_borrowed_shares_is_charged_to_who_was_short_and_to_nobody_else():
    bench = held_over_night(FEE, stance=-1)
    bench.sweep(position=-100, open_orders=stop_of(bench))
    bench.wait(1)
    assert told(bench) == [
        "CashPaid SPY borrow 2013-10-08, SPY, -100, -1.00, @52200",
        "page info borrow/SPY: SPY borrow 2013-10-08: -1.00 dollars for -100 shares",
    ]
    bench = held_over_night(FEE, DIVIDEND)
    bench.sweep(position=100, open_orders=stop_of(bench))
    bench.market = NEXT_OPEN
    bench.wait(1)
    assert told(bench) == [
        "CashPaid SPY dividend 2013-10-08, SPY, 100, 87.50, @86400",
        "page info dividend/SPY: SPY dividend 2013-10-08: 87.50 dollars for 100 shares",
    ]


def test_two_splits_that_are_due_are_judged_by_one_look():
    bench = nights_bench(SPLIT, SECOND)
    bench.enter()
    over_night(bench)
    bench.market = NEXT_OPEN
    told(bench)
    bench.sweep(position=100, open_orders=stop_of(bench))
    assert told(bench) == [
        "ActionVoided SPY split 2013-10-08, the broker holds 100 as before",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, split-not-made, None, desk, SPY split 2013-10-08 was announced, and the broker "
            "still holds 100: see what became of it"
        ),
        "HaltRecorded desk-1-SPY",
        "page critical split-not-made/SPY: SPY split 2013-10-08 was announced, and the broker still holds 100: see what became of it",
        "ActionVoided SPY split again, the broker holds 100 as before",
    ]


def test_shares_bought_after_a_split_s_midnight_are_ours_to_tell_of_where_it_was_not_made():
    bench = nights_bench(SPLIT)
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    over_night(bench)
    bench.fill(entry)
    bench.market = NEXT_OPEN
    told(bench)
    bench.sweep(position=100)
    assert alarms(bench) == [
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, split-not-made, None, desk, SPY split 2013-10-08 was announced, and the broker "
            "still holds 100: see what became of it"
        ),
        "page critical split-not-made/SPY: SPY split 2013-10-08 was announced, and the broker still holds 100: see what became of it",
    ]


def test_an_exit_waits_until_the_stop_of_before_the_split_is_gone():
    bench = held_over_night(SPLIT)
    bench.sweep(position=200, open_orders=stop_of(bench))
    bench.market = Instant(NEXT_OPEN + NS_PER_MINUTE)
    bench.signal(0)
    told(bench)
    bench.wait(1)
    assert told(bench) == []
    bench.status(bench.sent[1], BrokerStatus.CANCELLED)
    assert told(bench) == [
        "Ended #2, cancelled, Cancelled",
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 200, STP, 8313, #1-0.1, @86520, @86520, @86520",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 200, STP, 8313, GTC, #1-0.1, False, '', 0, 0",
        "Intended #4, cross, exit, @86520, #1-0, 0, 4, rt:test:1:#4, SELL, 200, MKT, None, #1-0.1, @86520, @86520, @86520",
        "send #4, 4, rt:test:1:#4, SPY, SELL, 200, MKT, None, DAY, #1-0.1, False, '', 0, 0",
    ]
