"""What a session needs around itself: ports that are free, a fence that exists, signals that do not kill, actors that end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import ray
from ray.exceptions import RayError

from ray_cluster.connect import free_port, joined_address
from robo_trader.cli.run_config import RunConfig
from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import ConfigurationError, NotRunning, UserError


def with_ports(config: RunConfig) -> RunConfig:
    """The same configuration with every port that was left open chosen, and the others seen to be free."""
    return config.model_copy(
        update={
            "http_port": free_port(config.http_host, config.http_port, "--http-port"),
            "dashboard_port": free_port(config.dashboard_host, config.dashboard_port, "--dashboard-port"),
            "ray_port": free_port("127.0.0.1", config.ray_port, "--ray-port") if joined_address() is None else config.ray_port,
        }
    )


def not_on_ray(directory: StateDirectory) -> UserError:
    """Why a system cannot be ended from here."""
    running = directory.read_running()
    if running is None or not running.alive:
        return NotRunning(f"system '{directory.name}' does not run", f"start it with `robo-trader run --system {directory.name}`")
    cause = f"system '{directory.name}' runs in process {running.pid}, on no Ray that this shell knows"
    return ConfigurationError(cause, f"end it with `kill -INT {running.pid}`; if it is a tree on a cluster, set RAY_ADDRESS, or use `ray job stop`")


class Failed(UserError):
    """What the tree says a person must put right."""

    def __init__(self, failure: dict[str, Any]) -> None:
        super().__init__(failure["cause"], failure["remedy"] or "see `robo-trader status`")
        self.exit_code = int(failure["exit_code"])  # type: ignore[misc]  # the actor's own code


def create_fence(directory: StateDirectory) -> None:
    """The fence must exist before anybody opens it, and only a system without a journal may get a blank one."""
    lock = directory.lock()
    try:
        fence = Fence.open(directory.fence, create=not directory.journal.exists())
        try:
            fence.check()
        finally:
            fence.close()
    finally:
        lock.release()


def kill_named(name: str, namespace: str) -> None:
    """End a named actor for good; nothing happens if there is none."""
    try:
        ray.kill(ray.get_actor(name, namespace=namespace), no_restart=True)
    except (ValueError, RayError):
        return


@contextmanager
def without_rays_messages(directory: StateDirectory) -> Iterator[None]:
    """What Ray prints into the process that connects (a line for each worker that dies) goes to a file: standard output is the command's."""
    folder = directory.path / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "ray.log").open("a", encoding="utf-8") as file, redirect_stdout(file):
        yield


@contextmanager
def interrupts() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM set the event instead of ending us."""
    event = threading.Event()
    before = listen(event)
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(event: threading.Event) -> dict[signal.Signals, Any]:
    """Have both signals set the event; the handlers that were there before."""
    return {number: signal.signal(number, lambda *_: event.set()) for number in (signal.SIGINT, signal.SIGTERM)}
