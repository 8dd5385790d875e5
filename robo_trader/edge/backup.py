"""A system's directory saved while it trades.

No file is stopped for it, so the order of the copies is what makes them one: the fence first, because a reserve record that moves into the journal
must be in one of the two; then the journal, as it stood at one instant; then what only has to be as new as the journal: a simulated broker's account,
which may know more than the books and never less, its log, the recordings. All of it is written beside its final name and renamed when it is whole,
so a folder of that name is a whole backup (backup_checks), which can be brought back (backup_restore).
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from robo_trader.edge.backup_checks import FENCE, JOURNAL, Tell
from robo_trader.edge.backup_copy import await_gateway, copy_file, make_folder, sync_folders, wanted_files
from robo_trader.edge.backup_fence import copy_fence, standing_in
from robo_trader.edge.backup_manifest import FILES, FORMAT, Manifest, Saved, files_below, saved_of, write_manifest
from robo_trader.edge.clock import wall
from robo_trader.edge.journal_head import check_head, head_path, publish_head
from robo_trader.edge.journal_store import Journal, library_version
from robo_trader.edge.journal_store_copy import JournalEnd, copy_database
from robo_trader.edge.state_directory import StateDirectory, code_hash, root
from robo_trader.errors import ConfigurationError, NotFound

BACKUPS: Final = "_backups"
"""The folder for backups in the state root; no system can have such a name."""
_HEAD: Final = head_path(Path(JOURNAL)).name


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup: its folder and what it says of itself."""

    folder: Path
    manifest: Manifest


def create(directory: StateDirectory, to: Path | None, tell: Tell = lambda _done, _total: None) -> Backup:
    """Save a system, whether it trades or not, into a new folder below `to` (None: `_backups` in the state root).

    `tell` hears bytes done and bytes in all. Raises `NotFound` for a system without a journal, `StateUnreadable` for a damaged journal or fence,
    `ConfigurationError` for a place that is taken or lies inside the system; nothing is left behind then.
    """
    if not directory.journal.exists():
        raise NotFound(f"system '{directory.name}' has no journal yet", "start it with `robo-trader run` first")
    created = datetime.now(UTC)
    folder = (to if to is not None else root() / BACKUPS).absolute()
    if folder.resolve().is_relative_to(directory.path.resolve()):
        raise ConfigurationError(f"--to {folder} lies inside the system's own directory", "name a folder elsewhere, best on another disk")
    final = folder / f"{directory.name}-{created:%Y%m%dT%H%M%S}.{created.microsecond // 1000:03}Z"
    if final.exists():
        raise ConfigurationError(f"there is a backup at {final} already", "try again")
    make_folder(folder)
    fresh = folder / f".{final.name}.{os.getpid()}.new"
    fresh.mkdir(mode=0o700)
    try:
        manifest = _saved(directory, fresh, created, tell)
        fresh.rename(final)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone after the rename
    sync_folders(final.parent)
    return Backup(final, manifest)


def _saved(directory: StateDirectory, fresh: Path, created: datetime, tell: Tell) -> Manifest:
    """Copy everything into `fresh`, in the order of the module's head."""
    files = fresh / FILES
    files.mkdir(mode=0o700)
    progress = _Progress(tell, _size(directory.path))
    traded = standing_in(directory.fence).pid != 0
    epoch = copy_fence(directory.fence, files / FENCE)
    before = wall()
    end = _save_journal(directory.journal, files / JOURNAL, progress)
    if traded:
        await_gateway(directory.path, before)
    for name in wanted_files(directory.path):
        if name not in (JOURNAL, FENCE, _HEAD):
            make_folder((files / name).parent)
            copy_file(directory.path / name, files / name, progress.add)
    saved: dict[str, Saved] = {name: saved_of(files / name) for name in files_below(files)}
    manifest = Manifest(FORMAT, directory.name, created.isoformat(), traded, code_hash(), _versions(), end, epoch, saved)
    write_manifest(fresh, manifest)
    sync_folders(fresh)
    return manifest


def _save_journal(source: Path, target: Path, progress: _Progress) -> JournalEnd:
    """Copy the journal, check it whole, and publish where the copy ends.

    The head that was published for the source is read from beside the copy, which must hold it: a head is never early, and the copy is later.
    """
    size = source.stat().st_size
    published = head_path(source)
    copy_file(published, head_path(target))
    copy_database(source, target, lambda share: progress.at(int(size * share)))
    journal = Journal.open(target, create=False, read_only=True)
    try:
        check_head(head_path(target), journal)
        if not publish_head(head_path(target), journal):
            raise ConfigurationError(f"{head_path(target)} cannot be written", "make room on that disk")
        return JournalEnd(journal.durable_seq, journal.head, journal.last_epoch)
    finally:
        journal.close()


class _Progress:
    """Bytes done, told as they grow; the total is an estimate, since logs grow meanwhile."""

    def __init__(self, tell: Callable[[int, int], None], total: int) -> None:
        self._tell, self._total = tell, total
        self._done = 0

    def at(self, done: int) -> None:
        """So many bytes are done."""
        self._done = done
        self._tell(min(done, self._total), self._total)

    def add(self, more: int) -> None:
        """So many more bytes are done."""
        self.at(self._done + more)


def _size(folder: Path) -> int:
    return sum((folder / name).lstat().st_size for name in wanted_files(folder))


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "sqlite": ".".join(map(str, library_version()))}
