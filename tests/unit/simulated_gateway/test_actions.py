"""The gateway's own reading of corporate actions."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.market.announced import CashAnnounced, SplitAnnounced, read_announced
from robo_trader.market.calendar import sessions_between
from robo_trader.simulated_gateway.actions import COLUMNS, Payment, Split, parse, read_actions
from robo_trader.values import Symbol

LINES = [
    COLUMNS,
    "2025-10-31,SPY,split,2:1,",
    "2025-11-05,IBM,split,1:10@48.20,",
    "2025-11-05,BAC,dividend,0.28,2025-11-07",
    "",
    "2025-11-06,AIG,borrow,0.0125,",
]


def test_a_file_is_read_line_by_line(tmp_path: Path):
    path = tmp_path / "actions.csv"
    path.write_text("\n".join(LINES))
    assert read_actions(path) == (
        Split(Symbol("SPY"), date(2025, 10, 31), 2, 1, None),
        Split(Symbol("IBM"), date(2025, 11, 5), 1, 10, Decimal("48.20")),
        Payment(Symbol("BAC"), date(2025, 11, 5), False, Decimal("0.28"), date(2025, 11, 7)),
        Payment(Symbol("AIG"), date(2025, 11, 6), True, Decimal("0.0125"), date(2025, 11, 6)),
    )


def test_both_readings_of_one_file_agree_though_they_share_no_code():
    theirs = {(action.symbol, action.at): action for action in parse(LINES)}
    ours = read_announced("\n".join(LINES), "actions.csv", sessions_between(date(2025, 10, 1), date(2025, 11, 30)))
    assert {(action.symbol, action.at) for action in ours} == set(theirs)
    for action in ours:
        other = theirs[action.symbol, action.at]
        if isinstance(action, SplitAnnounced):
            assert isinstance(other, Split)
            assert (action.new, action.old, action.in_lieu_price) == (other.new, other.old, other.in_lieu)
        else:
            assert isinstance(action, CashAnnounced)
            assert isinstance(other, Payment)
            assert (action.name, action.paid_at, action.per_share) == (other.name, other.paid_at, other.per_share)
            assert action.amount(-7) == round(other.per_share * other.shares(-7), 2)


def test_a_long_position_borrows_nothing():
    borrow = parse(LINES)[-1]
    assert isinstance(borrow, Payment)
    assert (borrow.shares(100), borrow.shares(-100)) == (0, -100)


@pytest.mark.parametrize(
    "line",
    ["2025-11-05,SPY,split,1:1,", "2025-13-05,SPY,split,2:1,", "2025-11-05,SPY,split", "2025-11-05,SPY,dividend,-1,", "2025-11-05,SPY,gift,1,"],
)
def test_a_line_that_is_none_is_named(line: str):
    with pytest.raises(ConfigurationError, match="line 2 of --corporate-actions is"):
        parse([COLUMNS, line])


@pytest.mark.parametrize(("kind", "terms"), [("split", "3:1"), ("dividend", "0.10"), ("borrow", "0.01")])
def test_two_of_a_kind_for_one_symbol_and_date_are_refused(kind: str, terms: str):
    line = f"2025-11-05,SPY,{kind},{terms},"
    with pytest.raises(ConfigurationError, match=f"line 4 of --corporate-actions is a second SPY {kind} 2025-11-05"):
        parse([COLUMNS, line, f"2025-11-06,SPY,{kind},{terms},", line])


def test_a_file_without_columns_and_one_that_is_not_there_are_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="does not name its columns"):
        parse([])
    with pytest.raises(ConfigurationError, match="No such file"):
        read_actions(tmp_path / "nothing.csv")
