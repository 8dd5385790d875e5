"""News are frozen facts, and the list of them is complete."""

import dataclasses
import inspect
from typing import get_args

import pytest

from robo_trader.desk import news
from robo_trader.orders import evidence
from robo_trader.values import BookId, Instant, Symbol

CLASSES = get_args(news.News)


def test_every_class_of_the_module_can_be_told_to_the_desk() -> None:
    own = {cls for cls in vars(news).values() if inspect.isclass(cls) and cls.__module__ == news.__name__}
    assert own <= set(CLASSES)


def test_all_evidence_of_the_broker_is_news() -> None:
    told = {cls for cls in vars(evidence).values() if dataclasses.is_dataclass(cls)}
    assert told <= set(CLASSES)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_news_cannot_be_changed_and_says_what_it_means(cls: type) -> None:
    fields = dataclasses.fields(cls)
    told = cls(**{field.name: None for field in fields})
    assert cls.__doc__
    for field in fields:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(told, field.name, 1)


def test_a_signal_is_live_unless_it_says_that_its_bar_was_backfilled() -> None:
    assert news.Signal(BookId("cross", Symbol("SPY")), 1, Instant(60), Instant(125)).backfilled is False
