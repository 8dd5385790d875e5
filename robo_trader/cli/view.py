"""What a person sees while a system runs: a live table on a terminal, lines of change elsewhere, only notes for programs.

A view is told, never asked: the trading loop hands it a snapshot four times a second and single notes as they happen. The snapshot's keys are the
ones of `robo-trader status --json`.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

NOTES_SHOWN_MAX: Final = 6
BOOK_COLUMNS: Final = ("symbol", "position", "target", "working", "covered", "stop", "last")
TOTALS: Final = ("cash", "cash_change", "realised", "commissions", "orders", "stops", "fills", "refusals")
_STATE_STYLES: Final = {"trading": "bold green", "halted": "bold red", "draining": "bold yellow"}


class View(Protocol):
    """What the trading loop tells."""

    def show(self, snapshot: Mapping[str, Any]) -> None:
        """The state of the system, about four times a second."""

    def note(self, line: str) -> None:
        """Something that happened, for people."""


class QuietView:
    """For `--json`: standard output stays free for the one object at the end; notes go to standard error."""

    def show(self, snapshot: Mapping[str, Any]) -> None:
        """Nothing: a program asks `status`."""

    def note(self, line: str) -> None:
        """One line on standard error."""
        typer.echo(line, err=True)


class LineView:
    """Where no terminal is: a line whenever the state changes."""

    def __init__(self) -> None:
        """What is standard output now stays ours, whoever takes it over later."""
        self._said = ""
        self._out = sys.stdout

    def show(self, snapshot: Mapping[str, Any]) -> None:
        """Says the state when it is a new one."""
        state = str(snapshot.get("state", ""))
        if state != self._said:
            self._said = state
            self.note(f"{snapshot.get('market_time') or '-'} {state}")

    def note(self, line: str) -> None:
        """One line on standard output."""
        typer.echo(line, file=self._out)


class LiveView:
    """The live table of a terminal, with the last notes under it; use as a context manager, which gives the terminal back."""

    def __init__(self, console: Console) -> None:
        self._notes: deque[str] = deque(maxlen=NOTES_SHOWN_MAX)
        self._snapshot: Mapping[str, Any] = {}
        self._live = Live(console=console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        """Take the terminal."""
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None) -> None:
        """Give the terminal back, the last picture on it."""
        self._live.stop()

    def show(self, snapshot: Mapping[str, Any]) -> None:
        """Draw anew."""
        self._snapshot = snapshot
        self._live.update(picture(snapshot, self._notes), refresh=True)

    def note(self, line: str) -> None:
        """Add a line under the table."""
        self._notes.append(line)
        self._live.update(picture(self._snapshot, self._notes), refresh=True)


def picture(snapshot: Mapping[str, Any], notes: Iterable[str] = ()) -> RenderableType:
    """The whole of a snapshot as one drawing; keys that are missing show as '-'."""
    halts = [Text(_halt_line(halt), style="bold red") for halt in snapshot.get("halts") or ()]
    alerts = [Text(f"alert: {_alert_line(alert)}", style="yellow") for alert in snapshot.get("alerts") or ()]
    said = [Text(line, style="dim") for line in notes]
    actors = [_actors(snapshot["actors"])] if snapshot.get("actors") else []
    parts: tuple[RenderableType, ...] = (_head(snapshot), _books(snapshot.get("books") or ()), _totals(snapshot), *actors, *halts, *alerts, *said)
    return Panel(Group(*parts), title="RoboTrader")


def _head(snapshot: Mapping[str, Any]) -> Text:
    state = _cell(snapshot, "state")
    gateway = snapshot.get("gateway") or {}
    line = Text.assemble((f"{_cell(snapshot, 'system')} ", "bold"), (state, _STATE_STYLES.get(state, "bold")))
    line.append(f"  market {_cell(snapshot, 'market_time')} ({_cell(snapshot, 'session')})")
    return line.append(f"  gateway {_cell(gateway, 'host')}:{_cell(gateway, 'port')}  epoch {_cell(snapshot, 'epoch')}")


def _books(books: Sequence[Mapping[str, Any]]) -> Table:
    """One row a sub-book; the strategies stand in the title, because a terminal is narrow and symbols and numbers must show whole."""
    parts = [_cell(book, "book").rpartition("/") for book in books]
    table = Table(expand=True, title=", ".join(sorted({strategy for strategy, _, _ in parts})))
    for column in BOOK_COLUMNS:
        table.add_column(column, justify="left" if column == "symbol" else "right", no_wrap=True)
    for book, (_, _, symbol) in zip(books, parts, strict=True):
        row = {**book, "symbol": symbol}
        table.add_row(*(Text(_cell(row, column), style=_alarm(row, column)) for column in BOOK_COLUMNS))
    return table


def _actors(actors: Sequence[Mapping[str, Any]]) -> Table:
    """One row a process: is it there, which incarnation is it, and why."""
    table = Table(expand=True)
    for column in ("process", "phase", "epoch", "restarts", "why", "heard"):
        words = column in {"process", "why"}  # which are folded where a terminal is narrow, never cut
        table.add_column(
            column, justify="left" if words or column == "phase" else "right", no_wrap=not words, overflow="fold" if words else "ellipsis"
        )
    for actor in actors:
        well = _cell(actor, "phase") == "running"
        why = actor.get("last_reason") if actor.get("restarts") or not well else ""
        phase = Text(_cell(actor, "phase"), style="green" if well else "bold red")
        cells = (_cell(actor, name) for name in ("epoch", "restarts"))
        table.add_row(_cell(actor, "name"), phase, *cells, str(why or ""), _cell(actor, "heartbeat_age_seconds"))
    return table


def _alarm(book: Mapping[str, Any], column: str) -> str:
    """Shares that no stop covers are the one thing nobody may overlook."""
    held, covered = book.get("position"), book.get("covered")
    uncovered = isinstance(held, int) and isinstance(covered, int) and abs(held) > abs(covered)
    return "bold red" if column == "covered" and uncovered else ""


def _totals(snapshot: Mapping[str, Any]) -> Text:
    figures = "  ".join(f"{name} {_cell(snapshot, name)}" for name in TOTALS if name in snapshot)
    ages = ", ".join(f"{name} {_cell(snapshot['ages'], name)}" for name in snapshot.get("ages") or ())
    return Text(f"{figures}  |  seconds since the last {ages}" if ages else figures)


def _halt_line(halt: Mapping[str, Any]) -> str:
    scope = _cell(halt, "scope") + (f" {halt['target']}" if halt.get("target") else "")
    return f"HALT {_cell(halt, 'id')}  {_cell(halt, 'level')} of {scope}: {_cell(halt, 'reason')} (by {_cell(halt, 'by')})"


def _alert_line(alert: object) -> str:
    return f"{_cell(alert, 'severity')}: {_cell(alert, 'text')}" if isinstance(alert, Mapping) else str(alert)


def _cell(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
