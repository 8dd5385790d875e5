"""Average and FIFO cost: the identity of cash, cost and profit, and the split at zero."""

from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.orders.cost_basis import EXACT, AverageCost, FifoCost, Lot, Split, Trade, share_of, split_at_zero

prices = st.decimals(Decimal("0.0001"), Decimal(1000), places=4)
fees = st.decimals(Decimal(-1), Decimal(5), places=6)
trades = st.lists(st.builds(Trade, st.integers(-50, 50).filter(bool), prices, fees), max_size=25)


def trade(quantity: int, price: str, commission: str = "0") -> Trade:
    return Trade(quantity, Decimal(price), Decimal(commission))


@given(trades)
@pytest.mark.parametrize("start", [AverageCost(), FifoCost()], ids=["average", "fifo"])
def test_cash_plus_cost_is_realised_exactly_after_every_trade(start: AverageCost | FifoCost, all_: list[Trade]) -> None:
    held, cash, position = start, Decimal(0), 0
    with localcontext(EXACT):
        for each in all_:
            held = held.after(each)
            cash += each.cash
            position += each.quantity
            assert held.position == position
            assert cash + held.cost == held.realised
            assert held.cost == 0 or held.position != 0


@given(trades)
def test_both_ways_agree_on_profit_whenever_the_position_is_flat(all_: list[Trade]) -> None:
    average, fifo = AverageCost(), FifoCost()
    with localcontext(EXACT):
        for each in all_:
            average, fifo = average.after(each), fifo.after(each)
            if average.position == 0:
                assert average.realised == fifo.realised


@given(st.integers(-50, 50), st.integers(-50, 50).filter(bool), prices, fees)
def test_a_trade_splits_into_a_part_that_closes_and_a_part_that_opens_and_nothing_is_lost(
    position: int, quantity: int, price: Decimal, fee: Decimal
) -> None:
    closing, opening = split_at_zero(position, Trade(quantity, price, fee))
    assert closing.quantity + opening.quantity == quantity
    assert closing.commission + opening.commission == fee
    assert closing.quantity * position <= 0
    assert abs(closing.quantity) <= abs(position)
    left = position + closing.quantity
    assert left * opening.quantity >= 0
    assert opening.quantity == 0 or left * quantity >= 0


def test_the_commission_of_a_trade_that_crosses_zero_is_shared_by_quantity() -> None:
    closing, opening = split_at_zero(100, trade(-150, "10", "3"))
    assert (closing, opening) == (trade(-100, "10", "2"), trade(-50, "10", "1"))


def test_realised_by_average_cost_includes_the_commissions_of_both_ends() -> None:
    held = AverageCost().after(trade(100, "10", "1")).after(trade(-40, "11", "1"))
    assert held.realised == Decimal(440) - 1 - 40 * Decimal("10.01")
    assert held.cost == 60 * Decimal("10.01")


def test_a_short_position_costs_what_it_brought_less_commission() -> None:
    held = AverageCost().after(trade(-100, "10", "1"))
    assert held.cost == Decimal(-999)
    assert held.after(trade(100, "9", "1")).realised == Decimal(98)


def test_fifo_uses_the_oldest_shares_first_and_a_flip_opens_a_new_lot() -> None:
    held = FifoCost().after(trade(10, "1")).after(trade(10, "2")).after(trade(-15, "3"))
    assert held.realised == 15 * 3 - 10 * 1 - 5 * 2
    assert held.lots == (Lot(5, Decimal(10)),)
    assert held.after(trade(-8, "3")).lots == (Lot(-3, Decimal(-9)),)


@given(st.decimals(Decimal(-1), Decimal(5), places=17), st.integers(1, 100).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_share_is_right_to_a_trillionth_and_whole_shares_are_exact(amount: Decimal, parts: tuple[int, int]) -> None:
    part, whole = parts
    share = share_of(amount, part, whole)
    assert abs(share * whole - amount * part) <= Decimal("1e-12") * whole
    assert part not in {0, whole} or share == (amount if part else 0)


def test_thirds_never_leave_a_crumb_behind() -> None:
    steps = [AverageCost().after(trade(3, "10", "0.01"))]
    with localcontext(EXACT):
        for _ in range(3):
            steps.append(steps[-1].after(trade(-1, "10")))
    assert [after.position for after in steps] == [3, 2, 1, 0]
    assert steps[-1].cost == 0
    assert steps[-1].realised == Decimal("-0.01")
    assert all(before.cost > after.cost for before, after in pairwise(steps))


splits = st.builds(Split, st.integers(1, 12), st.integers(1, 12), st.decimals(Decimal(-20), Decimal(20), places=2))
bought_and_split = st.lists(st.builds(Trade, st.integers(-50, 50).filter(bool), prices, fees) | splits, max_size=20)


@given(bought_and_split)
@pytest.mark.parametrize("start", [AverageCost(), FifoCost()], ids=["average", "fifo"])
def test_the_identity_survives_splits_with_cash_in_lieu_of_fractions(start: AverageCost | FifoCost, all_: list[Trade | Split]) -> None:
    held, cash = start, Decimal(0)
    with localcontext(EXACT):
        for each in all_:
            position = held.position
            held = held.after_split(each) if isinstance(each, Split) else held.after(each)
            cash += each.in_lieu if isinstance(each, Split) else each.cash
            assert cash + held.cost == held.realised
            assert held.cost == 0 or held.position != 0
            if isinstance(each, Split):
                assert abs(held.position) == abs(position) * each.new // each.old
                assert held.position * position >= 0


@given(bought_and_split)
def test_lots_are_whole_and_add_up_to_the_average_s_position(all_: list[Trade | Split]) -> None:
    average, fifo = AverageCost(), FifoCost()
    with localcontext(EXACT):
        for each in all_:
            average = average.after_split(each) if isinstance(each, Split) else average.after(each)
            fifo = fifo.after_split(each) if isinstance(each, Split) else fifo.after(each)
            assert fifo.position == average.position
            assert all(lot.quantity * average.position > 0 for lot in fifo.lots)
            assert average.realised - average.cost == fifo.realised - fifo.cost


def test_a_two_for_one_split_doubles_shares_and_halves_what_one_cost() -> None:
    held = AverageCost().after(trade(100, "10", "1")).after_split(Split(2, 1))
    assert (held.position, held.cost, held.realised) == (200, Decimal(1001), 0)
    assert FifoCost().after(trade(33, "10")).after(trade(67, "11")).after_split(Split(2, 1)).lots == (Lot(66, Decimal(330)), Lot(134, Decimal(737)))


def test_a_fraction_is_sold_for_the_cash_in_lieu_of_it() -> None:
    held = AverageCost().after(trade(123, "1")).after_split(Split(1, 10, Decimal("3.30")))
    assert (held.position, held.cost, held.realised) == (12, Decimal(120), Decimal("0.30"))
    lots = FifoCost().after(trade(3, "1")).after(trade(120, "1")).after_split(Split(1, 10, Decimal("3.30")))
    assert (lots.lots, lots.realised) == ((Lot(12, Decimal(120)),), Decimal("0.30"))


def test_a_short_position_pays_for_its_fraction() -> None:
    held = AverageCost().after(trade(-15, "10")).after_split(Split(1, 10, Decimal(-55)))
    assert (held.position, held.cost, held.realised) == (-1, Decimal(-100), Decimal(-5))


def test_lots_too_small_for_a_share_join_the_next() -> None:
    held = FifoCost().after(trade(3, "1")).after(trade(3, "2")).after(trade(4, "3")).after_split(Split(1, 5))
    assert held.lots == (Lot(1, Decimal(9)), Lot(1, Decimal(12)))
