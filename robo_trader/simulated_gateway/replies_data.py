"""What the gateway says of ticks, history, profit and reference data: builders of single messages, id first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.fields import Value
from robo_trader.simulated_gateway.instrument import Contract
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import PositionReport, QuoteChange, TradePrint
from robo_trader.simulated_gateway.option_chain import MULTIPLIER, Chain
from robo_trader.simulated_gateway.other_instruments import Other
from robo_trader.values import NS_PER_SECOND, Instant

Fields = tuple[str, ...]
ABSENT: Final = Decimal(-1)  # the price of a side that is not there


def tick_last(req_id: int, kind: int, told: TradePrint, exchange: str) -> Fields:
    """One trade of a tick-by-tick line."""
    values: dict[str, Value] = {"reqId": req_id, "type": kind, "time": told.at // NS_PER_SECOND, "price": told.price, "size": Decimal(told.size)}
    return SERVER[99].write({**values, "exchange": exchange})


def tick_bid_ask(req_id: int, quote: QuoteChange) -> Fields:
    """One change of the best quote, of a tick-by-tick line."""
    return SERVER[99].write({"reqId": req_id, "type": 3, "time": quote.at // NS_PER_SECOND, **_sides(quote)})


def tick_midpoint(req_id: int, at: Instant, price: Decimal) -> Fields:
    """One change of the middle of the quote, of a tick-by-tick line."""
    return SERVER[99].write({"reqId": req_id, "type": 4, "time": at // NS_PER_SECOND, "midpoint": price})


def _sides(quote: QuoteChange) -> dict[str, Value]:
    return {
        "bid": ABSENT if quote.bid is None else quote.bid,
        "ask": ABSENT if quote.ask is None else quote.ask,
        "bidSize": Decimal(0 if quote.bid is None else quote.bid_size),
        "askSize": Decimal(0 if quote.ask is None else quote.ask_size),
    }


def historical_last(req_id: int, prints: Iterable[TradePrint], exchange: str) -> Fields:
    """Trades of the past."""
    ticks: list[Mapping[str, Value]] = [
        {"time": told.at // NS_PER_SECOND, "price": told.price, "size": Decimal(told.size), "exchange": exchange} for told in prints
    ]
    return SERVER[98].write({"reqId": req_id, "ticks": ticks})


def historical_bid_ask(req_id: int, quotes: Iterable[QuoteChange]) -> Fields:
    """Best quotes of the past."""
    return SERVER[97].write({"reqId": req_id, "ticks": [{"time": quote.at // NS_PER_SECOND, **_sides(quote)} for quote in quotes]})


def historical_midpoint(req_id: int, moments: Iterable[tuple[Instant, Decimal]]) -> Fields:
    """Middles of the quote in the past."""
    return SERVER[96].write({"reqId": req_id, "ticks": [{"time": at // NS_PER_SECOND, "price": price} for at, price in moments]})


def historical_schedule(req_id: int, start: str, end: str, time_zone: str, sessions: Iterable[tuple[str, str, str]]) -> Fields:
    """Sessions of the past: begin, end, and the date that each counts for."""
    told = [{"start": begin, "end": over, "date": day} for begin, over, day in sessions]
    return SERVER[106].write({"reqId": req_id, "start": start, "end": end, "timeZone": time_zone, "sessions": told})


def head_timestamp(req_id: int, text: str) -> Fields:
    """Where the history of a contract begins."""
    return SERVER[88].write({"reqId": req_id, "time": text})


def histogram(req_id: int, rows: Iterable[tuple[Decimal, int]]) -> Fields:
    """Shares traded at each price."""
    return SERVER[89].write({"reqId": req_id, "rows": [{"price": price, "size": Decimal(size)} for price, size in rows]})


def profit(req_id: int, daily: Decimal, unrealised: Decimal, realised: Decimal) -> Fields:
    """An account's profit, in dollars: of the day, of what is held, and what was realised in the day."""
    return SERVER[94].write({"reqId": req_id, "daily": daily, "unrealized": unrealised, "realized": realised})


def position_profit(req_id: int, shares: int, daily: Decimal, unrealised: Decimal | None, realised: Decimal, value: Decimal) -> Fields:
    """The same for one contract, with its signed shares and what they are worth; nothing is unrealised where nothing is held."""
    told: dict[str, Value] = {
        "reqId": req_id,
        "position": Decimal(shares),
        "daily": daily,
        "unrealized": unrealised,
        "realized": realised,
        "value": value,
    }
    return SERVER[95].write(told)


def position_multi(req_id: int, account: str, report: PositionReport, contract: Contract, model: str) -> Fields:
    """A position of an account or model."""
    return SERVER[71].write(
        {
            "reqId": req_id,
            "account": account,
            "conId": contract.con_id,
            "symbol": contract.symbol,
            "secType": "STK",
            "exchange": contract.primary_exchange,
            "currency": contract.currency,
            "localSymbol": contract.symbol,
            "tradingClass": contract.trading_class,
            "position": Decimal(report.quantity),
            "avgCost": report.average_cost,
            "model": model,
        }
    )


def position_multi_end(req_id: int) -> Fields:
    """All positions of an account or model were told once."""
    return SERVER[72].write({"reqId": req_id})


def symbol_samples(req_id: int, contracts: Iterable[Contract | Other]) -> Fields:
    """Instruments that match a pattern; each has a chain of options."""
    samples: list[Mapping[str, Value]] = [
        {
            "conId": contract.con_id,
            "symbol": contract.symbol,
            "secType": "STK",
            "primaryExchange": contract.primary_exchange,
            "currency": contract.currency,
            "derivatives": [{"secType": "OPT"}],
            "description": contract.long_name,
        }
        for contract in contracts
    ]
    return SERVER[79].write({"reqId": req_id, "samples": samples})


def market_rule(number: int, steps: Iterable[tuple[Decimal, Decimal]]) -> Fields:
    """The price steps of a market rule: from which price on, and how far apart prices are."""
    return SERVER[93].write({"ruleId": number, "increments": [{"lowEdge": edge, "increment": step} for edge, step in steps]})


def smart_components(req_id: int, exchanges: Iterable[tuple[str, str]]) -> Fields:
    """Which exchange each bit and letter of a quote stands for."""
    told: list[Mapping[str, Value]] = [{"bit": bit, "exchange": exchange, "letter": letter} for bit, (exchange, letter) in enumerate(exchanges)]
    return SERVER[82].write({"reqId": req_id, "components": told})


def option_chain(req_id: int, contract: Contract, listed: Chain) -> Fields:
    """Which options a stock has, on all exchanges together."""
    return SERVER[75].write(
        {
            "reqId": req_id,
            "exchange": "SMART",
            "underConId": contract.con_id,
            "tradingClass": contract.symbol,
            "multiplier": MULTIPLIER,
            "expirations": [{"date": f"{expiry:%Y%m%d}"} for expiry in listed.expirations],
            "strikes": [{"strike": strike} for strike in listed.strikes],
        }
    )


def depth_exchanges(rows: Iterable[tuple[str, str, str, str, int | None]]) -> Fields:
    """Where there are books of several levels."""
    names = ("exchange", "secType", "listingExchange", "service", "aggGroup")
    return SERVER[80].write({"exchanges": [dict(zip(names, row, strict=True)) for row in rows]})


def scanner_data(req_id: int, contracts: Iterable[Contract]) -> Fields:
    """What a scan found, best first."""
    rows: list[Mapping[str, Value]] = [
        {
            "rank": rank,
            "conId": contract.con_id,
            "symbol": contract.symbol,
            "secType": "STK",
            "exchange": "SMART",
            "currency": contract.currency,
            "localSymbol": contract.symbol,
            "marketName": contract.trading_class,
            "tradingClass": contract.trading_class,
        }
        for rank, contract in enumerate(contracts)
    ]
    return SERVER[20].write({"reqId": req_id, "rows": rows})


def display_groups(req_id: int, groups: str) -> Fields:
    """The numbers of all window groups."""
    return SERVER[67].write({"reqId": req_id, "groups": groups})


def display_group_updated(req_id: int, contract: str) -> Fields:
    """What a window group shows."""
    return SERVER[68].write({"reqId": req_id, "contract": contract})


def order_bound(perm_id: int, client_id: int, order_id: int) -> Fields:
    """An order that was not placed over this connection has an id of the client's from now on."""
    return SERVER[100].write({"permId": perm_id, "clientId": client_id, "orderId": order_id})
