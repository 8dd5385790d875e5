"""Halts and resumes out of the words that people write, for the command line and for HTTP: the same words mean the same halt on every road.

A word that nobody knows is refused, because the person who wrote it is there to correct it. What is only too good to be true is not refused: a halt
that must not end by itself, and was given an end, stands without one, and says so in its notes.
"""

from __future__ import annotations

import math
import secrets
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.state_directory import list_systems
from robo_trader.errors import ConfigurationError, NotFound
from robo_trader.production import stopping
from robo_trader.production.halting import Place, in_order
from robo_trader.production.stop_words import NEVER_BY_ITSELF
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE, Instant

LEVELS: Final = {level.name.lower(): level for level in HaltLevel}
SCOPES: Final = {scope.value: scope for scope in HaltScope}
MINUTES_MAX: Final = 366 * 24 * 60
TARGET_BYTES_MAX: Final = 40


def halt_of(
    level: str, scope: str, target: str, reason: str, by: str, text: str = "", until_minutes: float | None = None, prefix: str = ""
) -> tuple[Halt, list[str]]:
    """The halt that these words describe, under a new id, and notes for who asked; `until_minutes` None = until it is lifted.

    Raises `ConfigurationError` naming the word, with `prefix` before it as the asker wrote it (`--level`).
    """
    if level not in LEVELS:
        raise ConfigurationError(f"{prefix}level is {level!r}", f"choose one of: {', '.join(LEVELS)}")
    if scope not in SCOPES:
        raise ConfigurationError(f"{prefix}scope is {scope!r}", f"choose one of: {', '.join(SCOPES)}")
    name = _target(SCOPES[scope], target.strip(), prefix)
    notes: list[str] = []
    end = _end(until_minutes, prefix)
    if end is not None and reason in NEVER_BY_ITSELF:
        notes.append(f"a halt for {reason} never ends by itself: a person must lift it")
        end = None
    return Halt(f"halt-{secrets.token_hex(4)}", LEVELS[level], SCOPES[scope], name, reason, end, by, text), notes


def lift_in(place: Place, halt_id: str | None, by: str, why: str) -> list[str]:
    """Lift one halt, or all that this place obeys if `halt_id` is None; returns their ids. Raises `NotFound` for an id that stands nowhere.

    A halt of every system is lifted in every system: it was raised as one.
    """
    shared = [halt.id for halt in Place().standing()]
    standing = list(dict.fromkeys([*(halt.id for halt in place.standing()), *shared]))
    if halt_id is not None and halt_id not in standing:
        raise NotFound(f"no halt '{halt_id}' stands in {place.name}", f"choose one of: {', '.join(standing)}" if standing else "none stands")
    wanted = standing if halt_id is None else [halt_id]
    lifted, _ = stopping.resume(in_order(list_systems(), with_root=True), [one for one in wanted if one in shared], by, why)
    here, _ = stopping.resume([place], [one for one in wanted if one not in shared], by, why)
    return [*lifted, *here]


def _target(scope: HaltScope, name: str, prefix: str) -> str:
    """What is halted, as the fence holds it; empty for everything."""
    if scope is HaltScope.ALL:
        if name:
            raise ConfigurationError(
                f"{prefix}target is {name!r} and {prefix}scope is 'all'", "leave the target out, or choose the scope of the target"
            )
        return ""
    if not name:
        raise ConfigurationError(f"{prefix}target is empty", f"name the {scope} to halt, or leave {prefix}scope out to halt everything")
    if len(name.encode(errors="replace")) > TARGET_BYTES_MAX:
        raise ConfigurationError(f"{prefix}target has more than {TARGET_BYTES_MAX} bytes", "name it as the configuration does")
    return name.upper() if scope is HaltScope.SYMBOL else name


def _end(minutes: float | None, prefix: str) -> Instant | None:
    """The instant in so many minutes of wall clock."""
    if minutes is None:
        return None
    if not (math.isfinite(minutes) and 0 < minutes <= MINUTES_MAX):
        raise ConfigurationError(f"{prefix}until_minutes is {minutes}", f"give minutes above 0, at most {MINUTES_MAX}, or leave it out")
    return Instant(clock.wall() + int(minutes * NS_PER_MINUTE))
