"""Questions with one answer: an empty list, a refusal in the broker's words, or the broker's own silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync.client import Client
from ib_insync.contract import Option, Stock
from ib_insync.objects import WshEventData
from ib_insync.order import LimitOrder

from robo_trader.simulated_gateway.dispatch_reference import ANSWERS, SAMPLES_MAX
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA
from robo_trader.simulated_gateway.model import TradePrint
from robo_trader.simulated_gateway.requests_data import Question
from robo_trader.simulated_gateway.requests_parse import parse
from tests.support.exchange_bench import MORNING, at, quote
from tests.support.exchange_bench import SPY as SYMBOL
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import said, told
from tests.unit.simulated_gateway.test_messages_data import SAID

SPY = Stock("SPY", "SMART", "USD")
NOPE = Stock("NOPE", "SMART", "USD")
NO_DEPTH = "Requested market data requires additional subscription for API.See link in 'Market Data Connections' dialog for more details."
ASKED: list[tuple[Callable[[Client], object], str, str]] = [
    (
        lambda it: it.reqMktDepth(5, SPY, 5, False, []),
        "error 10092",
        "Deep market data is not supported for this combination of security type/exchange",
    ),
    (lambda it: it.reqMktDepth(5, SPY, 5, True, []), "error 10089", NO_DEPTH),
    (lambda it: it.reqMktDepth(5, Stock("SPY", "ISLAND", "USD"), 5, False, []), "error 10089", NO_DEPTH),
    (lambda it: it.reqMktDepth(5, Stock("SPY", "LSE", "USD"), 5, False, []), "error 200", "No security definition has been found for the request"),
    (lambda it: it.reqMktDepth(5, NOPE, 5, False, []), "error 200", "No security definition has been found for the request"),
    (lambda it: it.cancelMktDepth(5, False), "error 310", "Can't find the subscribed market depth with tickerId:5"),
    (lambda it: it.requestFA(1), "error 321", "FA data operations ignored for non FA customers."),
    (lambda it: it.replaceFA(5, 1, "<a/>"), "error 321", "FA data operations ignored for non FA customers."),
    (lambda it: it.exerciseOptions(5, SPY, 1, 1, "", 0), "error 321", "Only options can be exercised"),
    (lambda it: it.exerciseOptions(5, Option("SPY", "20131018", 170, "C"), 1, 1, "", 0), "error 200", "No security definition"),
    (
        lambda it: it.reqFundamentalData(5, SPY, "ReportSnapshot", []),
        "error 430",
        "The fundamentals data for the security specified is not available.",
    ),
    (lambda it: it.reqFundamentalData(5, NOPE, "ReportSnapshot", []), "error 200", "No security definition"),
    (lambda it: it.calculateImpliedVolatility(5, SPY, 1.0, 2.0, []), "error 321", "options only"),
    (lambda it: it.calculateOptionPrice(5, SPY, 1.0, 2.0, []), "error 321", "options only"),
    (lambda it: it.reqSecDefOptParams(5, "SPY", "", "STK", 0), "error 321", "Invalid contract id"),
    (lambda it: it.reqSecDefOptParams(5, "SPY", "", "STK", 99), "error 200", "No security definition"),
    (lambda it: it.reqSmartComponents(5, "nope"), "error 321", "Invalid BBO exchange: nope"),
    (lambda it: it.reqNewsArticle(5, "BRFG", "1", []), "error 10172", "Failed to request news article"),
    (lambda it: it.reqHistoricalNews(5, 8314, "BRFG", "", "", 10, []), "error 10276", "News feed is not allowed."),
    (lambda it: it.reqMarketRule(99), "error 321", "Invalid market rule id: 99"),
    (lambda it: it.reqWshMetaData(5), "error 10276", "News feed is not allowed."),
    (lambda it: it.reqWshEventData(5, WshEventData()), "error 10276", "News feed is not allowed."),
    (lambda it: it.setServerLogLevel(9), "error 319", "Invalid log level"),
    (lambda it: it.reqAutoOpenOrders(True), "error 321", "Only the default client (i.e 0) can auto bind orders"),
]


@pytest.mark.parametrize(("call", "name", "words"), ASKED)
def test_what_is_not_to_be_had_is_refused_in_the_brokers_words(tmp_path: Path, call: Callable[[Client], object], name: str, words: str) -> None:
    (fields,) = Bench(tmp_path).client().say(call)
    has_id = said(call)[0] not in {"14", "15", "18", "91"}
    assert (names([fields]), fields[2], words in fields[4]) == ([name], "5" if has_id else "-1", True)


@pytest.mark.parametrize(
    ("call", "name", "arguments"),
    [
        (lambda it: it.reqSecDefOptParams(5, "SPX", "", "IND", 416904), "securityDefinitionOptionParameterEnd", (5,)),
        (lambda it: it.reqSoftDollarTiers(5), "softDollarTiers", (5, [])),
        (lambda it: it.reqUserInfo(5), "userInfo", (5, "")),
    ],
)
def test_an_answer_with_nothing_in_it_is_an_answer(
    tmp_path: Path, call: Callable[[Client], object], name: str, arguments: tuple[object, ...]
) -> None:
    assert told(*Bench(tmp_path).client().say(call)) == [(name, arguments)]


def test_the_gateways_own_facts_are_told(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    ((_, (rule, increments)),) = told(*client.say(lambda it: it.reqMarketRule(26)))
    assert (rule, [(step.lowEdge, step.increment) for step in increments]) == (26, [(0.0, 0.01)])
    ((_, (codes,)),) = told(*client.say(lambda it: it.reqFamilyCodes()))
    assert [(code.accountID, code.familyCodeStr) for code in codes] == [("*", "")]
    ((_, (_, components)),) = told(*client.say(lambda it: it.reqSmartComponents(5, "9c0001")))
    assert [(row.bitNumber, row.exchange) for row in components][:2] == [(0, "AMEX"), (1, "BEX")]
    assert len({row.exchangeLetter for row in components}) == len(components)
    ((_, (xml,)),) = told(*client.say(lambda it: it.reqScannerParameters()))
    assert xml.startswith("<?xml")
    ((_, (exchanges,)),) = told(*client.say(lambda it: it.reqMktDepthExchanges()))
    assert {"ISLAND", "NYSE", "ARCA", "BATS", "IEX"} <= {row.exchange for row in exchanges if row.secType == "STK"}
    ((_, (providers,)),) = told(*client.say(lambda it: it.reqNewsProviders()))
    assert [provider.code for provider in providers] == ["BRFG", "BRFUPDN", "DJNL"]


@pytest.mark.parametrize(("rule", "first"), [(26, 0.01), (32, 0.01), (67, 0.25), (635, 0.0001), (2806, 0.25), (557, 0.00005), (110, 0.05)])
def test_well_known_market_rules_have_their_steps(tmp_path: Path, rule: int, first: float) -> None:
    ((_, (number, steps)),) = told(*Bench(tmp_path).client().say(lambda it: it.reqMarketRule(rule)))
    assert (number, steps[0].lowEdge, steps[0].increment) == (rule, 0.0, first)


def test_a_stock_has_a_chain_of_options_around_the_close_before(tmp_path: Path) -> None:
    before = TradePrint(SYMBOL, Decimal("167.25"), 100, at("15:59:00", date(2013, 10, 4)))
    client = Bench(tmp_path, before, *MORNING).client()
    heard = client.say(lambda it: it.reqSecDefOptParams(5, "SPY", "", "STK", 756733))
    ((_, listed), end) = told(*heard)
    assert end == ("securityDefinitionOptionParameterEnd", (5,))
    assert listed[:5] == (5, "SMART", "756733", "SPY", "100")
    assert listed[5] == ["20131018", "20131115", "20131220", "20140117", "20150116"]
    assert (listed[6][0], listed[6][-1]) == (140.0, 190.0)
    ((_, (*_, strikes)), _) = told(*client.say(lambda it: it.reqSecDefOptParams(5, "AAPL", "", "STK", 265598)))
    assert strikes, "a stock without a price has strikes too"


def test_of_options_that_are_only_told_of_nothing_is_carried_out(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    option = Option("SPY", "20131018", 100, "C", "SMART")
    asked: list[Callable[[Client], object]] = [
        lambda it: it.exerciseOptions(5, option, 1, 1, "", 0),
        lambda it: it.calculateImpliedVolatility(5, option, 1.0, 2.0, []),
        lambda it: it.calculateOptionPrice(5, option, 1.0, 2.0, []),
        lambda it: it.reqMktDepth(5, option, 5, False, []),
        lambda it: it.reqFundamentalData(5, option, "ReportSnapshot", []),
    ]
    assert [names(client.say(call)) for call in asked] == [["error 460"], ["error 354"], ["error 354"], ["error 10092"], ["error 430"]]


def test_symbols_match_by_their_beginning_and_names_by_any_part(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()

    def found(pattern: str) -> list[str]:
        ((_, (_, rows)),) = told(*client.say(lambda it: it.reqMatchingSymbols(5, pattern)))
        return [row.contract.symbol for row in rows]

    assert found("ib") == ["IBKR", "IBM", "BABA"]
    assert found("amc") == ["AMC"]
    assert found("Sanofi") == ["SAN"]
    assert found("SPDR") == ["DIA", "GLD", "SPY", "XLF"]
    assert found("") == []
    assert found("zzzz") == []
    assert len(found("C")) <= SAMPLES_MAX


@pytest.mark.parametrize(
    "call",
    [
        lambda it: it.reqNewsBulletins(True),
        lambda it: it.cancelNewsBulletins(),
        lambda it: it.cancelFundamentalData(5),
        lambda it: it.cancelCalculateImpliedVolatility(5),
        lambda it: it.cancelCalculateOptionPrice(5),
        lambda it: it.cancelHistogramData(5),
        lambda it: it.cancelHeadTimeStamp(5),
        lambda it: it.cancelWshMetaData(5),
        lambda it: it.cancelWshEventData(5),
        lambda it: it.setServerLogLevel(2),
    ],
)
def test_where_a_real_gateway_is_silent_this_one_is(tmp_path: Path, call: Callable[[Client], object]) -> None:
    assert Bench(tmp_path).client().say(call) == []


BY_HAND = {"fault": "manual_order", "when": {"market_time": "2013-10-07T09:31:02"}, "symbol": "SPY", "side": "BUY", "quantity": 100}


def test_an_order_entered_by_hand_is_bound_to_client_0_before_it_is_told(tmp_path: Path) -> None:
    later = {**BY_HAND, "when": {"market_time": "2013-10-07T09:31:05"}}
    bench = Bench(tmp_path, quote("09:30:30", "168.10", "168.12"), scenario=[BY_HAND, later])
    zero, other = bench.client(0), bench.client(7)
    other.heard()
    assert zero.say(lambda it: it.reqAutoOpenOrders(True)) == []
    assert "orderBound" not in names(zero.say(lambda it: it.placeOrder(1, SPY, LimitOrder("BUY", 1, 1.0, tif="DAY"))))
    bench.pass_seconds(3)
    heard = zero.heard()
    assert names(heard)[:3] == ["orderBound", "openOrder", "orderStatus"]
    ((_, bound), (_, opened)) = told(*heard[:2])
    assert bound == (opened[2].permId, 0, 2)
    assert names(heard).count("orderBound") == 1
    zero.say(lambda it: it.reqAutoOpenOrders(False))
    bench.pass_seconds(3)
    assert "orderBound" not in names(zero.heard())
    assert other.heard() == []


def test_every_question_has_its_answer() -> None:
    questions = {number for number, _, _ in CLIENT_DATA if isinstance(parse(said(SAID[number])), Question)}
    assert questions == set(ANSWERS)


@pytest.mark.parametrize(
    ("code", "known"),
    [("a5", True), ("a6", True), ("a9", True), ("9c", True), ("9C0001", True), ("b2", False), ("a60001", False)],
)
def test_the_exchanges_of_stocks_are_behind_several_codes_and_none_behind_others(tmp_path: Path, code: str, known: bool) -> None:
    ((name, (req_id, components)),) = told(*Bench(tmp_path).client().say(lambda it: it.reqSmartComponents(5, code)))
    assert (name, req_id, [row.exchange for row in components[:2]]) == ("smartComponents", 5, ["AMEX", "BEX"] if known else [])
