"""`robo-trader status`: what the trading loop itself says, now. No file is ever read as an answer: a loop that hangs does not answer."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from robo_trader.cli.systems import existing, running
from robo_trader.cli.view import picture
from robo_trader.edge.operator_socket import ask
from robo_trader.edge.state_directory import StateDirectory, list_systems
from robo_trader.errors import NotConfirmed, NotRunning

ANSWER_SECONDS_MAX: Final = 2.0
REMEDY: Final = "start it with `robo-trader run`"


def status(
    system: Annotated[str | None, typer.Option(help="The system; without it every one that runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: the system's, or {systems: [...]} if several run.")] = False,
) -> None:
    """What the running system says of itself. Exit code 3: it does not run."""
    snapshots = [asked(directory) for directory in _meant(system)]
    if as_json:
        typer.echo(json.dumps(snapshots[0] if len(snapshots) == 1 else {"systems": snapshots}))
        return
    console = Console()
    for snapshot in snapshots:
        console.print(picture(snapshot))


def _meant(system: str | None) -> list[StateDirectory]:
    if system is None and not list_systems():
        raise NotRunning("no system runs", REMEDY)
    found = running(existing(system))
    if not found:
        raise NotRunning("no system runs" if system is None else f"system '{system}' does not run", REMEDY)
    return found


def asked(directory: StateDirectory) -> dict[str, Any]:
    """One system's snapshot; raises `NotRunning`, or `NotConfirmed` if its loop does not answer in time."""
    told = ask(directory.socket_path("operator"), {"op": "status"}, ANSWER_SECONDS_MAX)
    if "error" in told:
        raise NotConfirmed(str(told["error"]), str(told.get("remedy", "ask again in a moment")))
    return {"system": directory.name, **told}
