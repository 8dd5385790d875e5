"""What people see of the desk and the gateway, gathered where the work is done; nothing is kept, money is text, instants are ISO."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from robo_trader.desk.desk import Desk
from robo_trader.desk.news import AccountSeen
from robo_trader.desk.snapshot import BookView, Snapshot
from robo_trader.edge.clock import process_ns
from robo_trader.orders.book import Order
from robo_trader.orders.order import Purpose
from robo_trader.risk.halt import Halt
from robo_trader.values import NS_PER_SECOND, Instant, Money

if TYPE_CHECKING:
    from actors.gateway_node import GatewayNode


_CENT: Final = Decimal("0.01")


def desk_section(desk: Desk, market: Instant) -> dict[str, Any]:
    """The desk as JSON: books, live orders, money, halts."""
    view = desk.snapshot()
    return {
        "state": _state(view),
        "market_ns": market,
        "settled": settled(desk),
        "drained": desk.drained,
        "connected": view.connected,
        "books": [_book(desk, book) for book in view.books],
        "orders_live": [_order(desk, order) for book in desk.state.orders.books.values() for order in book.live.values()],
        "external": {symbol: quantity for symbol, quantity in view.external if quantity},
        "drift": {drift.symbol: drift.shares for drift in view.drifts},
        "cash_change": _dollars(view.cash_change),
        "commissions": _dollars(view.commissions),
        "realised": _dollars(view.realised),
        "orders": view.orders,
        "stops": view.stops,
        "fills": view.fills,
        "refusals": view.refusals,
        "unknown": view.unknown,
        "reconciled": list(view.reconciled),
        "halts": [halt_for_people(h) for h in view.halts],
    }


def settled(desk: Desk) -> bool:
    """Whether nothing is awaited and nothing works but stops: a last look then sees the end."""
    live = (order for book in desk.state.orders.books.values() for order in book.live.values())
    return not desk.busy and all(order.intended.purpose is Purpose.PROTECT for order in live)


def gateway_section(node: GatewayNode) -> dict[str, Any]:
    """The gateway's own word, dated with its ages in seconds of process time."""
    gateway, link, now_ns = node.gateway, node.link, process_ns()
    moments = {"packet": gateway.last_packet_ns, "bar": gateway.last_bar_ns, "sweep": gateway.last_sweep_ns}
    account = node.account or AccountSeen(None, None, None)
    return {
        "host": node.plan.host,
        "port": node.plan.port,
        "connected": link.connected,
        "account": gateway.session.account if gateway.session is not None else None,
        "market_ns": link.clock.now,
        "market_time": iso(link.clock.now),
        "session": node.plan.session(link.clock.now),
        "epoch": node.epoch,
        "lease_valid": node.fence.lease_valid(now_ns),
        "ages": {name: round((now_ns - at) / NS_PER_SECOND, 3) if at else None for name, at in moments.items()},
        "sweeps": gateway.sweeps_done,
        "quarantined": link.quarantined,
        "unacknowledged": node.line.unacknowledged,
        "followers": node.followers,
        "cash": _text(account.cash),
        "equity": _text(account.equity),
        "realised": _text(account.realised),
    }


def flat(system: str, desk: Mapping[str, Any], gateway: Mapping[str, Any]) -> dict[str, Any]:
    """Both as the one object that `status --json` prints and the live table shows."""
    state = desk["state"]
    if not gateway["connected"] and state != "draining":
        state = "waiting for gateway"
    return {
        **desk,
        "state": state,
        "system": system,
        "market_time": iso(gateway["market_ns"]),
        "session": gateway["session"],
        "ages": gateway["ages"],
        "cash": gateway.get("cash"),
        "gateway": {name: gateway[name] for name in ("host", "port", "connected")},
    }


def halt_for_people(halt: Halt) -> dict[str, Any]:
    """One halt as JSON."""
    return {
        "id": halt.id,
        "level": halt.level.name.lower(),
        "scope": str(halt.scope),
        "target": halt.target,
        "reason": halt.reason,
        "by": halt.by,
    }


def iso(instant: int) -> str | None:
    """An instant as people read it, to the second; None while there is none."""
    return datetime.fromtimestamp(instant // NS_PER_SECOND, UTC).isoformat() if instant else None


def _state(view: Snapshot) -> str:
    if view.draining:
        return "draining"
    if not view.connected:
        return "waiting for gateway"
    if not view.swept or len(view.reconciled) < len(view.books):
        return "reconciling"
    return "halted" if all(any(halt.covers(book.book) for halt in view.halts) for book in view.books) else "trading"


def _book(desk: Desk, book: BookView) -> dict[str, Any]:
    quote = desk.quote(book.book.symbol)
    instrument = desk.state.instruments.get(book.book.symbol)
    return {
        "book": str(book.book),
        "position": book.position,
        "target": book.target,
        "working": book.working,
        "covered": book.covered,
        "stop": str(instrument.money(book.stops[0])) if instrument and book.stops else None,
        "last": str(instrument.money(quote.bid)) if instrument and quote else None,
        "latched": book.latched,
        "signal_bar_end": iso(book.signal_bar_end) if book.signal_bar_end else None,
    }


def _order(desk: Desk, order: Order) -> dict[str, Any]:
    intended = order.intended
    placed = desk.placed_ns(intended.intent)
    instrument = desk.state.instruments.get(intended.book.symbol)
    return {
        "intent": intended.intent,
        "book": str(intended.book),
        "purpose": str(intended.purpose),
        "side": str(intended.side),
        "quantity": intended.quantity,
        "filled": order.filled,
        "price": str(instrument.money(intended.price)) if instrument and intended.price is not None else None,
        "stage": str(order.stage),
        "age_seconds": round((process_ns() - placed) / NS_PER_SECOND, 3) if placed is not None else None,
    }


def _text(money: Money | None) -> str | None:
    """Dollars as text, None where the broker has not said."""
    return None if money is None else _dollars(money)


def _dollars(money: Money) -> str:
    """Dollars with their cents, or with all their digits where cents would not be the truth."""
    cents = money.quantize(_CENT)
    return format(cents if cents == money else money.normalize(), "f")
