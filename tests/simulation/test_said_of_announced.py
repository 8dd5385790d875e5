"""Of what was announced and what the baseline holds: each action for itself, a symbol that is absent is flat, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.news import (
    BrokerStatus,
    Sweep,
)
from robo_trader.market.announced import CashAnnounced, CashKind, SplitAnnounced
from robo_trader.values import NS_PER_MINUTE, Instant, Side, Symbol
from tests.support.desk_bench import SPY, Bench
from tests.support.nights import MIDNIGHT, NEXT_OPEN, over_night
from tests.support.nights import bench as nights_bench
from tests.support.transcripts import told

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
ELSEWHERE = CashAnnounced("QQQ dividend 2013-10-08", Symbol("QQQ"), MIDNIGHT, CashKind.DIVIDEND, Decimal("0.5"), MIDNIGHT)
DIVIDEND = CashAnnounced("SPY dividend 2013-10-08", SPY, MIDNIGHT, CashKind.DIVIDEND, Decimal("0.875"), NEXT_OPEN)
FEE = CashAnnounced("SPY borrow 2013-10-08", SPY, MIDNIGHT, CashKind.BORROW, Decimal("0.01"), MIDNIGHT)
LATER = SplitAnnounced(
    "SPY split 2013-10-09", SPY, Instant(MIDNIGHT + 24 * 60 * NS_PER_MINUTE), Instant(NEXT_OPEN + 24 * 60 * NS_PER_MINUTE), 2, 1, None
)


def test_no_announced_payment_waits_for_another_one():
    bench = nights_bench(LATER, ELSEWHERE, DIVIDEND, FEE)
    bench.enter(-1)
    over_night(bench)
    bench.sweep(position=-100, open_orders=(bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),))
    told(bench)
    bench.wait(1)
    assert told(bench) == [
        "CashPaid SPY borrow 2013-10-08, SPY, -100, -1.00, @52200",
        "page info borrow/SPY: SPY borrow 2013-10-08: -1.00 dollars for -100 shares",
    ]
    bench.market = Instant(NEXT_OPEN - 1)
    bench.wait(1)
    assert told(bench) == []
    bench.market = NEXT_OPEN
    bench.wait(1)
    bench.wait(1)
    assert told(bench) == [
        "CashPaid SPY dividend 2013-10-08, SPY, -100, -87.50, @86400",
        "page info dividend/SPY: SPY dividend 2013-10-08: -87.50 dollars for -100 shares",
    ]
    bench.sweep(position=-100, open_orders=(bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),))
    bench.wait(1)
    assert told(bench) == []


def test_a_symbol_that_no_answer_names_is_flat_to_a_split_and_to_a_correction():
    bench = over_night(nights_bench(SPLIT))
    told(bench)
    bench.feed(Sweep(9, bench.process, (), (), (), (), ()))
    assert told(bench) == [
        "SplitApplied SPY split 2013-10-08, SPY, 2, 1, @52200, 0",
    ]
    bench = Bench()
    trade = bench.foreign(Side.BUY, 30)
    bench.connect(position=30)
    told(bench)
    for number in (8, 9):
        bench.feed(Sweep(number, bench.process, (), (), (replace(trade, exec_id="f1.02", quantity=0),), (), ()))
    assert told(bench) == [
        "look: SPY: broker 0, ours 30",
        "ExternalFill f1.02, SPY, SELL, 30, 167.90, @1800, ''",
        "page warning external/SPY: a trade of before the first start was corrected: SELL 30 SPY at 167.90, shown, not healed",
    ]


@pytest.mark.parametrize("versions", [("f1.01", "f1.02"), ("f1.02", "f1.01")])
def test_of_two_versions_of_a_trade_the_baseline_holds_the_later_one(versions: tuple[str, str]):
    bench = Bench()
    trade = bench.foreign(Side.BUY, 30)
    bench.executions[:] = [replace(trade, exec_id=version, quantity=int(version[-1]) * 10) for version in versions]
    bench.connect(position=20)
    (held,) = bench.desk.state.before_us.values()
    assert (held.exec_id, held.shares, held.corrected_by) == ("f1.02", 20, 0)


def test_a_trade_that_the_baseline_holds_as_taken_back_may_come_again():
    bench = Bench()
    trade = bench.foreign(Side.BUY, 0)
    bench.connect()
    told(bench)
    bench.executions[:] = [replace(trade, exec_id="f1.02", quantity=30)]
    for _ in range(2):
        bench.sweep(position=30)
    assert told(bench) == [
        "look: SPY: broker 30, ours 0",
        "ExternalFill f1.02, SPY, BUY, 30, 167.90, @1800, ''",
        "page warning external/SPY: a trade of before the first start was corrected: BUY 30 SPY at 167.90, shown, not healed",
    ]
