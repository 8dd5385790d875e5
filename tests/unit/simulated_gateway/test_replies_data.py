"""The real client understands what is said of ticks, history and profit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robo_trader.simulated_gateway import replies_data as replies
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.model import PositionReport, QuoteChange
from robo_trader.simulated_gateway.option_chain import Chain
from tests.support.exchange_bench import SPY, at, quote, trade
from tests.support.real_client import told, understood

SECONDS = at("09:31:00") // 10**9


def test_single_ticks_are_understood() -> None:
    req_id, kind, time, price, size, _, exchange, _ = understood("tickByTickAllLast", replies.tick_last(5, 2, trade("09:31:00", "10.01", 7), "ARCA"))
    assert (req_id, kind, time, price, size, exchange) == (5, 2, SECONDS, 10.01, 7.0, "ARCA")
    assert understood("tickByTickBidAsk", replies.tick_bid_ask(5, quote("09:31:00", "10.00", "10.02", 3, 4)))[:6] == (
        5,
        SECONDS,
        10.0,
        10.02,
        3.0,
        4.0,
    )
    assert understood("tickByTickMidPoint", replies.tick_midpoint(5, at("09:31:00"), Decimal("10.005"))) == (5, SECONDS, 10.005)


def test_a_side_that_is_missing_is_minus_one_without_size() -> None:
    gone = QuoteChange(SPY, None, Decimal("10.02"), 9, 4, at("09:31:00"))
    assert understood("tickByTickBidAsk", replies.tick_bid_ask(5, gone))[2:6] == (-1.0, 10.02, 0.0, 4.0)


def test_past_ticks_are_understood() -> None:
    _, (last,), done = understood("historicalTicksLast", replies.historical_last(5, [trade("09:31:00", "10.01", 7)], "ARCA"))
    assert (last.price, last.size, last.exchange, last.time.timestamp(), done) == (10.01, 7.0, "ARCA", SECONDS, True)
    _, (both,), _ = understood("historicalTicksBidAsk", replies.historical_bid_ask(5, [quote("09:31:00", "10.00", "10.02", 3, 4)]))
    assert (both.priceBid, both.priceAsk, both.sizeBid, both.sizeAsk) == (10.0, 10.02, 3.0, 4.0)
    _, (middle,), _ = understood("historicalTicks", replies.historical_midpoint(5, [(at("09:31:00"), Decimal("10.01"))]))
    assert (middle.price, middle.size) == (10.01, 0.0)


def test_profit_is_understood_and_what_is_not_known_is_unset() -> None:
    assert understood("pnl", replies.profit(5, Decimal("1.5"), Decimal(-2), Decimal(0))) == (5, 1.5, -2.0, 0.0)
    assert understood("pnlSingle", replies.position_profit(5, -7, Decimal(1), None, Decimal(2), Decimal(-70))) == (
        5, -7.0, 1.0, 1.7976931348623157e308, 2.0, -70.0
    )  # fmt: skip


def test_a_position_and_a_sample_name_the_contract() -> None:
    contract = Contracts().find("SPY")
    assert contract is not None
    _, account, model, named, shares, cost = understood(
        "positionMulti", replies.position_multi(5, "DU1", PositionReport(SPY, -5, Decimal("10.01")), contract, "")
    )
    assert (account, model, named.conId, named.exchange, shares, cost) == ("DU1", "", 756733, "ARCA", -5.0, 10.01)
    _, (sample,) = understood("symbolSamples", replies.symbol_samples(5, [contract]))
    assert (sample.contract.symbol, sample.contract.description, sample.derivativeSecTypes) == ("SPY", "SPDR S&P 500 ETF TRUST", ["OPT"])


def test_the_rest_is_understood() -> None:
    _, (row,) = understood("histogramData", replies.histogram(5, [(Decimal("10.01"), 7)]))
    assert (row.price, row.count) == (10.01, 7)
    assert understood("headTimestamp", replies.head_timestamp(5, "20131001-13:30:00")) == (5, "20131001-13:30:00")
    _, start, end, zone, (session,) = understood(
        "historicalSchedule", replies.historical_schedule(5, "a", "b", "US/Eastern", [("a", "b", "20131001")])
    )
    assert (start, end, zone, session.refDate) == ("a", "b", "US/Eastern", "20131001")
    _, steps = understood("marketRule", replies.market_rule(110, [(Decimal(0), Decimal("0.05")), (Decimal(3), Decimal("0.1"))]))
    assert [(step.lowEdge, step.increment) for step in steps] == [(0.0, 0.05), (3.0, 0.1)]
    _, (part,) = understood("smartComponents", replies.smart_components(5, [("ARCA", "P")]))
    assert (part.bitNumber, part.exchange, part.exchangeLetter) == (0, "ARCA", "P")
    assert understood("orderBound", replies.order_bound(600, 0, 7)) == (600, 0, 7)
    assert told(replies.position_multi_end(5)) == [("positionMultiEnd", (5,))]
    assert understood("displayGroupList", replies.display_groups(5, "1|2")) == (5, "1|2")
    assert understood("displayGroupUpdated", replies.display_group_updated(5, "none")) == (5, "none")


def test_lists_of_the_gateways_own_are_understood() -> None:
    contract = Contracts().find("AAPL")
    assert contract is not None
    listed = Chain((date(2013, 10, 18),), (Decimal(165), Decimal("167.5")))
    assert understood("securityDefinitionOptionParameter", replies.option_chain(5, contract, listed)) == (
        5, "SMART", "265598", "AAPL", "100", ["20131018"], [165.0, 167.5]
    )  # fmt: skip
    (rows,) = understood("mktDepthExchanges", replies.depth_exchanges([("SMART", "STK", "PINK", "AggDeep", 1), ("NYSE", "STK", "", "Deep", None)]))
    assert [(row.exchange, row.listingExch, row.serviceDataType, row.aggGroup) for row in rows] == [
        ("SMART", "PINK", "AggDeep", 1), ("NYSE", "", "Deep", 2**31 - 1)
    ]  # fmt: skip
    (found, end) = told(replies.scanner_data(5, [contract]))
    assert (found[1][:2], found[1][2].contract.symbol, found[1][2].marketName, end) == ((5, 0), "AAPL", "NMS", ("scannerDataEnd", (5,)))
