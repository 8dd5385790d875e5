"""`robo-trader halt` and `resume`: the fence is written first, and whoever trades is waited for second.

A halt is *recorded* when it is safe in the system's fence, and *confirmed* when the trading process has seen it and the broker has answered a
message sent since. Both instants are printed; between them at most one entry a symbol, four in all, can have slipped out.
"""

from __future__ import annotations

import getpass
import json
import math
from dataclasses import asdict
from typing import Annotated, Final

import typer

from robo_trader.cli.systems import existing, running
from robo_trader.edge.state_directory import StateDirectory, list_systems
from robo_trader.errors import ConfigurationError, NotConfirmed, StateUnreadable
from robo_trader.production import stopping
from robo_trader.production.halt_words import halt_of, lift_in
from robo_trader.production.halting import NOT_RECORDED, UNCONFIRMED, Place, in_order
from robo_trader.risk.halt import Halt, HaltScope

WAIT_SECONDS_MAX: Final = 60.0


def halt(
    system: Annotated[str | None, typer.Option(help="The system; without it every one that runs, or, if none runs, every one there is.")] = None,
    level: Annotated[str, typer.Option(help="no_new, reduce_only, halt_cancel or halt_flatten.")] = "reduce_only",
    symbol: Annotated[str | None, typer.Option(help="Halt this symbol alone.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Halt this strategy alone.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in a word or two.")] = "operator",
    by: Annotated[str | None, typer.Option(help="Who says so; the user's name if not given.")] = None,
    text: Annotated[str, typer.Option(help="More words for those who read it later.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the confirmation.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Stop new exposure now, and tell when the trading process and the broker's gateway have confirmed it.

    Protective stops always stay. Exit code 5: recorded, NOT confirmed; the halt stands all the same.
    """
    if not (math.isfinite(timeout) and 0 < timeout <= WAIT_SECONDS_MAX):
        raise ConfigurationError(f"--timeout is {timeout}", f"give seconds above 0, at most {WAIT_SECONDS_MAX:g}")
    wanted = wanted_halt(level, symbol, strategy, reason, by or getpass.getuser(), text)
    event, answers = stopping.stop(_meant(system), wanted, timeout, message=text)
    if as_json:
        typer.echo(json.dumps({"halts": [asdict(answer) for answer in answers]}))
    for answer in answers:
        typer.echo(answer.line(), err=as_json)
    for note in event.metadata["notes"]:
        typer.echo(note, err=True)
    if failed := [answer for answer in answers if answer.outcome == NOT_RECORDED]:
        raise StateUnreadable(f"{failed[0].system}: {failed[0].problem}", "the other systems are halted")
    if any(answer.outcome == UNCONFIRMED for answer in answers):
        raise typer.Exit(NotConfirmed.exit_code)


def _meant(system: str | None) -> list[Place]:
    """The named system; else those that run; else, as nothing runs, every one there is and every one to come."""
    if system is not None:
        return [Place(directory) for directory in existing(system)]
    places = in_order(list_systems(), with_root=True)
    return [place for place in places if place.runs] or places


def wanted_halt(level: str, symbol: str | None, strategy: str | None, reason: str, by: str, text: str) -> Halt:
    """The halt that the options describe, under a new id; raises `ConfigurationError`."""
    if symbol is not None and strategy is not None:
        raise ConfigurationError("--symbol and --strategy exclude each other", "halt the one, then the other")
    scope, target = HaltScope.ALL, ""
    if symbol is not None:
        scope, target = HaltScope.SYMBOL, symbol.strip().upper()
    elif strategy is not None:
        scope, target = HaltScope.STRATEGY, strategy.strip()
    if scope is not HaltScope.ALL and not target:
        raise ConfigurationError(f"--{scope} is empty", "name what to halt, or leave the option out to halt everything")
    return halt_of(level, scope, target, reason, by, text, prefix="--")[0]


def resume(
    by: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the name, 32 bytes in all.")],
    halt_id: Annotated[str | None, typer.Option("--id", help="The halt to lift.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Lift every halt that stands.")] = False,
    system: Annotated[str | None, typer.Option(help="The system; may be left out where there is only one, or only one runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Lift a halt by its id, or all of them; positions grow again only on a signal from a newer bar."""
    if every == (halt_id is not None):
        raise ConfigurationError("--id and --all: exactly one of them is needed", "give --id ID, as `robo-trader status` shows it, or --all")
    place = Place() if system is None and not list_systems() else Place(the_one(system))
    lifted = lift_in(place, halt_id, by, reason)
    if as_json:
        typer.echo(json.dumps({"system": place.name, "resumed": lifted}))
    else:
        typer.echo(f"{place.name}: " + (f"resumed {', '.join(lifted)}" if lifted else "no halt stands"))


def the_one(system: str | None) -> StateDirectory:
    """The system that is meant; lifting a halt in a system that nobody named takes more than a guess."""
    known = existing(system)
    candidates = running(known) or known
    if len(candidates) > 1:
        raise ConfigurationError("several systems could be meant", f"add --system with one of: {', '.join(d.name for d in candidates)}")
    return candidates[0]
