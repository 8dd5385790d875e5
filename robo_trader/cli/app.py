"""The `robo-trader` command: one function a command, and one place that turns errors into a line and an exit code.

Exit codes: 0 success, 1 error, 2 not found, 3 not running, 4 configuration, 5 not confirmed in time, 130 interrupted. A person's mistake is answered
with one line of cause and remedy, as a JSON object where `--json` was given; only a fault of the program itself shows a traceback. Commands import
what they need when they run, so that `halt` does not wait for, or fail with, libraries it never uses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Final

import typer

from robo_trader.cli import (
    backup_command,
    doctor_command,
    down_command,
    gateway_command,
    halt_command,
    optimize_command,
    revive_command,
    run_command,
    simulate_command,
    status_command,
    why_command,
)
from robo_trader.errors import GatewayAbsent, JournalFailed, StaleEpoch, UserError

EXIT_ERROR: Final = 1
EXIT_CONFIGURATION: Final = 4
EXIT_INTERRUPTED: Final = 130

app = typer.Typer(
    name="robo-trader",
    help="Automated trading for Interactive Brokers. `robo-trader run` alone trades a generated market on a simulated gateway.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run_command.run)
app.command("down")(down_command.down)
app.command("revive")(revive_command.revive)
app.command("status")(status_command.status)
app.command("why")(why_command.why)
app.command("halt")(halt_command.halt)
app.command("resume")(halt_command.resume)
app.command("optimize")(optimize_command.optimize)
app.command("doctor")(doctor_command.doctor)
app.command("simulate")(simulate_command.simulate)
app.command("sim-gateway")(gateway_command.sim_gateway)
app.add_typer(backup_command.app, name="backup")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code; `arguments` are without the program's name, from the process if None."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    as_json = "--json" in given
    try:
        code = app(args=given, prog_name="robo-trader", standalone_mode=False)
    except UserError as wrong:
        return _say(wrong.cause, wrong.remedy, wrong.exit_code, as_json=as_json)
    except typer.TyperException as wrong:
        return _say(wrong.format_message(), f"see {_help_of(given)}", EXIT_CONFIGURATION, as_json=as_json)
    except (GatewayAbsent, JournalFailed, StaleEpoch) as failed:
        return _say(str(failed), "look at `robo-trader doctor`, then start again", EXIT_ERROR, as_json=as_json)
    except OSError as failed:
        return _say(
            f"{failed.strerror or failed}: {failed.filename or '-'}",
            "check the path, its permissions and the free space",
            EXIT_ERROR,
            as_json=as_json,
        )
    except typer.Abort:
        return EXIT_INTERRUPTED  # end of input at a question; Ctrl-C arrives as the command's exit code
    return code if isinstance(code, int) else 0


def _help_of(given: Sequence[str]) -> str:
    """The help that belongs to what was typed."""
    known = [command.name for command in app.registered_commands]
    return f"robo-trader {given[0]} --help" if given and given[0] in known else "robo-trader --help"


def _say(cause: str, remedy: str, code: int, *, as_json: bool) -> int:
    """Report on standard error; JSON goes to standard output, where a program reads."""
    one_line = " ".join(cause.split()).rstrip(".")
    if as_json:
        typer.echo(json.dumps({"error": one_line, "remedy": remedy, "exit_code": code}))
    else:
        typer.echo(f"error: {one_line}; {remedy}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
