"""The catalogue turns names and parameters into strategies, or into one clear line."""

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.strategies.catalogue import CATALOGUE, create


def test_a_strategy_is_made_by_name_and_each_call_makes_a_new_one() -> None:
    first, second = (create("moving_average_cross", {"fast": 5, "slow": 20}) for _ in range(2))
    assert first is not second
    assert dict(first.parameters) == {"fast": 5, "slow": 20}


def test_every_name_makes_the_strategy_that_bears_it() -> None:
    assert {name: create(name, {"fast": 2, "slow": 3}).name for name in CATALOGUE} == {name: name for name in CATALOGUE}


@pytest.mark.parametrize(
    ("name", "parameters", "cause"),
    [
        ("moving_average_crosss", {}, "strategy 'moving_average_crosss' is not known; choose one of: moving_average_cross"),
        ("moving_average_cross", {"fast": 5}, "lacks slow"),
        ("moving_average_cross", {"fast": 5, "slow": 20, "speed": 1}, "has no speed"),
        ("moving_average_cross", {"quick": 5, "slow": 20}, "lacks fast and has no quick"),
        ("moving_average_cross", {"fast": -5, "slow": 20}, "fast is -5"),
        ("moving_average_cross", {"fast": 0, "slow": 20}, "fast is 0"),
        ("moving_average_cross", {"fast": 5, "slow": 10_001}, "slow is 10001; give 1 to 10000 bars"),
        ("moving_average_cross", {"fast": 20, "slow": 20}, "give fast fewer bars than slow"),
        ("moving_average_cross", {"fast": float("nan"), "slow": 20}, "fast is nan"),
        ("moving_average_cross", {"fast": 5.0, "slow": 20}, "fast is 5.0"),
        ("moving_average_cross", {"fast": "5", "slow": 20}, "fast is '5'"),
        ("moving_average_cross", {"fast": True, "slow": 20}, "fast is True"),
    ],
)
def test_what_cannot_be_built_is_refused_with_cause_and_remedy(name: str, parameters: dict[str, object], cause: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        create(name, parameters)
    assert cause in str(refused.value)
    assert refused.value.remedy
