"""Bars cut from a tape: they agree with each other, fill gaps, and never see past the cursor."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.tape import Tape, spans
from robo_trader.values import Instant
from tests.support.exchange_bench import SPY, at, later

OPEN, CLOSE = at("09:30:00"), at("16:00:00")


def tape(*prints: tuple[str, str, int]) -> Tape:
    made = Tape(SPY)
    for wall, price, size in prints:
        made.append(at(wall), Decimal(price), size)
    return made


def test_a_bar_has_first_highest_lowest_last_and_the_weighted_average() -> None:
    bar = tape(("09:30:01", "10.00", 100), ("09:30:02", "10.04", 300), ("09:30:03", "9.99", 100)).bar(OPEN, later(OPEN, 5), 5)
    assert bar is not None
    assert [str(price) for price in (bar.open, bar.high, bar.low, bar.close, bar.average)] == ["10.00", "10.04", "9.99", "9.99", "10.0220"]
    assert (bar.volume, bar.trades) == (500, 3)


def test_a_stretch_without_a_print_stands_at_the_last_price_and_before_any_print_is_no_bar() -> None:
    quiet = tape(("09:30:07", "10.00", 100))
    bars = quiet.bars(spans(OPEN, later(OPEN, 20), 5, rth=True, hours=regular_hours), 5, CLOSE)
    assert [(bar.start, str(bar.close), bar.volume) for bar in bars] == [
        (later(OPEN, 5), "10.00", 100),
        (later(OPEN, 10), "10.00", 0),
        (later(OPEN, 15), "10.00", 0),
    ]


def test_a_bar_in_the_making_shows_nothing_after_the_cursor() -> None:
    busy = tape(("09:30:01", "10.00", 100), ("09:30:03", "11.00", 100), ("09:31:01", "12.00", 100))
    bars = busy.bars(spans(OPEN, CLOSE, 60, rth=True, hours=regular_hours), 60, at("09:30:02"))
    assert [(str(bar.close), bar.volume) for bar in bars] == [("10.00", 100)]
    at_the_print = busy.bars(spans(OPEN, CLOSE, 60, rth=True, hours=regular_hours), 60, at("09:30:03"))
    assert [str(bar.close) for bar in at_the_print] == ["11.00"]


def test_the_first_hour_bar_of_a_session_begins_with_the_session() -> None:
    starts = [start for start, _ in spans(at("04:00:00"), at("20:00:00"), 3600, rth=True, hours=regular_hours)]
    assert starts[:2] == [OPEN, at("10:00:00")]
    assert len(starts) == 7


def test_a_daily_bar_is_one_session() -> None:
    assert next(spans(at("00:00:00"), later(at("00:00:00"), 3 * 86_400), 86_400, rth=True, hours=regular_hours)) == (OPEN, CLOSE)


def test_outside_regular_hours_bars_begin_at_four() -> None:
    starts = [start for start, _ in spans(at("00:00:00"), at("23:00:00"), 1800, rth=False, hours=regular_hours)]
    assert (starts[0], len(starts)) == (at("04:00:00"), 32)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1799), st.integers(900, 1100), st.integers(1, 500)), min_size=1, max_size=60))
def test_minute_bars_are_their_twelve_five_second_bars(prints: list[tuple[int, int, int]]) -> None:
    made = Tape(SPY)
    for second, cents, size in sorted(prints):
        made.append(Instant(later(OPEN, second) + 1), Decimal(cents) / 100, size)
    end = later(OPEN, 1800)
    minutes = made.bars(spans(OPEN, end, 60, rth=True, hours=regular_hours), 60, CLOSE)
    fives = made.bars(spans(OPEN, end, 5, rth=True, hours=regular_hours), 5, CLOSE)
    for minute in minutes:
        parts = [bar for bar in fives if minute.start <= bar.start < minute.end]
        traded = [bar for bar in parts if bar.trades]
        assert minute.volume == sum(bar.volume for bar in parts)
        assert minute.close == parts[-1].close
        if traded:
            assert minute.open == traded[0].open
            assert minute.high == max(bar.high for bar in traded)
            assert minute.low == min(bar.low for bar in traded)


def test_earlier_prints_can_be_put_before() -> None:
    made = tape(("09:30:01", "10.00", 100))
    made.prepend([(at("09:29:00"), Decimal("9.00"), 1)])
    assert len(made) == 2
    bar = made.bar(at("09:29:30"), at("09:29:35"), 5)
    assert bar is not None
    assert bar.close == 9


def test_after_a_split_what_was_printed_before_is_restated() -> None:
    made = tape(("09:30:01", "10.00", 100), ("09:30:02", "10.05", 300))
    made.rescale(2, 1)
    bar = made.bar(OPEN, later(OPEN, 5), 5)
    assert bar is not None
    assert (str(bar.open), str(bar.high), bar.volume) == ("5.00", "5.02", 800)


def test_the_print_before_an_instant_is_the_last_of_those_that_are_earlier() -> None:
    some = tape(("09:30:01", "1", 100), ("09:30:02", "2", 100))
    found = [some.before(at(f"09:30:0{second}")) for second in (1, 2, 3)]
    assert found == [[], [(at("09:30:01"), Decimal(1), 100)], [(at("09:30:02"), Decimal(2), 100)]]


def test_prints_between_two_instants_include_the_first_alone() -> None:
    made = tape(("09:30:00", "10", 5), ("09:30:01", "11", 6), ("09:30:02", "12", 7), ("09:30:03", "13", 8))
    assert made.between(at("09:30:01"), at("09:30:03")) == [(at("09:30:01"), Decimal(11), 6), (at("09:30:02"), Decimal(12), 7)]
