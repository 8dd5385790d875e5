"""What every actor of the tree has in common: a start, a life, and one end that says what kind it was.

A shell holds a node and the few things that touch the outside. Its loop is the node's loop: a `look` that is answered is a sign of life of the very
loop that works, because nothing else could answer it. `ended` is a call that stays pending for a lifetime; the supervisor holds it and sees death in
milliseconds. Answers are plain data, since exceptions with a shape of their own do not travel.

    built -> start() -> living -> (a job fails, a callback raises, stop()) -> ended
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from actors.alert_log import AlertLog
from actors.logs import LOG, log_to
from actors.pauses import keep_short
from actors.plan import Plan
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE
from robo_trader.errors import UserError
from robo_trader.supervision.spec import Cause

SOCKETS: Final = ("gateway", "desk")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which incarnation this is: its name in the tree, its epoch, and why there was a restart, if it is one."""

    name: str
    epoch: int
    namespace: str
    restarts: int = 0
    last_cause: str = ""
    last_reason: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """How an incarnation ended. `remedy` and `exit_code` are for the person, where one is needed."""

    cause: Cause
    reason: str
    remedy: str = ""
    exit_code: int = 1

    def for_people(self) -> dict[str, Any]:
        """The end as a command tells it."""
        return {"cause": self.reason, "remedy": self.remedy, "exit_code": self.exit_code}


@dataclass(frozen=True, slots=True)
class Living:
    """A start that succeeded: the process, and the epoch that the node itself took (the gateway's is the lease's)."""

    pid: int
    pid_start: int
    """When the process started, in clock ticks since the boot: a pid alone may be somebody else's tomorrow."""
    node: str
    epoch: int


def end_of(problem: BaseException | None) -> End:
    """What kind of end an exception is; a group's first cause stands for the group."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if problem is None:
        return End(Cause.NORMAL, "it ended by itself")
    if isinstance(problem, UserError):
        return End(Cause.NEEDS_OPERATOR, problem.cause, problem.remedy, problem.exit_code)
    return End(Cause.CRASH, f"{type(problem).__name__}: {problem}"[:400])


class Shell:
    """One incarnation. Subclasses say what to open and what to report; they hold no opinion about trading."""

    def __init__(self, identity: Identity, plan: Plan) -> None:
        self.identity, self.plan = identity, plan
        self.epoch = identity.epoch
        self.alerts = AlertLog(wall, self.note)
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._end: asyncio.Future[End] | None = None
        os.environ[ENVIRONMENT_VARIABLE] = str(plan.directory.path.parent)
        log_to(plan.directory, identity.name)

    def __repr__(self) -> str:
        """What Ray's own tools show of us."""
        who = self.identity
        why = f", last {who.last_cause}: {who.last_reason}" if who.restarts else ""
        return f"{who.name} epoch {who.epoch}, restarts {who.restarts}{why}"

    # What the supervisor calls.

    async def start(self) -> Living | End:
        """Open everything and begin to work; what went wrong otherwise, with everything closed again."""
        loop = asyncio.get_running_loop()
        asyncio.set_event_loop(loop)  # the broker's library asks the thread for its loop, not for the running one
        self._end = loop.create_future()
        loop.set_exception_handler(self._callback_failed)
        try:
            await self.open(self._stack)
        except BaseException as problem:  # noqa: BLE001  # whatever it is becomes an answer: a typed end, which the policy judges
            await self._close()
            return end_of(problem)
        keep_short()
        return self._living()

    async def ended(self) -> End:
        """Pending until the end."""
        assert self._end is not None, "started first"
        return await asyncio.shield(self._end)

    async def look(self, alerts_after: int) -> dict[str, Any]:
        """A sign of life of the working loop: what it says of itself, dated by CLOCK_BOOTTIME, and alerts with higher numbers."""
        return {"taken_ns": process_ns(), "value": self.report(), "alerts": self.alerts.after(alerts_after), "epoch": self.epoch}

    async def who(self) -> tuple[Identity, Living]:
        """Which incarnation this is, for a supervisor that has to find out."""
        return self.identity, self._living()

    async def stop(self) -> None:
        """End in order."""
        await self._finish(End(Cause.NORMAL, "asked to stop"))

    # What subclasses say.

    async def open(self, stack: AsyncExitStack) -> None:
        """Open what the node needs, build it, and `work` its jobs; `stack` closes it in reverse."""
        raise AssertionError(f"a shell without a node: {stack}")

    def report(self) -> dict[str, Any]:
        """The node's own word, ready for JSON."""
        return {}

    # For subclasses.

    def work(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job for the shell's lifetime; its end is the shell's end."""
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._job_done)

    def note(self, line: str) -> None:
        """Something for the process's log."""
        LOG.warning(line)

    def address(self, of: str) -> str:
        """Where the gateway or the desk of this system listens."""
        return f"unix:{self.plan.directory.socket_path(of)}"

    def _living(self) -> Living:
        start = pid_start(os.getpid())
        assert start is not None, "this process lives"
        return Living(os.getpid(), start, os.uname().nodename, self.epoch)

    def _job_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._end_with(end_of(task.exception()))

    def _callback_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        problem = context.get("exception")
        if isinstance(problem, Exception):
            self._end_with(end_of(problem))
        else:
            loop.default_exception_handler(context)

    def _end_with(self, end: End) -> None:
        if self._end is not None and not self._end.done():
            self._closing = asyncio.get_running_loop().create_task(self._finish(end))

    async def _finish(self, end: End) -> None:
        """Close everything, then say the end: whoever hears it may start a successor."""
        if self._end is None or self._end.done():
            return
        await self._close()
        if not self._end.done():
            self._end.set_result(end)

    async def _close(self) -> None:
        tasks, self._tasks = set(self._tasks), set()
        for task in tasks:
            task.remove_done_callback(self._job_done)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        stack, self._stack = self._stack, AsyncExitStack()
        try:
            await stack.aclose()
        except BaseException as problem:  # noqa: BLE001  # an end that fails is an end all the same: nobody may go on answering for a dead node
            self.note(f"closing failed: {end_of(problem).reason}")
