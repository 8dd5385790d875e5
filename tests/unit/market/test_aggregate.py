"""Minutes from 5-second bars: exactly twelve or a gap, in order, never twice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.market.aggregate import Gap, Ignored, MinuteAggregator
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol, Ticks

SPY = Symbol("SPY")
NINE_THIRTY = Instant(1_381_152_600 * NS_PER_SECOND)  # 2013-10-07 13:30 UTC


def part(number: int) -> Bar:
    """The number-th 5-second bar after 9:30, with prices and volume of its own."""
    price = 1000 + number * 17 % 29
    start = Instant(NINE_THIRTY + number * 5 * NS_PER_SECOND)
    return Bar(SPY, start, 5, Ticks(price), Ticks(price + number % 7), Ticks(price - number % 5), Ticks(price + 1), 10 + number)


def minute(number: int) -> Instant:
    return Instant(NINE_THIRTY + number * NS_PER_MINUTE)


def from_history(number: int) -> Bar:
    return Bar(SPY, minute(number), 60, Ticks(1), Ticks(4), Ticks(1), Ticks(3), 7)


def fed(aggregator: MinuteAggregator, numbers: range | list[int]) -> list[Bar | Gap]:
    return [out for number in numbers if (out := aggregator.add(part(number))) is not None]


def test_a_minute_closes_on_its_twelfth_part_and_not_before() -> None:
    aggregator = MinuteAggregator(SPY)
    assert fed(aggregator, range(11)) == []
    parts = [part(number) for number in range(12)]
    assert aggregator.add(part(11)) == Bar(
        SPY,
        NINE_THIRTY,
        60,
        open=parts[0].open,
        high=max(p.high for p in parts),
        low=min(p.low for p in parts),
        close=parts[-1].close,
        volume=sum(p.volume for p in parts),
    )


def test_joining_in_the_middle_of_a_minute_makes_it_a_gap_when_its_last_part_arrives() -> None:
    aggregator = MinuteAggregator(SPY)
    assert fed(aggregator, range(5, 11)) == []
    assert aggregator.add(part(11)) == Gap(SPY, minute(0))


@pytest.mark.parametrize("lost", range(11))
def test_a_minute_that_lost_any_one_part_is_a_gap(lost: int) -> None:
    aggregator = MinuteAggregator(SPY)
    assert fed(aggregator, [number for number in range(12) if number != lost]) == [Gap(SPY, minute(0))]


def test_a_minute_whose_end_was_lost_is_a_gap_when_the_next_one_begins() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, range(10))
    assert aggregator.add(part(12)) == Gap(SPY, minute(0))
    assert [out.start for out in fed(aggregator, range(13, 24)) if isinstance(out, Bar)] == [minute(1)]


def test_one_gap_names_every_minute_that_was_missed() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, range(12))
    gap = aggregator.add(part(48))
    assert gap == Gap(SPY, minute(1), minutes=3)
    assert list(gap.minute_starts()) == [minute(1), minute(2), minute(3)]
    assert gap.end == minute(4)


def test_a_last_part_that_reveals_a_gap_joins_its_own_minute_to_it() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, range(12))
    assert aggregator.add(part(35)) == Gap(SPY, minute(1), minutes=2)


def test_duplicates_strangers_and_stragglers_change_nothing_and_are_counted_by_reason() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, [0, 1, 1, 2, 1])
    aggregator.add(replace(part(3), symbol=Symbol("IBM")))
    aggregator.add(replace(part(3), start=Instant(part(3).start + 1)))
    aggregator.add(replace(part(3), seconds=10))
    assert aggregator.ignored == {Ignored.DUPLICATE: 1, Ignored.OUT_OF_ORDER: 1, Ignored.OTHER_SYMBOL: 1, Ignored.MISALIGNED: 2}
    [bar] = fed(aggregator, range(3, 12))
    assert isinstance(bar, Bar)
    assert bar.volume == sum(10 + number for number in range(12))


def test_a_gap_is_backfilled_while_the_next_minute_is_built() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, range(5, 14))
    assert aggregator.backfill(from_history(0)) == replace(from_history(0), backfilled=True)
    assert [out.start for out in fed(aggregator, range(14, 24)) if isinstance(out, Bar)] == [minute(1)]


def test_history_that_comes_after_a_newer_minute_was_passed_on_is_refused() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, range(5, 24))
    assert aggregator.backfill(from_history(0)) is None
    assert aggregator.backfill(from_history(1)) is None
    assert aggregator.ignored == {Ignored.OUT_OF_ORDER: 1, Ignored.DUPLICATE: 1}


def test_the_running_minute_is_not_taken_from_history() -> None:
    aggregator = MinuteAggregator(SPY)
    fed(aggregator, [3])
    assert aggregator.backfill(from_history(0)) is None
    assert aggregator.ignored == {Ignored.UNFINISHED: 1}


@pytest.mark.parametrize("wrong", [replace(from_history(0), seconds=5), replace(from_history(0), start=Instant(minute(0) + 1))])
def test_only_whole_minutes_are_taken_from_history(wrong: Bar) -> None:
    aggregator = MinuteAggregator(SPY)
    assert aggregator.backfill(wrong) is None
    assert aggregator.backfill(replace(from_history(0), symbol=Symbol("IBM"))) is None
    assert aggregator.ignored == {Ignored.MISALIGNED: 1, Ignored.OTHER_SYMBOL: 1}


def test_warming_up_from_history_ends_where_live_bars_begin_and_minutes_between_are_a_gap() -> None:
    aggregator = MinuteAggregator(SPY)
    assert [aggregator.backfill(from_history(number)) is not None for number in (0, 1)] == [True, True]
    assert fed(aggregator, [23]) == []
    assert aggregator.ignored == {Ignored.OUT_OF_ORDER: 1}
    assert aggregator.add(part(36)) == Gap(SPY, minute(2), minutes=1)


@given(st.lists(st.integers(0, 100), max_size=150))
def test_whatever_arrives_each_minute_is_settled_at_most_once_in_order_and_bars_are_whole(numbers: list[int]) -> None:
    aggregator = MinuteAggregator(SPY)
    settled: list[int] = []
    seen: list[int] = []
    for number in numbers:
        out = aggregator.add(part(number))
        if not seen or number > seen[-1]:
            seen.append(number)
        if isinstance(out, Bar):
            settled.append(out.start)
            first = (out.start - NINE_THIRTY) // NS_PER_MINUTE * 12
            assert seen[-12:] == list(range(first, first + 12))
        elif isinstance(out, Gap):
            settled.extend(out.minute_starts())
    assert settled == sorted(set(settled))
    assert settled == list(range(settled[0], settled[-1] + 1, NS_PER_MINUTE)) if settled else True
