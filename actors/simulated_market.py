"""Starting, finding again and stopping the simulated gateway that belongs to a system.

It runs in a session of its own and outlives a trader that dies, as a real gateway would; a restarted `run` attaches to it. A run that ends in order
stops it, and its account, orders and clock stay in the system's directory.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import ConfigurationError, GatewayAbsent

READY_SECONDS_MAX: Final = 60.0
STOP_SECONDS_MAX: Final = 10.0
RECORD: Final = "gateway.json"
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """A running gateway: where it listens (0: it is being started), its control socket, the exchange's log."""

    pid: int
    port: int
    control: Path | None
    log: Path


def attach_or_start(directory: Path, control: Path, options: list[str]) -> SimulatedMarket:
    """The gateway of this system: the one that still runs, or a new one started with `options`."""
    record = directory / RECORD
    if (found := running(record)) is not None:
        if found.port:
            return found
        stop_process(found.pid)  # whoever started it died before it was ready
    control.unlink(missing_ok=True)
    log = directory / "exchange.jsonl"
    command = [sys.executable, "-m", "robo_trader.cli.app", "sim-gateway", "--port", "0", "--state", str(directory / "gateway"), "--log", str(log)]
    out = directory / "gateway.out"
    return _await_ready(_start_orphan([*command, *options], out), out, record, log)


def _start_orphan(command: list[str], out: Path) -> int:
    """Start a process that is nobody's child, in a session of its own, and return its pid.

    A submitted job is stopped with everything that descends from it; the gateway must live on, for the drain and the last look.
    """
    shell = ["/bin/sh", "-c", '"$@" >"$OUT" 2>&1 </dev/null & echo $!', "sh", *command]
    done = subprocess.run(shell, env={**os.environ, "OUT": str(out)}, capture_output=True, text=True, start_new_session=True, check=True)  # noqa: S603
    return int(done.stdout)


def running(record: Path) -> SimulatedMarket | None:
    """The gateway that a record names, if it still runs."""
    found = _read(record)
    return found if found is not None and _alive(found.pid) else None


def _await_ready(pid: int, out: Path, record: Path, log: Path) -> SimulatedMarket:
    record.write_text(json.dumps({"pid": pid, "port": 0, "control": None, "log": str(log)}))
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        for line in out.read_text(errors="replace").splitlines() if out.exists() else ():
            if line.startswith("{") and '"port"' in line:
                said: dict[str, Any] = json.loads(line)
                control = Path(said["control"]) if said.get("control") else None
                market = SimulatedMarket(pid, int(said["port"]), control, log)
                record.write_text(json.dumps({"pid": market.pid, "port": market.port, "control": said.get("control"), "log": str(log)}))
                return market
        if not _starts(pid):
            raise ConfigurationError(*_complaint(out))
        time.sleep(_POLL_SECONDS)
    stop_process(pid)
    raise GatewayAbsent(f"the simulated gateway was not ready after {READY_SECONDS_MAX:g} s")


def _complaint(out: Path) -> tuple[str, str]:
    """Cause and remedy as the gateway's own process printed them."""
    lines = [line for line in out.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1].removeprefix("error: ") if lines else "it said nothing"
    cause, _, remedy = last.rpartition("; ")
    return (cause, remedy) if cause else (f"the simulated gateway ended: {last}", f"see {out}")


def _read(record: Path) -> SimulatedMarket | None:
    try:
        said = json.loads(record.read_text())
        return SimulatedMarket(int(said["pid"]), int(said["port"]), Path(said["control"]) if said["control"] else None, Path(said["log"]))
    except (OSError, ValueError, KeyError):
        return None


def _starts(pid: int) -> bool:
    """Whether the process is there at all: the shell that becomes the gateway counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _alive(pid: int) -> bool:
    """Whether this pid is a simulated gateway of ours that still runs (a zombie does not)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return b"sim-gateway" in command and state != "Z"


def stop_process(pid: int) -> None:
    """End a process in order, by force after `STOP_SECONDS_MAX`."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while time.monotonic() < deadline:
            if not _alive(pid):
                _reap(pid)
                return
            time.sleep(_POLL_SECONDS)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
