"""When two worlds are one: nothing that happens from then on could tell them apart.

Intents and slices go by their order, instants by their age to the second, and an age beyond the longest timer counts as that. Money is left out,
since no decision looks at it; so is what the checkers have judged already. A key is 64 bits: among a million worlds two would be taken for one by
chance in one search out of thirty million.
"""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any

from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Cancel
from robo_trader.desk.state import Watch
from robo_trader.orders.events import ExternalFill, Fill
from robo_trader.orders.standing import Order
from robo_trader.values import NS_PER_SECOND
from tests.simulation.exhaustive_world import DESKS_KEPT_MAX, World
from tests.support.desk_bench import BOOK

AGE_SECONDS_MAX = 70
_ORDER_FIELDS = tuple(f.name for f in fields(Order) if f.name != "intended")
_order_facts = attrgetter(*_ORDER_FIELDS)
_KEYS: dict[int, tuple[Desk, int, int, int]] = {}
_WATCH_FIELDS = tuple(f.name for f in fields(Watch))


def recorded(world: World) -> list[str]:
    """Execution ids that the journal has a row for."""
    return [e.exec_id for e in world.journal if isinstance(e, Fill | ExternalFill)]


def key_of(world: World, desk: Desk) -> int:
    """What tells this world from others, in 64 bits."""
    names = {intent: place for place, intent in enumerate(desk.state.orders.by_intent)}
    known = _KEYS.get(id(desk))
    if known is not None and known[:3] == (desk, world.process, world.market):
        mine = known[3]
    else:
        mine = hash(_desk_key(world, desk, names))
        if len(_KEYS) >= DESKS_KEPT_MAX:
            _KEYS.clear()
        _KEYS[id(desk)] = desk, world.process, world.market, mine
    return hash((mine, _exchange_key(world)))


def _age(world: World, at: int | None) -> int | None:
    return None if at is None else max(min((world.process - at + NS_PER_SECOND // 2) // NS_PER_SECOND, AGE_SECONDS_MAX), -AGE_SECONDS_MAX)


def _market_age(world: World, at: int) -> int:
    return min((world.market - at) // NS_PER_SECOND, 2 * AGE_SECONDS_MAX)


def _plain(value: object, names: dict[str, int]) -> object:
    kind = type(value)
    if kind is int or kind is bool:
        return value
    if kind is str:
        intent, _, number = value.partition("-")  # type: ignore[attr-defined]
        return (names[intent], number) if intent in names else value
    if isinstance(value, set | frozenset):
        return frozenset(_plain(v, names) for v in value)
    if isinstance(value, dict):
        return frozenset((_plain(k, names), _plain(v, names)) for k, v in value.items())
    if isinstance(value, list):
        return tuple(_plain(v, names) for v in value)
    return value


def _desk_key(world: World, desk: Desk, names: dict[str, int]) -> object:
    state, book = desk.state, desk.state.book(BOOK)
    orders = tuple(
        (o.intended.order_id, *(v if type(v) is int else _plain(v, names) for v in _order_facts(o))) for o in state.orders.by_intent.values()
    )
    decision, refused = state.decisions.get(BOOK), state.refused.get(BOOK)
    return (
        orders,
        tuple((_plain(s.name, names), s.quantity, s.group_number) for s in book.slices.values()),
        frozenset((latch.side, _market_age(world, latch.at)) for latch in book.latches.values()),
        decision and (decision.stance, _market_age(world, decision.bar_end)),
        refused and (refused.control, refused.order_shaped),
        _plain(book.group_filled, names),
        _plain(book.tried_before, names),
        frozenset(recorded(world)),
        tuple(state.halts),
        frozenset(state.lifted),
        state.orders.next_order_id,
        tuple((name, _watched(world, name, value, names)) for name in _WATCH_FIELDS if (value := getattr(desk._watch, name))),
    )


def _watched(world: World, name: str, value: Any, names: dict[str, int]) -> object:  # noqa: PLR0911  # a table of fields
    match name:
        case "signals":
            return tuple((s.stance, _market_age(world, s.bar_end)) for s in value.values())
        case "entry_floor":
            return tuple(_market_age(world, at) for at in value.values())
        case "said":
            return frozenset((control, _market_age(world, at)) for _, control, at in value if world.market - at < 60 * NS_PER_SECOND)
        case "quotes" | "last_sweep_ns" | "last_sweep":
            return True
        case "drift_since":
            return frozenset((s, n - world.sweeps) for s, n in value.items())
        case _ if name.endswith("_ns") and isinstance(value, dict):
            return frozenset((_plain(getattr(k, "slice", k), names), _age(world, at)) for k, at in value.items())
        case _:
            return _plain(value, names)


def _exchange_key(world: World) -> object:
    sweep = world.taken
    return (
        tuple((type(f) is Cancel, f.order_id) for f in world.wire),
        tuple((o.place.order_id, o.total, o.filled, o.live, o.triggered) for o in world.orders),
        tuple(_message(m) for m in world.statuses),
        tuple(e.exec_id for e in world.executions),
        sweep and (_age(world, sweep.asked_process_ns), sweep.open_orders, len(sweep.completed or ()), len(sweep.executions or ()), sweep.positions),
        (world.connected, world.lost, world.looked, world.alerted, world.signals_left, world.faults_left, len(world.made), world.heard),
        (_age(world, world.able_since), _age(world, world.bare_since), tuple((h.id, h.lifted is None) for h in world.halts)),
    )


def _message(message: object) -> object:
    return tuple(getattr(message, name) for name in ("order_id", "status", "filled", "remaining", "code", "id") if hasattr(message, name))
