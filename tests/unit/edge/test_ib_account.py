"""Which account is ours, and what it says."""

from decimal import Decimal

import pytest

from robo_trader.desk.news import AccountSeen
from robo_trader.edge.ib_account import AccountFigures, choose_account
from robo_trader.errors import ConfigurationError, ProtocolError


def test_figures_that_were_not_stated_are_none():
    assert AccountFigures().seen() == AccountSeen(None, None, None)


def test_the_three_figures_are_taken_exactly_as_the_broker_wrote_them():
    figures = AccountFigures()
    figures.update("TotalCashValue", "999997.99", "USD")
    figures.update("NetLiquidation", "1000001.10", "USD")
    figures.update("RealizedPnL", "-0.30", "USD")
    assert figures.take() == AccountSeen(Decimal("999997.99"), Decimal("1000001.10"), Decimal("-0.30"))


def test_rows_of_other_currencies_and_tags_change_nothing():
    figures = AccountFigures()
    figures.update("TotalCashValue", "5", "EUR")
    figures.update("RealizedPnL", "5", "BASE")
    figures.update("BuyingPower", "5", "USD")
    assert figures.take() is None


def test_a_repeated_figure_is_no_change():
    figures = AccountFigures()
    figures.update("NetLiquidation", "7", "USD")
    assert figures.take() is not None
    figures.update("NetLiquidation", "7", "USD")
    assert figures.take() is None


@pytest.mark.parametrize("text", ["", "n/a", "NaN", "Infinity"])
def test_a_figure_that_is_no_number_is_a_protocol_error(text):
    with pytest.raises(ProtocolError, match="NetLiquidation"):
        AccountFigures().update("NetLiquidation", text, "USD")


def test_the_only_account_is_ours_when_none_is_expected():
    assert choose_account(None, ["DU1"]) == "DU1"


def test_the_expected_account_is_found_among_several():
    assert choose_account("DU2", ["DU1", "DU2"]) == "DU2"


def test_a_wrong_account_is_a_configuration_error_that_names_both():
    with pytest.raises(ConfigurationError, match=r"DU9 .*DU1, DU2") as raised:
        choose_account("DU9", ["DU1", "DU2"])
    assert raised.value.exit_code == 4


def test_several_accounts_and_none_expected_is_a_question_for_a_person():
    with pytest.raises(ConfigurationError, match="DU1, DU2"):
        choose_account(None, ["DU1", "DU2"])
