"""Payments at the desk: the calendar moves cash, by the shares that were held."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robo_trader.market.announced import CashAnnounced, CashKind
from robo_trader.orders.events import CashPaid
from robo_trader.values import NS_PER_MINUTE, Instant
from tests.support.desk_bench import SPY
from tests.support.nights import MIDNIGHT, NEXT_OPEN, bench, over_night

DIVIDEND = CashAnnounced("SPY dividend 2013-10-08", SPY, MIDNIGHT, CashKind.DIVIDEND, Decimal("0.875"), Instant(MIDNIGHT + 48 * 60 * NS_PER_MINUTE))


@pytest.mark.parametrize(("stance", "amount"), [(1, "87.50"), (-1, "-87.50")])
def test_a_dividend_is_booked_on_its_pay_date_for_who_held_before_its_date(stance: int, amount: str):
    it = bench(DIVIDEND)
    it.enter(stance)
    it.market = Instant(DIVIDEND.paid_at - NS_PER_MINUTE)
    it.quote()
    assert it.desk.state.ledger.income == 0
    it.market = DIVIDEND.paid_at
    for _ in range(3):
        it.quote()
    assert it.desk.state.ledger.income == Decimal(amount)
    assert [event for event in it.journal if isinstance(event, CashPaid)] == [
        CashPaid(DIVIDEND.name, SPY, 100 * stance, Decimal(amount), DIVIDEND.paid_at)
    ]


def test_a_stop_that_filled_unheard_before_the_ex_date_leaves_no_right_to_the_dividend():
    it = bench(DIVIDEND)
    stop = it.enter(1)
    it.execution(stop, 100, "166.25")
    successor = it.reborn()
    successor.market = DIVIDEND.paid_at
    successor.quote()
    successor.connect(position=0)
    successor.quote()
    assert (successor.position, successor.desk.state.ledger.income) == (0, 0)


def test_a_dividend_waits_for_a_sweep_that_finds_the_positions_as_we_have_them():
    it = bench(DIVIDEND)
    it.enter(1)
    over_night(it).market = DIVIDEND.paid_at
    for position, income in [(None, "0"), (60, "0"), (100, "87.50")]:
        it.sweep(position=position)
        it.wait(1)
        assert it.desk.state.ledger.income == Decimal(income)


def test_what_was_bought_on_the_ex_date_has_no_right_to_the_dividend():
    it = bench(DIVIDEND)
    it.market = Instant(NEXT_OPEN + NS_PER_MINUTE)
    it.enter(1)
    it.market = DIVIDEND.paid_at
    it.quote()
    assert it.desk.state.ledger.income == 0
