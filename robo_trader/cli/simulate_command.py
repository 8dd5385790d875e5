"""`robo-trader simulate`: seeded worlds with faults, judged step by step; or one of them, told line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from robo_trader.errors import ConfigurationError

if TYPE_CHECKING:
    from robo_trader.simulation.campaign import Tally

SEEDS_DEFAULT: Final = 1_000
JOBS_MAX: Final = 64
EXIT_VIOLATION: Final = 1


def simulate(
    seeds: Annotated[int, typer.Option(help="How many worlds.")] = SEEDS_DEFAULT,
    seed0: Annotated[int, typer.Option(help="The first world's seed.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes side by side.")] = 2,
    results: Annotated[Path | None, typer.Option(help="Where blocks of worlds are kept, so that a run that was stopped goes on.")] = None,
    seed: Annotated[int | None, typer.Option(help="Only this world.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="With --seed: tell it line by line.")] = False,
) -> int:
    """Live through seeded worlds with faults and check every step; a violation ends the run with the line that replays it."""
    check(seeds, seed0, jobs, seed, explain=explain)
    if seed is not None:
        return one(seed, explain=explain)
    return many(seed0, seeds, jobs, results)


def check(seeds: int, seed0: int, jobs: int, seed: int | None, *, explain: bool) -> None:
    """Raise `ConfigurationError` for options that make no sense."""
    if seeds < 1:
        raise ConfigurationError(f"--seeds is {seeds}", "give a number from 1")
    if min(seed0, seed or 0) < 0:
        raise ConfigurationError("a seed is negative", "give seeds from 0")
    if not 1 <= jobs <= JOBS_MAX:
        raise ConfigurationError(f"--jobs is {jobs}", f"give a number from 1 to {JOBS_MAX}")
    if explain and seed is None:
        raise ConfigurationError("--explain tells one world", "name it with --seed")


def one(seed: int, *, explain: bool) -> int:
    """One world: its lines if asked, and its end."""
    from robo_trader.simulation.world import run  # noqa: PLC0415 - the worlds' libraries take a second to load

    result = run(seed, explain=explain)
    for line in result.lines:
        typer.echo(line)
    ended = f"violation of {result.violation}" if result.violation is not None else "no violation"
    typer.echo(f"seed {seed}: {ended}; {result.orders} orders, {result.faults.total()} faults, {result.seconds:.0f} s, history {result.hash}")
    return EXIT_VIOLATION if result.violation is not None else 0


def many(first: int, count: int, jobs: int, results: Path | None) -> int:
    """Many worlds, with a progress bar; then what they reached, and what they did not."""
    from robo_trader.simulation.campaign import live_through  # noqa: PLC0415 - the worlds' libraries take a second to load

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("worlds", total=count)
        tally = live_through(first, count, jobs=jobs, results=results, progress=lambda told: progress.update(bar, completed=told.seeds))
    console = Console()
    for table in tables(tally):
        console.print(table)
    for violated, text in tally.violations:
        typer.echo(f"seed {violated}: violation of {text}")
        typer.echo(f"robo-trader simulate --seed {violated} --explain")
    missing = [] if tally.violations else tally.missing()
    for text in missing:
        typer.echo(f"the run proves too little: {text}")
    return EXIT_VIOLATION if tally.violations or missing else 0


def tables(tally: Tally) -> list[Table]:
    """What the worlds reached."""
    from robo_trader.simulation.plan import KINDS, POINTS  # noqa: PLC0415 - the worlds' libraries take a second to load

    worlds = Table("worlds", "orders", "fills", "faults", "looks", "virtual hours", "violations")
    worlds.add_row(
        *(f"{n:,}" for n in (tally.seeds, tally.orders, tally.fills, tally.faults.total(), tally.looks)),
        f"{tally.hours:,.0f}",
        str(len(tally.violations)),
    )
    faults = Table("fault", "strikes", "what")
    for kind, what in KINDS.items():
        faults.add_row(kind, f"{tally.faults[kind]:,}", what)
    points = Table("crash point", "deaths", "who, when")
    for point, what in POINTS.items():
        points.add_row(point, f"{tally.points[point]:,}", what)
    rows = Table("life-cycle row", "times")
    for row, times in sorted(tally.rows.items()):
        rows.add_row(row, f"{times:,}")
    reached = Table("state", "times")
    for name, times in sorted(tally.reached.items()):
        reached.add_row(name, f"{times:,}")
    return [worlds, faults, points, rows, reached]
