"""What the gateway says about accounts and positions: builders of single messages, id first; offered to the server by `replies`."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.fields import Value
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import PositionReport

Fields = tuple[str, ...]


def account_value(key: str, value: str, currency: str, account: str) -> Fields:
    """One value of a subscribed account."""
    return SERVER[6].write({"key": key, "value": value, "currency": currency, "account": account})


def account_time(hours_and_minutes: str) -> Fields:
    """When the account's values were taken, as `hh:mm`."""
    return SERVER[8].write({"time": hours_and_minutes})


def account_download_end(account: str) -> Fields:
    """All values and the portfolio of the account were told once."""
    return SERVER[54].write({"account": account})


def _security(report: PositionReport, con_id: int, trading_class: str) -> dict[str, Value]:
    return {
        "conId": con_id,
        "symbol": report.symbol,
        "secType": "STK",
        "currency": "USD",
        "localSymbol": report.symbol,
        "tradingClass": trading_class or report.symbol,
        "position": Decimal(report.quantity),
        "avgCost": report.average_cost,
    }


def portfolio_value(
    account: str,
    report: PositionReport,
    con_id: int,
    *,
    price: Decimal,
    unrealised: Decimal,
    realised: Decimal,
    primary_exchange: str = "",
    trading_class: str = "",
) -> Fields:
    """A position of a subscribed account at its mark `price`, in dollars."""
    return SERVER[7].write(
        {
            **_security(report, con_id, trading_class),
            "primaryExchange": primary_exchange,
            "marketPrice": price,
            "marketValue": price * report.quantity,
            "unrealizedPNL": unrealised,
            "realizedPNL": realised,
            "account": account,
        }
    )


def position(account: str, report: PositionReport, con_id: int, *, exchange: str = "", trading_class: str = "") -> Fields:
    """A position of an account."""
    return SERVER[61].write({**_security(report, con_id, trading_class), "account": account, "exchange": exchange})


def position_end() -> Fields:
    """All positions were told once."""
    return SERVER[62].write({})


def account_summary(req_id: int, account: str, tag: str, value: str, currency: str) -> Fields:
    """One tag of a summary."""
    return SERVER[63].write({"reqId": req_id, "account": account, "tag": tag, "value": value, "currency": currency})


def account_summary_end(req_id: int) -> Fields:
    """All tags of a summary were told once."""
    return SERVER[64].write({"reqId": req_id})


def account_update_multi(req_id: int, account: str, model: str, key: str, value: str, currency: str) -> Fields:
    """One value of an account or model."""
    return SERVER[73].write({"reqId": req_id, "account": account, "model": model, "key": key, "value": value, "currency": currency})


def account_update_multi_end(req_id: int) -> Fields:
    """All values of an account or model were told once."""
    return SERVER[74].write({"reqId": req_id})
