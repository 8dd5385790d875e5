"""The layouts of what lies beside orders and accounts: profit, ticks, history, depth, scanners, news, options and other reference data.

Rows are (id, name, layout); `messages` makes the tables of them. Many of these requests are answered in one way only, because this gateway trades no
options and has no news and no depth; they are read as strictly as all others, so that a client learns of a field too many here and not elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from robo_trader.simulated_gateway.fields import CONTRACT, Either, Layout, Repeat, Value, When, spec

Row = tuple[int, str, Layout]
_LIVE_TRADES, _ALL_TRADES, _BID_ASK, _MIDPOINT = 1, 2, 3, 4  # the types of message 99
_OPTIONS: Final = Either((spec("optionCount:int? options"), spec("options")))  # Python's clients count them, others do not
_NO_FIELDS: Final[Layout] = (Either(((), spec("version:int"))),)  # some clients write a version here as everywhere else
_SECURITY: Final = "conId:int symbol secType expiry strike:double=0 right"

CLIENT_DATA: Final[tuple[Row, ...]] = (
    (10, "reqMktDepth", (*spec("version:int=5 reqId:int"), *CONTRACT, *spec("numRows:int? isSmartDepth:flag options"))),
    (11, "cancelMktDepth", spec("version:int=1 reqId:int isSmartDepth:flag")),
    (12, "reqNewsBulletins", spec("version:int=1 allMessages:flag")),
    (13, "cancelNewsBulletins", spec("version:int=1")),
    (18, "requestFA", spec("version:int=1 type:int")),
    (19, "replaceFA", spec("version:int=1 type:int xml reqId:int@157")),
    (
        21,
        "exerciseOptions",
        spec(
            "version:int=2 reqId:int conId:int=0 symbol secType expiry strike:double=0 right multiplier exchange currency localSymbol tradingClass"
            " action:int quantity:int account override:int"
        ),
    ),
    (
        22,
        "reqScannerSubscription",
        spec(
            "reqId:int numberOfRows:int? instrument locationCode scanCode abovePrice:double? belowPrice:double? aboveVolume:int?"
            " marketCapAbove:double? marketCapBelow:double? moodyAbove moodyBelow spAbove spBelow maturityAbove maturityBelow couponAbove:double?"
            " couponBelow:double? excludeConvertible:flag averageOptionVolumeAbove:int? settingPairs stockTypeFilter filterOptions options"
        ),
    ),
    (23, "cancelScannerSubscription", spec("version:int=1 reqId:int")),
    (24, "reqScannerParameters", spec("version:int=1")),
    (
        52,
        "reqFundamentalData",
        (*spec("version:int=2 reqId:int conId:int=0 symbol secType exchange primaryExchange currency localSymbol reportType"), _OPTIONS),
    ),
    (53, "cancelFundamentalData", spec("version:int=1 reqId:int")),
    (54, "calculateImpliedVolatility", (*spec("version:int=3 reqId:int"), *CONTRACT, *spec("price:double? underPrice:double?"), _OPTIONS)),
    (55, "calculateOptionPrice", (*spec("version:int=3 reqId:int"), *CONTRACT, *spec("volatility:double? underPrice:double?"), _OPTIONS)),
    (56, "cancelCalculateImpliedVolatility", spec("version:int=1 reqId:int")),
    (57, "cancelCalculateOptionPrice", spec("version:int=1 reqId:int")),
    (67, "queryDisplayGroups", spec("version:int=1 reqId:int")),
    (68, "subscribeToGroupEvents", spec("version:int=1 reqId:int group:int")),
    (69, "updateDisplayGroup", spec("version:int=1 reqId:int contract")),
    (70, "unsubscribeFromGroupEvents", spec("version:int=1 reqId:int")),
    (74, "reqPositionsMulti", spec("version:int=1 reqId:int account model")),
    (75, "cancelPositionsMulti", spec("version:int=1 reqId:int")),
    (78, "reqSecDefOptParams", spec("reqId:int symbol exchange secType conId:int?")),
    (79, "reqSoftDollarTiers", spec("reqId:int")),
    (80, "reqFamilyCodes", _NO_FIELDS),
    (81, "reqMatchingSymbols", spec("reqId:int pattern")),
    (82, "reqMktDepthExchanges", _NO_FIELDS),
    (83, "reqSmartComponents", spec("reqId:int bboExchange")),
    (84, "reqNewsArticle", spec("reqId:int provider article options")),
    (85, "reqNewsProviders", _NO_FIELDS),
    (86, "reqHistoricalNews", spec("reqId:int conId:int? providers start end total:int? options")),
    (87, "reqHeadTimeStamp", (*spec("reqId:int"), *CONTRACT, *spec("includeExpired:flag useRTH:flag whatToShow formatDate:int"))),
    (88, "reqHistogramData", (*spec("reqId:int"), *CONTRACT, *spec("includeExpired:flag useRTH:flag period"))),
    (89, "cancelHistogramData", spec("reqId:int")),
    (90, "cancelHeadTimeStamp", spec("reqId:int")),
    (91, "reqMarketRule", spec("ruleId:int")),
    (92, "reqPnL", spec("reqId:int account model")),
    (93, "cancelPnL", spec("reqId:int")),
    (94, "reqPnLSingle", spec("reqId:int account model conId:int")),
    (95, "cancelPnLSingle", spec("reqId:int")),
    (
        96,
        "reqHistoricalTicks",
        (*spec("reqId:int"), *CONTRACT, *spec("includeExpired:flag start end count:int whatToShow useRTH:flag ignoreSize:flag options")),
    ),
    (97, "reqTickByTickData", (*spec("reqId:int"), *CONTRACT, *spec("tickType count:int? ignoreSize:flag"))),
    (98, "cancelTickByTickData", spec("reqId:int")),
    (100, "reqWshMetaData", spec("reqId:int")),
    (101, "cancelWshMetaData", spec("reqId:int")),
    (
        102,
        "reqWshEventData",
        (
            *spec("reqId:int conId:int? filter@171 fillWatchlist:flag@171 fillPortfolio:flag@171 fillCompetitors:flag@171"),
            *spec("startDate@173 endDate@173 totalLimit:int?@173"),
        ),
    ),
    (103, "cancelWshEventData", spec("reqId:int")),
    (104, "reqUserInfo", spec("reqId:int")),
)


def _type_is(*types: int) -> When:
    """The fields of a tick-by-tick message of these types."""
    fields = {
        _LIVE_TRADES: spec("price:double size:decimal mask:int=0 exchange conditions"),
        _BID_ASK: spec("bid:double ask:double bidSize:decimal askSize:decimal mask:int=0"),
        _MIDPOINT: spec("midpoint:double"),
    }[types[0]]

    def holds(record: Mapping[str, Value]) -> bool:
        return record.get("type") in types

    return When(holds, fields)


SERVER_DATA: Final[tuple[Row, ...]] = (
    (12, "marketDepth", spec("version:int=1 reqId:int position:int operation:int side:int price:double size:decimal")),
    (13, "marketDepthL2", spec("version:int=1 reqId:int position:int marketMaker operation:int side:int price:double size:decimal isSmart:flag")),
    (14, "newsBulletin", spec("version:int=1 id:int type:int text exchange")),
    (16, "receiveFA", spec("version:int=1 type:int xml")),
    (
        18,
        "bondContractDetails",
        (
            *spec(
                "version:int=6@..163 reqId:int symbol secType cusip coupon:decimal=0 maturity issueDate ratings bondType couponType convertible:flag"
            ),
            *spec("callable:flag putable:flag descAppend exchange currency marketName tradingClass conId:int minTick:decimal"),
            *spec("sizeMultiplier:int=1@..163 orderTypes validExchanges nextOptionDate nextOptionType nextOptionPartial:flag notes"),
            *spec("longName@..152 longName:escaped@153 evRule evMultiplier"),
            Repeat("secIds", spec("tag value")),
            *spec("aggGroup:int=1 marketRuleIds minSize:decimal=1@164 sizeIncrement:decimal=1@164 suggestedSizeIncrement:decimal=1@164"),
        ),
    ),
    (19, "scannerParameters", spec("version:int=1 xml")),
    (
        20,
        "scannerData",
        (
            *spec("version:int=3 reqId:int"),
            Repeat(
                "rows",
                spec(f"rank:int {_SECURITY} exchange currency localSymbol marketName tradingClass distance benchmark projection legs"),
            ),
        ),
    ),
    (
        21,
        "tickOptionComputation",
        spec(
            "version:int=6@..155 reqId:int type:int attribute:int@156 impliedVolatility:double delta:double price:double pvDividend:double"
            " gamma:double vega:double theta:double underPrice:double"
        ),
    ),
    (51, "fundamentalData", spec("version:int=1 reqId:int xml")),
    (67, "displayGroupList", spec("version:int=1 reqId:int groups")),
    (68, "displayGroupUpdated", spec("version:int=1 reqId:int contract")),
    (
        71,
        "positionMulti",
        spec(
            f"version:int=1 reqId:int account {_SECURITY} multiplier exchange currency localSymbol tradingClass position:decimal avgCost:double model"
        ),
    ),
    (72, "positionMultiEnd", spec("version:int=1 reqId:int")),
    (
        75,
        "secDefOptParams",
        (
            *spec("reqId:int exchange underConId:int tradingClass multiplier"),
            Repeat("expirations", spec("date")),
            Repeat("strikes", spec("strike:double")),
        ),
    ),
    (76, "secDefOptParamsEnd", spec("reqId:int")),
    (77, "softDollarTiers", (*spec("reqId:int"), Repeat("tiers", spec("name value display")))),
    (78, "familyCodes", (Repeat("codes", spec("account code")),)),
    (
        79,
        "symbolSamples",
        (
            *spec("reqId:int"),
            Repeat(
                "samples",
                (
                    *spec("conId:int symbol secType primaryExchange currency"),
                    Repeat("derivatives", spec("secType")),
                    *spec("description@176 issuerId@176"),
                ),
            ),
        ),
    ),
    (80, "mktDepthExchanges", (Repeat("exchanges", spec("exchange secType listingExchange service aggGroup:int!")),)),
    (82, "smartComponents", (*spec("reqId:int"), Repeat("components", spec("bit:int exchange letter")))),
    (83, "newsArticle", spec("reqId:int type:int text")),
    (84, "tickNews", spec("reqId:int time:long provider article headline extra")),
    (85, "newsProviders", (Repeat("providers", spec("code name")),)),
    (86, "historicalNews", spec("reqId:int time provider article headline")),
    (87, "historicalNewsEnd", spec("reqId:int hasMore:flag")),
    (88, "headTimestamp", spec("reqId:int time")),
    (89, "histogramData", (*spec("reqId:int"), Repeat("rows", spec("price:double size:decimal")))),
    (91, "rerouteMktDataReq", spec("reqId:int conId:int exchange")),
    (92, "rerouteMktDepthReq", spec("reqId:int conId:int exchange")),
    (93, "marketRule", (*spec("ruleId:int"), Repeat("increments", spec("lowEdge:decimal increment:decimal")))),
    (94, "pnl", spec("reqId:int daily:double! unrealized:double! realized:double!")),
    (95, "pnlSingle", spec("reqId:int position:decimal daily:double! unrealized:double! realized:double! value:double!")),
    (96, "historicalTicks", (*spec("reqId:int"), Repeat("ticks", spec("time:long unused:int=0 price:double size:decimal=0")), *spec("done:flag=1"))),
    (
        97,
        "historicalTicksBidAsk",
        (
            *spec("reqId:int"),
            Repeat("ticks", spec("time:long mask:int=0 bid:double ask:double bidSize:decimal askSize:decimal")),
            *spec("done:flag=1"),
        ),
    ),
    (
        98,
        "historicalTicksLast",
        (*spec("reqId:int"), Repeat("ticks", spec("time:long mask:int=0 price:double size:decimal exchange conditions")), *spec("done:flag=1")),
    ),
    (99, "tickByTick", (*spec("reqId:int type:int time:long"), _type_is(_LIVE_TRADES, _ALL_TRADES), _type_is(_BID_ASK), _type_is(_MIDPOINT))),
    (100, "orderBound", spec("permId:long clientId:int orderId:int")),
    (103, "replaceFAEnd", spec("reqId:int text")),
    (104, "wshMetaData", spec("reqId:int json")),
    (105, "wshEventData", spec("reqId:int json")),
    (106, "historicalSchedule", (*spec("reqId:int start end timeZone"), Repeat("sessions", spec("start end date")))),
    (107, "userInfo", spec("reqId:int whiteBrandingId")),
)
