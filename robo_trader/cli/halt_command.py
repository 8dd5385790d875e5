"""`robo-trader halt` and `resume`: the fence is written first, and whoever trades is waited for second.

A halt is *recorded* when it is safe in the system's fence, and *confirmed* when the trading process has seen it and the broker has answered a
message sent since. Both instants are printed; between them at most one entry a symbol, four in all, can have slipped out.
"""

from __future__ import annotations

import getpass
import json
import math
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import typer

from robo_trader.cli.systems import existing, holder, running
from robo_trader.edge import clock
from robo_trader.edge.fence import Fence, halt_and_wait
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, NotConfirmed, NotFound
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

WAIT_SECONDS_MAX: Final = 60.0
LEVELS: Final = {level.name.lower(): level for level in HaltLevel}
CONFIRMED: Final = "recorded and confirmed"
FOR_NEXT_START: Final = "recorded for the next start; nothing runs now"
UNCONFIRMED: Final = "recorded, NOT confirmed"


@dataclass(frozen=True, slots=True)
class Halted:
    """What became of a halt in one system; instants in nanoseconds of CLOCK_BOOTTIME."""

    system: str
    id: str
    level: str
    scope: str
    target: str
    outcome: str
    recorded_ns: int
    confirmed_ns: int | None
    epoch: int


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
    known = existing(system)
    answers = halt_all(running(known) or known, wanted, timeout)
    if as_json:
        typer.echo(json.dumps({"halts": [asdict(answer) for answer in answers]}))
    for answer in answers:
        typer.echo(_line(answer), err=as_json)
    if any(answer.outcome == UNCONFIRMED for answer in answers):
        raise typer.Exit(NotConfirmed.exit_code)


def wanted_halt(level: str, symbol: str | None, strategy: str | None, reason: str, by: str, text: str) -> Halt:
    """The halt that the options describe, under a new id; raises `ConfigurationError`."""
    if level not in LEVELS:
        raise ConfigurationError(f"--level is {level!r}", f"choose one of: {', '.join(LEVELS)}")
    if symbol is not None and strategy is not None:
        raise ConfigurationError("--symbol and --strategy exclude each other", "halt the one, then the other")
    scope, target = HaltScope.ALL, ""
    if symbol is not None:
        scope, target = HaltScope.SYMBOL, symbol.strip().upper()
    elif strategy is not None:
        scope, target = HaltScope.STRATEGY, strategy.strip()
    if scope is not HaltScope.ALL and not target:
        raise ConfigurationError(f"--{scope} is empty", "name what to halt, or leave the option out to halt everything")
    return Halt(f"halt-{secrets.token_hex(4)}", LEVELS[level], scope, target, reason, None, by, text)


def halt_all(directories: list[StateDirectory], wanted: Halt, timeout_seconds: float) -> list[Halted]:
    """Halt these systems at the same time, so that none waits for another's confirmation. What one could not record is raised after the others."""
    with ThreadPoolExecutor(max_workers=len(directories)) as pool:
        outcomes = [pool.submit(halt_one, directory, wanted, timeout_seconds) for directory in directories]
    failures = [error for outcome in outcomes if (error := outcome.exception()) is not None]
    if failures:
        raise failures[0]
    return [outcome.result() for outcome in outcomes]


def halt_one(directory: StateDirectory, wanted: Halt, timeout_seconds: float) -> Halted:
    """Record the halt in one system and wait for its process, if it has one. A system that never began gets its fence now."""
    fence = Fence.open(directory.fence, create=not directory.journal.exists())
    try:
        alive = holder(fence) != 0
        answer = halt_and_wait(fence, wanted, timeout_seconds if alive else 0.0)
    finally:
        fence.close()
    outcome = CONFIRMED if answer.confirmed_ns is not None else UNCONFIRMED if alive else FOR_NEXT_START
    what = (wanted.id, wanted.level.name.lower(), str(wanted.scope), wanted.target)
    return Halted(directory.name, *what, outcome, answer.recorded_ns, answer.confirmed_ns, answer.epoch)


def _line(answer: Halted) -> str:
    what = f"{answer.scope} {answer.target}".strip()
    line = f"{answer.system}: halt {answer.id} ({answer.level}, {what}) {answer.outcome}"
    if answer.confirmed_ns is not None:
        line += f" by epoch {answer.epoch} after {(answer.confirmed_ns - answer.recorded_ns) / 1e6:.1f} ms"
    return line


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
    directory = the_one(system)
    lifted = lift(directory, halt_id, f"{by}: {reason}")
    if as_json:
        typer.echo(json.dumps({"system": directory.name, "resumed": lifted}))
    else:
        typer.echo(f"{directory.name}: " + (f"resumed {', '.join(lifted)}" if lifted else "no halt stands"))


def the_one(system: str | None) -> StateDirectory:
    """The system that is meant; lifting a halt in a system that nobody named takes more than a guess."""
    known = existing(system)
    candidates = running(known) or known
    if len(candidates) > 1:
        raise ConfigurationError("several systems could be meant", f"add --system with one of: {', '.join(d.name for d in candidates)}")
    return candidates[0]


def lift(directory: StateDirectory, halt_id: str | None, by: str) -> list[str]:
    """Lift one halt, or all that stand if `halt_id` is None; returns their ids. Raises `NotFound` for an id that stands nowhere."""
    fence = Fence.open(directory.fence, create=False)
    try:
        standing = [halt.id for halt in fence.halts()]
        if halt_id is not None and halt_id not in standing:
            raise NotFound(f"no halt '{halt_id}' stands in {directory.name}", f"choose one of: {', '.join(standing)}" if standing else "none stands")
        lifted = standing if halt_id is None else [halt_id]
        for one in lifted:
            fence.resume(one, by, clock.wall())
    finally:
        fence.close()
    return lifted
