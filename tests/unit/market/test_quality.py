"""Bars and quotes are accepted, or quarantined with the reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.market.bar import Bar
from robo_trader.market.quality import BarQuality, Fault, QuoteQuality, Verdict, is_jump
from robo_trader.values import NS_PER_SECOND, Instant, Quote, Symbol, Ticks

SPY = Symbol("SPY")


def bar(number: int, close: int, *, opening: int = 0) -> Bar:
    opened = opening or close
    return Bar(SPY, Instant(number * 5 * NS_PER_SECOND), 5, Ticks(opened), Ticks(max(opened, close)), Ticks(min(opened, close)), Ticks(close), 0)


GOOD = Bar(SPY, Instant(0), 5, Ticks(100), Ticks(110), Ticks(90), Ticks(105), 10)
QUOTE = Quote(SPY, Ticks(100), Ticks(101), 1, 1, Instant(10))


def test_a_bar_without_trades_is_a_bar() -> None:
    assert BarQuality().judge(bar(0, 100)).accepted


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(GOOD, low=Ticks(0)), Fault.NOT_POSITIVE),
        (replace(GOOD, close=Ticks(-1)), Fault.NOT_POSITIVE),
        (replace(GOOD, low=Ticks(111)), Fault.LOW_ABOVE_HIGH),
        (replace(GOOD, open=Ticks(89)), Fault.OUTSIDE_RANGE),
        (replace(GOOD, close=Ticks(111)), Fault.OUTSIDE_RANGE),
        (replace(GOOD, volume=-1), Fault.NEGATIVE_VOLUME),
    ],
)
def test_a_bar_that_contradicts_itself_is_quarantined(broken: Bar, fault: Fault) -> None:
    assert BarQuality().judge(GOOD).accepted
    assert BarQuality().judge(broken) == Verdict(fault)


@pytest.mark.parametrize(("close", "accepted"), [(120, True), (121, False), (80, True), (79, False)])
def test_a_close_twenty_percent_away_passes_and_one_tick_more_does_not(close: int, accepted: bool) -> None:
    quality = BarQuality()
    quality.judge(bar(0, 100))
    assert quality.judge(bar(1, close)) == (Verdict() if accepted else Verdict(Fault.JUMP))


def test_a_second_bar_near_the_jump_confirms_it() -> None:
    quality = BarQuality()
    verdicts = [quality.judge(each).accepted for each in (bar(0, 100), bar(1, 200), bar(2, 205), bar(3, 210))]
    assert verdicts == [True, False, True, True]


def test_the_same_bar_again_confirms_nothing() -> None:
    quality = BarQuality()
    verdicts = [quality.judge(each).accepted for each in (bar(0, 100), bar(1, 200), bar(1, 200))]
    assert verdicts == [True, False, False]


def test_a_bad_print_between_good_ones_costs_only_itself_and_is_forgotten() -> None:
    quality = BarQuality()
    verdicts = [quality.judge(each).accepted for each in (bar(0, 100), bar(1, 200), bar(2, 101), bar(3, 200), bar(4, 102))]
    assert verdicts == [True, False, True, False, True]


def test_bars_may_not_go_back_in_time_or_stand_still() -> None:
    quality = BarQuality()
    quality.judge(bar(5, 100))
    assert quality.judge(bar(5, 100)) == Verdict(Fault.TIME_NOT_FORWARD)
    assert quality.judge(bar(4, 100)) == Verdict(Fault.TIME_NOT_FORWARD)
    assert quality.judge(bar(6, 100)).accepted


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(QUOTE, bid=Ticks(0)), Fault.NOT_POSITIVE),
        (replace(QUOTE, ask=Ticks(-1)), Fault.NOT_POSITIVE),
        (replace(QUOTE, bid=Ticks(102)), Fault.CROSSED),
        (replace(QUOTE, bid_size=0), Fault.ZERO_SIZE),
        (replace(QUOTE, ask_size=-1), Fault.ZERO_SIZE),
        (replace(QUOTE, at=Instant(9)), Fault.TIME_NOT_FORWARD),
    ],
)
def test_a_quote_nobody_could_trade_on_is_quarantined(broken: Quote, fault: Fault) -> None:
    quality = QuoteQuality()
    assert quality.judge(QUOTE).accepted
    assert quality.judge(broken) == Verdict(fault)
    assert quality.judge(replace(QUOTE, bid=QUOTE.ask)).accepted  # locked, and at the same instant


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_accepted_closes_never_jump_unless_the_bar_before_was_quarantined_near_it(closes: list[int]) -> None:
    quality = BarQuality()
    last: int | None = None
    held_back: int | None = None
    for number, close in enumerate(closes):
        accepted = quality.judge(bar(number, close)).accepted
        if accepted and last is not None and is_jump(Ticks(last), Ticks(close)):
            assert held_back is not None
            assert not is_jump(Ticks(held_back), Ticks(close))
        last, held_back = (close, None) if accepted else (last, close)
