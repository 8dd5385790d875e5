"""The product as its users run it: the command line in processes of its own, in a state directory of the test's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WAIT_SECONDS_MAX = 120.0


@dataclass
class Product:
    """`robo-trader` with its state below `state`; whatever it leaves running is ended by `close`."""

    state: Path
    in_process: bool = True
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}  # the product chooses its Ray by itself
        return {**own, "ROBO_TRADER_STATE_DIR": str(self.state), "PYTHONUNBUFFERED": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(self._command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        self.started.append(child)
        return child

    def run(self, *arguments: str, timeout: float = WAIT_SECONDS_MAX) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command(arguments), capture_output=True, text=True, env=self.environment, timeout=timeout, check=False)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        """A run is in one process here, unless the test is about the tree."""
        where = ["--in-process"] if self.in_process and arguments[:1] == ("run",) else []
        return [sys.executable, "-m", "robo_trader.cli.app", *arguments, *where]

    def ask(self, *arguments: str) -> dict[str, Any]:
        """A command's JSON answer; empty if it failed."""
        done = self.run(*arguments, "--json")
        return dict(json.loads(done.stdout)) if done.returncode == 0 and done.stdout.strip() else {}

    def wait_for(self, system: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll the running system's own status until the condition holds."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            status = self.ask("status", "--system", system)
            if status and condition(status):
                return status
            for child in self.started:
                if (child.poll() or 0) > 0:  # a negative code is a signal that the test sent
                    raise AssertionError(f"a process ended with {child.returncode}: {' '.join(child.communicate())[-3000:]}")
        raise AssertionError(f"{system} never came to the awaited state; last seen {self.ask('status', '--system', system)}")

    def gateway(self, system: str) -> dict[str, Any]:
        return dict(json.loads((self.state / system / "gateway.json").read_text()))

    def close(self) -> None:
        for child in self.started:
            if child.poll() is None:
                child.kill()
            child.communicate()
        for record in self.state.glob("*/gateway.json"):
            try:
                os.kill(json.loads(record.read_text())["pid"], signal.SIGKILL)
            except (ProcessLookupError, ValueError):
                continue


def held(status: dict[str, Any]) -> int:
    """Shares in the first book."""
    return int(status["books"][0]["position"])
