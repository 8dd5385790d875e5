"""Splits and dividends: ratios between days, and how a person hears of a broken table."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from robo_trader.errors import DataError
from robo_trader.market.corporate_actions import NONE, CorporateActions, day_number, day_of
from robo_trader.values import NS_PER_SECOND, Instant

TABLE = """date,price_factor,split_factor,reference_price
20140206,0.89,0.0357143,512.59
20140606,0.90,0.0357143,645.57
20200828,0.99,0.25,499.23
20501231,1,1,0
"""


def actions() -> CorporateActions:
    return CorporateActions.of_csv(TABLE, "AAPL.csv")


def instant(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_SECOND)


def test_on_its_own_footing_a_price_is_what_was_printed() -> None:
    ratio = actions().ratios([20140605], 20140605)[20140605]
    assert (ratio.price, ratio.shares) == (1, 1)


def test_a_row_holds_up_to_and_including_its_date() -> None:
    ratios = actions().ratios([20140206, 20140207], 20140206)
    assert ratios[20140206].price == 1
    assert ratios[20140207].price == Fraction(90, 89)


def test_a_split_of_four_to_one_keeps_a_holder_s_money_and_multiplies_his_shares() -> None:
    before = actions().ratios([20200831], 20200828)[20200831]
    assert before.price == 4 / Fraction(99, 100)  # four shares each, and the dividend that came with the last factor
    assert before.shares == Fraction(1, 4)


def test_two_days_compare_the_same_whatever_footing_they_stand_on() -> None:
    old, new = (actions().ratios([20140101, 20210101], base) for base in (20140101, 20500101))
    assert old[20140101].price / old[20210101].price == new[20140101].price / new[20210101].price


def test_after_the_last_row_and_without_a_table_nothing_changes() -> None:
    assert actions().ratios([20600101], 20600101)[20600101].price == 1
    assert NONE.ratios([19990101], 20200101)[19990101].price == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "day,factor\n",
        TABLE.replace("0.89", "0"),
        TABLE.replace("0.89", "NaN"),
        TABLE.replace("0.89", "x"),
        TABLE.replace("20140206", "2014-02-06"),
        TABLE.replace("20140206,0.89,0.0357143,512.59", "20140206"),
        TABLE.replace("20140206", "20150101"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(DataError, match=r"AAPL\.csv"):
        CorporateActions.of_csv(text, "AAPL.csv")


@pytest.mark.parametrize("text", ["2014-01-06T09:00", "2014-01-07T00:59", "2014-07-06T08:00", "2014-07-07T00:00"])
def test_a_trading_instant_has_its_new_york_date_summer_and_winter(text: str) -> None:
    assert day_of(instant(text)) in {20140106, 20140706}


def test_days_are_numbered_from_the_epoch() -> None:
    assert day_number(instant("1970-01-02T15:00")) == 1
