"""The verdict's own arithmetic, against hand-worked figures and conservation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.verify_money import Money, rounded
from robo_trader.simulated_gateway.verify_records import Match, Noted, Paid, SplitDone


def match(sign: int, quantity: int, price: str, commission: str, perm_id: int = 1, ref: str = "rt:a:1:x") -> Match:
    return Match(0, f"e{perm_id}", perm_id, ref, "SPY", sign, quantity, Decimal(price), Decimal(commission))


def test_a_round_trip_realises_its_gain_less_both_commissions() -> None:
    money = Money(Decimal(1000), {})
    assert money.take(match(+1, 100, "10.00", "1.00", 1)) is None
    assert money.take(match(-1, 100, "10.50", "1.00", 2)) is None
    assert rounded(money.realised["SPY"]) == "48"
    assert rounded(money.cash) == "1048"
    assert rounded(money.commissions) == "2"


def test_a_match_that_crosses_zero_splits_its_commission_by_shares() -> None:
    money = Money(Decimal(0), {})
    money.take(match(+1, 100, "10", "1", 1))
    money.take(match(-1, 400, "11", "2", 2))
    assert rounded(money.realised["SPY"]) == "98.5"
    money.take(match(+1, 300, "11", "1.5", 3))
    assert rounded(money.realised["SPY"]) == "95.5"
    assert money.shares["SPY"] == 0


def test_the_minimum_is_owed_once_for_an_order_that_fills_in_parts() -> None:
    money = Money(Decimal(0), {})
    assert money.take(match(+1, 100, "10", "1")) is None
    assert money.take(match(+1, 300, "10", "1.00")) is None
    assert money.take(match(+1, 100, "10", "0.50")) is None


def test_the_fee_is_capped_at_one_percent_of_the_value() -> None:
    assert Money(Decimal(0), {}).take(match(+1, 10, "0.50", "0.05")) is None


def test_a_commission_that_is_not_the_stated_plan_is_told() -> None:
    wrong = Money(Decimal(0), {}).take(match(+1, 100, "10", "0.99"))
    assert wrong == "commission of e1: 0.99 was charged, 1 is due"


def test_commissions_of_others_are_not_ours() -> None:
    money = Money(Decimal(0), {})
    money.take(match(+1, 100, "10", "1", 1))
    money.take(match(+1, 100, "10", "1", 2, ref="manual"))
    assert (rounded(money.commissions), rounded(money.commissions_ours)) == ("2", "1")


@given(st.lists(st.tuples(st.sampled_from([1, -1]), st.integers(1, 500), st.decimals("1", "500", places=2)), max_size=20))
def test_what_was_realised_is_the_change_in_cash_once_everything_is_sold(trades: list[tuple[int, int, Decimal]]) -> None:
    money = Money(Decimal(0), {})
    for sign, quantity, price in trades:
        money.take(match(sign, quantity, str(price), "1.25"))
    left = money.shares["SPY"]
    if left:
        money.take(match(-1 if left > 0 else 1, abs(left), "100", "1"))
    assert money.realised["SPY"] == money.cash


@given(st.integers(-(10**12), 10**12))
def test_rounded_text_is_plain_and_exact_to_the_millionth(millionths: int) -> None:
    told = rounded(Fraction(millionths, 10**6))
    assert "E" not in told
    assert Fraction(told) == Fraction(millionths, 10**6)


# Corporate actions.


def held(quantity: int = 100) -> Money:
    money = Money(Decimal(0), {})
    money.take(match(1 if quantity > 0 else -1, abs(quantity), "10", "1"))
    return money


def test_a_split_restates_shares_and_no_money() -> None:
    money = held()
    assert money.split(SplitDone(0, "SPY", 2, 1, None, Decimal(0), 200)) is None
    money.take(match(-1, 200, "5", "1", 2))
    assert (rounded(money.realised["SPY"]), money.shares["SPY"]) == ("-2", 0)


def test_a_split_that_gives_other_shares_or_other_cash_is_told() -> None:
    wrong = held().split(SplitDone(0, "SPY", 2, 1, None, Decimal(0), 199))
    assert wrong == "split of SPY: 199 shares and 0 dollars came of 100 shares, 200 and 0 are due"
    assert held().split(SplitDone(0, "SPY", 1, 3, Decimal(30), Decimal(10), 33)) is None
    assert held().split(SplitDone(0, "SPY", 1, 3, Decimal(30), Decimal("10.01"), 33)) is not None


def test_what_is_paid_must_be_what_was_noted_and_once() -> None:
    money = held(-100)
    money.note(Noted("d", "SPY", False, Decimal("0.875")))
    money.note(Noted("b", "SPY", True, Decimal("0.01")))
    assert money.pay(Paid("d", -100, Decimal("-87.50"))) is None
    assert money.pay(Paid("b", -100, Decimal("-1.00"))) is None
    assert rounded(money.income) == "-88.5"
    assert money.pay(Paid("d", -100, Decimal("-87.50"))) == "d: -87.50 dollars were paid for -100 shares, 0 for 0 are due"
    assert held().pay(Paid("never noted", 0, Decimal(5))) is not None


def test_a_long_position_owes_no_borrow_fee() -> None:
    money = held()
    money.note(Noted("b", "SPY", True, Decimal("0.01")))
    assert money.pay(Paid("b", 0, Decimal(0))) is None


@pytest.mark.parametrize(
    ("sign", "added", "commission"),
    [(+1, False, "6.7025725"), (+1, True, "1.7025725"), (-1, False, "7.1465725")],
)
def test_the_tiered_plan_is_worked_out_by_itself(sign: int, added: bool, commission: str) -> None:
    for charged, right in ((commission, True), (str(Decimal(commission) + Decimal("0.001")), False)):
        money = Money(Decimal(0), {}, "tiered")
        wrong = money.take(replace(match(sign, 1000, "10", charged), added=added))
        assert (wrong is None) is right
