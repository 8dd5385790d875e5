"""The end of a run: are the books equal, and who says so.

Three accounts of the day are laid side by side: what our ledger folded from executions, what the broker's account states, and (for a simulated
broker) what the exchange's own log gives when it is recomputed from matches alone. `reconciled` is true only if all that exist agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from actors.final_look import FinalLook
from robo_trader.desk.news import AccountSeen
from robo_trader.desk.snapshot import Snapshot
from robo_trader.orders.evidence import Sweep
from robo_trader.simulated_gateway.verify import Report, verify
from robo_trader.simulated_gateway.verify_until import up_to

TOLERANCE: Final = Decimal("0.000001")
"""Dollars by which two exact computations may differ because one of them came over the wire as a double (I13)."""


@dataclass(frozen=True, slots=True)
class Books:
    """What is laid side by side: our snapshot, the broker's last word, its first cash (dollars, None if unknown), the exchange's log."""

    snapshot: Snapshot
    look: FinalLook
    starting_cash: Decimal | None
    exchange_log: Path | None


def conclude(books: Books, system: str, decisions_sha256: str) -> dict[str, Any]:
    """Compare and sum up; reads the whole exchange log."""
    comparison = compare(books)
    return summary(books.snapshot, comparison, books.look.account, decisions_sha256=decisions_sha256, system=system, exchange_log=books.exchange_log)


def unread(system: str, cause: str) -> dict[str, Any]:
    """The summary of a run whose broker could not be asked at the end: nothing is known to be equal."""
    return {"system": system, "reconciled": False, "violations": [f"the broker's account was not read: {cause}"]}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, in words; empty means equal."""

    differences: list[str]
    report: Report | None


def compare(books: Books) -> Comparison:
    """Compare ledger, broker's account and exchange log."""
    snapshot, sweep, account = books.snapshot, books.look.sweep, books.look.account
    differences = _positions(snapshot, sweep)
    if sweep.executions is None or snapshot.missing_commissions:
        differences.append(f"{snapshot.missing_commissions} executions have no commission report")
    external = any(quantity for _, quantity in snapshot.external)
    if books.starting_cash is not None and account.cash is not None and not external:
        differences += _figure("cash", books.starting_cash + snapshot.cash_change, account.cash)
    charged = sum((c.commission for c in _last_words(sweep)), Decimal(0))
    if not external:
        differences += _figure("commissions", snapshot.commissions, max(charged, snapshot.commissions) if _older(snapshot, sweep) else charged)
    if account.realised is not None and not external:
        differences += _figure("realised", snapshot.realised, account.realised)
    report = _judge(books.exchange_log) if books.exchange_log is not None else None
    if report is not None:
        differences += [f"exchange log: {violation}" for violation in report.violations]
        differences += _against_log(books, report, external=external)
    return Comparison(differences, report)


def _judge(exchange_log: Path, looked_ns: int | None = None) -> Report:
    """The verdict on the exchange's own log, all of it or up to an instant of process time."""
    with exchange_log.open(encoding="utf-8") as lines:
        return verify(lines if looked_ns is None else up_to(lines, looked_ns))


def positions_agree(snapshot: Snapshot, sweep: Sweep) -> bool:
    """Whether ledger and broker hold the same shares of every symbol."""
    return not _positions(snapshot, sweep)


def _positions(snapshot: Snapshot, sweep: Sweep) -> list[str]:
    if sweep.positions is None:
        return ["the broker did not state its positions"]
    theirs = {p.symbol: p.quantity for p in sweep.positions if p.quantity}
    ours = {s: q for s, q in snapshot.net if q}
    return [
        f"position {s}: ours {ours.get(s, 0)}, broker {theirs.get(s, 0)}"
        for s in sorted(set(ours) | set(theirs))
        if ours.get(s, 0) != theirs.get(s, 0)
    ]


def _last_words(sweep: Sweep) -> list[Any]:
    return list({c.exec_id: c for c in sweep.commissions}.values())


def _older(snapshot: Snapshot, sweep: Sweep) -> bool:
    """Whether the ledger knows fills of earlier days, which the broker no longer lists."""
    return snapshot.fills > len({e.exec_id for e in sweep.executions or ()})


def _figure(name: str, ours: Decimal, theirs: Decimal) -> list[str]:
    return [] if abs(ours - theirs) <= TOLERANCE else [f"{name}: ours {ours}, theirs {theirs}"]


def _against_log(books: Books, report: Report, *, external: bool) -> list[str]:
    """What the log's books say else than ours: of a market that is not ours, and goes on, those at the last look."""
    differences = _books_differ(books.snapshot, report, external=external)
    if not differences or books.exchange_log is None:
        return differences
    return _books_differ(books.snapshot, _judge(books.exchange_log, books.look.at_ns), external=external)


def _books_differ(snapshot: Snapshot, report: Report, *, external: bool) -> list[str]:
    differences = []
    for symbol, quantity in snapshot.net:
        if report.positions.get(symbol, 0) != quantity:
            differences.append(f"position {symbol}: ours {quantity}, exchange log {report.positions.get(symbol, 0)}")
    if not external:
        differences += _figure("commissions by the log", snapshot.commissions, Decimal(report.commissions))
        differences += _figure("realised by the log", snapshot.realised, Decimal(report.realised))
    return differences


def summary(
    snapshot: Snapshot, comparison: Comparison, account: AccountSeen, *, decisions_sha256: str, system: str, exchange_log: Path | None
) -> dict[str, Any]:
    """The one JSON object that `run --json` prints; money as text, quantities whole."""
    return {
        "system": system,
        "orders": snapshot.orders,
        "stops": snapshot.stops,
        "fills": snapshot.fills,
        "refusals": snapshot.refusals,
        "reconciled": not comparison.differences,
        "violations": comparison.differences,
        "position": {symbol: quantity for symbol, quantity in snapshot.net if quantity},
        "external": {symbol: quantity for symbol, quantity in snapshot.external if quantity},
        "cash": str(account.cash) if account.cash is not None else None,
        "commissions": str(snapshot.commissions),
        "realised": str(snapshot.realised),
        "realised_fifo": str(snapshot.realised_fifo),
        "halts": [halt.id for halt in snapshot.halts],
        "decisions_sha256": decisions_sha256,
        "exchange_log": str(exchange_log) if exchange_log else None,
        "verify": _short(comparison.report) if comparison.report is not None else None,
    }


def _short(report: Report) -> dict[str, Any]:
    """The report without its list of every intent; `sim-gateway --verify` prints the whole."""
    return {name: value for name, value in report.as_dict().items() if name != "orders_per_intent"}
