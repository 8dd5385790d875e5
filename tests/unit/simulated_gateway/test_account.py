"""The account's books: conserved to the last digit, realised by average cost with commissions in it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.account import Account
from robo_trader.values import Side, Symbol

SPY, IBM = Symbol("SPY"), Symbol("IBM")
FILLS = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 500), st.integers(100, 30_000), st.integers(0, 500)), min_size=1, max_size=40)


def test_average_cost_includes_the_commission() -> None:
    account = Account()
    assert account.fill(SPY, Side.BUY, 100, Decimal("10.00"), Decimal("1.00")) is None
    assert account.report(SPY).average_cost == Decimal("10.01")
    account.fill(SPY, Side.SELL, 100, Decimal("10.00"), Decimal("1.00"))
    account.fill(SPY, Side.SELL, 100, Decimal("10.00"), Decimal("1.00"))
    assert account.report(SPY).average_cost == Decimal("9.99")
    assert account.cash == Decimal(1_000_000) - 2 + 1000 - 1


def test_a_closing_fill_realises_price_less_average_cost_less_its_own_commission() -> None:
    account = Account()
    account.fill(SPY, Side.BUY, 100, Decimal("10.00"), Decimal("1.00"))
    assert account.fill(SPY, Side.SELL, 40, Decimal("11.00"), Decimal("1.00")) == Decimal("38.60")
    assert account.report(SPY).average_cost == Decimal("10.01")


def test_a_fill_that_crosses_zero_closes_and_opens_with_a_shared_commission() -> None:
    account = Account()
    account.fill(SPY, Side.BUY, 100, Decimal("10.00"), Decimal(0))
    realised = account.fill(SPY, Side.SELL, 300, Decimal("11.00"), Decimal("3.00"))
    assert realised == Decimal("99.00")  # 100 dollars less a third of the commission
    assert account.report(SPY).quantity == -200
    assert account.report(SPY).average_cost == Decimal("10.99")


@settings(deadline=None)
@given(FILLS)
def test_cash_and_cost_and_profit_are_conserved(fills: list[tuple[Side, int, int, int]]) -> None:
    account = Account()
    flow, shares, fees, profit = Decimal(0), 0, Decimal(0), Decimal(0)
    for side, quantity, cents, fee_cents in fills:
        price, fee = Decimal(cents) / 100, Decimal(fee_cents) / 100
        profit += account.fill(SPY, side, quantity, price, fee) or 0
        flow -= side.sign * quantity * price + fee
        shares += side.sign * quantity
        fees += fee
        assert account.position(SPY) == shares
        assert account.cash == account.initial_cash + flow
        assert account.commissions == fees
        assert account.realised == profit
        cost = account.market_value(SPY, lambda _: Decimal(0)) - account.unrealised(SPY, lambda _: Decimal(0))
        assert account.cash + cost == account.initial_cash + account.realised, "what was paid is cash, cost or loss"


@settings(deadline=None)
@given(FILLS)
def test_a_restored_account_is_the_same_account(fills: list[tuple[Side, int, int, int]]) -> None:
    account, twin = Account(), Account("other", Decimal(1))
    for side, quantity, cents, fee_cents in fills:
        account.fill(SPY, side, quantity, Decimal(cents) / 100, Decimal(fee_cents) / 100)
    twin.restore(json.loads(json.dumps(account.state())))
    assert twin.state() == account.state()
    assert twin.positions() == account.positions()


def test_equity_and_buying_power_follow_the_marks() -> None:
    account = Account(cash=Decimal(1000))
    account.fill(SPY, Side.SELL, 10, Decimal(50), Decimal(0))
    assert account.equity(lambda _: Decimal(60)) == 900
    assert account.gross_value(lambda _: Decimal(60)) == 600
    assert account.buying_power(lambda _: Decimal(60)) == 3000
    assert account.unrealised(SPY, lambda _: Decimal(60)) == -100
    assert account.equity(lambda _: None) == 1000, "without a mark a position counts at its cost"


def test_a_split_changes_shares_and_leaves_their_cost() -> None:
    account = Account()
    account.fill(SPY, Side.BUY, 100, Decimal("10.00"), Decimal("1.00"))
    assert account.split(SPY, 2, 1, None) == 0
    assert (account.position(SPY), account.report(SPY).average_cost, account.realised) == (200, Decimal("5.005"), 0)


@given(st.integers(-500, 500).filter(bool), st.integers(1, 9), st.integers(1, 9))
def test_what_a_split_takes_from_cost_it_realises_against_the_cash_in_lieu(shares: int, new: int, old: int) -> None:
    account = Account()
    account.fill(SPY, Side.BUY if shares > 0 else Side.SELL, abs(shares), Decimal("10.00"), Decimal("1.00"))
    before = account.cash
    paid = account.split(SPY, new, old, Decimal("12.34"))
    assert account.cash == before + paid
    assert abs(account.position(SPY)) == abs(shares) * new // old
    cost = account.report(SPY).average_cost * account.position(SPY)
    assert abs(account.cash - account.initial_cash + cost - account.realised) < Decimal("1E-9")


def test_a_fraction_without_a_price_is_refused() -> None:
    account = Account()
    account.fill(SPY, Side.BUY, 123, Decimal("10.00"), Decimal(0))
    with pytest.raises(DataError, match="1:10 split of SPY leaves 3/10 of a share"):
        account.split(SPY, 1, 10, None)
    assert account.position(SPY) == 123


def test_what_was_noted_is_paid_once_in_cents_and_a_restored_account_remembers_it() -> None:
    account, other = Account(), Account()
    account.note("SPY dividend", -133)
    other.restore(json.loads(json.dumps(account.state())))
    assert other.settle("SPY dividend", Decimal("0.875")) == (-133, Decimal("-116.38"))
    assert other.settle("SPY dividend", Decimal("0.875")) == (0, 0)
    assert (other.cash, other.realised) == (Decimal(1_000_000) - Decimal("116.38"), 0)


def two_symbols() -> Account:
    account = Account()
    account.fill(SPY, Side.BUY, 100, Decimal("10.00"), Decimal(0), "bought")
    account.fill(SPY, Side.SELL, 60, Decimal("11.00"), Decimal(0))
    account.fill(IBM, Side.BUY, 100, Decimal("20.00"), Decimal(0))
    account.fill(IBM, Side.SELL, 100, Decimal("19.00"), Decimal(0))
    return account


def test_each_symbol_keeps_its_own_profit_through_a_correction_a_split_and_a_restart() -> None:
    account, other = two_symbols(), Account()
    assert account.realised_by_symbol() == {SPY: 60, IBM: -100}
    account.correct("bought", 100, Decimal("10.50"), Decimal(0))
    assert (account.realised_of(SPY), account.realised_of(IBM), account.realised) == (30, -100, -70)
    other.restore(json.loads(json.dumps(account.state())))
    other.correct("bought", 100, Decimal("10.00"), Decimal(0))
    assert other.realised_by_symbol() == {SPY: 60, IBM: -100}
    other.split(SPY, 1, 3, Decimal("33.00"))  # a third of a new share, which cost 10 dollars, is paid 11
    assert other.realised_by_symbol() == {SPY: 61, IBM: -100}
    assert other.realised_of(Symbol("AIG")) == 0


def test_a_day_that_is_over_is_final_and_leaves_nothing_to_book_again() -> None:
    account, untouched = two_symbols(), two_symbols()
    account.end_day()
    assert {**account.state(), "ground": 0, "booked": 0} == {**untouched.state(), "ground": 0, "booked": 0}
    assert account.state()["booked"] == []
    with pytest.raises(DataError, match="cannot be corrected"):
        account.correct("bought", 100, Decimal("10.50"), Decimal(0))


def test_an_older_state_that_kept_one_sum_keeps_it_in_the_total_and_books_nothing_anew() -> None:
    account, other = two_symbols(), Account()
    other.restore(json.loads(json.dumps(account.state())) | {"realised": "-40.00"})
    assert (other.realised, other.realised_of(SPY)) == (Decimal("-40.00"), 0)
    with pytest.raises(DataError, match="cannot be corrected"):
        other.correct("bought", 100, Decimal("10.50"), Decimal(0))
