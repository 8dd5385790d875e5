"""The generated walk: finite, uncrossed, on the tick, and always the same for the same seed."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.generated_walk import ALWAYS, Walk, first_price, past_session, shares
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import NS_PER_SECOND, Symbol
from tests.support.exchange_bench import SPY, at, later

OPEN = at("09:30:00")
CENT = Decimal("0.01")


def walked(seed: int, seconds: int, activity: int = ALWAYS) -> list[MarketHappening]:
    walk = Walk(SPY, Random(seed))
    return [event for second in range(seconds) for event in walk.second(later(OPEN, second), activity)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_quotes_are_uncrossed_finite_and_on_the_tick_and_prints_lie_on_them(seed: int) -> None:
    last: QuoteChange | None = None
    for event in walked(seed, 300):
        if isinstance(event, TradePrint):
            assert last is not None
            assert event.price in {last.bid, last.ask}
            assert event.size > 0
            continue
        last = event
        assert event.bid is not None
        assert event.ask is not None
        assert 1 <= (event.ask - event.bid) / CENT <= 4
        for best, levels, size, step in ((event.bid, event.bid_depth, event.bid_size, -CENT), (event.ask, event.ask_depth, event.ask_size, CENT)):
            assert [price for price, _ in levels] == [best + step * behind for behind in range(1, len(levels) + 1)]
            assert all(0 < shown <= 3200 for shown in (size, *(shown for _, shown in levels)))


def test_events_of_a_second_lie_inside_it_in_order() -> None:
    walk = Walk(SPY, Random(5))
    for second in range(500):
        instants = [event.at for event in walk.second(later(OPEN, second), ALWAYS)]
        assert instants == sorted(instants)
        assert all(later(OPEN, second) < instant < later(OPEN, second) + NS_PER_SECOND for instant in instants)


def test_the_same_seed_walks_the_same_way_and_another_does_not() -> None:
    assert walked(1, 100) == walked(1, 100)
    assert walked(1, 100) != walked(2, 100)


def test_activity_is_the_chance_of_a_quote() -> None:
    quotes = [event for event in walked(1, 2000, activity=256) if isinstance(event, QuoteChange)]
    assert 400 < len(quotes) < 600


def test_a_symbol_always_starts_at_its_own_price() -> None:
    assert first_price(SPY) == first_price(Symbol("SPY")) != first_price(Symbol("IBM"))
    assert 5_000_000 <= first_price(Symbol("ANY")) <= 40_000_000


def test_sizes_vary_from_odd_lots_to_thousands() -> None:
    sizes = {shares(bits) for bits in range(256)}
    assert (min(sizes), max(sizes)) == (10, 3200)


def test_a_past_session_ends_where_the_next_one_began() -> None:
    prints = past_session(Random(1), OPEN, 390, 20_000_000)
    assert prints[-1][1] == Decimal("200.00")
    assert len(prints) == 4 * 390
    assert [instant for instant, _, _ in prints] == sorted(instant for instant, _, _ in prints)
    assert prints[0][0] == later(OPEN, 2)


def test_a_past_session_with_few_prints_goes_as_far_as_one_with_many() -> None:
    def moved(each: int) -> Decimal:
        sessions = [past_session(Random(seed), OPEN, 390, 20_000_000, each=each) for seed in range(40)]
        return sum((abs(prints[-1][1] - prints[0][1]) for prints in sessions), Decimal(0))

    assert Decimal("0.5") < moved(130) / moved(1) < 2


def test_a_night_moves_the_price_by_a_percent_at_most_and_a_split_by_its_ratio() -> None:
    walk = Walk(SPY, Random(5))
    before = walk.second(OPEN, ALWAYS)[0]
    walk.sleep()
    plain = walk.second(later(OPEN, 100), ALWAYS)[0]
    walk.sleep(4, 1)
    after = walk.second(later(OPEN, 200), ALWAYS)[0]
    assert isinstance(before, QuoteChange)
    assert isinstance(plain, QuoteChange)
    assert isinstance(after, QuoteChange)
    assert before.bid and plain.bid and after.bid
    assert abs(plain.bid / before.bid - 1) < Decimal("0.011")
    assert abs(after.bid * 4 / plain.bid - 1) < Decimal("0.011")
