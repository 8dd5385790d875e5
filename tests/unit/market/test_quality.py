"""Bars and quotes are accepted, or quarantined with the reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.market.bar import Bar
from robo_trader.market.quality import JUMP_PERCENT_MAX, BarQuality, Fault, Quarantine, QuoteQuality, Verdict, is_jump, price_on
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Quote, Side, Symbol, Ticks

SPY = Symbol("SPY")
BID, ASK = Side.BUY, Side.SELL


def bar(number: int, close: int, *, opening: int = 0) -> Bar:
    opened = opening or close
    return Bar(SPY, Instant(number * 5 * NS_PER_SECOND), 5, Ticks(opened), Ticks(max(opened, close)), Ticks(min(opened, close)), Ticks(close), 0)


def verdicts_of(*told: tuple[Side, int, int, int]) -> list[bool]:
    """Whether each of (stated side, milliseconds, bid, ask) is accepted, in turn."""
    quality = QuoteQuality()
    return [quality.judge(Quote(SPY, Ticks(bid), Ticks(ask), 1, 1, Instant(ms * 1_000_000)), side).accepted for side, ms, bid, ask in told]


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


def test_a_wild_price_inside_a_bar_costs_the_bar_even_if_it_closes_where_it_should_and_a_second_one_does_too() -> None:
    quality = BarQuality()
    spikes = [replace(bar(number, 100), low=Ticks(50)) for number in (1, 2)]
    verdicts = [quality.judge(each).accepted for each in (bar(0, 100), *spikes, bar(3, 101))]
    assert verdicts == [True, False, False, True]


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
    assert quality.judge(QUOTE, ASK).accepted
    assert quality.judge(broken, ASK) == Verdict(fault)
    assert quality.judge(replace(QUOTE, bid=QUOTE.ask), BID).accepted  # locked, and at the same instant


def test_a_wrong_price_that_is_put_right_within_the_second_was_never_seen() -> None:
    assert verdicts_of((BID, 0, 100, 101), (BID, 100, 50, 101), (BID, 900, 100, 101)) == [True, False, True]


def test_a_wrong_price_left_standing_is_not_confirmed_by_the_other_side() -> None:
    assert verdicts_of((BID, 0, 100, 101), (BID, 100, 50, 101), (ASK, 1500, 50, 101), (ASK, 9000, 50, 102)) == [True, False, False, False]


def test_a_real_jump_is_believed_once_each_side_was_stated_again_a_second_later() -> None:
    jump = [(BID, 0, 100, 101), (BID, 100, 150, 101), (ASK, 100, 150, 151)]
    assert verdicts_of(*jump, (BID, 1099, 150, 151), (BID, 1100, 149, 151), (ASK, 1100, 149, 150)) == [True, False, False, False, False, True]


def test_what_follows_a_believed_jump_is_judged_by_it() -> None:
    moved = [(BID, 0, 100, 101), (ASK, 100, 100, 151), (ASK, 1200, 100, 151)]
    assert verdicts_of(*moved, (ASK, 1300, 100, 152), (ASK, 1400, 100, 101)) == [True, False, True, True, False]


def test_another_wild_price_does_not_confirm_the_first() -> None:
    assert verdicts_of((BID, 0, 100, 101), (BID, 0, 10, 101), (BID, 2000, 50, 101), (BID, 3000, 51, 101)) == [True, False, False, True]


def test_the_quarantine_counts_everything_and_says_each_reason_once_a_symbol_and_minute() -> None:
    said: list[tuple[str, str]] = []
    quarantine = Quarantine(lambda symbol, reason: said.append((symbol, reason)))
    for second in (0, 1, 59, 60):
        quarantine.put(SPY, "crossed", Instant(second * NS_PER_SECOND))
    quarantine.put(SPY, "zero", Instant(NS_PER_MINUTE))
    quarantine.put(Symbol("IBM"), "crossed", Instant(NS_PER_MINUTE))
    assert said == [("SPY", "crossed"), ("SPY", "crossed"), ("SPY", "zero"), ("IBM", "crossed")]
    assert quarantine.counts == {"crossed": 5, "zero": 1}


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(0, 1500), st.integers(50, 200)), max_size=60))
def test_a_quote_far_from_the_last_is_accepted_only_if_its_far_sides_were_stated_for_a_second(steps: list[tuple[Side, int, int]]) -> None:
    quality, prices, now = QuoteQuality(), {BID: 100, ASK: 100}, 0
    stated: list[tuple[Side, int, int]] = []
    last: Quote | None = None
    for side, milliseconds, price in steps:
        now, prices[side] = now + milliseconds * 1_000_000, price
        stated.append((side, now, price))
        quote = Quote(SPY, Ticks(prices[BID]), Ticks(prices[ASK]), 1, 1, Instant(now))
        if not quality.judge(quote, side).accepted:
            continue
        for each in Side:
            mine = price_on(quote, each)
            if last is not None and is_jump(price_on(last, each), mine):
                near = [at for told, at, seen in stated if told is each and abs(seen - mine) * 100 <= JUMP_PERCENT_MAX * max(seen, mine)]
                assert near[-1] - near[0] >= NS_PER_SECOND
        last = quote


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
