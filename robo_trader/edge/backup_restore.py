"""A saved system brought back.

A backup is old, and the broker is not: it may hold orders and fills that the backup never heard of. So a restored system is halted until a person has
compared the two; it takes the executions that it does not know for what they are, external, and says so. Nothing is overwritten: a directory that is
to be replaced is moved aside first, under its lock, and its halts go on standing in the one that takes its place.

A system comes back under its own name only. Its name is in every order reference at the broker, so under another one it would not know its own stops.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from robo_trader.edge.backup_checks import FENCE, Finding, Tell, verify
from robo_trader.edge.backup_copy import copy_bytes, make_folder, sync_folders
from robo_trader.edge.backup_fence import Standing, put_to_work, what_stands
from robo_trader.edge.backup_manifest import FILES, Manifest, saved_of
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.journal_store_copy import end_of
from robo_trader.edge.state_directory import StateDirectory, make_root
from robo_trader.errors import AlreadyRunning, ConfigurationError, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

REASON: Final = "restored from backup"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: the system, the halt it waits behind, those carried over, and where the directory before it went (None: no such)."""

    directory: StateDirectory
    manifest: Manifest
    halt: Halt
    carried: tuple[Halt, ...]
    moved_aside: Path | None


def restore(
    folder: Path,
    directory: StateDirectory,
    *,
    replace: bool,
    by: str,
    announce: Callable[[Halt], None] = lambda _halt: None,
    tell: Tell = lambda _done, _total: None,
) -> Restored:
    """Bring the backup in `folder` back as the system of `directory`, halted.

    `announce` is called once everything is ready and before anything is moved; what it raises leaves all as it was.
    Raises `NotFound` where there is no backup, `StateUnreadable` for one that is not whole, `ConfigurationError` for another system's backup and for
    a system that exists (unless `replace`), `AlreadyRunning` while a process of the system lives.
    """
    manifest = _whole(*verify(folder, tell))
    if manifest.system != directory.name:
        raise ConfigurationError(
            f"the backup is of system '{manifest.system}', not '{directory.name}': its name is in every order at the broker",
            f"restore it with --system {manifest.system}, in another state root (ROBO_TRADER_STATE_DIR) if that one has to stay",
        )
    make_root()
    with ExitStack() as stack:
        before = Standing(0, (), 0)
        exists = directory.exists
        if exists:
            if not replace:
                raise ConfigurationError(f"system '{directory.name}' exists at {directory.path}", "add --replace, which moves it aside first")
            before = stack.enter_context(_at_rest(directory))
        halt = _halt_of(manifest, by, lost=any(each.id == UNREADABLE_ID for each in before.halts))
        fresh = directory.path.with_name(f".{directory.name}.{os.getpid()}.restoring")
        stack.callback(shutil.rmtree, fresh, ignore_errors=True)  # gone after the rename
        _fill(fresh, folder / FILES, manifest)
        put_to_work(fresh / FENCE, halt=halt, carried=before.halts, epoch_at_least=max(before.epoch, manifest.journal.epoch))
        sync_folders(fresh)
        announce(halt)
        aside = _move_aside(directory) if exists else None
        fresh.rename(directory.path)
        sync_folders(directory.path)
    return Restored(directory, manifest, halt, tuple(each for each in before.halts if each.id != UNREADABLE_ID), aside)


def _whole(manifest: Manifest | None, findings: list[Finding]) -> Manifest:
    """The manifest of a backup in which nothing is wrong."""
    wrong = [f"{finding.what}: {finding.finding}" for finding in findings if not finding.ok]
    if manifest is None or wrong:
        raise StateUnreadable(f"the backup is not whole: {'; '.join(wrong)}", "use another backup; this one is left as it is")
    return manifest


@contextmanager
def _at_rest(directory: StateDirectory) -> Iterator[Standing]:
    """Keep everybody out of a system that nothing trades; yields what its fence says. Raises `AlreadyRunning` while a process of it lives."""
    lock = directory.lock()
    try:
        before = what_stands(directory.fence)
        if before.pid:
            raise AlreadyRunning(f"process {before.pid} trades system '{directory.name}'", f"stop it first: kill -INT {before.pid}")
        if _is_held(directory.gateway_state / "gateway.lock"):
            raise AlreadyRunning(
                f"the simulated gateway of system '{directory.name}' still runs", f"stop the process that {directory.path}/gateway.json names"
            )
        with suppress(StateUnreadable):
            before = replaced(before, epoch=max(before.epoch, end_of(directory.journal).epoch))
        yield before
    finally:
        lock.release()


def _is_held(lock: Path) -> bool:
    """Whether a process holds this lock file."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _halt_of(manifest: Manifest, by: str, *, lost: bool) -> Halt:
    """The halt that a restored system waits behind; stronger where the halts of the one that it replaces could not all be read."""
    text = f"saved {manifest.created_at[:19]}Z, journal to {manifest.journal.seq}"
    level = HaltLevel.REDUCE_ONLY if lost else HaltLevel.NO_NEW
    return Halt(f"restored-{secrets.token_hex(4)}", level, HaltScope.ALL, "", REASON, None, by, text)


def _fill(fresh: Path, files: Path, manifest: Manifest) -> None:
    """Copy every listed file, and look at each copy: what was whole a moment ago may not be what was read."""
    fresh.mkdir(mode=0o700)
    for name, saved in manifest.files.items():
        make_folder((fresh / name).parent)
        if not copy_bytes(files / name, fresh / name) or saved_of(fresh / name) != saved:
            raise StateUnreadable(f"{files / name} changed while it was restored", "verify the backup, then try again")


def _move_aside(directory: StateDirectory) -> Path:
    """Rename the directory so that no tool takes it for a system."""
    aside = directory.path.with_name(f"{directory.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
    directory.path.rename(aside)
    return aside
