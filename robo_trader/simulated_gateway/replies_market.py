"""What the gateway says about markets, live and past: builders of single messages, id first; offered to the server by `replies`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from robo_trader.simulated_gateway.fields import Value
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.values import NS_PER_SECOND

Fields = tuple[str, ...]


def tick_price(req_id: int, tick_type: int, price: Decimal, size: int | Decimal, attributes: int = 0) -> Fields:
    """A price in dollars and its size in shares; `attributes`: 1 executes automatically, 2 past the limit, 4 before the open."""
    return SERVER[1].write({"reqId": req_id, "type": tick_type, "price": price, "size": Decimal(size), "attributes": attributes})


def tick_size(req_id: int, tick_type: int, size: int | Decimal) -> Fields:
    """A size, in shares."""
    return SERVER[2].write({"reqId": req_id, "type": tick_type, "size": Decimal(size)})


def tick_string(req_id: int, tick_type: int, text: str) -> Fields:
    """A tick in words, such as the time of the last trade."""
    return SERVER[46].write({"reqId": req_id, "type": tick_type, "value": text})


def tick_generic(req_id: int, tick_type: int, value: Decimal) -> Fields:
    """A tick that is a number and neither price nor size, such as `halted`."""
    return SERVER[45].write({"reqId": req_id, "type": tick_type, "value": value})


def tick_req_params(req_id: int, min_tick: Decimal, bbo_exchange: str = "", snapshot_permissions: int = 3) -> Fields:
    """What a market data subscription will deliver; comes before its ticks."""
    return SERVER[81].write({"reqId": req_id, "minTick": min_tick, "bboExchange": bbo_exchange, "snapshotPermissions": snapshot_permissions})


def market_data_type(req_id: int, data_type: int) -> Fields:
    """1 live, 2 frozen, 3 delayed, 4 delayed and frozen."""
    return SERVER[58].write({"reqId": req_id, "type": data_type})


def snapshot_end(req_id: int) -> Fields:
    """A market data snapshot is complete."""
    return SERVER[57].write({"reqId": req_id})


def _bar(bar: TradeBar) -> dict[str, Value]:
    return {
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": Decimal(bar.volume),
        "wap": bar.average,
        "count": bar.trades,
    }


def real_time_bar(req_id: int, bar: TradeBar) -> Fields:
    """A five-second bar, stamped with its start."""
    return SERVER[50].write({**_bar(bar), "reqId": req_id, "time": bar.start // NS_PER_SECOND})


def historical_data(req_id: int, start: str, end: str, bars: Iterable[tuple[str, TradeBar]]) -> Fields:
    """The whole answer to a request for history; each bar with its date in the words that the request asked for."""
    told = [{**_bar(bar), "date": date} for date, bar in bars]
    return SERVER[17].write({"reqId": req_id, "start": start, "end": end, "bars": told})


def historical_data_update(req_id: int, date: str, bar: TradeBar) -> Fields:
    """The newest bar of history that is kept up to date; the same date again replaces it."""
    return SERVER[90].write({**_bar(bar), "reqId": req_id, "date": date})
