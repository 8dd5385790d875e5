"""`robo-trader backup create | verify | restore`: a system saved while it trades, looked at, and brought back halted."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from robo_trader.cli.halt_command import the_one
from robo_trader.edge.state_directory import StateDirectory

if TYPE_CHECKING:
    from robo_trader.edge.backup_checks import Finding
    from robo_trader.edge.backup_restore import Restored
    from robo_trader.risk.halt import Halt

EXIT_FAILED: Final = 1
BAR_AFTER_SECONDS: Final = 2.0
CHECKS_BEFORE_RESUME: Final = (
    "start it, and compare its positions and open orders in `robo-trader status` with the broker's own",
    "what the broker did since the backup shows as external: see `robo-trader why`, and the alerts",
)

app = typer.Typer(help="Save a system while it trades, look at a backup, bring one back.")
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command("create")
def create(
    system: Annotated[str | None, typer.Option(help="The system; may be left out where there is only one, or only one runs.")] = None,
    to: Annotated[Path | None, typer.Option(help="Make the backup in this folder; without it in `_backups` of the state root.")] = None,
    as_json: Json = False,
) -> None:
    """Save journal, fence, recordings and a simulated broker's account; the system may trade meanwhile."""
    from robo_trader.edge import backup  # noqa: PLC0415 - late: it loads the journal's library

    with _bar("saving") as tell:
        made = backup.create(the_one(system), to, tell)
    manifest = made.manifest
    if as_json:
        journal = asdict(manifest.journal)
        told = {"path": str(made.folder), "system": manifest.system, "created_at": manifest.created_at, "traded": manifest.traded}
        typer.echo(json.dumps(told | {"journal": journal, "epoch": manifest.epoch, "files": len(manifest.files), "bytes": manifest.size}))
        return
    trading = "while it traded" if manifest.traded else "at rest"
    typer.echo(f"{manifest.system}: saved {trading}, {len(manifest.files)} files, {manifest.size} bytes, journal to {manifest.journal.seq}")
    typer.echo(str(made.folder))


@app.command("verify")
def verify(path: Annotated[Path, typer.Argument(help="The backup's folder.")], as_json: Json = False) -> None:
    """Look at everything in a backup and change nothing. Exit code 1: something in it is not what was saved."""
    from robo_trader.edge import backup_checks  # noqa: PLC0415

    with _bar("verifying") as tell:
        _, findings = backup_checks.verify(path, tell)
    whole = all(finding.ok for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": whole, "path": str(path), "checks": [asdict(finding) for finding in findings]}))
    else:
        _tell(path, findings)
    if not whole:
        raise typer.Exit(EXIT_FAILED)


@app.command("restore")
def restore(
    path: Annotated[Path, typer.Argument(help="The backup's folder.")],
    system: Annotated[str, typer.Option(help="The system that the backup is of.")],
    replace: Annotated[bool, typer.Option("--replace", help="Move a system of this name aside first.")] = False,
    by: Annotated[str | None, typer.Option(help="Who says so; the user's name if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Bring a system back from a whole backup, halted: the broker may know more than the backup does.

    Nothing is overwritten, and a system that runs is left alone.
    """
    from robo_trader.edge import backup_restore  # noqa: PLC0415
    from robo_trader.production.audit import AuditTrail  # noqa: PLC0415

    directory, who = StateDirectory.of(system), by or getpass.getuser()

    def announce(halt: Halt) -> None:
        AuditTrail().append("restore", {"system": system, "backup": str(path.absolute()), "by": who, "halt": halt.id, "replace": replace})

    with _bar("restoring") as tell:
        done = backup_restore.restore(path, directory, replace=replace, by=who, announce=announce, tell=tell)
    aside = None if done.moved_aside is None else str(done.moved_aside)
    if as_json:
        halts = {"halt": done.halt.id, "carried_halts": [halt.id for halt in done.carried]}
        told = {"system": system, "path": str(directory.path), "journal": asdict(done.manifest.journal), **halts, "moved_aside": aside}
        typer.echo(json.dumps(told | {"remedy": _remedies(done)}))
        return
    typer.echo(f"{system}: restored to {done.manifest.created_at}, journal to {done.manifest.journal.seq}")
    if aside is not None:
        typer.echo(f"the directory before it is at {aside}")
    carried = f", beside {', '.join(halt.id for halt in done.carried)}" if done.carried else ""
    typer.echo(f"HALTED by {done.halt.id}{carried}. Before you resume:")
    for number, remedy in enumerate(_remedies(done), start=1):
        typer.echo(f"  {number}. {remedy}")


def _remedies(done: Restored) -> list[str]:
    """What a person does before the system may grow positions again."""
    resume = f"robo-trader resume --system {done.directory.name} --id {done.halt.id} --by NAME --reason WHY"
    return [*CHECKS_BEFORE_RESUME, f"then `{resume}`"]


def _tell(path: Path, findings: list[Finding]) -> None:
    table = Table("", "what", "finding", title=f"backup {path.name}")
    for finding in findings:
        mark = Text("ok" if finding.ok else "WRONG", style="green" if finding.ok else "bold red")
        table.add_row(mark, Text(finding.what), Text(finding.finding))
    Console().print(table)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where a person watches it, once the work has taken `BAR_AFTER_SECONDS`."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    job, begun = bar.add_task(what, total=None), time.monotonic()

    def tell(done: int, total: int) -> None:
        if time.monotonic() - begun >= BAR_AFTER_SECONDS:
            bar.start()  # again: does nothing
            bar.update(job, completed=done, total=total)

    try:
        yield tell
    finally:
        bar.stop()
