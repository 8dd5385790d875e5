"""Where systems live on disk: one directory per named system, found by every tool from any working directory.

The root is `$ROBO_TRADER_STATE_DIR`, else the user's state directory (XDG). A system's directory holds its journal, fence and recordings; a
simulated one's also its gateway's account and clock, because they only make sense together. `running.json` says who runs it now; it is a hint for
tools (a killed process leaves it behind, so it names the process's start as well), while the truth about 'may I start' is the lock.

Emergency code finds the fences through this module, so it loads with the standard library alone: the codec is fetched by the two methods that use it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.file_lock import FileLock
from robo_trader.errors import ConfigurationError, NotRunning

ENVIRONMENT_VARIABLE: Final = "ROBO_TRADER_STATE_DIR"
DEFAULT_SYSTEM: Final = "main"
SOCKET_PATH_BYTES_MAX: Final = 107  # sun_path holds 108 with its end
NAME_TRIES_MAX: Final = 100

_NAME: Final = re.compile(r"(?!fence$)[a-z0-9-]{1,12}")  # `fence` is the file of all systems


@dataclass(frozen=True, slots=True)
class Running:
    """Who runs a system. `pid_start` is in clock ticks since boot; `ports` by service name; paths are absolute, empty = none."""

    pid: int
    pid_start: int
    epoch: int
    code_hash: str
    ports: dict[str, int] = field(default_factory=dict)
    exchange_log: str = ""
    operator_socket: str = ""

    @property
    def alive(self) -> bool:
        """Whether that very process still lives."""
        return pid_start(self.pid) == self.pid_start


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """One system's directory; made on disk by `make` or `lock`, never by looking."""

    name: str
    path: Path

    @classmethod
    def of(cls, name: str | None) -> StateDirectory:
        """The directory of system `name` (None: the default one); raises `ConfigurationError` for a name that cannot be one."""
        chosen = DEFAULT_SYSTEM if name is None else name
        if not _NAME.fullmatch(chosen):
            raise ConfigurationError(f"'{chosen}' is no system name", "use 1 to 12 of the characters a-z, 0-9 and -, but not 'fence'")
        return cls(chosen, root() / chosen)

    @property
    def journal(self) -> Path:
        """The journal's database."""
        return self.path / "journal.sqlite"

    @property
    def fence(self) -> Path:
        """The fence's file."""
        return self.path / "fence"

    @property
    def recordings(self) -> Path:
        """The recorder's directory, one sub-directory per market day."""
        return self.path / "recordings"

    @property
    def exchange_log(self) -> Path:
        """The simulated gateway's own log."""
        return self.path / "exchange.jsonl"

    @property
    def gateway_state(self) -> Path:
        """The simulated gateway's account and clock."""
        return self.path / "gateway"

    @property
    def exists(self) -> bool:
        """Whether such a system was ever made."""
        return self.path.is_dir()

    def make(self) -> StateDirectory:
        """Make the directory, for this user alone; returns itself. Raises `ConfigurationError` where it cannot be made."""
        make_root()
        _private(self.path)
        return self

    def lock(self) -> FileLock:
        """Become the only process that runs this system; raises `AlreadyRunning`, naming the other one."""
        self.make()
        remedy = "end it with `robo-trader down`, or run another system with --system NAME"
        return FileLock.take(self.path / "run.lock", what=f"system '{self.name}'", remedy=remedy)

    def write_running(self, running: Running) -> None:
        """Say who runs the system, whole or not at all."""
        from robo_trader.edge import codec  # noqa: PLC0415

        fresh = self.path / "running.json.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(codec.dump(running))
        fresh.replace(self._running)

    def read_running(self) -> Running | None:
        """Who last said to run the system, alive or not; None if nobody did. Raises `StateUnreadable`."""
        from robo_trader.edge import codec  # noqa: PLC0415

        try:
            text = self._running.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        return codec.load(Running, text)

    def require_running(self) -> Running:
        """Who runs the system now; raises `NotRunning`."""
        running = self.read_running()
        if running is None or not running.alive:
            raise NotRunning(f"system '{self.name}' does not run", f"start it with `robo-trader run --system {self.name}`")
        return running

    def clear_running(self) -> None:
        """Nobody runs it any more."""
        with suppress(FileNotFoundError):
            self._running.unlink()

    def socket_path(self, name: str) -> Path:
        """Where this system's unix socket `name` lives: a short path in a directory that only this user can enter.

        Socket paths are limited to 107 bytes and a state directory is not. Raises `ConfigurationError` if somebody else owns that place.
        """
        key = hashlib.sha256(os.fsencode(self.path.absolute())).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"robo-trader-{os.getuid()}-{key}"
        path = folder / f"{name}.sock"
        if len(os.fsencode(path)) > SOCKET_PATH_BYTES_MAX:
            raise ConfigurationError(f"the socket path {path} is longer than {SOCKET_PATH_BYTES_MAX} bytes", "set TMPDIR to a shorter directory")
        _private(folder)
        return path

    @property
    def _running(self) -> Path:
        """The file that says who runs the system."""
        return self.path / "running.json"


def root() -> Path:
    """The directory of all systems; not made by asking."""
    if chosen := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(chosen).expanduser().absolute()
    state_home = os.environ.get("XDG_STATE_HOME")
    return (Path(state_home) if state_home else Path.home() / ".local" / "state") / "robo-trader"


def make_root() -> Path:
    """Make the directory of all systems, for this user alone, and return it; raises `ConfigurationError` where it cannot be made."""
    _private(root())
    return root()


def list_systems() -> tuple[StateDirectory, ...]:
    """Every system that was ever made, by name."""
    try:
        names = sorted(entry.name for entry in root().iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name))
    except FileNotFoundError:
        return ()
    return tuple(StateDirectory.of(name) for name in names)


def new_name() -> str:
    """A name that no system has yet: for replays that nobody named."""
    for _ in range(NAME_TRIES_MAX):
        name = f"r-{secrets.token_hex(4)}"
        if not StateDirectory.of(name).exists:
            return name
    raise ConfigurationError(f"no free system name below {root()}", "delete old replays there")


@cache
def code_hash() -> str:
    """12 hex digits that change with any line of the installed package."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _private(folder: Path) -> None:
    """Make `folder` for this user alone; raises `ConfigurationError` if it cannot be, or is another user's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as broken:
        raise ConfigurationError(
            f"the directory {folder} cannot be made: {broken.strerror}", f"set {ENVIRONMENT_VARIABLE} to a writable one"
        ) from None
    if status.st_uid != os.getuid():
        raise ConfigurationError(f"the directory {folder} belongs to another user", f"remove it, or set {ENVIRONMENT_VARIABLE} to one of your own")
