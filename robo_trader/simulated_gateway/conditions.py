"""The conditions of an order: as a client writes them, as the gateway tells them, and whether they are met.

A condition is joined to the next one by `a` (and) or `o` (or); `and` binds closer. Of time and of price (the last trade of any contract that trades
here) it is known whether they are met, from the value itself on; all others, and prices of what does not trade here, are never met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.dispatch_times import instant_of
from robo_trader.simulated_gateway.fields import Record, Value
from robo_trader.values import Instant

PRICE, TIME = 1, 3
AND: Final = "a"
LastPrice = Callable[[int], Decimal | None]
"""The last trade of a contract id; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with the fields that its `kind` has (the protocol's number); `at` is the instant of a time, None if it cannot be read."""

    kind: int
    conjunction: str
    is_more: bool = False
    price: Decimal | None = None
    con_id: int = 0
    exchange: str = ""
    trigger_method: int = 0
    time: str = ""
    at: Instant | None = None
    percent: int = 0
    sec_type: str = ""
    symbol: str = ""
    volume: int = 0
    change_percent: Decimal | None = None


def read(record: Record) -> tuple[Condition, ...]:
    """The conditions of a placeOrder."""
    return tuple(_read(group) for group in record.groups("conditions"))


def _read(said: Record) -> Condition:
    return Condition(
        kind=said.integer("type"),
        conjunction=said.text("conjunction"),
        is_more=bool(said.get("isMore")),
        price=_amount(said, "price"),
        con_id=_whole(said, "conId"),
        exchange=_text(said, "exchange"),
        trigger_method=_whole(said, "triggerMethod"),
        time=_text(said, "time"),
        at=instant_of(_text(said, "time")),
        percent=_whole(said, "percent"),
        sec_type=_text(said, "secType"),
        symbol=_text(said, "symbol"),
        volume=_whole(said, "volume"),
        change_percent=_amount(said, "changePercent"),
    )


def _text(said: Record, name: str) -> str:
    return said.text(name) if name in said else ""


def _whole(said: Record, name: str) -> int:
    return 0 if said.get(name) is None else said.integer(name)


def _amount(said: Record, name: str) -> Decimal | None:
    return said.number(name) if name in said else None


def told(condition: Condition) -> dict[str, Value]:
    """A condition in the fields of a message; the layout takes those of its kind."""
    return {
        "type": condition.kind,
        "conjunction": condition.conjunction,
        "isMore": condition.is_more,
        "price": condition.price or Decimal(0),
        "conId": condition.con_id,
        "exchange": condition.exchange,
        "triggerMethod": condition.trigger_method,
        "time": condition.time,
        "percent": condition.percent,
        "secType": condition.sec_type,
        "symbol": condition.symbol,
        "volume": condition.volume,
        "changePercent": condition.change_percent or Decimal(0),
    }


def unreadable(conditions: Sequence[Condition]) -> Condition | None:
    """The first whose time is none."""
    return next((one for one in conditions if one.kind == TIME and one.at is None), None)


def met(conditions: Sequence[Condition], now: Instant, last: LastPrice) -> bool:
    """Whether they are met at an instant, as one; so are none at all."""
    return not conditions or any(all(_is_met(one, now, last) for one in group) for group in _groups(conditions))


def _groups(conditions: Sequence[Condition]) -> Iterator[list[Condition]]:
    """What is joined by `and`."""
    group: list[Condition] = []
    for one in conditions:
        group.append(one)
        if one.conjunction != AND:
            yield group
            group = []
    if group:
        yield group


def _is_met(condition: Condition, now: Instant, last: LastPrice) -> bool:
    if condition.kind == TIME and condition.at is not None:
        return now >= condition.at if condition.is_more else now <= condition.at
    price = last(condition.con_id) if condition.kind == PRICE else None
    if price is None or condition.price is None:
        return False
    return price >= condition.price if condition.is_more else price <= condition.price


def moments(conditions: Sequence[Condition]) -> list[Instant]:
    """The instants from which a condition of time is met."""
    return [one.at for one in conditions if one.kind == TIME and one.is_more and one.at is not None]
