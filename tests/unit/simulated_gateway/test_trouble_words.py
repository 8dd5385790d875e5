"""What a wrong message says, and which messages a fault leaves alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robo_trader.simulated_gateway import replies, replies_account, replies_market
from robo_trader.simulated_gateway.fault_kinds_told import BadQuotes, ClockSkew, CompetingSession, WrongAccount
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.simulated_gateway.trouble_words import bad_quote, competed, request_id_of, skewed, wrong_account
from tests.support.exchange_bench import SPY
from tests.support.real_client import understood

VALUE = replies_account.account_value("NetLiquidation", "1000.50", "USD", "DU1")
SUMMARY = replies_account.account_summary(4, "DU1", "NetLiquidation", "1000.50", "USD")
MULTI = replies_account.account_update_multi(4, "DU1", "", "NetLiquidation", "1000.50", "USD")
HELD = PositionReport(SPY, 30, Decimal("10.5"))
POSITION = replies_account.position("DU1", HELD, 5)
PORTFOLIO = replies_account.portfolio_value("DU1", HELD, 5, price=Decimal(11), unrealised=Decimal(1), realised=Decimal(0))
BID, ASK, LAST = (replies_market.tick_price(9, kind, Decimal("168.10"), 200) for kind in (1, 2, 4))


def differs(before: tuple[str, ...], after: tuple[str, ...] | None) -> dict[str, str]:
    """The fields that differ, by name."""
    assert after is not None
    message = SERVER[int(before[0])]
    assert len(before) == len(after)
    names = ["id", *(spec.name for spec in message.layout)]  # type: ignore[union-attr]  # these messages have no groups
    return {name: told for name, true, told in zip(names, before, after, strict=True) if true != told}


@pytest.mark.parametrize(
    ("told", "said"),
    [("nan", "NaN"), ("empty", ""), ("unset", "1.7976931348623157E308"), ("zero", "0"), ("negative", "-1000.50"), ("tenfold", "10005.00")],
)
def test_an_account_value_is_told_wrong_wherever_it_is_told(told: str, said: str) -> None:
    fault = WrongAccount(told=told)
    assert [differs(true, wrong_account(fault, true)) for true in (VALUE, SUMMARY, MULTI)] == [{"value": said}] * 3


def test_a_position_is_told_wrong_in_its_size_alone() -> None:
    fault = WrongAccount(what="positions", told="negative")
    assert differs(POSITION, wrong_account(fault, POSITION)) == {"position": "-30"}
    assert differs(PORTFOLIO, wrong_account(fault, PORTFOLIO)) == {"position": "-30"}
    assert wrong_account(fault, VALUE) is None


def test_a_position_of_an_account_and_model_has_its_size_one_field_later() -> None:
    multi = ("71", "1", "4", *POSITION[2:], "")
    told = wrong_account(WrongAccount(told="zero"), multi)
    assert told is not None and told == (*multi[:15], "0", *multi[16:])
    assert multi[15] == "30"


def test_what_is_no_number_is_left_alone() -> None:
    words = replies_account.account_value("AccountType", "INDIVIDUAL", "", "DU1")
    assert wrong_account(WrongAccount(), words) is None
    assert wrong_account(WrongAccount(what="account"), POSITION) is None
    assert wrong_account(WrongAccount(), replies.next_valid_id(1)) is None


def test_the_real_library_reads_a_wrong_account_as_what_it_says() -> None:
    message = wrong_account(WrongAccount(told="nan"), POSITION)
    assert message is not None
    assert str(understood("position", message)[2]) == "nan"


def test_crossed_quotes_cross_and_a_trade_stays_where_it_was() -> None:
    fault = BadQuotes(told="crossed")
    bid, ask = (bad_quote(fault, true) for true in (BID, ASK))
    assert bid is not None and ask is not None
    assert Decimal(bid[4]) > Decimal("168.10") > Decimal(ask[4])
    assert bad_quote(fault, LAST) is None


@pytest.mark.parametrize(("told", "price"), [("zero", "0"), ("absent", "-1"), ("nan", "NaN"), ("tenfold", "1681.0")])
def test_a_bad_price_says_what_the_fault_names(told: str, price: str) -> None:
    wrong = bad_quote(BadQuotes(told=told), BID)
    assert wrong is not None
    assert wrong[4] in (price, price + "0")
    assert wrong[5] == ("0" if told == "absent" else "200")


def test_stale_quotes_are_none_and_other_messages_stay() -> None:
    fault = BadQuotes()
    assert bad_quote(fault, BID) == bad_quote(fault, replies_market.tick_size(9, 0, 5)) == ()
    assert bad_quote(fault, VALUE) is None
    assert bad_quote(BadQuotes(told="zero"), replies_market.tick_size(9, 0, 5)) is None


def test_who_competes_takes_ticks_and_bars_and_a_new_line_is_told_so() -> None:
    fault = CompetingSession()
    parameters = replies_market.tick_req_params(9, Decimal("0.01"))
    assert competed(fault, BID) == ()
    told = competed(fault, parameters)
    assert told is not None and told[0] == parameters
    assert understood("error", told[1])[:2] == (9, 10197)
    assert competed(fault, VALUE) is None
    assert competed(CompetingSession(takes="connection"), BID) is None


def test_a_clock_is_off_by_so_much_and_nothing_else_is() -> None:
    assert skewed(ClockSkew(off_seconds=-90), replies.current_time(1_000)) == replies.current_time(910)
    assert skewed(ClockSkew(off_seconds=-90), VALUE) is None


def test_the_request_id_stands_in_the_second_place_or_the_third() -> None:
    assert request_id_of(BID) == request_id_of(replies_market.tick_req_params(9, Decimal("0.01"))) == 9
