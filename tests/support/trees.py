"""A tree under test: the product's own command in a process of its own, on a Ray that tests may share, each actor within reach of a signal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ray_cluster import connect
from robo_trader.edge.operator_socket import ask
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import UserError
from tests.support.running import WAIT_SECONDS_MAX, Product

PORTS = ("--http-port", "0", "--dashboard-port", "0", "--ray-port", "0")


@dataclass
class Tree(Product):
    """`cluster` is the environment that joins the shared Ray; empty: the tree brings its own."""

    in_process: bool = False
    cluster: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.cluster}

    def close(self) -> None:
        """End what was started, and the Ray of every system that is still there: a test that failed leaves no tree to the next one."""
        super().close()
        for directory in (StateDirectory(folder.name, folder) for folder in self.state.glob("*") if folder.is_dir()):
            head = connect.head_of(directory)
            if head is not None:
                connect.stop_head(directory, head)

    def told(self, system: str) -> dict[str, Any]:
        """What the root says now, from its own socket; empty while it does not answer."""
        try:
            told = ask(StateDirectory(system, self.state / system).socket_path("operator"), {"op": "status"}, 2.0)
        except UserError:
            return {}
        return {} if "error" in told else told

    def until(self, system: str, condition: Callable[[dict[str, Any]], bool], seconds_max: float = WAIT_SECONDS_MAX) -> dict[str, Any]:
        """Ask until the condition holds; fails with what a dead process of ours said."""
        deadline = time.monotonic() + seconds_max
        told: dict[str, Any] = {}
        while time.monotonic() < deadline:
            told = self.told(system)
            if told and condition(told):
                return told
            for child in self.started:
                if (child.poll() or 0) > 0:
                    raise AssertionError(f"a process ended with {child.returncode}: {' '.join(child.communicate())[-3000:]}")
        raise AssertionError(f"{system} never came to the awaited state; last {told}")

    def actor(self, system: str, name: str) -> dict[str, Any]:
        """One actor as the root tells it, as soon as it has a process: orders go out before the last children are started."""
        told = self.until(system, lambda t: any(a["name"] == name and a["pid"] is not None for a in t["actors"] or ()))
        return next(dict(a) for a in told["actors"] if a["name"] == name)

    def root_pid(self, system: str) -> int:
        running = StateDirectory(system, self.state / system).read_running()
        assert running is not None
        return running.pid

    def kill(self, system: str, name: str) -> int:
        """kill -9 an actor's process; its pid."""
        pid = self.root_pid(system) if name == "root" else int(self.actor(system, name)["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid


def under_way(told: dict[str, Any]) -> bool:
    """Whether an order is on its way to an end."""
    return bool(told.get("orders_live"))
