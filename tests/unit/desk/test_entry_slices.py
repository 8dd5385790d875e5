"""Which slice a fill belongs to, told for the first time or again after a journal that failed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from robo_trader.desk.effects import Place
from robo_trader.desk.entry_slices import FILLS_MAX, Waiting, shared_out
from robo_trader.desk.news import BrokerStatus, Connected, InstrumentKnown
from robo_trader.orders.events import Intended
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings


def filled(*batches: tuple[int, ...], external: int = 0, seconds_apart: int = 1) -> tuple[Bench, Bench]:
    """A desk whose entry of 100 shares filled while its journal failed, and its successor, which knows the reserve's stops and no fill."""
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    if external:
        bench.feed(bench.foreign(Side.SELL, external))
    before = len(bench.journal)
    for batch in batches:
        bench.market = Instant(bench.market + seconds_apart * NS_PER_SECOND)
        bench.feed(*(bench.execution(entry, shares) for shares in batch))
    reserve = [event for event in bench.journal[before:] if isinstance(event, Intended)]
    successor = Bench(settings(epoch=2), [*bench.journal[:before], *reserve])
    successor.process, successor.market = bench.process, bench.market
    successor.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", 20))
    return bench, successor


def stops(bench: Bench) -> list[Place]:
    return [place for place in bench.sent if place.order_type is OrderType.STOP]


def held(bench: Bench) -> list[int]:
    return [slice_.quantity for _, slice_ in sorted(bench.desk.state.book(BOOK).slices.items())]


BATCHES = [((40,), (60,)), ((30, 10), (60,)), ((60,), (20, 20)), ((10,), (30,), (60,)), ((30, 30), (40,)), ((20, 20), (60,)), ((20, 10), (20, 50))]


@pytest.mark.parametrize("batches", BATCHES)
def test_fills_that_no_row_kept_find_their_slices_again_in_whatever_order_they_are_told(batches: tuple[tuple[int, ...], ...]):
    """Found by seed 8634: told the other way round, each slice lacked a stop or had one too large, and a third stop made them 120 for 100 shares."""
    bench, _ = filled(*batches)
    for told in permutations(bench.executions):
        _, successor = filled(*batches)
        successor.executions = list(told)
        successor.sweep(position=100, open_orders=tuple(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED) for stop in stops(bench)))
        assert held(successor) == [sum(batch) for batch in batches]
        assert (successor.position, successor.sent) == (100, []), "every share has its stop already"


def test_of_fills_of_one_instant_each_finds_the_stop_that_waits_for_just_as_many():
    bench, successor = filled((40,), (60,), seconds_apart=0)
    successor.executions = bench.executions[::-1]
    successor.sweep(position=100, open_orders=tuple(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED) for stop in stops(bench)))
    assert (held(successor), successor.sent) == ([40, 60], [])


def test_a_stop_that_was_placed_before_the_time_of_its_fill_still_gets_it():
    """Found by seed 3934: after an outage the desk's market time lagged behind what the broker told, and each fill went to the next one's stop."""
    bench, successor = filled((50,), (10,), (10,), (30,))
    late = [replace(seen, at=Instant(seen.at + NS_PER_SECOND)) for seen in bench.executions]
    successor.executions = late
    successor.sweep(position=100, open_orders=tuple(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED) for stop in stops(bench)))
    assert (held(successor), successor.sent) == ([50, 10, 10, 30], [])


@pytest.mark.parametrize("seconds_apart", [0, 1])
@pytest.mark.parametrize("lag_seconds", [0, 1])
@given(shares=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=3), min_size=1, max_size=4), chance=st.randoms(use_true_random=False))
@examples(max_examples=25, deadline=None)
def test_whatever_was_filled_and_is_told_again_no_more_is_sold_than_is_held(
    seconds_apart: int, lag_seconds: int, shares: list[list[int]], chance: Random
):
    """Batches of any sizes, of one instant or of several, told again in any order, by a clock that may lag: every share has one stop, as before."""
    batches = [tuple(batch) for batch in shares]
    bench, successor = filled(*batches, seconds_apart=seconds_apart)
    told = [replace(seen, at=Instant(seen.at + lag_seconds * NS_PER_SECOND)) for seen in bench.executions]
    chance.shuffle(told)
    successor.executions = told
    entry = bench.open_order(bench.sent[0], filled=sum(map(sum, batches)))
    live = [bench.open_order(stop, BrokerStatus.PRE_SUBMITTED) for stop in stops(bench)]
    successor.sweep(position=sum(map(sum, batches)), open_orders=(*live, entry))
    assert sorted(held(successor)) == sorted(sum(batch) for batch in batches)
    assert stops(successor) == []


def test_fills_that_no_row_kept_join_the_slice_whose_stop_an_external_position_bounds():
    """Found by seeds 16820 and 17283: the stop was for fewer shares than its slice, and what did not fit got a second stop beside it."""
    bench, successor = filled((10,), (80,), external=60)
    (stop,) = stops(bench)
    assert stop.quantity == 30
    successor.executions = bench.executions
    entry = bench.open_order(bench.sent[0], filled=90)
    successor.sweep(position=30, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED), entry))
    assert (successor.position, stops(successor)) == (90, []), "30 shares of the account's are covered already"


def test_a_fill_that_is_told_after_the_fill_of_its_own_stop_is_what_the_stop_sold_from():
    """Else the rest of a stop that was triggered, and an exit beside it, sell the same shares twice."""
    bench, successor = filled((100,))
    (stop,) = stops(bench)
    entered = bench.executions[-1]
    sold = bench.execution(stop, 60)
    successor.executions = [sold, entered]
    successor.sweep(position=40, open_orders=(bench.open_order(stop, BrokerStatus.SUBMITTED, filled=60),))
    assert (held(successor), successor.sent) == ([40], []), "the stop is selling the other 40"


def test_a_fill_that_comes_after_its_slice_was_closed_is_a_slice_of_its_own():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(bench.execution(entry, 40))
    (stop,) = stops(bench)
    bench.acknowledge(stop)
    bench.fill(stop, 40)
    bench.feed(bench.execution(entry, 30))
    assert (held(bench), list(bench.desk.state.book(BOOK).slices)) == ([30], [f"{entry.intent}-1"])


def test_a_correction_takes_no_room_from_a_fill_that_is_still_to_be_told():
    bench, successor = filled((60, 40))
    first, second = bench.executions[-2:]
    lowered = replace(first, exec_id=first.exec_id.replace(".01", ".02"), quantity=50)
    successor.executions = [first, lowered, second]
    successor.sweep(position=90, open_orders=(bench.open_order(stops(bench)[0], BrokerStatus.PRE_SUBMITTED),))
    assert successor.position == 90 and f"{bench.sent[0].intent}-0" in successor.desk.state.book(BOOK).slices
    assert [place.quantity for place in stops(successor)] == []


def test_more_fills_than_may_be_shared_out_as_a_whole_are_left_to_the_simple_rule():
    bench = Bench().connect()
    bench.signal(1)
    (seen,) = [bench.execution(bench.last(), 1)]
    for number in (FILLS_MAX, FILLS_MAX + 1, 5_000):
        fills = [replace(seen, exec_id=f"e{nth}") for nth in range(number)]
        assert len(shared_out([Waiting("x-0", number, 0)], fills)) == (number if number <= FILLS_MAX else 0)
