"""The contract: every strategy of the catalogue keeps it."""

import pytest

from robo_trader.strategies.catalogue import create
from robo_trader.strategies.strategy import FLAT, LONG, NO_OPINION, SHORT, Strategy

EXAMPLES = [("moving_average_cross", {"fast": 2, "slow": 5})]


@pytest.fixture(params=EXAMPLES, ids=lambda example: example[0])
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return create(*request.param)


def stances(strategy: Strategy) -> list[int]:
    closes = [100 + (number * 37) % 23 - (number * number) % 11 for number in range(200)]
    return [strategy.on_bar(close, close, close, close, 1) for close in closes]


def test_no_opinion_is_not_a_stance() -> None:
    assert NO_OPINION not in {SHORT, FLAT, LONG}


def test_it_is_silent_while_warming_up_and_then_says_only_stances(strategy: Strategy) -> None:
    said = stances(strategy)
    assert set(said[: strategy.warmup_bars - 1]) == {NO_OPINION}
    assert set(said[strategy.warmup_bars :]) <= {SHORT, FLAT, LONG}


def test_the_same_bars_give_the_same_stances(strategy: Strategy) -> None:
    again = create(strategy.name, dict(strategy.parameters))
    assert stances(strategy) == stances(again)


def test_a_stance_is_a_plain_integer_so_that_records_of_it_are_text(strategy: Strategy) -> None:
    assert {type(stance) for stance in stances(strategy)} == {int}
