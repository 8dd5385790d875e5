"""Which systems a command means: the one that was named, else those that run; found from any working directory.

Whether a system runs is read from the lease in its fence, which names the process: a system whose lease cannot be read is taken to run, because a
person who halts must not be told that nothing needs to confirm it.
"""

from __future__ import annotations

from robo_trader.edge.state_directory import StateDirectory, list_systems
from robo_trader.errors import NotFound
from robo_trader.production.halting import Place
from robo_trader.production.halting import holder as holder


def existing(system: str | None) -> list[StateDirectory]:
    """The named system, or all there are. Raises `NotFound`, listing what there is, if there is none."""
    known = list_systems()
    if not known:
        raise NotFound("there is no system yet", "start one with `robo-trader run`")
    if system is None:
        return list(known)
    named = [directory for directory in known if directory.name == system]
    if not named:
        raise NotFound(f"there is no system '{system}'", f"choose one of: {', '.join(directory.name for directory in known)}")
    return named


def running(directories: list[StateDirectory]) -> list[StateDirectory]:
    """Those of them that a living process trades."""
    return [directory for directory in directories if is_running(directory)]


def is_running(directory: StateDirectory) -> bool:
    """Whether a living process holds this system's lease, or may hold it."""
    return Place(directory).runs
