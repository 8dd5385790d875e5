"""Behaviour of `evidence`, said in sentences."""

from __future__ import annotations

from robo_trader.orders.evidence import BrokerStatus, Sweep


def test_statuses_are_the_brokers_words():
    assert BrokerStatus("PreSubmitted") is BrokerStatus.PRE_SUBMITTED
    assert len(BrokerStatus) == 9


def test_an_unanswered_part_of_a_sweep_is_none_and_an_empty_one_is_not():
    unanswered = Sweep(1, 0, None, None, None, (), None)
    empty = Sweep(1, 0, (), (), (), (), ())
    assert unanswered != empty
