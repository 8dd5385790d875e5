"""Displayed shares are taken once, until a quote refills them."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.display import Display
from robo_trader.simulated_gateway.model import QuoteChange
from tests.support.exchange_bench import BUY, SELL, SPY, at, quote


def emptied_ask() -> Display:
    display = Display()
    display.publish(quote("09:31:00", "10.00", "10.01", 300, 500))
    display.ask.left[0] = 0
    return display


def test_a_buyer_faces_the_ask_and_a_seller_the_bid() -> None:
    display = emptied_ask()
    assert display.facing(BUY).best == Decimal("10.01")
    assert display.facing(SELL).best == Decimal("10.00")


def test_a_side_that_changes_is_refilled() -> None:
    display = emptied_ask()
    display.publish(quote("09:31:00.1", "10.00", "10.01", 300, 600))
    assert display.ask.left == [600]


def test_a_side_that_is_restated_within_a_second_stays_empty() -> None:
    display = emptied_ask()
    display.publish(quote("09:31:00.9", "9.99", "10.01", 300, 500))
    assert display.ask.left == [0]
    assert display.bid.best == Decimal("9.99")


def test_a_side_that_is_restated_after_a_second_is_refilled() -> None:
    display = emptied_ask()
    display.publish(quote("09:31:01", "10.00", "10.01", 300, 500))
    assert display.ask.left == [500]


def test_levels_behind_the_best_are_displayed_too_and_an_absent_side_is_nothing() -> None:
    display = Display()
    display.publish(QuoteChange(SPY, None, Decimal("10.01"), 0, 100, at("09:31:00"), (), ((Decimal("10.02"), 200),)))
    assert display.bid.best is None
    assert display.bid.next_level() is None
    assert display.ask.next_level() == 0
    display.ask.left[0] = 0
    assert display.ask.next_level() == 1
