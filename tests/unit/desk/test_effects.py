"""Effects are values: what the desk asks for can be compared, kept and told apart."""

import dataclasses
import inspect
from typing import get_args

import pytest

from robo_trader.desk import effects
from robo_trader.desk.effects import Alert, Place, Severity
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Side, Symbol, Ticks

PLACE = Place("i1", 7, "rt:s:1:i1", Symbol("SPY"), Side.SELL, 100, OrderType.STOP, Ticks(16_600), TimeInForce.GOOD_TILL_CANCELLED, "g", entry=False)


def test_every_effect_of_the_module_is_one_the_shell_knows() -> None:
    classes = {cls for cls in vars(effects).values() if inspect.isclass(cls) and cls.__module__ == effects.__name__ and dataclasses.is_dataclass(cls)}
    assert classes == set(get_args(effects.Effect))


def test_two_equal_wishes_are_equal_and_neither_can_be_changed() -> None:
    assert dataclasses.replace(PLACE) == PLACE
    assert dataclasses.replace(PLACE, quantity=99) != PLACE
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLACE.quantity = 99  # type: ignore[misc]


def test_an_order_speaks_the_broker_s_words() -> None:
    assert (str(PLACE.side), str(PLACE.order_type), str(PLACE.time_in_force)) == ("SELL", "STP", "GTC")


def test_alerts_are_of_three_severities() -> None:
    assert [str(severity) for severity in Severity] == ["info", "warning", "critical"]
    assert Alert(Severity.CRITICAL, "drift/SPY", "text").key == "drift/SPY"
