"""`robo-trader doctor`: is everything that trading rests on in order? It opens no connection to a broker, and changes nothing unless told to.

The one thing it can be told is to make a damaged fence whole. What the lost records said is unknown, so everything is halted afterwards, until a
person has looked and resumes.
"""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from robo_trader.cli.systems import existing
from robo_trader.edge.root_fence import root_fence_path
from robo_trader.edge.state_directory import StateDirectory, list_systems

if TYPE_CHECKING:
    from robo_trader.cli.checks import Check

EXIT_FAILED: Final = 1
RECORDS_TOLD_MAX: Final = 5


def doctor(
    system: Annotated[str | None, typer.Option(help="Look at this system alone.")] = None,
    repair_fence: Annotated[
        bool,
        typer.Option(
            "--repair-fence", help="Rewrite what cannot be read in the system's fence (in that of all systems, if none is named), and halt."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check Python, SQLite, time zones, state directory, free space, market data, fences and journals. Exit code 1: something is wrong."""
    # Late: the journal's library takes a second to load, which no other command should wait for.
    from robo_trader.cli.checks import of_machine, of_system  # noqa: PLC0415

    directories = list(list_systems()) if system is None else existing(system)
    repaired = (mend_shared() if system is None else mend(directories[0])) if repair_fence else None
    checks = of_machine()
    for directory in directories:
        checks += of_system(directory)
    if as_json:
        told = [asdict(check) | ({"remedy": ""} if check.ok else {}) for check in checks]
        typer.echo(json.dumps({"ok": all(check.ok for check in checks), "checks": told} | ({} if repaired is None else {"repaired": repaired})))
    else:
        if repaired is not None:
            typer.echo(_line(system, repaired))
        _tell(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILED)


def mend_shared() -> list[str]:
    """Make the fence of all systems whole; it knows halts only, so this may be done while systems trade: they see everything halted."""
    from robo_trader.edge.fence_repair import repair  # noqa: PLC0415 - late, like the journal

    return list(repair(root_fence_path(), epoch_at_least=0, by=getpass.getuser()))


def mend(directory: StateDirectory) -> list[str]:
    """Make the fence whole while nobody can start the system; names of the records that were rewritten.

    Raises `AlreadyRunning` if a process runs it, `StateUnreadable` if the journal cannot tell which epochs were used.
    """
    from robo_trader.edge.fence_repair import repair  # noqa: PLC0415 - late, like the journal
    from robo_trader.edge.journal_store import Journal  # noqa: PLC0415

    lock = directory.lock()
    try:
        epoch, begun = 0, directory.journal.exists()
        if begun:
            journal = Journal.open(directory.journal, create=False, read_only=True)
            epoch = journal.last_epoch
            journal.close()
        return list(repair(directory.fence, epoch_at_least=epoch, by=getpass.getuser(), make=begun))
    finally:
        lock.release()


def _line(system: str | None, repaired: list[str]) -> str:
    whose = "all systems" if system is None else system
    if not repaired:
        return f"{whose}: every record of the fence could be read; nothing was repaired"
    more = f" and {len(repaired) - RECORDS_TOLD_MAX} more" if len(repaired) > RECORDS_TOLD_MAX else ""
    what = f"{whose}: rewrote {', '.join(repaired[:RECORDS_TOLD_MAX])}{more}; everything is halted until a person resumes"
    lost = any(record.startswith("reserve") for record in repaired)
    return what + ("; orders may be lost with them: compare the broker's open orders before that" if lost else "")


def _tell(checks: list[Check]) -> None:
    table = Table("", "what", "finding", title="doctor")
    for check in checks:
        finding = check.finding if check.ok or not check.remedy else f"{check.finding}; {check.remedy}"
        table.add_row(Text("ok" if check.ok else "WRONG", style="green" if check.ok else "bold red"), Text(check.what), Text(finding))
    Console().print(table)
