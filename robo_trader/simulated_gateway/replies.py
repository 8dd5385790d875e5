"""What the gateway says to a client about itself, contracts, orders, executions and errors: each builder gives one message's fields, id first.

A builder takes the exchange's own values and a few facts that only the server knows (a contract id, a time in words); the tables of `messages` turn
them into text. What a real gateway normalises before it echoes an order is normalised here. Prices are dollars, quantities shares.
Orders, the account and market data are in `replies_orders`, `replies_account` and `replies_market`; all are offered under this module's name.
"""

from __future__ import annotations

from datetime import date

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.instrument import SMART
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import Margins
from robo_trader.simulated_gateway.other_instruments import Other
from robo_trader.simulated_gateway.replies_account import (
    account_download_end,
    account_summary,
    account_summary_end,
    account_time,
    account_update_multi,
    account_update_multi_end,
    account_value,
    portfolio_value,
    position,
    position_end,
)
from robo_trader.simulated_gateway.replies_market import (
    historical_data,
    historical_data_update,
    market_data_type,
    real_time_bar,
    snapshot_end,
    tick_generic,
    tick_price,
    tick_req_params,
    tick_size,
    tick_string,
)
from robo_trader.simulated_gateway.replies_orders import (
    NO_ID,
    Fields,
    commission_report,
    completed_order,
    completed_orders_end,
    exec_details,
    exec_details_end,
    open_order,
    open_order_end,
    order_status,
)

__all__ = [
    "Fields", "Margins",
    "greeting", "managed_accounts", "next_valid_id", "current_time", "error",
    "open_order", "open_order_end", "order_status", "completed_order", "completed_orders_end",
    "exec_details", "exec_details_end", "commission_report", "contract_details", "other_details", "contract_details_end",
    "account_download_end", "account_summary", "account_summary_end", "account_time", "account_update_multi", "account_update_multi_end",
    "account_value", "portfolio_value", "position", "position_end",
    "historical_data", "historical_data_update", "market_data_type", "real_time_bar", "snapshot_end",
    "tick_generic", "tick_price", "tick_req_params", "tick_size", "tick_string",
]  # fmt: skip

_ORDER_TYPES = "ACTIVETIM,AD,ADJUST,DAY,FOK,GTC,GTD,IOC,LMT,LOC,MKT,MOC,OCA,OPENCLOSE,OUTSIDERTH,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,WHATIF"


def greeting(version: int, time_text: str) -> Fields:
    """The answer to a client's hello: not a message but two fields."""
    return (str(version), time_text)


def managed_accounts(*accounts: str) -> Fields:
    """The accounts behind this connection."""
    return SERVER[15].write({"accounts": ",".join(accounts)})


def next_valid_id(order_id: int) -> Fields:
    """The lowest order id the client may use next."""
    return SERVER[9].write({"orderId": order_id})


def current_time(seconds: int) -> Fields:
    """The gateway's clock, in whole seconds since the epoch."""
    return SERVER[49].write({"time": seconds})


def error(req_or_order_id: int | None, code: int, text: str) -> Fields:
    """An error or a notice; None where it belongs to no request or order."""
    own_id = NO_ID if req_or_order_id is None else req_or_order_id
    return SERVER[4].write({"id": own_id, "code": code, "text": text})


def contract_details(req_id: int, contract: Contract, *, exchange: str = SMART, trading_hours: str = "", liquid_hours: str = "") -> Fields:
    """Everything about one stock or ETF on one of its exchanges."""
    return SERVER[10].write(
        {
            "reqId": req_id,
            "symbol": contract.symbol,
            "secType": "STK",
            "exchange": exchange,
            "currency": contract.currency,
            "localSymbol": contract.symbol,
            "marketName": contract.trading_class,
            "tradingClass": contract.trading_class,
            "conId": contract.con_id,
            "minTick": contract.min_tick,
            "orderTypes": _ORDER_TYPES,
            "validExchanges": ",".join(contract.valid_exchanges),
            "longName": contract.long_name,
            "primaryExchange": contract.primary_exchange,
            "timeZoneId": contract.time_zone,
            "tradingHours": trading_hours,
            "liquidHours": liquid_hours,
            "secIds": [{"tag": "ISIN", "value": contract.isin}] if contract.isin else [],
            "marketRuleIds": ",".join(str(contract.market_rule) for _ in contract.valid_exchanges),
            "stockType": contract.stock_type,
        }
    )


def other_details(req_id: int, other: Other, day: date, *, exchange: str = "") -> Fields:
    """Everything about one instrument that is no US stock on an exchange, its first if none is named, with its hours from a day on."""
    expiry = other.expiry_text
    return SERVER[10].write(
        {
            "reqId": req_id,
            "symbol": other.symbol,
            "secType": other.sec_type,
            "lastTrade": f"{expiry} {other.ends_at} {other.time_zone}" if expiry else "",
            "strike": other.strike,
            "right": other.right,
            "exchange": exchange or other.exchanges[0],
            "currency": other.currency,
            "localSymbol": other.local_symbol,
            "marketName": other.market_name,
            "tradingClass": other.trading_class,
            "conId": other.con_id,
            "minTick": other.min_tick,
            "multiplier": other.multiplier,
            "orderTypes": "" if other.sec_type == "IND" else _ORDER_TYPES,
            "validExchanges": ",".join(other.exchanges),
            "underConId": other.under.con_id,
            "longName": other.long_name,
            "primaryExchange": other.primary_exchange,
            "stockType": other.stock_type,
            "contractMonth": expiry[:6],
            "timeZoneId": other.time_zone,
            "tradingHours": other.trading.told(day),
            "liquidHours": other.liquid.told(day),
            "aggGroup": other.agg_group,
            "underSymbol": other.under.symbol,
            "underSecType": other.under.sec_type,
            "marketRuleIds": ",".join(str(other.market_rule) for _ in other.exchanges),
            "realExpirationDate": expiry,
            "minSize": other.size_step,
            "sizeIncrement": other.size_step,
            "suggestedSizeIncrement": other.size_step,
        }
    )


def contract_details_end(req_id: int) -> Fields:
    """All contracts that match were told."""
    return SERVER[52].write({"reqId": req_id})
