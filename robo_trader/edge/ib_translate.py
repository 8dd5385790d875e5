"""From the broker's objects to our values, once. Pure: nothing here imports the client library.

The library hands over floats, sentinels and free texts; past this module they are whole shares, exact dollars and known words. What cannot be
said in our words (a fraction of a share, a status nobody documented) raises `ProtocolError`: the caller reports it and drops nothing silently.

The library marks an unset double with the largest one; NaN appears where nothing was stated. Both mean None here.
"""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from robo_trader.errors import ProtocolError
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import BrokerStatus, CommissionSeen, ExecutionSeen, OrderSeen, PositionSeen
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Money, Side, Symbol, Ticks, money_of, ticks_of

_UNSET_DOUBLE: Final = sys.float_info.max
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL, "SSHORT": Side.SELL, "BOT": Side.BUY, "SLD": Side.SELL}


class ContractFields(Protocol):
    """What we read of the library's contract."""

    conId: int  # noqa: N815
    symbol: str
    secType: str  # noqa: N815
    currency: str


class OrderFields(Protocol):
    """What we read of the library's order."""

    orderId: int  # noqa: N815
    clientId: int  # noqa: N815
    permId: int  # noqa: N815
    action: str
    totalQuantity: float  # noqa: N815
    filledQuantity: float  # noqa: N815
    orderType: str  # noqa: N815
    orderRef: str  # noqa: N815
    ocaGroup: str  # noqa: N815
    account: str
    whatIf: bool  # noqa: N815


class ExecutionFields(Protocol):
    """What we read of the library's execution; `time` is aware, in UTC."""

    execId: str  # noqa: N815
    time: datetime
    acctNumber: str  # noqa: N815
    side: str
    shares: float
    price: float
    orderId: int  # noqa: N815
    clientId: int  # noqa: N815
    permId: int  # noqa: N815
    orderRef: str  # noqa: N815


class CommissionFields(Protocol):
    """What we read of the library's commission report."""

    execId: str  # noqa: N815
    commission: float
    realizedPNL: float  # noqa: N815


class BarFields(Protocol):
    """What we read of the library's historical bar; `date` is the raw text, epoch seconds when asked for with date format 2."""

    date: str
    open: float
    high: float
    low: float
    close: float
    volume: float


def stated(number: float) -> Money | None:
    """Exact dollars, or None where the broker states nothing (the unset double, NaN)."""
    return None if math.isnan(number) or abs(number) >= _UNSET_DOUBLE else money_of(float(number))


def shares(number: float, of_what: str) -> int:
    """Whole shares; a fraction, an infinity or NaN raises `ProtocolError` naming `of_what`."""
    if not math.isfinite(number) or number != int(number):
        raise ProtocolError(f"{of_what} has a quantity of {number} shares: only whole shares can be traded here")
    return int(number)


def symbol_of(contract: ContractFields) -> Symbol:
    """The ticker of a US stock; anything else gets a name that no ticker can have, so that it is never taken for one.

    An option on AAPL bears the symbol AAPL too.
    """
    if contract.secType == "STK" and contract.currency == "USD":
        return Symbol(contract.symbol)
    return Symbol(f"{contract.symbol}:{contract.secType}:{contract.currency}:{contract.conId}")


def instant_of(time: datetime) -> Instant:
    """Nanoseconds UTC of an aware time, exactly."""
    return Instant((time - _EPOCH) // timedelta(microseconds=1) * 1000)


def status_of(text: str, of_what: str) -> BrokerStatus:
    """The status; an undocumented one raises `ProtocolError`."""
    try:
        return BrokerStatus(text)
    except ValueError:
        raise ProtocolError(f"{of_what} has the unknown status {text!r}") from None


def side_of(text: str, of_what: str) -> Side:
    """The direction of an order (BUY, SELL) or an execution (BOT, SLD); any other word raises `ProtocolError`."""
    try:
        return _SIDES[text]
    except KeyError:
        raise ProtocolError(f"{of_what} has the unknown side {text!r}") from None


def order_seen(contract: ContractFields, order: OrderFields, status: str, *, completed: bool = False) -> OrderSeen:
    """An open or completed order; a completed one bears no order id, and states what was filled on the order itself."""
    name = f"order {order.orderId} (perm id {order.permId})"
    return OrderSeen(
        symbol=symbol_of(contract),
        side=side_of(order.action, name),
        quantity=shares(order.totalQuantity, name),
        order_type=order.orderType,
        status=status_of(status, name),
        order_id=order.orderId,
        client_id=order.clientId,
        perm_id=order.permId,
        order_ref=order.orderRef,
        oca_group=order.ocaGroup,
        filled=shares(order.filledQuantity, name) if completed and stated(order.filledQuantity) is not None else None,
    )


def execution_seen(contract: ContractFields, execution: ExecutionFields) -> ExecutionSeen:
    """One execution; manual orders come with an unset order id, which is 0 here."""
    name = f"execution {execution.execId}"
    return ExecutionSeen(
        exec_id=execution.execId,
        symbol=symbol_of(contract),
        side=side_of(execution.side, name),
        quantity=shares(execution.shares, name),
        price=money_of(float(execution.price)),
        at=instant_of(execution.time),
        order_id=0 if execution.orderId == 2**31 - 1 else execution.orderId,
        client_id=execution.clientId,
        perm_id=execution.permId,
        order_ref=execution.orderRef,
    )


def commission_seen(report: CommissionFields) -> CommissionSeen:
    """The commission of one execution; one that states no amount raises `ProtocolError`."""
    commission = stated(report.commission)
    if commission is None:
        raise ProtocolError(f"the commission report of execution {report.execId} states no amount")
    return CommissionSeen(report.execId, commission, stated(report.realizedPNL))


def position_seen(contract: ContractFields, quantity: float) -> PositionSeen:
    """A net position in whole shares."""
    symbol = symbol_of(contract)
    return PositionSeen(symbol, shares(quantity, f"the position in {symbol}"))


def price_ticks(instrument: Instrument, price: float) -> Ticks:
    """A broker's double as the nearest tick of the instrument."""
    return ticks_of(Decimal(repr(price)), instrument.tick_size)


def bar_of(instrument: Instrument, start_seconds: int, seconds: int, prices: tuple[float, float, float, float], volume: float) -> Bar:
    """A live bar that starts at `start_seconds` (epoch); `prices` are open, high, low, close. A volume that is not stated counts as none."""
    opened, high, low, close = (price_ticks(instrument, price) for price in prices)
    return Bar(instrument.symbol, Instant(start_seconds * NS_PER_SECOND), seconds, opened, high, low, close, max(0, int(volume)))


def history_bar(instrument: Instrument, bar: BarFields, seconds: int) -> Bar:
    """A bar of history, marked as such; its date must be epoch seconds."""
    if not bar.date.isdigit():
        raise ProtocolError(f"a historical bar of {instrument.symbol} is dated {bar.date!r}, not in epoch seconds")
    live = bar_of(instrument, int(bar.date), seconds, (bar.open, bar.high, bar.low, bar.close), bar.volume)
    return Bar(live.symbol, live.start, seconds, live.open, live.high, live.low, live.close, live.volume, backfilled=True)
