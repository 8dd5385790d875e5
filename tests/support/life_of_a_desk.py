"""Short lives of a desk, for those who keep its journal and its state; and a comparison of two states that overlooks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal

from hypothesis import strategies as st

from robo_trader.desk.events import Event
from robo_trader.desk.news import BrokerStatus, CommissionSeen
from robo_trader.edge import codec
from robo_trader.orders.order import OrderType
from robo_trader.values import Side
from tests.support.desk_bench import Bench


def lived(steps: list[str]) -> list[Event]:
    """The journal of a desk to which these things happened, as it is read back."""
    bench = Bench().connect(position=7)
    for number, step in enumerate(steps):
        market = [place for place in bench.sent if place.order_type is OrderType.MARKET]
        match step:
            case "long" | "short" | "flat":
                bench.signal({"long": 1, "short": -1, "flat": 0}[step])
            case "fill" | "part" if market:
                bench.acknowledge(market[-1])
                bench.fill(market[-1], market[-1].quantity if step == "fill" else 30)
            case "fee" if bench.executions:
                bench.feed(CommissionSeen(bench.executions[-1].exec_id, Decimal("1.050"), None))
            case "correct" if market and bench.executions and bench.executions[-1].exec_id.startswith("e"):
                bench.execution(market[-1], 40, "167.80", f"{bench.executions[-1].exec_id.rpartition('.')[0]}.02")
                bench.feed(bench.executions[-1])
            case "foreign":
                bench.feed(bench.foreign(Side.SELL, number + 1))
            case "gone" if bench.sent:
                bench.status(bench.sent[-1], BrokerStatus.CANCELLED, 0, 0)
            case _:
                bench.wait(31)
    return [codec.decode(*codec.encode(event)) for event in bench.journal]


def parts(thing: object) -> Iterator[tuple[str, object]]:
    """What a thing is made of, by name."""
    if is_dataclass(thing) and not isinstance(thing, type):
        yield from ((field.name, getattr(thing, field.name)) for field in fields(thing))
    elif hasattr(thing, "__dict__") and not isinstance(thing, type) and type(thing).__module__.startswith("robo_trader"):
        yield from vars(thing).items()
    elif isinstance(thing, Mapping):
        yield "keys", list(thing)
        yield from ((str(key), value) for key, value in thing.items())
    elif isinstance(thing, list | tuple):
        yield from ((str(index), value) for index, value in enumerate(thing))


def difference(one: object, other: object, met: dict[int, int], place: str = "state") -> str:
    """Where two graphs differ in a value, a type, an order, or in what is one and the same thing; empty if nowhere."""
    if is_dataclass(one) and one.__dataclass_params__.frozen is False and met.setdefault(id(one), id(other)) != id(other):  # type: ignore[attr-defined]
        return f"{place} is another one than before"
    if type(one) is not type(other):
        return f"{place}: {type(one)} and {type(other)}"
    if isinstance(one, set | frozenset):  # which have no order that anybody may rely on
        return "" if one == other else f"{place}: {one} and {other}"
    mine, others = list(parts(one)), list(parts(other))
    if not mine:
        return "" if one == other and str(one) == str(other) else f"{place}: {one} and {other}"
    if [name for name, _ in mine] != [name for name, _ in others]:
        return f"{place}: {[name for name, _ in mine]} and {[name for name, _ in others]}"
    found = (difference(value, twin, met, f"{place}.{name}") for (name, value), (_, twin) in zip(mine, others, strict=True))
    return next(filter(None, found), "")


STEPS = st.lists(st.sampled_from(["long", "short", "flat", "fill", "part", "fee", "correct", "foreign", "gone", "wait"]), max_size=14)
