"""The layouts of orders: as a client places one (3), as the gateway tells an open (5) and a completed one (101).

They are long because an order type of any market has its fields in every order. Groups are there only if a field before them says so; a real
gateway writes the word `None` into two of those fields, and the group that belongs to a delta-neutral order then stands there with nothing in
it. The defaults are what a real gateway writes for a plain stock order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.fields import CONTRACT, Layout, Repeat, Value, When, spec

Holds = Callable[[Mapping[str, Value]], bool]

_PRICE, _TIME, _MARGIN, _EXECUTION, _VOLUME, _PERCENT_CHANGE = 1, 3, 4, 5, 6, 7


def _given(name: str) -> Holds:
    return lambda record: bool(record.get(name))


def _is(name: str, *values: Value) -> Holds:
    return lambda record: record.get(name) in values


def _positive(name: str) -> Holds:
    def holds(record: Mapping[str, Value]) -> bool:
        value = record.get(name)
        return isinstance(value, Decimal) and value > 0

    return holds


def _tells_delta_neutral(record: Mapping[str, Value]) -> bool:
    return bool(record.get("deltaNeutralOrderType", "None"))


_PAIR: Final = spec("tag value")
_SCALE: Final = When(
    _positive("scalePriceIncrement"),
    spec(
        "scalePriceAdjustValue:double? scalePriceAdjustInterval:int? scaleProfitOffset:double? scaleAutoReset:flag scaleInitPosition:int?"
        " scaleInitFillQty:int? scaleRandomPercent:flag"
    ),
)
_HEDGE: Final = When(_given("hedgeType"), spec("hedgeParam"))
_UNDERLYING: Final = When(_given("deltaNeutral"), spec("underlyingConId:int underlyingDelta:double underlyingPrice:double"))
_ALGORITHM: Final = (*spec("algoStrategy"), When(_given("algoStrategy"), (Repeat("algoParams", _PAIR),)))
_BENCHMARK: Final = When(
    _is("orderType", "PEG BENCH"),
    spec("referenceContractId:int isPeggedChangeAmountDecrease:flag peggedChangeAmount:double? referenceChangeAmount:double? referenceExchangeId"),
)
_CONDITIONS: Final[Layout] = (
    Repeat(
        "conditions",
        (
            *spec("type:int conjunction"),
            When(_is("type", _PRICE), spec("isMore:flag price:double conId:int exchange triggerMethod:int")),
            When(_is("type", _TIME), spec("isMore:flag time")),
            When(_is("type", _MARGIN), spec("isMore:flag percent:int")),
            When(_is("type", _EXECUTION), spec("secType exchange symbol")),
            When(_is("type", _VOLUME), spec("isMore:flag volume:int conId:int exchange")),
            When(_is("type", _PERCENT_CHANGE), spec("isMore:flag changePercent:double conId:int exchange")),
        ),
    ),
    When(_given("conditions"), spec("conditionsIgnoreRth:flag conditionsCancelOrder:flag")),
)
_LEG: Final = spec("conId:int ratio:int action exchange openClose:int shortSaleSlot:int designatedLocation exemptCode:int")
_COMBINATION: Final[Layout] = (Repeat("legs", _LEG), Repeat("legPrices", spec("price:double?")), Repeat("routing", _PAIR))
_MIDPOINT: Final = spec("midOffsetAtWhole:double?@170 midOffsetAtHalf:double?@170")

PLACE_ORDER: Final[Layout] = (
    *spec("orderId:int"),
    *CONTRACT,
    *spec("secIdType secId action totalQuantity:decimal orderType lmtPrice:double? auxPrice:double? tif ocaGroup account openClose=O origin:int=0"),
    *spec(
        "orderRef transmit:flag=1 parentId:int=0 blockOrder:flag sweepToFill:flag displaySize:int?=0 triggerMethod:int=0 outsideRth:flag hidden:flag"
    ),
    When(_is("secType", "BAG"), _COMBINATION),
    *spec("sharesAllocation discretionaryAmt:double?=0 goodAfterTime goodTillDate faGroup faMethod faPercentage faProfile modelCode"),
    *spec(
        "shortSaleSlot:int=0 designatedLocation exemptCode:int=-1 ocaType:int=0 rule80A settlingFirm allOrNone:flag minQty:int? percentOffset:double?"
    ),
    *spec("eTradeOnly:flag firmQuoteOnly:flag nbboPriceCap:double? auctionStrategy:int=0 startingPrice:double? stockRefPrice:double? delta:double?"),
    *spec("stockRangeLower:double? stockRangeUpper:double? overridePercentageConstraints:flag volatility:double? volatilityType:int?"),
    *spec("deltaNeutralOrderType deltaNeutralAuxPrice:double?"),
    When(
        _given("deltaNeutralOrderType"),
        spec(
            "deltaNeutralConId:int deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent deltaNeutralOpenClose"
            " deltaNeutralShortSale:flag deltaNeutralShortSaleSlot:int deltaNeutralDesignatedLocation"
        ),
    ),
    *spec("continuousUpdate:flag referencePriceType:int? trailStopPrice:double? trailingPercent:double?"),
    *spec("scaleInitLevelSize:int? scaleSubsLevelSize:int? scalePriceIncrement:double?"),
    _SCALE,
    *spec("scaleTable activeStartTime activeStopTime hedgeType"),
    _HEDGE,
    *spec("optOutSmartRouting:flag clearingAccount clearingIntent notHeld:flag deltaNeutral:flag"),
    _UNDERLYING,
    *_ALGORITHM,
    *spec("algoId whatIf:flag orderMiscOptions solicited:flag randomizeSize:flag randomizePrice:flag"),
    _BENCHMARK,
    *_CONDITIONS,
    *spec("adjustedOrderType triggerPrice:double? lmtPriceOffset:double? adjustedStopPrice:double? adjustedStopLimitPrice:double?"),
    *spec("adjustedTrailingAmount:double? adjustableTrailingUnit:int=0 extOperator softDollarName softDollarValue cashQty:double?"),
    *spec("mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo dontUseAutoPriceForHedge:flag isOmsContainer:flag"),
    *spec("discretionaryUpToLimitPrice:flag usePriceMgmtAlgo:int? duration:int?@158 postToAts:int?@160 autoCancelParent:flag@162"),
    *spec("advancedErrorOverride@166 manualOrderTime@169"),
    When(_is("exchange", "IBKRATS"), spec("minTradeQty:int?@170")),
    When(
        _is("orderType", "PEG BEST"),
        (
            *spec("minCompeteSize:int?@170 competeAgainstBestOffset:infinite?@170"),
            When(_is("competeAgainstBestOffset", Decimal("Infinity")), _MIDPOINT),
        ),
    ),
    When(_is("orderType", "PEG MID"), _MIDPOINT),
)

_TOLD: Final[Layout] = spec(
    "conId:int symbol secType expiry strike:decimal=0 right=? multiplier exchange currency localSymbol tradingClass action totalQuantity:decimal"
    " orderType lmtPrice:double=0 auxPrice:double=0 tif ocaGroup account openClose origin:int=0 orderRef"
)
_COMBINATION_TOLD: Final[Layout] = (*spec("comboLegsDescrip"), *_COMBINATION)
_SCALE_TOLD: Final[Layout] = (
    *spec("scaleInitLevelSize:int! scaleSubsLevelSize:int! scalePriceIncrement:double?"),
    _SCALE,
    *spec("hedgeType"),
    _HEDGE,
)
_MIDPOINTS_TOLD: Final = (*spec("minTradeQty:int?@170 minCompeteSize:int?=100@170 competeAgainstBestOffset:infinite?=0.02@170"), *_MIDPOINT)

OPEN_ORDER: Final[Layout] = (
    *spec("orderId:int"),
    *_TOLD,
    *spec("clientId:int permId:int outsideRth:flag hidden:flag discretionaryAmt:decimal=0 goodAfterTime sharesAllocation"),
    *spec("faGroup faMethod faPercentage faProfile modelCode goodTillDate rule80A percentOffset:double? settlingFirm shortSaleSlot:int=0"),
    *spec("designatedLocation exemptCode:int=-1 auctionStrategy:int=0 startingPrice:double? stockRefPrice:double? delta:double?"),
    *spec("stockRangeLower:double? stockRangeUpper:double? displaySize:int! blockOrder:flag sweepToFill:flag allOrNone:flag minQty:int?"),
    *spec("ocaType:int=3 eTradeOnly:flag firmQuoteOnly:flag nbboPriceCap:double? parentId:int=0 triggerMethod:int=0 volatility:double?"),
    *spec("volatilityType:int=0 deltaNeutralOrderType=None deltaNeutralAuxPrice:double?"),
    When(
        _tells_delta_neutral,
        spec(
            "deltaNeutralConId:int=0 deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent deltaNeutralOpenClose=?"
            " deltaNeutralShortSale:flag deltaNeutralShortSaleSlot:int=0 deltaNeutralDesignatedLocation"
        ),
    ),
    *spec(
        "continuousUpdate:flag referencePriceType:int=0 firstTrailStopPrice:double? trailingPercent:double? basisPoints:double? basisPointsType:int?"
    ),
    *_COMBINATION_TOLD,
    *_SCALE_TOLD,
    *spec("optOutSmartRouting:flag clearingAccount clearingIntent=IB notHeld:flag deltaNeutral:flag"),
    _UNDERLYING,
    *_ALGORITHM,
    *spec("solicited:flag whatIf:flag status initMarginBefore:double! maintMarginBefore:double! equityWithLoanBefore:double!"),
    *spec("initMarginChange:double! maintMarginChange:double! equityWithLoanChange:double! initMarginAfter:double! maintMarginAfter:double!"),
    *spec("equityWithLoanAfter:double! commission:double? minCommission:double? maxCommission:double? commissionCurrency warningText"),
    *spec("randomizeSize:flag randomizePrice:flag"),
    _BENCHMARK,
    *_CONDITIONS,
    *spec("adjustedOrderType=None triggerPrice:double! trailStopPrice:double! lmtPriceOffset:double! adjustedStopPrice:double!"),
    *spec(
        "adjustedStopLimitPrice:double! adjustedTrailingAmount:double! adjustableTrailingUnit:int=0 softDollarName softDollarValue softDollarDisplay"
    ),
    *spec("cashQty:decimal=0 dontUseAutoPriceForHedge:flag=1 isOmsContainer:flag discretionaryUpToLimitPrice:flag usePriceMgmtAlgo:int=0"),
    *spec("duration:int?@158 postToAts:int?@160 autoCancelParent:flag@162"),
    *_MIDPOINTS_TOLD,
)

COMPLETED_ORDER: Final[Layout] = (
    *_TOLD,
    *spec("permId:int outsideRth:flag hidden:flag discretionaryAmt:decimal=0 goodAfterTime faGroup faMethod faPercentage faProfile modelCode"),
    *spec("goodTillDate rule80A percentOffset:double? settlingFirm shortSaleSlot:int=0 designatedLocation exemptCode:int=-1 startingPrice:double?"),
    *spec("stockRefPrice:double? delta:double? stockRangeLower:double? stockRangeUpper:double? displaySize:int! sweepToFill:flag allOrNone:flag"),
    *spec("minQty:int? ocaType:int=3 triggerMethod:int=0 volatility:double? volatilityType:int=0 deltaNeutralOrderType=None"),
    *spec("deltaNeutralAuxPrice:double?"),
    When(
        _tells_delta_neutral,
        spec("deltaNeutralConId:int=0 deltaNeutralShortSale:flag deltaNeutralShortSaleSlot:int=0 deltaNeutralDesignatedLocation"),
    ),
    *spec("continuousUpdate:flag referencePriceType:int=0 firstTrailStopPrice:double? trailingPercent:double?"),
    *_COMBINATION_TOLD,
    *_SCALE_TOLD,
    *spec("clearingAccount clearingIntent=IB notHeld:flag deltaNeutral:flag"),
    _UNDERLYING,
    *_ALGORITHM,
    *spec("solicited:flag status randomizeSize:flag randomizePrice:flag"),
    _BENCHMARK,
    *_CONDITIONS,
    *spec("trailStopPrice:double! lmtPriceOffset:double! cashQty:decimal=0 dontUseAutoPriceForHedge:flag=1 isOmsContainer:flag autoCancelDate"),
    *spec("filledQuantity:decimal=0 refFuturesConId:int! autoCancelParent:flag shareholder imbalanceOnly:flag routeMarketableToBbo:flag"),
    *spec("parentPermId:long! completedTime completedStatus"),
    *spec("minTradeQty:int?@170 minCompeteSize:int?@170 competeAgainstBestOffset:infinite?@170"),
    *_MIDPOINT,
)
