"""`robo-trader doctor`: is everything that trading rests on in order? It looks, changes nothing, and opens no connection to a broker."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from robo_trader.cli.systems import existing
from robo_trader.edge.state_directory import list_systems

if TYPE_CHECKING:
    from robo_trader.cli.checks import Check

EXIT_FAILED: Final = 1


def doctor(
    system: Annotated[str | None, typer.Option(help="Look at this system alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check Python, SQLite, state directory, journals, fences, locks and market data. Exit code 1: something is wrong, with its remedy."""
    # Late: the journal's library takes a second to load, which no other command should wait for.
    from robo_trader.cli.checks import of_machine, of_system  # noqa: PLC0415

    checks = of_machine()
    for directory in list_systems() if system is None else existing(system):
        checks += of_system(directory)
    if as_json:
        typer.echo(
            json.dumps(
                {"ok": all(check.ok for check in checks), "checks": [asdict(check) | ({"remedy": ""} if check.ok else {}) for check in checks]}
            )
        )
    else:
        _tell(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILED)


def _tell(checks: list[Check]) -> None:
    table = Table("", "what", "finding", title="doctor")
    for check in checks:
        finding = check.finding if check.ok or not check.remedy else f"{check.finding}; {check.remedy}"
        table.add_row(Text("ok" if check.ok else "WRONG", style="green" if check.ok else "bold red"), Text(check.what), Text(finding))
    Console().print(table)
