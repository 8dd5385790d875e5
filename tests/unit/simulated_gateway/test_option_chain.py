"""Which options there are on a day follows from the day and a price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.option_chain import PRICE_UNKNOWN, chain, expirations, strikes, third_friday, third_fridays


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2025, 9, 19), (2026, 3, 20), (2026, 6, 18), (2026, 9, 18), (2027, 6, 17), (2020, 6, 19), (2028, 6, 16), (2028, 12, 15)],
)
def test_a_month_ends_on_its_third_friday_or_before_juneteenth(year: int, month: int, day: int) -> None:
    assert third_friday(year, month) == date(year, month, day)


def test_an_expiry_is_listed_until_its_day_is_over() -> None:
    assert third_fridays(date(2026, 3, 20), 1) == (date(2026, 3, 20),)
    assert third_fridays(date(2026, 3, 21), 1) == (date(2026, 4, 17),)


def test_quarters_are_counted_from_march_on() -> None:
    assert [day.month for day in third_fridays(date(2026, 12, 19), 5, every=3, from_month=3)] == [3, 6, 9, 12, 3]


def test_a_chain_has_three_months_and_two_januaries_each_once() -> None:
    assert expirations(date(2025, 11, 24)) == (date(2025, 12, 19), date(2026, 1, 16), date(2026, 2, 20), date(2027, 1, 15))


@pytest.mark.parametrize(
    ("price", "first", "last", "count"),
    [("168.10", "145", "195", 11), ("683.40", "630", "730", 11), ("21.70", "17", "27", 11), ("3.10", "1", "8", 8), ("0.02", "1", "5", 5)],
)
def test_strikes_lie_around_the_price_and_above_zero(price: str, first: str, last: str, count: int) -> None:
    found = strikes(Decimal(price))
    assert (found[0], found[-1], len(found)) == (Decimal(first), Decimal(last), count)


def test_without_a_price_there_are_strikes_all_the_same() -> None:
    assert PRICE_UNKNOWN in chain(date(2026, 3, 2), None).strikes
