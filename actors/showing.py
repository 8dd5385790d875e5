"""What people see, gathered from the parts that do the work and dated with their ages; nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from robo_trader.edge.clock import process_ns
from robo_trader.risk.halt import Halt
from robo_trader.values import NS_PER_SECOND, Instant

if TYPE_CHECKING:
    from actors.trader import Trader
    from robo_trader.desk.snapshot import BookView, Snapshot

ALERTS_SHOWN_MAX: Final = 5


def snapshot_for_people(trader: Trader) -> dict[str, Any]:
    """One picture of the running system, ready for JSON: money as text, ages in seconds of process time."""
    desk = trader.desk.desk
    view = desk.snapshot()
    now = trader.link.clock.now
    return {
        "state": _state(trader, view),
        "system": trader.directory.name,
        "epoch": trader.epoch,
        "market_time": _iso(now),
        "session": "open" if any(s.holds(now) for s in desk.settings.limits.sessions) else "closed",
        "books": [_book(trader, book) for book in view.books],
        "external": {symbol: quantity for symbol, quantity in view.external if quantity},
        "cash_change": str(view.cash_change),
        "commissions": str(view.commissions),
        "realised": str(view.realised),
        "orders": view.orders,
        "stops": view.stops,
        "fills": view.fills,
        "refusals": view.refusals,
        "unknown": view.unknown,
        "reconciled": list(view.reconciled),
        "halts": [_halt(h) for h in view.halts],
        "alerts": [f"{a.severity}: {a.text}" for a in list(trader.desk.alerts)[-ALERTS_SHOWN_MAX:]],
        "ages": _ages(trader),
        "gateway": {"host": trader.host, "port": trader.port, "connected": trader.link.connected},
        "journal": trader.desk.journal_failure or "ok",
    }


def _state(trader: Trader, view: Snapshot) -> str:
    if view.draining:
        return "draining"
    if not trader.link.connected:
        return "waiting for gateway"
    if not view.swept or len(view.reconciled) < len(view.books):
        return "reconciling"
    return "halted" if view.halts else "trading"


def _book(trader: Trader, book: BookView) -> dict[str, Any]:
    quote = trader.desk.desk.quote(book.book.symbol)
    instrument = trader.desk.desk.state.instruments.get(book.book.symbol)
    dollars = str(instrument.money(book.stops[0])) if instrument and book.stops else None
    last = str(instrument.money(quote.bid)) if instrument and quote else None
    return {
        "book": str(book.book),
        "position": book.position,
        "target": book.target,
        "working": book.working,
        "covered": book.covered,
        "stop": dollars,
        "last": last,
        "latched": book.latched,
        "signal_bar_end": _iso(book.signal_bar_end) if book.signal_bar_end else None,
    }


def _halt(halt: Halt) -> dict[str, Any]:
    return {
        "id": halt.id,
        "level": halt.level.name.lower(),
        "scope": str(halt.scope),
        "target": halt.target,
        "reason": halt.reason,
        "by": halt.by,
    }


def _ages(trader: Trader) -> dict[str, float | None]:
    gateway = trader.gateway
    now = process_ns()
    moments = {"packet": gateway.last_packet_ns, "bar": gateway.last_bar_ns, "sweep": gateway.last_sweep_ns}
    return {name: round((now - at) / NS_PER_SECOND, 3) if at else None for name, at in moments.items()}


def _iso(instant: Instant) -> str | None:
    """An instant as people read it, to the second; None while there is none."""
    if not instant:
        return None
    return datetime.fromtimestamp(instant // NS_PER_SECOND, UTC).isoformat()
