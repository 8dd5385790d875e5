"""The smallest world in which everything can go wrong: one symbol, a book of two shares, an exchange, a wire, and the pure desk.

A world is a value. Each thing that may happen next makes another world, and none is changed by it, so that all of them can be tried. The desk lives
in it as its journal and its watch: to move on, a desk is resumed from the journal, which makes every state that is reached one that a restart
survives.

The exchange here is this file's own and shares nothing with the desk or with the simulated gateway. Frames reach it in the order in which they were
sent; what it says comes back on two lines, statuses and executions, each in order, and in any order between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import NamedTuple

from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Alert, Cancel, Effect, Place, RaiseHalt, Record, Severity
from robo_trader.desk.events import Event
from robo_trader.desk.news import BrokerStatus, News, OrderSeen, PositionSeen, QuoteSeen, StatusSeen, TimePassed
from robo_trader.desk.state import Watch
from robo_trader.orders.events import Intended
from robo_trader.orders.evidence import BrokerError, ExecutionSeen, Sweep
from robo_trader.orders.intent import intent_of
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.simulation.look import Filled, HaltAcknowledged, Received, Stated
from robo_trader.values import NS_PER_SECOND, Instant, Now, Quote, Ticks
from tests.support.desk_bench import BOOK, CLIENT, OPEN, SPY, settings

SHARES = 2
STEP_NS = 1_000_000
DESKS_KEPT_MAX = 256
_WATCH_FIELDS = tuple(f.name for f in fields(Watch))
_SETTINGS = {epoch: settings(epoch) for epoch in range(1, 9)}
for _made in _SETTINGS.values():
    _made.books[BOOK] = type(_made.books[BOOK])(SHARES, Decimal(1))  # type: ignore[index]

_READ: dict[tuple[int, int], tuple[object, object, Desk]] = {}


class Resting(NamedTuple):
    """One order that the exchange took."""

    place: Place
    epoch: int
    total: int
    filled: int = 0
    live: bool = True
    triggered: bool = False

    @property
    def remaining(self) -> int:
        return self.total - self.filled if self.live else 0


class World(NamedTuple):
    """Everything, at one instant. `watch` is packed: one entry a field, never changed."""

    journal: tuple[Event, ...]
    watch: tuple[object, ...]
    epoch: int = 1
    process: int = 1_000 * NS_PER_SECOND
    market: int = OPEN + 30 * 60 * NS_PER_SECOND
    wire: tuple[Place | Cancel, ...] = ()
    orders: tuple[Resting, ...] = ()
    statuses: tuple[News, ...] = ()
    executions: tuple[ExecutionSeen, ...] = ()
    made: tuple[ExecutionSeen, ...] = ()
    taken: Sweep | None = None
    sweeps: int = 0
    connected: bool = False
    lost: bool = False  # something was said that the desk will never hear
    looked: int = 0
    received: tuple[Received, ...] = ()
    fills: tuple[Filled, ...] = ()
    stated: tuple[Stated, ...] = ()
    halts: tuple[HaltAcknowledged, ...] = ()
    alerted: frozenset[str] = frozenset()  # keys of the calls to a person that stand
    able_since: int | None = None
    bare_since: int | None = None
    signals_left: int = 3
    faults_left: int = 2
    received_judged: int = 0
    fills_judged: int = 0
    heard: frozenset[int] = frozenset()  # order ids that the desk was told of

    @property
    def own(self) -> int:
        return sum(f.side * f.shares for f in self.fills if f.intent)

    @property
    def position(self) -> int:
        return sum(f.side * f.shares for f in self.fills)

    @property
    def silent(self) -> bool:
        """Whether everything that was said was heard."""
        return self.connected and not (self.wire or self.statuses or self.executions or self.taken or self.lost)

    @property
    def intents(self) -> int:
        return sum(isinstance(e, Intended) for e in self.journal)


def packed(watch: Watch) -> tuple[object, ...]:
    """A watch as a value; what is empty takes no room."""
    return tuple(getattr(watch, name) or None for name in _WATCH_FIELDS)


def watch_of(world: World) -> Watch:
    """A watch of its own to move on with."""
    watch = Watch()
    for name, value in zip(_WATCH_FIELDS, world.watch, strict=True):
        if value is not None:
            setattr(watch, name, value.copy() if hasattr(value, "copy") else value)
    return watch


def desk_of(world: World) -> Desk:
    """The desk, resumed from its journal, with what this life has learnt beside it: one to move on with."""
    desk = Desk.resume(world.journal, _SETTINGS[world.epoch])
    desk._watch = watch_of(world)
    return desk


def desk_to_read(world: World) -> Desk:
    """The same for those who only read; a few are kept, since most moves never reach the desk."""
    known = _READ.get((id(world.journal), id(world.watch)))
    return known[2] if known is not None else _remember(world, desk_of(world))


def _remember(world: World, desk: Desk) -> Desk:
    """Ids stay true, because what they name is kept with them."""
    if len(_READ) >= DESKS_KEPT_MAX:
        _READ.clear()
    _READ[id(world.journal), id(world.watch)] = world.journal, world.watch, desk
    return desk


def fresh(epoch: int, journal: tuple[Event, ...] = ()) -> tuple[tuple[Event, ...], tuple[object, ...]]:
    """Journal and watch of a new life."""
    desk = Desk.resume(journal, _SETTINGS[epoch])
    started = tuple(e.event for e in desk.start(Now(OPEN, 0)) if isinstance(e, Record))
    return (*journal, *started), packed(desk._watch)


def tell(world: World, *news: News) -> World:
    """Give the desk a batch of news and carry out what it wants."""
    desk = desk_of(world)
    effects = desk.handle(news, Now(Instant(world.market), world.process))
    told = _carry_out(world, desk, effects) if effects else world._replace(watch=packed(desk._watch))
    _remember(told, desk)
    return told


def _carry_out(world: World, desk: Desk, effects: Iterable[Effect]) -> World:
    journal, wire, received, halts, alerted = list(world.journal), list(world.wire), world.received, world.halts, world.alerted
    durable = {e.intent: e for e in journal if isinstance(e, Intended)}
    for effect in effects:
        match effect:
            case Record():
                journal.append(effect.event)
                if isinstance(effect.event, Intended):
                    durable[effect.event.intent] = effect.event
            case Place():
                wire.append(effect)
                received = (*received, _frame(world, effect, durable.get(effect.intent)))
            case Cancel():
                wire.append(effect)
            case RaiseHalt():
                halt = effect.halt
                halts = (*halts, HaltAcknowledged(halt.id, world.process, int(halt.level), halt.target))
            case Alert() if effect.severity is Severity.CRITICAL:
                alerted |= {effect.key}
            case Alert() if effect.severity is Severity.INFO and effect.key.startswith("bare/"):
                alerted -= {effect.key}
            case _:
                pass
    return world._replace(journal=tuple(journal), watch=packed(desk._watch), wire=tuple(wire), received=received, halts=halts, alerted=alerted)


def _frame(world: World, place: Place, row: Intended | None) -> Received:
    """The frame as it leaves; whether it arrives is the exchange's to say, so here 'received' is the worst that can be."""
    _, _, epoch, intent = place.order_ref.split(":")
    return Received(
        intent=intent,
        epoch=int(epoch),
        client_id=CLIENT,
        order_id=place.order_id,
        purpose=row.purpose if row else "",
        symbol=place.symbol,
        side=place.side.sign,
        quantity=place.quantity,
        kind=place.order_type,
        oca_group=place.oca_group,
        left=world.process,
        at=world.process,
        durable=row is not None,
        looked=world.looked,
        strategy=BOOK.strategy,
    )


def status_of(order: Resting, status: BrokerStatus) -> StatusSeen:
    """What the exchange says of an order."""
    held = "trigger" if status is BrokerStatus.PRE_SUBMITTED else ""
    number = order.place.order_id
    return StatusSeen(number, CLIENT, 1000 + number, status, order.filled, order.remaining, held)


def standing(order: Resting) -> BrokerStatus:
    """The status of an order that works."""
    waits = order.place.order_type is OrderType.STOP and not order.triggered
    return BrokerStatus.PRE_SUBMITTED if waits else BrokerStatus.SUBMITTED


def seen(order: Resting) -> OrderSeen:
    """The same in an answer to a sweep."""
    place, number = order.place, order.place.order_id
    ended = BrokerStatus.FILLED if order.filled >= order.total and order.filled else BrokerStatus.CANCELLED
    return OrderSeen(
        SPY,
        place.side,
        place.quantity,
        place.order_type,
        standing(order) if order.live else ended,
        number if order.live else 0,
        CLIENT,
        1000 + number,
        place.order_ref,
        place.oca_group,
        None if order.live else order.filled,
    )


def sweep_of(world: World, *, failed: bool = False) -> Sweep:
    """A whole look at the exchange as it is now; `failed`: nobody answered what is open."""
    rejected = {e.id for e in world.statuses if isinstance(e, BrokerError)}
    return Sweep(
        world.sweeps + 1,
        world.process,
        None if failed else tuple(seen(o) for o in world.orders if o.live),
        tuple(seen(o) for o in world.orders if not o.live and o.place.order_id not in rejected),
        world.made,
        (),
        (PositionSeen(SPY, world.position),),
    )


def quote(world: World) -> QuoteSeen:
    """A fresh quote."""
    return QuoteSeen(Quote(SPY, Ticks(16_790), Ticks(16_792), 500, 500, Instant(world.market)))


def wait(world: World, seconds: int) -> World:
    """Time passes; the desk is woken at each of its own timers on the way, as its shell does."""
    until = world.process + seconds * NS_PER_SECOND
    while True:
        timer = desk_to_read(world).next_timer_ns(Now(Instant(world.market), world.process))
        at = until if timer is None else min(timer, until)
        world = world._replace(market=world.market + at - world.process, process=at)
        world = tell(world, quote(world), TimePassed())
        if at >= until:
            return world


def purpose_of(world: World, place: Place) -> Purpose:
    """Why the journal says that this order was sent."""
    row = next(e for e in world.journal if isinstance(e, Intended) and e.intent == place.intent)
    assert intent_of(place.order_ref, "test") == row.intent
    return row.purpose
