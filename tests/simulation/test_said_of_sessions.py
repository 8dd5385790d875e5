"""Of sessions, halts and the clock: what the desk does, puts on record, asks and tells, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.news import (
    BrokerError,
    BrokerStatus,
    CancelNotSent,
    CommissionSeen,
    Connected,
    Disconnected,
    DrainAsked,
    HaltSeen,
    InstrumentKnown,
    NotSent,
    OrderSeen,
    ResumeSeen,
    Signal,
    StatusSeen,
)
from robo_trader.desk.snapshot import BookView, Drift, Snapshot
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Money, Side, Symbol, Ticks
from tests.support.desk_bench import BOOK, CLIENT, SPY, Bench
from tests.support.transcripts import entering, holding, told


def halted(level: HaltLevel) -> HaltSeen:
    return HaltSeen(Halt("h", level, HaltScope.ALL, "", "by hand", None, "me"))


def test_another_client_s_order_numbers_raise_none_of_ours_and_our_own_do():
    bench = Bench().connect()
    told(bench)
    bench.feed(OrderSeen(SPY, Side.BUY, 1, "MKT", BrokerStatus.SUBMITTED, 50, 99, 5, "", ""))
    bench.feed(StatusSeen(50, 99, 5, BrokerStatus.SUBMITTED, 0, 1))
    assert told(bench) == []
    bench.feed(OrderSeen(SPY, Side.BUY, 1, "MKT", BrokerStatus.SUBMITTED, 50, CLIENT, 5, "", ""))
    bench.feed(StatusSeen(51, CLIENT, 6, BrokerStatus.SUBMITTED, 0, 1))
    bench.feed(StatusSeen(51, CLIENT, 6, BrokerStatus.SUBMITTED, 0, 1))
    assert told(bench) == [
        "OrderIdRaised 51",
        "OrderIdRaised 52",
    ]


def test_a_cancel_that_was_not_sent_is_put_on_record_only_while_the_cancel_is_open():
    bench = entering()
    bench.feed(CancelNotSent(bench.last().intent, "closed"))
    assert told(bench) == []


def test_a_new_connection_is_followed_by_a_whole_look_and_the_higher_number():
    bench = entering()
    bench.feed(Disconnected("cut"), Connected("DU1", 40))
    assert told(bench) == [
        "OrderIdRaised 40",
        "look: connected",
    ]
    bench.feed(Connected("DU1", 40))
    assert told(bench) == [
        "look: connected",
    ]


def test_a_halt_is_recorded_once_and_again_when_it_is_stronger_or_was_lifted():
    bench = Bench().connect()
    told(bench)
    bench.feed(halted(HaltLevel.NO_NEW))
    bench.feed(halted(HaltLevel.NO_NEW))
    assert told(bench) == [
        "HaltRecorded h",
    ]
    bench.feed(halted(HaltLevel.REDUCE_ONLY))
    assert told(bench) == [
        "HaltRecorded h",
    ]
    bench.feed(ResumeSeen("h"), ResumeSeen("h"), ResumeSeen("unheard of"))
    assert told(bench) == [
        "HaltLifted h, @1801",
    ]
    bench.feed(halted(HaltLevel.REDUCE_ONLY))
    assert told(bench) == [
        "HaltRecorded h",
    ]


def test_a_desk_says_who_it_is_and_a_whole_look_gives_it_its_baseline():
    bench = Bench()
    assert told(bench) == [
        "SystemStarted test, DU1, 1, hash",
    ]
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", 1))
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))))
    assert told(bench) == [
        "InstrumentAdopted Instrument(symbol='SPY', con_id=756733, tick_size=Decimal('0.01'), currency='USD', primary_exchange='')",
        "look: connected",
    ]
    bench.foreign(Side.BUY, 30)
    bench.foreign(Side.SELL, 10)
    bench.sweep(position=20)
    bench.sweep(position=20)
    assert told(bench) == [
        "BaselineTaken (('SPY', 20),), ('f1.01', 'f2.01'), (30, -10)",
    ]
    assert (bench.desk.state.account, bench.desk.state.epochs) == ("DU1", [1])


def test_instrument_facts_that_change_are_adopted_anew():
    bench = Bench().connect()
    told(bench)
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.05"))))
    assert told(bench) == [
        "InstrumentAdopted Instrument(symbol='SPY', con_id=756733, tick_size=Decimal('0.05'), currency='USD', primary_exchange='')",
    ]


def test_a_lifted_halt_of_one_symbol_asks_for_a_newer_bar_of_that_symbol_alone():
    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("theirs", HaltLevel.NO_NEW, HaltScope.SYMBOL, "QQQ", "by hand", None, "me")))
    bench.feed(HaltSeen(Halt("ours", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "by hand", None, "me")))
    bench.signal(1)
    told(bench)
    bench.feed(ResumeSeen("ours"))
    assert told(bench) == [
        "HaltLifted ours, @1861",
        "Refused cross, 3e, needs a newer bar: @1861 against @1861, @1861, False",
    ]
    bench.signal(1)
    assert len(bench.sent) == 1
    bench.feed(ResumeSeen("theirs"))
    bench.feed(NotSent(bench.last().intent, "closed"))
    assert told(bench)[-1] == "Refused cross, 3f, this bar's entry was already sent:  against , @1921, False", "and not: needs a newer bar"


def test_a_signal_of_a_book_that_nobody_keeps_or_of_an_older_bar_says_nothing():
    bench = Bench().connect()
    bench.signal(1)
    told(bench)
    later = Instant(bench.market + 65 * NS_PER_SECOND)
    bench.feed(Signal(BookId("unheard_of", SPY), 1, bench.market, later))
    bench.feed(Signal(BOOK, -1, bench.market, later), Signal(BOOK, -1, Instant(bench.market - 1), later))
    assert told(bench) == []


def test_a_signal_counts_until_the_very_end_of_its_time():
    bench = Bench().connect()
    told(bench)
    end = bench.market
    bench.feed(Signal(BOOK, 1, Instant(end - 65 * NS_PER_SECOND), Instant(end - 1)))
    assert told(bench) == []
    bench.feed(Signal(BOOK, 1, Instant(end + 1), end))
    assert told(bench) == [
        "Decided cross, 1, 100, @1801",
        "Intended #1, cross, enter, @1801, '', 0, 1, rt:test:1:#1, BUY, 100, MKT, None, '', @1801, @1801, @1801",
        "send #1, 1, rt:test:1:#1, SPY, BUY, 100, MKT, None, DAY, '', True, cross/@1801, 100, 0",
    ]


def test_a_quote_is_kept_by_its_symbol():
    bench = Bench().connect()
    bench.quote(16_000, 16_001)
    kept = bench.desk.quote(SPY)
    assert kept is not None and (kept.bid, kept.ask) == (16_000, 16_001)
    assert bench.desk.quote(Symbol("QQQ")) is None


def test_what_this_life_sent_has_its_instant_and_what_an_earlier_one_sent_has_none():
    bench = entering()
    assert bench.desk.placed_ns(bench.last().intent) == bench.process
    assert bench.reborn().desk.placed_ns(bench.last().intent) is None
    assert bench.desk.reconciled_symbols == (SPY,) and bench.desk.swept and not bench.reborn().desk.swept
    assert not bench.desk.drained and bench.desk.settings == bench.settings


def test_the_whole_picture_of_a_desk_that_holds_shares():
    bench = holding()
    bench.feed(CommissionSeen("e1.01", Money("1.05"), None))
    bench.signal(0)
    bench.fill(bench.last(), 40, price="168.92")
    bench.feed(bench.foreign(Side.BUY, 30))
    bench.feed(halted(HaltLevel.NO_NEW))
    bench.signal(1)
    shown = bench.desk.snapshot()
    assert replace(shown, books=(), halts=()) == Snapshot(
        connected=True,
        swept=True,
        draining=False,
        reconciled=(SPY,),
        books=(),
        external=((SPY, 30),),
        net=((SPY, 90),),
        cash_change=Money("-15073.25"),
        commissions=Money("1.05"),
        realised=Money("39.58"),
        realised_fifo=Money("39.58"),
        missing_commissions=2,
        orders=2,
        stops=1,
        fills=2,
        refusals=0,
        unknown=0,
        halts=(),
        drifts=(Drift(SPY, 90, 0, 90),),
    )
    assert [halt.id for halt in shown.halts] == ["h"]
    assert shown.books == (BookView(BOOK, 60, 100, 0, 60, (Ticks(16_625),), latched=False, signal_bar_end=bench.market, proven=60),)


def test_a_desk_that_drains_or_is_cut_off_shows_it():
    bench = Bench().connect()
    bench.feed(DrainAsked())
    assert bench.desk.snapshot().draining and bench.desk.drained
    bench.feed(Disconnected("cut"))
    shown = bench.desk.snapshot()
    assert (shown.connected, shown.swept, shown.reconciled) == (False, False, ())


@pytest.mark.parametrize("code", [202, 399, 2104, 2109, 2199])
def test_a_notice_about_an_order_is_told_to_nobody(code: int):
    bench = entering()
    bench.feed(BrokerError(1, code, "a notice"))
    assert told(bench) == []
