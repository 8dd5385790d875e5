"""What a search may try: ranges whose every combination makes a strategy."""

from __future__ import annotations

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.strategies.catalogue import CATALOGUE, create
from robo_trader.walkforward.space import DEFAULTS, Range, corners, space_of, warm_up_bars


@pytest.mark.parametrize("strategy", sorted(DEFAULTS))
def test_the_ranges_of_the_catalogue_s_strategies_are_accepted_by_it(strategy: str) -> None:
    space = space_of(strategy, None)
    assert tuple(each.name for each in space) == CATALOGUE[strategy].parameters
    for corner in corners(space):
        create(strategy, corner)


def test_ranges_as_a_person_writes_them() -> None:
    assert space_of("moving_average_cross", "fast=2:4, slow=5:9") == (Range("fast", 2, 4), Range("slow", 5, 9))


def test_the_slowest_combination_decides_the_warm_up() -> None:
    assert warm_up_bars("moving_average_cross", space_of("moving_average_cross", "fast=2:4,slow=5:9")) == 9


@pytest.mark.parametrize("text", ["", "fast", "fast=2", "fast=4:2,slow=5:9", "fast=2:4;slow=5:9", "fast=2:4,fast=2:4", "fast=-2:4,slow=5:9"])
def test_what_is_no_list_of_ranges_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="fast=2:40,slow=50:250"):
        space_of("moving_average_cross", text)


@pytest.mark.parametrize("text", ["fast=2:4,slow=4:9", "fast=0:4,slow=5:9", "fast=2:4", "fast=2:4,slow=5:9,x=1:2", "fast=2:4,slow=5:99999"])
def test_ranges_with_a_combination_that_means_nothing_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        space_of("moving_average_cross", text)


def test_a_strategy_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="moving_average_cross"):
        space_of("astrology", None)
