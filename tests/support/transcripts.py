"""What a desk said, line by line and in full: every row, order, cancel, halt, page and question, in the order in which it was said.

An order is named by its number, so that a line can be read: `#1` is the intent of the first. A book is its strategy, `cross`; an instant of the
bench's day is so many seconds after its open, `@1860`.
"""

from __future__ import annotations

import re
from dataclasses import fields

from robo_trader.desk.effects import Alert, AskSweep, Cancel, Effect, Place, RaiseHalt, Record
from robo_trader.desk.settings import DeskSettings
from robo_trader.risk.halt import Halt, HaltLevel
from robo_trader.values import NS_PER_SECOND
from tests.support.desk_bench import BOOK, OPEN, Bench

_INSTANT = re.compile(r"\b1381\d{15}\b")


def entering(made: DeskSettings | None = None) -> Bench:
    """An entry that the broker has, and nothing told yet."""
    bench = Bench(made).connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    told(bench)
    return bench


def holding(stance: int = 1) -> Bench:
    """A position and its stop, and nothing told yet."""
    bench = Bench().connect()
    bench.enter(stance)
    told(bench)
    return bench


def told(bench: Bench) -> list[str]:
    """The lines since they were last asked for."""
    effects, bench.effects = bench.effects, []
    return [_named(bench, _line(effect)) for effect in effects]


def alarms(bench: Bench) -> list[str]:
    """The same, of what people read alone: pages and halts."""
    return [line for line in told(bench) if line.startswith(("page", "halt"))]


def looks(bench: Bench) -> list[str]:
    """The same, of the questions to the broker alone."""
    return [line for line in told(bench) if line.startswith("look")]


def refused(bench: Bench) -> list[str]:
    """The same, of what was refused alone, without its book and its bar: the control, the words, and whether the no stands for the decision."""
    words = (line.split(", ") for line in told(bench) if line.startswith("Refused"))
    return [f"{control}, {', '.join(detail)}, {shaped}" for _, control, *detail, _, shaped in words]


def _line(effect: Effect) -> str:
    match effect:
        case Record():
            return f"{type(effect.event).__name__} {_values(effect.event)}"
        case Place():
            return f"send {_values(effect)}"
        case Cancel():
            return f"cancel {_values(effect)}"
        case RaiseHalt():
            return f"halt {_values(effect.halt)}"
        case Alert():
            return f"page {effect.severity} {effect.key}: {effect.text}"
        case AskSweep():
            return f"look: {effect.reason}"


def _values(thing: object) -> str:
    return ", ".join(_value(getattr(thing, field.name)) for field in fields(thing))  # type: ignore[arg-type]


def _value(value: object) -> str:
    match value:
        case Halt():
            return value.id
        case HaltLevel():
            return value.name
        case "" | None:
            return repr(value)
        case _:
            return str(value)


def _named(bench: Bench, line: str) -> str:
    for order in sorted(bench.desk.state.orders.by_intent.values(), key=lambda order: -len(order.intended.intent)):
        line = line.replace(order.intended.intent, f"#{order.intended.order_id}")
    return _INSTANT.sub(lambda found: f"@{(int(found[0]) - OPEN) / NS_PER_SECOND:g}", line.replace(str(BOOK), "cross"))
