"""The end of a run, for people: what was traded, and whether the books equal the broker's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

_ROWS: Final = (
    *("system", "orders", "stops", "fills", "refusals", "position", "external"),
    *("cash", "commissions", "realised", "realised_fifo", "decisions_sha256", "exchange_log"),
)


def drawing(summary: Mapping[str, Any]) -> RenderableType:
    """The summary as a table, and its verdict."""
    table = Table(title="End of the run", show_header=False)
    for name in _ROWS:
        if summary.get(name) not in (None, {}):
            table.add_row(name, Text(_words(summary[name])))
    if summary.get("reconciled"):
        verdict = Text("reconciled: the books equal the broker's", style="bold green")
    else:
        verdict = Text("NOT reconciled", style="bold red")
    return Group(table, verdict, *(Text(f"  {line}", style="red") for line in summary.get("violations") or ()))


def tell(console: Console, summary: Mapping[str, Any]) -> None:
    """Print it."""
    console.print(drawing(summary))


def _words(value: object) -> str:
    return ", ".join(f"{name} {quantity}" for name, quantity in value.items()) if isinstance(value, Mapping) else str(value)
