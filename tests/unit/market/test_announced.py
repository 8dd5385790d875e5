"""Announced actions: a file becomes values at the right instants, or an error that names line and field."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from robo_trader.errors import DataError
from robo_trader.market.announced import HEADER, CashAnnounced, CashKind, SplitAnnounced, read_announced
from robo_trader.market.calendar import sessions_between
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

SESSIONS = sessions_between(date(2025, 10, 20), date(2025, 11, 30))


def at(*when: int) -> Instant:
    return Instant(int(datetime(*when, tzinfo=UTC).timestamp()) * NS_PER_SECOND)  # type: ignore[misc,arg-type]


def read(*lines: str) -> tuple[SplitAnnounced | CashAnnounced, ...]:
    return read_announced("\n".join([HEADER, *lines, ""]), "actions.csv", SESSIONS)


def test_a_split_stands_at_the_midnight_of_its_date_in_new_york_summer_and_winter():
    summer, winter = read("2025-10-31,SPY,split,2:1,", "2025-11-03,IBM,split,1:10@48.20,")
    assert summer == SplitAnnounced("SPY split 2025-10-31", Symbol("SPY"), at(2025, 10, 31, 4), at(2025, 10, 31, 13, 30), 2, 1, None)
    assert winter == SplitAnnounced("IBM split 2025-11-03", Symbol("IBM"), at(2025, 11, 3, 5), at(2025, 11, 3, 14, 30), 1, 10, Decimal("48.20"))


def test_actions_are_read_in_order_of_time_and_a_dividend_is_paid_on_its_pay_date():
    later, paid = read("2025-11-05,BAC,dividend,0.28,2025-11-07", "2025-11-04,AIG,borrow,0.0125,")[::-1]
    assert (later.symbol, paid.symbol) == ("BAC", "AIG")
    assert later == CashAnnounced(
        "BAC dividend 2025-11-05", Symbol("BAC"), at(2025, 11, 5, 5), CashKind.DIVIDEND, Decimal("0.28"), at(2025, 11, 7, 5)
    )
    assert isinstance(paid, CashAnnounced)
    assert paid.paid_at == paid.at


def test_long_positions_receive_dividends_short_ones_pay_them_and_only_short_ones_borrow():
    dividend, borrow = read("2025-11-05,BAC,dividend,0.2855,", "2025-11-06,AIG,borrow,0.0125,")
    assert isinstance(dividend, CashAnnounced)
    assert isinstance(borrow, CashAnnounced)
    assert [dividend.amount(shares) for shares in (100, -100, 1)] == [Decimal("28.55"), Decimal("-28.55"), Decimal("0.29")]
    assert [borrow.amount(shares) for shares in (100, -100)] == [0, Decimal("-1.25")]


def test_a_fraction_is_paid_in_cents_or_nobody_knows():
    known, unknown = read("2025-11-05,BAC,split,1:10@48.20,", "2025-11-05,IBM,split,3:2,")
    assert isinstance(known, SplitAnnounced)
    assert isinstance(unknown, SplitAnnounced)
    assert [(known.after(q), known.in_lieu(q)) for q in (123, -123, 120)] == [(12, Decimal("14.46")), (-12, Decimal("-14.46")), (12, 0)]
    assert (unknown.after(33), unknown.in_lieu(33), unknown.in_lieu(34)) == (49, None, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2025-11-08,SPY,split,2:1,", "line 2 of actions.csv: date is '2025-11-08'"),
        ("tomorrow,SPY,split,2:1,", "date is 'tomorrow'"),
        ("2025-11-05,spy,split,2:1,", "symbol is 'spy'"),
        ("2025-11-05,SPY,merger,2:1,", "kind is 'merger'"),
        ("2025-11-05,SPY,split,2-1,", "terms is '2-1'"),
        ("2025-11-05,SPY,split,1:1,", "terms is '1:1'"),
        ("2025-11-05,SPY,dividend,-1,", "terms is '-1'"),
        ("2025-11-05,SPY,dividend,NaN,", "terms is 'NaN'"),
        ("2025-11-05,SPY,dividend,1,2025-11-04", "pay_date is '2025-11-04'"),
        ("2025-11-05,SPY,dividend,1", "has 4 fields"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_field(line: str, said: str):
    with pytest.raises(DataError, match=said):
        read(line)


def test_a_file_of_another_format_and_an_action_told_twice_are_refused():
    with pytest.raises(DataError, match="does not begin with"):
        read_announced("SPY,2:1\n", "actions.csv", SESSIONS)
    with pytest.raises(DataError, match="twice"):
        read("2025-11-05,SPY,split,2:1,", "2025-11-05,SPY,split,3:1,")
