"""What may happen next in the smallest world: every move, each a name and the world that it leads to.

Moves that the broker, the network or a person need not make are faults; a world may meet so many of them on its way (`faults_left`). A move that
tells the desk nothing does not wake it. Rejected orders leave no trace in a sweep's lists, as at the broker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected, HaltSeen, NotSent, ResumeSeen, Signal, StatusSeen
from robo_trader.orders.evidence import BrokerError, ExecutionSeen
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.look import Filled, HaltAcknowledged, Stated
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.simulation.exhaustive_world import (
    STEP_NS,
    Resting,
    World,
    fresh,
    purpose_of,
    quote,
    standing,
    status_of,
    sweep_of,
    tell,
    wait,
)
from tests.support.desk_bench import BOOK, CLIENT, SPY, Decimal

Move = tuple[str, World]
OVERTAKEN_NS_MAX = 10 * NS_PER_SECOND
FILLED_GROUP = "Order rejected - reason:OCA group is already filled"


def moves(world: World) -> Iterator[Move]:
    """Everything that may happen next. What is said while nobody listens is lost."""
    for name, next_ in _all_moves(world._replace(process=world.process + STEP_NS)):
        if not next_.connected and (next_.statuses or next_.executions):
            yield name, next_._replace(statuses=(), executions=(), lost=True)
        else:
            yield name, next_


def _all_moves(world: World) -> Iterator[Move]:
    yield from _of_the_strategy(world)
    yield from _of_the_wire(world)
    yield from _of_the_exchange(world)
    yield from _of_the_messages(world)
    yield from _of_the_session(world)
    for seconds in (5, 30):
        yield f"{seconds} s pass", wait(world, seconds)
    if world.faults_left:
        yield from _of_a_person(world._replace(faults_left=world.faults_left - 1))


def _of_the_strategy(world: World) -> Iterator[Move]:
    if not world.signals_left:
        return
    market = world.market + 60 * NS_PER_SECOND
    for stance in (1, 0, -1):
        told = (*world.stated, Stated(SPY, stance, market, world.process))
        next_ = world._replace(market=market, signals_left=world.signals_left - 1, stated=told)
        signal = Signal(BOOK, stance, Instant(market), Instant(market + 65 * NS_PER_SECOND))
        yield f"target {stance:+d}", tell(next_, quote(next_), signal)


def _of_the_wire(world: World) -> Iterator[Move]:
    """The oldest frame arrives, or does not."""
    if not world.wire:
        return
    frame, rest = world.wire[0], world._replace(wire=world.wire[1:])
    if isinstance(frame, Cancel):
        yield "the cancel arrives", _cancelled(rest, frame)
        return
    accepted = _accepted(rest, frame)
    yield "the order arrives", accepted
    if world.faults_left:
        fault = rest._replace(faults_left=rest.faults_left - 1)
        yield "the order is rejected", _rejected(fault, frame, "Order rejected - reason:margin")
        yield "the order is swallowed", fault
        yield "the order arrives and nobody says so", accepted._replace(statuses=world.statuses, faults_left=fault.faults_left)
        yield "the last line refuses it", fault._replace(statuses=(*fault.statuses, NotSent(frame.intent, "the lease is not valid")))


def _group(world: World, name: str) -> list[Resting]:
    return [o for o in world.orders if name and o.place.oca_group == name]


def _accepted(world: World, place: Place) -> World:
    group = _group(world, place.oca_group)
    if any(o.filled and o.filled >= o.total for o in group):
        return _rejected(world, place, FILLED_GROUP)
    traded = sum(o.filled for o in group)
    largest = max([place.quantity, *(o.place.quantity for o in group)])
    order = Resting(place, world.epoch, min(place.quantity, largest - traded))
    return world._replace(orders=(*world.orders, order), statuses=(*world.statuses, status_of(order, standing(order))))


def _rejected(world: World, place: Place, text: str) -> World:
    order = Resting(place, world.epoch, place.quantity, live=False)
    news = BrokerError(place.order_id, 201, text), status_of(order, BrokerStatus.INACTIVE)
    return world._replace(statuses=(*world.statuses, *news))


def _cancelled(world: World, frame: Cancel) -> World:
    order = next((o for o in world.orders if o.place.order_id == frame.order_id), None)
    if order is None or not order.live:
        code = 10147 if order is None else 10148
        return world._replace(statuses=(*world.statuses, BrokerError(frame.order_id, code, "cannot be cancelled")))
    return _ended(world, order, unasked=False)


def _ended(world: World, order: Resting, *, unasked: bool) -> World:
    gone = order._replace(live=False)
    said = (BrokerError(order.place.order_id, 202, "Order Canceled - reason:"),) if unasked else ()
    return _changed(world, gone)._replace(statuses=(*world.statuses, *said, status_of(gone, BrokerStatus.CANCELLED)))


def _changed(world: World, order: Resting) -> World:
    return world._replace(orders=tuple(order if o.place.order_id == order.place.order_id else o for o in world.orders))


def _of_the_exchange(world: World) -> Iterator[Move]:
    for order in world.orders:
        for shares in range(1, order.remaining + 1):
            yield f"{order.place.order_type} {order.place.order_id} fills {shares}", _filled(world, order, shares)
        if order.live and world.faults_left:
            fault = world._replace(faults_left=world.faults_left - 1)
            yield f"{order.place.order_id} is cancelled by the broker", _ended(fault, order, unasked=True)


def _filled(world: World, order: Resting, shares: int) -> World:
    place, number = order.place, order.place.order_id
    after = order._replace(filled=order.filled + shares, live=order.filled + shares < order.total, triggered=place.order_type is OrderType.STOP)
    done = BrokerStatus.SUBMITTED if after.live else BrokerStatus.FILLED
    id_ = f"e{number}-{order.filled}.01"
    told = ExecutionSeen(id_, SPY, place.side, shares, Decimal("167.92"), Instant(world.market), number, CLIENT, 1000 + number, place.order_ref)
    fill = Filled(id_, place.intent, purpose_of(world, place), SPY, place.side.sign, shares, place.oca_group, world.market)
    world = _changed(world, after)._replace(statuses=(*world.statuses, status_of(after, done)))
    for other in _group(world, place.oca_group):
        if other.live and other.place.order_id != number:
            less = other._replace(total=max(other.total - shares, other.filled))
            less = less._replace(live=less.total > less.filled)
            said = status_of(less, standing(less) if less.live else BrokerStatus.CANCELLED)
            world = _changed(world, less)._replace(statuses=(*world.statuses, said))
    return world._replace(executions=(*world.executions, told), made=(*world.made, told), fills=(*world.fills, fill))


def _of_the_messages(world: World) -> Iterator[Move]:
    """The next status or the next execution is heard, perhaps twice."""
    if not world.connected:
        return
    fault = world._replace(faults_left=world.faults_left - 1)
    if world.statuses:
        yield "a status is heard", _hear_status(world, again=False)
        if world.faults_left:
            yield "a status is heard, and will be again", _hear_status(fault, again=True)
    if world.executions:
        yield "an execution is heard", _hear(world, world.executions[0], again=False)
        if world.faults_left:
            yield "an execution is heard, and will be again", _hear(fault, world.executions[0], again=True)


def _hear_status(world: World, *, again: bool) -> World:
    head = world.statuses[0]
    known = {head.order_id} if isinstance(head, StatusSeen) else {head.id} if isinstance(head, BrokerError) else set()
    rest = world if again else world._replace(statuses=world.statuses[1:])
    return tell(rest._replace(heard=world.heard | known), head)


def _hear(world: World, execution: ExecutionSeen, *, again: bool) -> World:
    heard = world if again else world._replace(executions=world.executions[1:])
    return tell(_known(heard, {execution.exec_id})._replace(heard=world.heard | {execution.order_id}), execution)


def _known(world: World, ids: set[str]) -> World:
    fills = tuple(replace(f, heard=world.process) if f.exec_id in ids and f.heard is None else f for f in world.fills)
    return world._replace(fills=fills)


def _of_the_session(world: World) -> Iterator[Move]:
    if not world.connected:
        yield "the connection comes up", connected(world)
        return
    if world.taken is None and may_ask(world):
        yield "the broker is looked at", look_at_broker(world)
        if world.statuses or world.executions or world.wire:
            yield "a look at the broker begins", world._replace(taken=sweep_of(world), sweeps=world.sweeps + 1)
    elif world.taken is not None:
        yield "the look's answer comes", deliver(world)
    if world.faults_left:
        fault = world._replace(faults_left=world.faults_left - 1)
        if world.taken is None and may_ask(world):
            yield "nobody says what is open", deliver(fault._replace(taken=sweep_of(fault, failed=True), sweeps=fault.sweeps + 1))
        yield "the connection is lost", tell(_cut(fault), Disconnected("lost"))
        dead = _cut(fault)._replace(epoch=fault.epoch + 1)
        journal, watch = fresh(dead.epoch, dead.journal)
        yield "the process dies", dead._replace(journal=journal, watch=watch)


def may_ask(world: World) -> bool:
    """A question may overtake an order that has just left, not one that left long ago: they share a socket."""
    waiting = {f.order_id for f in world.wire}
    return all(world.process - r.left < OVERTAKEN_NS_MAX for r in world.received if r.order_id in waiting)


def _cut(world: World) -> World:
    """Whatever was under way either way is gone."""
    lost = world.lost or bool(world.statuses or world.executions or world.wire)
    return world._replace(connected=False, looked=0, wire=(), statuses=(), executions=(), taken=None, lost=lost)


def connected(world: World) -> World:
    """A session: the broker's next order id has rolled back to 1."""
    return tell(world._replace(connected=True, lost=True), Connected("DU1", 1))


def deliver(world: World) -> World:
    """The answer to a look at the broker, as it was when it was asked."""
    sweep = world.taken
    assert sweep is not None
    whole = sweep.open_orders is not None
    told = {e.exec_id for e in sweep.executions or ()}
    now = sweep_of(world)
    same = whole and (sweep.open_orders, sweep.completed, sweep.executions) == (now.open_orders, now.completed, now.executions)
    trace = frozenset(o.order_id for o in sweep.open_orders or ())
    world = _known(world._replace(taken=None, looked=2 if whole else world.looked, lost=world.lost and not same, heard=world.heard | trace), told)
    return tell(world, sweep)


def calm(world: World) -> World | None:
    """The next of what happens by itself while nothing goes wrong: frames arrive, messages are heard; None once all is quiet."""
    world = world._replace(process=world.process + STEP_NS)
    if not world.connected:
        return connected(world)
    if world.wire:
        frame, rest = world.wire[0], world._replace(wire=world.wire[1:])
        return _cancelled(rest, frame) if isinstance(frame, Cancel) else _accepted(rest, frame)
    if world.statuses:
        return _hear_status(world, again=False)
    if world.executions:
        return _hear(world, world.executions[0], again=False)
    return deliver(world) if world.taken is not None else None


def look_at_broker(world: World) -> World:
    """A whole look, asked and answered at once."""
    return deliver(world._replace(taken=sweep_of(world), sweeps=world.sweeps + 1))


def _of_a_person(world: World) -> Iterator[Move]:
    for side in (Side.BUY, Side.SELL):
        id_ = f"f{len(world.made)}.01"
        told = ExecutionSeen(id_, SPY, side, 1, Decimal("167.90"), Instant(world.market), 1, 99, 5000, "")
        fill = Filled(id_, "", "", SPY, side.sign, 1, "", world.market)
        yield (
            f"somebody {side}s one",
            world._replace(
                executions=(*world.executions, told),
                made=(*world.made, told),
                fills=(*world.fills, fill),
            ),
        )
    standing_ = [h for h in world.halts if h.lifted is None and h.id == "op"]
    if not standing_ and not world.halts:
        halt = Halt("op", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "operator", None, "me")
        yield "halt", tell(world._replace(halts=(*world.halts, HaltAcknowledged("op", world.process, 2))), HaltSeen(halt))
    for halt_ in standing_:
        lifted = tuple(replace(h, lifted=world.process) if h.id == halt_.id else h for h in world.halts)
        yield "resume", tell(world._replace(halts=lifted), ResumeSeen("op"))
