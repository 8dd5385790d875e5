"""`robo-trader down`: end a system that was left running: entries are cancelled, stops stay, the books are compared, every process ends."""

from __future__ import annotations

from typing import Annotated

import typer

from robo_trader.cli.run_command import finish, view_for
from robo_trader.cli.systems import existing, running
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, NotRunning


def down(
    system: Annotated[str | None, typer.Option(help="The system; may be left out if only one runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, as `run --json` prints.")] = False,
) -> None:
    """End a running system in order. Exit code 0: the books equal the broker's; 3: it does not run."""
    directory = _meant(system)
    # Late: Ray takes its time to import, and reads the environment when it is.
    from ray_cluster.connect import prepare  # noqa: PLC0415

    prepare(directory)
    from ray_cluster.session import end_tree  # noqa: PLC0415

    with view_for(as_json=as_json) as view:
        summary = end_tree(directory, view)
    finish(summary, as_json=as_json)


def _meant(system: str | None) -> StateDirectory:
    found = running(existing(system))
    if not found:
        raise NotRunning("no system runs" if system is None else f"system '{system}' does not run", "start it with `robo-trader run`")
    if len(found) > 1:
        raise ConfigurationError(f"{len(found)} systems run: {', '.join(directory.name for directory in found)}", "name one with --system")
    return found[0]
