"""The cross, against averages computed by hand."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.strategies.moving_average_cross import MovingAverageCross
from robo_trader.strategies.strategy import NO_OPINION


def stances(fast: int, slow: int, closes: list[int]) -> list[int]:
    strategy = MovingAverageCross(fast, slow)
    return [strategy.on_bar(close, close, close, close, 0) for close in closes]


def by_definition(fast: int, slow: int, closes: list[int]) -> list[int]:
    side, expected = NO_OPINION, []
    for end in range(1, len(closes) + 1):
        if end >= slow:
            difference = Fraction(sum(closes[end - fast : end]), fast) - Fraction(sum(closes[end - slow : end]), slow)
            side = 1 if difference > 0 else -1 if difference < 0 else side
        expected.append(side)
    return expected


@given(
    st.tuples(st.integers(1, 8), st.integers(1, 8)).map(lambda pair: (pair[0], sum(pair))),
    st.lists(st.integers(1, 10**7), max_size=80),
)
def test_it_is_the_definition_for_any_prices(lengths: tuple[int, int], closes: list[int]) -> None:
    assert stances(*lengths, closes) == by_definition(*lengths, closes)


@given(st.lists(st.integers(1, 3), max_size=80))
def test_it_is_the_definition_where_ties_are_common(closes: list[int]) -> None:
    assert stances(1, 2, closes) == by_definition(1, 2, closes)


def test_it_speaks_from_the_first_bar_with_both_averages() -> None:
    assert stances(2, 4, [10, 11, 12, 13, 14]) == [NO_OPINION, NO_OPINION, NO_OPINION, 1, 1]


def test_a_tie_keeps_the_side_and_a_tie_from_the_start_says_nothing() -> None:
    assert stances(1, 2, [5, 5, 6, 6, 6, 5, 5]) == [NO_OPINION, NO_OPINION, 1, 1, 1, -1, -1]


def test_it_names_itself_and_its_parameters() -> None:
    strategy = MovingAverageCross(5, 20)
    assert (strategy.name, dict(strategy.parameters), strategy.warmup_bars) == ("moving_average_cross", {"fast": 5, "slow": 20}, 20)
