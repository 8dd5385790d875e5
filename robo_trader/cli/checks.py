"""What `doctor` looks at. A check never raises: what it cannot find out is a finding, with a remedy."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from robo_trader.cli.systems import holder
from robo_trader.edge import journal_store
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import check_head, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_record import decode
from robo_trader.edge.root_fence import root_fence_path
from robo_trader.edge.state_directory import StateDirectory, root
from robo_trader.errors import StateUnreadable, UserError

PYTHON_VERSIONS: Final = ((3, 11), (3, 13))
FREE_BYTES_MIN: Final = 1 << 30
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is in order, what was found, and what to do if it is not."""

    what: str
    ok: bool
    finding: str
    remedy: str = ""


def of_machine() -> list[Check]:
    """What every system needs."""
    versions = [python(sys.version_info[:2]), sqlite(journal_store.library_version())]
    return [*versions, time_zones(), private(root()), room(root()), data(), *shared_fence()]


def of_system(directory: StateDirectory) -> list[Check]:
    """What one system has on disk."""
    return [in_system(directory, "fence", fence), in_system(directory, "journal", journal)]


def python(version: tuple[int, int]) -> Check:
    """Whether this Python is one the lock was made for."""
    found = ".".join(map(str, version))
    return Check("python", PYTHON_VERSIONS[0] <= version <= PYTHON_VERSIONS[1], found, "use Python 3.11, 3.12 or 3.13")


def sqlite(version: tuple[int, ...]) -> Check:
    """Whether the journal's SQLite is one that keeps what it committed."""
    wanted = ".".join(map(str, journal_store.SQLITE_VERSION_MIN))
    remedy = f"install pysqlite3 with SQLite {wanted} or newer"
    return Check("sqlite", version >= journal_store.SQLITE_VERSION_MIN, ".".join(map(str, version)), remedy)


def time_zones() -> Check:
    """Whether session hours can be computed."""
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return Check("time zones", ok=False, finding="America/New_York is not known", remedy="install the tzdata package")
    return Check("time zones", ok=True, finding="America/New_York is known")


def private(folder: Path) -> Check:
    """Whether nobody else can read or change the state."""
    what = "state directory"
    if not folder.exists():
        return Check(what, ok=True, finding=f"{folder} does not exist yet; the first run makes it")
    mode = stat.S_IMODE(folder.stat().st_mode)
    writable = os.access(folder, os.W_OK | os.X_OK)
    return Check(what, not mode & _OTHERS and writable, f"{folder} has mode {mode:04o}", f"chmod 700 {folder}, as its owner")


def room(folder: Path) -> Check:
    """Whether the disk has space for journals and recordings."""
    here = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(here).free
    return Check("free space", free >= FREE_BYTES_MIN, f"{free / (1 << 30):.1f} GiB", f"make at least {FREE_BYTES_MIN >> 30} GiB free")


def data() -> Check:
    """Whether there is recorded market data; only replays need it, so its absence is no fault."""
    named = os.environ.get("ROBO_TRADER_DATA")
    folder = Path(named) if named else Path("../shared/data")
    if folder.is_dir():
        return Check("market data", ok=True, finding=str(folder.resolve()))
    return Check("market data", not named, f"{folder} is absent; only replays need it", "point ROBO_TRADER_DATA to a folder, or unset it")


def shared_fence() -> list[Check]:
    """Whether the fence of all systems can be read, once somebody halted all of them."""
    path = root_fence_path()
    if not path.exists():
        return []
    what = "fence of all systems"
    try:
        found = Fence.open(path, create=False)
        try:
            found.check()
            halts = [halt.id for halt in found.halts()]
        finally:
            found.close()
    except StateUnreadable as broken:
        return [Check(what, ok=False, finding=broken.cause, remedy="run `robo-trader doctor --repair-fence`")]
    return [Check(what, ok=True, finding=f"halts that stand: {', '.join(halts)}" if halts else "no halt stands")]


def in_system(directory: StateDirectory, what: str, look: Callable[[StateDirectory], str]) -> Check:
    """The finding of `look`, or its complaint."""
    try:
        return Check(f"{directory.name} {what}", ok=True, finding=look(directory))
    except UserError as wrong:
        return Check(f"{directory.name} {what}", ok=False, finding=wrong.cause, remedy=wrong.remedy)


def fence(directory: StateDirectory) -> str:
    """Who trades the system, which halts stand and what waits in the reserve. Raises `StateUnreadable` for a damaged or lost fence."""
    try:
        found = Fence.open(directory.fence, create=False)
        try:
            found.check()
            pid, halts, reserved = holder(found), found.halts(), [decode(record) for record in found.reserved()]
        finally:
            found.close()
    except StateUnreadable as broken:
        raise StateUnreadable(broken.cause, _repair_remedy(directory)) from None
    standing = f"halts that stand: {', '.join(halt.id for halt in halts)}" if halts else "no halt stands"
    waiting = f"; {len(reserved)} orders wait in the reserve for the next start" if reserved else ""
    return f"{f'process {pid} trades' if pid else 'nobody trades'}; {standing}{waiting}"


def _repair_remedy(directory: StateDirectory) -> str:
    """What a person can do about a fence: without a journal there is nothing that a new one could forget."""
    if directory.fence.exists() or directory.journal.exists():
        return f"stop whatever trades it, then `robo-trader doctor --system {directory.name} --repair-fence`"
    return "none is needed before the first run, which makes it"


def journal(directory: StateDirectory) -> str:
    """Its length, the end of its chain, and what was published of it. Raises `StateUnreadable` if something is broken or rows are missing."""
    found = Journal.open(directory.journal, create=False, read_only=True)
    try:
        published = check_head(head_path(directory.journal), found)
        said = f"the head published at {published.seq} is in it" if published else "no head was published yet"
        return f"{found.durable_seq} events, every link of the chain holds, head {found.head[:12]}; {said}"
    finally:
        found.close()
