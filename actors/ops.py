"""The actors that tell people: alerts, health, and the dashboard. Trading does not need them, and goes on without them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import deque
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import ray
from ray.exceptions import RayError

from actors.shell import Shell
from robo_trader.desk.effects import Severity
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.picture import Picture
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.edge.verdict import Health, judge
from robo_trader.errors import NotConfirmed
from robo_trader.production.alerting import AlertCategory, AlertManager, AlertSeverity
from robo_trader.production.config_sections import AlertingConfig
from robo_trader.production.health_machine import Machine
from robo_trader.values import NS_PER_SECOND

if TYPE_CHECKING:
    from robo_trader.edge.picture import Picture

ASK_EVERY_SECONDS: Final = 1.5
JUDGE_EVERY_SECONDS: Final = 2.0
UNWELL_NS: Final = 15 * NS_PER_SECOND
ANSWER_SECONDS_MAX: Final = 2.0
SHOWN_MAX: Final = 50
MISSES_MAX: Final = 7
"""Questions in a row that the root leaves unanswered before a person is called without it, and its process ended: about 25 s if it hangs."""
ROOT: Final = "root"
WEBHOOK_FILE: Final = "webhook.url"
_SEVERITIES: Final = {"info": AlertSeverity.INFO, "warning": AlertSeverity.WARNING, "critical": AlertSeverity.CRITICAL}


class _AskingShell(Shell):
    """A shell that asks the root."""

    async def ask(self, method: str, *arguments: Any) -> Any:  # noqa: ANN401  # what the root answers
        """One question to the root; raises `NotConfirmed` if it does not answer, which a restart of it explains."""
        try:
            root = ray.get_actor(ROOT, namespace=self.identity.namespace)
            return await asyncio.wait_for(_call(getattr(root, method), *arguments), ANSWER_SECONDS_MAX)
        except (ValueError, RayError, TimeoutError) as away:
            raise NotConfirmed(f"the root does not answer: {type(away).__name__}", "wait: Ray restarts it") from None


class AlertingActor(_AskingShell):
    """Asks everybody for what they have to say and delivers it, each alert once: what was delivered is on disk, so a restart repeats nothing."""

    async def open(self, stack: AsyncExitStack) -> None:
        """Find out where alerts go and what was delivered before."""
        directory = self.plan.directory.path
        self._place = directory / "alerts.delivered"
        self._delivered: dict[str, int] = _read(self._place)
        self._last: deque[dict[str, str]] = deque(maxlen=SHOWN_MAX)
        webhook = _webhook(directory)
        channels: list[Literal["log", "slack", "email"]] = ["log", "slack"] if webhook else ["log"]
        self._manager = AlertManager(AlertingConfig(alert_channels=channels, slack_webhook_url=webhook))
        stack.callback(self._manager.close)
        self.work(self._deliver())

    async def _deliver(self) -> None:
        misses = 0
        while True:
            try:
                alerts = await self.ask("alerts", self._delivered)
            except NotConfirmed as silence:
                misses += 1
                if misses == MISSES_MAX:
                    misses = 0
                    ended = end_root(self.plan.directory)
                    done = "its process was ended, Ray starts another" if ended else "look at Ray's dashboard"
                    self._tell(_own("root-silent", f"the supervisor does not answer: {silence.cause}; {done}"))
            else:
                misses = 0
                for alert in alerts:
                    self._tell(alert)
                    self._delivered[alert["source"]] = alert["number"]
                _write(self._place, self._delivered)
            await asyncio.sleep(ASK_EVERY_SECONDS)

    def _tell(self, alert: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(alert["at_ns"] / NS_PER_SECOND, UTC).isoformat(timespec="milliseconds")
        self._last.append({"at": at, "severity": alert["severity"], "key": alert["key"], "text": alert["text"]})
        facts = {"key": alert["key"], "at": at}
        self._manager.create_alert(_SEVERITIES[alert["severity"]], AlertCategory.TRADING, alert["key"], alert["text"], facts, alert["source"])

    def report(self) -> dict[str, Any]:
        """What was sent and what failed."""
        counts = self._manager.get_statistics()["delivery"]
        return {"sent": counts.get("sent", 0), "failed": counts.get("failed", 0), "last": list(self._last)}


class HealthActor(_AskingShell):
    """Judges everybody's work every two seconds, by the rules of the probes, and calls a person when a part stays unwell.

    A verdict must hold for `UNWELL_NS` before it is told: a restart takes less, and is told by the supervisor anyway.
    """

    async def open(self, stack: AsyncExitStack) -> None:
        """Begin to judge."""
        del stack  # nothing to close
        self._machine = Machine(self.plan.directory.path)
        self._health: Health | None = None
        self._unwell: dict[str, int] = {}
        self._told: set[str] = set()
        self.work(self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                told = await self.ask("picture")
            except NotConfirmed:
                self._health = None  # a root that is silent is seen by whoever asks us
            else:
                self._health = judge(told, asdict(self._machine.use()))
                self._call_for(self._health, process_ns())
            await asyncio.sleep(JUDGE_EVERY_SECONDS)

    def _call_for(self, health: Health, now_ns: int) -> None:
        """Alert once for each part that stays unwell, and once when it is well again."""
        for name, part in health.components.items():
            if part.status == "up":
                self._unwell.pop(name, None)
                if name in self._told:
                    self._told.discard(name)
                    self.alerts.say(Severity.INFO, f"health/{name}", f"{name} is well again")
                continue
            if now_ns - self._unwell.setdefault(name, now_ns) >= UNWELL_NS and name not in self._told:
                self._told.add(name)
                severity = Severity.CRITICAL if part.critical or part.status == "down" else Severity.WARNING
                self.alerts.say(severity, f"health/{name}", f"{name} is {part.status}: {part.message}")

    def report(self) -> dict[str, Any]:
        """The verdict."""
        if self._health is None:
            return {"status": "unknown", "components": {}}
        return {"status": self._health.status, "components": {name: part.status for name, part in self._health.components.items()}}


class DashboardActor(_AskingShell):
    """The page on its port; it shows the root's picture and nothing of its own."""

    async def open(self, stack: AsyncExitStack) -> None:
        """Listen."""
        from robo_trader.dashboard.server import DashboardServer  # noqa: PLC0415  # a web server, which only this process needs

        server = self._server = DashboardServer(self._sections, self.plan.config.dashboard_host, self.plan.config.dashboard_port)
        await server.start()
        stack.push_async_callback(server.stop)

    async def _sections(self) -> Picture:
        picture: Picture = await self.ask("sections")
        return picture

    def report(self) -> dict[str, Any]:
        """Where it is and who looks."""
        return {"port": self._server.port, "watchers": self._server.watchers}


def end_root(directory: StateDirectory) -> bool:
    """End the process of a root that lives and is silent: nobody else looks after it, and Ray restarts what dies, not what hangs."""
    running = directory.read_running()
    if running is None or pid_start(running.pid) != running.pid_start:
        return False
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGKILL)
    return True


def _own(key: str, text: str) -> dict[str, Any]:
    """An alert of the alerting actor itself."""
    return {"number": 0, "at_ns": wall(), "severity": "critical", "key": key, "text": text, "source": "alerting"}


async def _call(method: Any, *arguments: Any) -> Any:  # noqa: ANN401  # Ray's methods have no types
    return await method.remote(*arguments)


def keep_webhook(directory: Path) -> None:
    """Keep the webhook that the environment names where the alerting actor finds it: a file of this user's alone, never an argument."""
    url = os.environ.get("ROBO_TRADER_WEBHOOK_URL")
    if not url:
        return
    descriptor = os.open(directory / WEBHOOK_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(url)


def _webhook(directory: Path) -> str | None:
    """The address that alerts are posted to; None if nobody named one."""
    try:
        return (directory / WEBHOOK_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _read(path: Path) -> dict[str, int]:
    """The numbers that were delivered, by source; none if that cannot be read: an alert told twice is better than one not told."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(source): int(number) for source, number in said.items()} if isinstance(said, dict) else {}


def _write(path: Path, delivered: dict[str, int]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(delivered), encoding="utf-8")
    fresh.replace(path)
