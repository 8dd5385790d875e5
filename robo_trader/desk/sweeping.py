"""Judging a sweep: a whole look at the broker, compared with what events say.

A sweep never overwrites. Executions in it are applied like any other; an open order is proof of life; a completed order is proof of its end. What
is found nowhere is absent, and absence decides only when two complete sweeps, asked at least 10 s apart, agree on it, with positions that agree in
both and no trace between them: an intent that the broker never acknowledged was then never sent; one that it had acknowledged is over. A position
that executions do not explain for two sweeps is drift: the symbol is halted, all three counts are told, nothing is corrected.

A light sweep, of open orders and positions, proves life and nothing else: a position that is not ours, or an order of ours that is not listed, is a
reason to look at everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from robo_trader.desk import reading
from robo_trader.desk.budget import DRIFT
from robo_trader.desk.claims import claim, doubt_claims, missing
from robo_trader.desk.corporate import apply_splits, due_split
from robo_trader.desk.corrections import correct_baseline
from robo_trader.desk.effects import Severity
from robo_trader.desk.entry_slices import shared_out, waiting
from robo_trader.desk.events import BaselineTaken, DriftSeen
from robo_trader.desk.settings import ACK_UNKNOWN_NS, PARTIAL_LOOKS_NS, SWEEPS_APART_NS, WAY_OUT_OF_DRIFT
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Order
from robo_trader.orders.events import WentUnknown
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, Sweep
from robo_trader.orders.ledger import CURRENCY, currency_of
from robo_trader.orders.order import Outcome, Purpose, Stage
from robo_trader.orders.standing import execution_base
from robo_trader.values import NS_PER_SECOND, Symbol


def read_sweep(turn: Turn, sweep: Sweep) -> None:
    """Apply a sweep, part by part, executions first: they alone move shares."""
    if sweep.light:
        _glance(turn, sweep)
        return
    _take_baseline(turn, sweep)
    if not turn.watch.swept:
        turn.watch.homes = _homes(turn, sweep.executions or ())
    for execution in sweep.executions or ():
        reading.read_execution(turn, execution)
    turn.watch.homes.clear()
    for commission in sweep.commissions:
        reading.read_commission(turn, commission)
    if sweep.positions is not None:
        broker = {p.symbol: p.quantity for p in sweep.positions}
        correct_baseline(turn, broker)
        apply_splits(turn, broker)
    found = _read_orders(turn, sweep)
    if sweep.executions is not None and sweep.open_orders is not None and turn.state.baseline is not None:
        turn.watch.swept = True
    for position in sweep.positions or ():
        turn.watch.broker_positions[position.symbol] = position.quantity
    if sweep.open_orders is None or sweep.completed is None or sweep.executions is None or sweep.positions is None:
        _doubt(turn)
        return
    turn.watch.partial_since_ns = None
    turn.watch.last_sweep_ns, turn.watch.last_sweep = turn.now.process, sweep.number
    agreeing = _compare_positions(turn, sweep)
    doubt_claims(turn, sweep, agreeing)
    _judge_absent(turn, sweep, found, agreeing)
    unresolved = {o.intended.book.symbol for o in turn.state.orders.by_intent.values() if o.live and _without_evidence(turn, o)}
    unresolved |= {turn.state.orders.by_intent[intent].intended.book.symbol for intent in turn.watch.claimed}
    turn.watch.reconciled = agreeing - unresolved
    if turn.settings.announced:
        turn.watch.pay_at = 0  # what waited for this may be paid


def _homes(turn: Turn, executions: Iterable[ExecutionSeen]) -> dict[str, str]:
    """Where the fills go that the journal lost, and whose stops it knows, by their ids."""
    orders = turn.state.orders
    lost: defaultdict[str, dict[str, ExecutionSeen]] = defaultdict(dict)
    for seen in executions:
        if not orders.corrects(seen.exec_id) and (order := reading.order_of(turn, seen.order_ref, seen.client_id, seen.order_id, seen.perm_id)):
            lost[order.intended.intent].setdefault(execution_base(seen.exec_id), seen)  # a stop was for what was said first
    homes: dict[str, str] = {}
    for entry, fills in ((orders.by_intent[intent], list(by_base.values())) for intent, by_base in lost.items()):
        if entry.intended.purpose is Purpose.ENTER:
            homes |= shared_out(waiting(turn.state.book(entry.intended.book), entry), fills)
    return homes


def _doubt(turn: Turn) -> None:
    """A look was not answered in full. When that has gone on for too long, nothing counts as reconciled any more: no entry goes, and people know."""
    since = turn.watch.partial_since_ns
    turn.watch.partial_since_ns = since = turn.now.process if since is None else since
    if turn.now.process - since >= PARTIAL_LOOKS_NS and turn.watch.reconciled:
        turn.watch.reconciled.clear()
        text = f"no look at the broker was answered in full for {PARTIAL_LOOKS_NS // NS_PER_SECOND} s: no entry goes until one is"
        turn.alert(Severity.CRITICAL, "partial-looks", text)


def _glance(turn: Turn, sweep: Sweep) -> None:
    """Ask for a whole sweep if a light one differs from what is on record in anything that events should have told."""
    found = _read_orders(turn, sweep)
    for intent in found:
        turn.watch.absent_since_ns.pop(intent, None)
    if sweep.open_orders is not None:
        for order in turn.state.orders.by_intent.values():
            silent = order.stage is Stage.INTENDED  # not answered yet, which is watched by its own clock
            if order.live and not silent and order.intended.intent not in found and _placed_before(turn, order, sweep):
                turn.ask_sweep(f"{order.intended.intent} is not among the open orders")
    if sweep.positions is not None:
        broker = {p.symbol: p.quantity for p in sweep.positions}
        for symbol in _compared(turn, broker):
            before, theirs = turn.watch.broker_positions.get(symbol), broker.get(symbol, 0)
            turn.watch.told_position(symbol, theirs, turn.state.net(symbol))
            differs = not theirs == turn.state.net(symbol) == turn.state.ledger_net(symbol)
            if differs and (theirs != before or not turn.watch.drift_declared(symbol)):
                turn.ask_sweep(f"{symbol}: broker {theirs}, ours {turn.state.net(symbol)}")
            split = due_split(turn, symbol)
            if split is not None and turn.now.market >= split.open:
                turn.ask_sweep(f"{split.name} is due")
    if turn.watch.claimed:
        turn.ask_sweep("executions are claimed and have not come")
    if turn.watch.partial_since_ns is not None:
        turn.ask_sweep("the last look at everything was not answered in full")


def _placed_before(turn: Turn, order: Order, sweep: Sweep) -> bool:
    """Whether the question cannot have overtaken the order; an order of an earlier life was placed before any of ours."""
    return turn.watch.placed_ns.get(order.intended.intent, 0) < sweep.asked_process_ns


def _compared(turn: Turn, broker: Mapping[Symbol, int]) -> list[Symbol]:
    """Every symbol that either side knows, but those of another currency: nothing of them is in our books, and their trades were refused by name."""
    known = set(turn.state.symbols) | {b.symbol for b in turn.settings.books} | set(broker)
    return [symbol for symbol in sorted(known) if currency_of(symbol) == CURRENCY]


def _take_baseline(turn: Turn, sweep: Sweep) -> None:
    """First start: the account as it stands is external. The shell has refused an account that is not flat, unless told to accept it."""
    if turn.state.baseline is None and sweep.positions is not None and sweep.executions is not None:
        held = tuple((p.symbol, p.quantity) for p in sweep.positions if p.quantity)
        made = sweep.executions
        turn.record(BaselineTaken(held, tuple(e.exec_id for e in made), tuple(e.side.sign * e.quantity for e in made)))


def _read_orders(turn: Turn, sweep: Sweep) -> set[str]:
    """Intents of ours that the sweep shows a trace of."""
    found: set[str] = set()
    for seen in sweep.open_orders or ():
        order = reading.read_order(turn, seen)
        if order is not None:
            found.add(order.intended.intent)
    for seen in sweep.completed or ():
        order = _read_completed(turn, seen)
        if order is not None:
            found.add(order.intended.intent)
    return found


def _read_completed(turn: Turn, seen: OrderSeen) -> Order | None:
    order = reading.order_of(turn, seen.order_ref, 0, 0, seen.perm_id)
    if order is None or not order.live:
        return order
    if not order.perm_ids:
        reading.read_order(turn, _as_live(seen))
    if claim(turn, order, seen.perm_id, seen.filled or 0):
        return order  # its executions are still to come
    outcome = Outcome.FILLED if seen.status is BrokerStatus.FILLED else Outcome.CANCELLED
    reading.end_one(turn, order, seen.perm_id, outcome, f"completed: {seen.status}")
    return order


def _as_live(seen: OrderSeen) -> OrderSeen:
    """The same order with a status that says 'the broker has it'."""
    return OrderSeen(
        seen.symbol,
        seen.side,
        seen.quantity,
        seen.order_type,
        BrokerStatus.SUBMITTED,
        seen.order_id,
        seen.client_id,
        seen.perm_id,
        seen.order_ref,
        seen.oca_group,
    )


def _compare_positions(turn: Turn, sweep: Sweep) -> set[Symbol]:
    """Symbols whose net position agrees; a difference in two sweeps running is drift."""
    broker = {p.symbol: p.quantity for p in sweep.positions or ()}
    agreeing: set[Symbol] = set()
    for symbol in _compared(turn, broker):
        turn.watch.broker_positions[symbol] = theirs = broker.get(symbol, 0)
        ours = turn.state.net(symbol)
        if theirs == ours == turn.state.ledger_net(symbol):
            agreeing.add(symbol)
            turn.watch.drift_since.pop(symbol, None)
            turn.watch.drift_by.pop(symbol, None)
            continue
        turn.watch.drift_by[symbol] = theirs - ours
        turn.watch.drift_since.setdefault(symbol, sweep.number)
        if turn.watch.drift_declared(symbol):
            _drift(turn, symbol, theirs)
        else:
            turn.ask_sweep(f"{symbol}: broker {theirs}, ours {ours}")
    return agreeing


def _drift(turn: Turn, symbol: Symbol, theirs: int) -> None:
    own, external = turn.state.own(symbol), turn.state.external(symbol)
    text = (
        f"{symbol}: the broker holds {theirs}, executions explain {own} own + {external} external, the ledger counts {turn.state.ledger_net(symbol)}."
        f" {WAY_OUT_OF_DRIFT}"
    )
    before = len(turn.state.halts)
    turn.halt_symbol(symbol, DRIFT, text)
    if len(turn.state.halts) > before:
        turn.record(DriftSeen(symbol, theirs, own, external))


def _without_evidence(turn: Turn, order: Order) -> bool:
    """Whether nobody can say what became of this intent: UNKNOWN, or journaled by an earlier life and not seen since."""
    if order.stage is Stage.UNKNOWN:
        return True
    return not order.perm_ids and order.intended.intent not in turn.watch.placed_ns


def _judge_absent(turn: Turn, sweep: Sweep, found: set[str], agreeing: set[Symbol]) -> None:
    for intent in found:
        turn.watch.absent_since_ns.pop(intent, None)
    for order in list(turn.state.orders.by_intent.values()):
        if order.live and order.intended.intent not in found:
            _judge_one_absent(turn, sweep, order, positions_agree=order.intended.book.symbol in agreeing)


def _judge_one_absent(turn: Turn, sweep: Sweep, order: Order, *, positions_agree: bool) -> None:
    intent = order.intended.intent
    if not positions_agree or missing(turn, order):
        turn.watch.absent_since_ns.pop(intent, None)  # this sweep does not say that nothing happened: the two that do are still to come
        return
    placed = turn.watch.placed_ns.get(intent)
    if placed is not None and sweep.asked_process_ns < placed + ACK_UNKNOWN_NS and not order.perm_ids:
        return  # still inside its own time to answer
    if not _placed_before(turn, order, sweep):
        return
    first = turn.watch.absent_since_ns.setdefault(intent, sweep.asked_process_ns)
    if sweep.asked_process_ns - first < SWEEPS_APART_NS:
        return
    if not order.perm_ids and _without_evidence(turn, order) and order.stage is not Stage.WORKING:
        reading.end(turn, order, Outcome.NEVER_SENT, "no trace in two sweeps")
    elif order.stage is not Stage.UNKNOWN:
        turn.record(WentUnknown(intent))
        turn.watch.absent_since_ns.pop(intent, None)
        turn.alert(Severity.WARNING, f"vanished/{intent}", f"order of {order.intended.book} vanished from the broker's lists")
    else:
        reading.end(turn, order, Outcome.CANCELLED, "gone from open orders, completed orders and executions in two sweeps")
