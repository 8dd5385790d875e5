"""`robo-trader revive`: start a process again that was given up, once its cause is put right."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from robo_trader.cli.systems import existing, running
from robo_trader.edge.operator_socket import ask
from robo_trader.errors import NotFound, NotRunning

ANSWER_SECONDS_MAX: Final = 5.0


def revive(
    process: Annotated[str, typer.Argument(help="Its name, as `robo-trader status` tells it.")],
    system: Annotated[str | None, typer.Option(help="The system; without it every one that runs.")] = None,
) -> None:
    """Bring a process back that was given up. The halt that its end raised stays until `robo-trader resume`."""
    found = running(existing(system))
    if not found:
        raise NotRunning("no system runs" if system is None else f"system '{system}' does not run", "start it with `robo-trader run`")
    for directory in found:
        answer = ask(directory.socket_path("operator"), {"op": "revive", "child": process}, ANSWER_SECONDS_MAX)
        if "revived" not in answer:
            raise NotFound(f"{directory.name} has no process '{process}'", "choose one that `robo-trader status` shows")
        typer.echo(f"{directory.name}: {process} is started again")
