"""Which Ray a run lives on: the cluster that it was told to join, or a head node of this system's own on this machine.

A head of our own is a session of processes that outlives whoever started it, because the tree goes on trading when a terminal closes; it is named in
the system's directory and ended as a whole, by its session, never by `ray stop`, which would end every Ray of this machine. It asks for a token that
lies in the system's directory (0600), shows its dashboard on loopback only, and reports nothing to anybody.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from robo_trader.edge.clock import boot_id
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, NotConfirmed

BROKER_RESOURCE: Final = "broker"
"""A custom resource of exactly one node: the gateway, and what must live beside it, are placed by it."""
START_SECONDS_MAX: Final = 120.0
STOP_SECONDS_MAX: Final = 3.0
OBJECT_STORE_BYTES: Final = 100 * 2**20
_POLL_SECONDS: Final = 0.05
_ENVIRONMENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_JOB_STOP_WAIT_TIME_S": "20",  # a drain takes up to 10; with the 3 of Ray a stop would cut it off
    "RAY_SERVE_LOG_TO_STDERR": "0",
    "RAY_worker_niceness": "0",  # Ray starts its workers at nice 15, and ours trade
    # What an idle head does without being asked costs a tenth of a core; our actors need none of it more often than this.
    "RAY_raylet_report_resources_period_milliseconds": "1000",
    "RAY_metrics_report_interval_ms": "30000",
    "RAY_memory_monitor_refresh_ms": "2000",
    "REPORTER_UPDATE_INTERVAL_MS": "15000",
    "METRICS_RECORD_INTERVAL_S": "30",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    "MALLOC_ARENA_MAX": "2",  # a process of Ray has dozens of threads, and each would keep a heap of its own
    # A probe must not wait 19 s for a proxy that was killed (measured; 5 s with these).
    "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "1",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "1",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "10",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A head node of our own: `session` is the session id of all its processes, whose leader has ended; `boot` is the boot that it lives in.

    A head that is being started has no address yet, and a leader that lives: `leader_start` tells it from a later process with its pid.
    """

    address: str
    session: int
    dashboard_port: int
    folder: str
    boot: str
    leader_start: int = 0

    @property
    def starting(self) -> bool:
        """Whether somebody is starting it just now."""
        return not self.address and pid_start(self.session) == self.leader_start

    @property
    def alive(self) -> bool:
        """Whether it can be used: what is left of one that was half ended cannot."""
        names = {name for _, name in _members(self.session)}
        return bool(self.address) and self.boot == boot_id().hex() and {"gcs_server", "raylet"} <= names


def joined_address() -> str | None:
    """The cluster that this process was told to join: a submitted job finds it in its environment."""
    return os.environ.get("RAY_ADDRESS") or None


def head_of(directory: StateDirectory) -> Head | None:
    """The head of a system, if it lives; what is left of a dead one is ended. Raises `NotConfirmed` while it is being started."""
    head = read_head(_record(directory))
    if head is None:
        return None
    if head.starting:
        raise NotConfirmed(f"Ray is being started for system '{directory.name}' by another command", "try again in half a minute")
    if not head.alive:
        stop_head(directory, head)
        return None
    return head


def read_head(record: Path) -> Head | None:
    """The head that a record names, alive or not."""
    try:
        return Head(**json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def start_head(directory: StateDirectory, dashboard_port: int) -> Head:
    """Start a head of this system's own and wait until it takes connections; a few seconds. Raises `ConfigurationError` if it does not start."""
    directory.make()
    folder = Path(tempfile.mkdtemp(prefix="rt-ray-"))  # short: the paths of Ray's sockets are bounded
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--port=0", "--node-ip-address=127.0.0.1", "--no-monitor"]
    command += ["--include-dashboard=true", "--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard_port}", "--disable-usage-stats"]
    agent, client = (free_port("127.0.0.1", 0, "a port of Ray's") for _ in range(2))  # by default two heads of one machine would share them
    command += [f"--dashboard-agent-listen-port={agent}", f"--ray-client-server-port={client}"]
    command += ["--include-log-monitor=false"]  # it sends logs to drivers, and ours do not listen
    command += ["--min-worker-port=0", "--max-worker-port=0", f"--object-store-memory={OBJECT_STORE_BYTES}", f"--temp-dir={folder}"]
    command += [f"--resources={json.dumps({BROKER_RESOURCE: 1})}"]
    log = directory.path / "ray.out"
    with log.open("wb") as out:
        starter = subprocess.Popen(  # noqa: S603  # our own interpreter
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment(directory), start_new_session=True
        )
    record, boot = _record(directory), boot_id().hex()
    started = pid_start(starter.pid) or 0
    record.write_text(json.dumps(asdict(Head("", starter.pid, dashboard_port, str(folder), boot, started))), encoding="utf-8")
    try:
        code = starter.wait(START_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        code = -1
    if code != 0:
        end_session(starter.pid)
        record.unlink()
        raise ConfigurationError(f"Ray did not start: {_last_line(log)}", f"see {log}; is port {dashboard_port} free?")
    head = Head((folder / "ray_current_cluster").read_text().strip(), starter.pid, dashboard_port, str(folder), boot)
    record.write_text(json.dumps(asdict(head)), encoding="utf-8")
    return head


def stop_head(directory: StateDirectory, head: Head) -> None:
    """End a head of our own, and forget it."""
    end(head)
    _record(directory).unlink(missing_ok=True)


def end(head: Head) -> None:
    """End every process of a head, and remove its files; a session of another boot, or one with a living leader, is somebody else's."""
    if head.boot == boot_id().hex() and pid_start(head.session) in {None, head.leader_start}:
        end_session(head.session)
    shutil.rmtree(head.folder, ignore_errors=True)


def end_session(session: int) -> None:
    """End all processes of a session: in order first, by force after `STOP_SECONDS_MAX`."""
    began = time.monotonic()
    while (members := _members(session)) and time.monotonic() < began + 2 * STOP_SECONDS_MAX:
        number = signal.SIGTERM if time.monotonic() < began + STOP_SECONDS_MAX else signal.SIGKILL
        for pid, _ in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        time.sleep(_POLL_SECONDS * 4)


def environment(directory: StateDirectory) -> dict[str, str]:
    """The environment of this process with what Ray must be told; the token's file belongs to the system."""
    token = directory.path / "ray.token"
    if not token.exists():
        descriptor = os.open(token, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32))
    others = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_TOKEN"}  # which would be preferred to the file
    return {**others, **_ENVIRONMENT, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}


def free_port(host: str, port: int, what: str) -> int:
    """`port`, or one that is free if it is 0. Raises `ConfigurationError` if somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as refused:
            remedy = f"stop what listens there, or choose another with {what}"
            raise ConfigurationError(f"{what} {port} of {host} cannot be had: {refused.strerror}", remedy) from None
        return int(probe.getsockname()[1])


def prepare(directory: StateDirectory) -> None:
    """Say in this process's environment how a head of our own is asked; before Ray is imported, which reads it then. A joined cluster's stays."""
    if joined_address() is None:
        told = environment(directory.make())
        os.environ.pop("RAY_AUTH_TOKEN", None)
        os.environ.update({name: value for name, value in told.items() if name.startswith("RAY_")})


def connect(address: str, namespace: str) -> None:
    """Connect this process to a cluster; `prepare` came first."""
    import ray  # noqa: PLC0415  # not before `prepare`

    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    ray.init(address=address, namespace=namespace, **options)


def _record(directory: StateDirectory) -> Path:
    return directory.path / "ray.json"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "it said nothing"


def _members(session: int) -> list[tuple[int, str]]:
    """(pid, name) of the living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            head, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        state, _parent, _group, sid = rest.split()[:4]
        if int(sid) == session and state != "Z":
            found.append((int(entry.name), head.partition("(")[2]))
    return found
