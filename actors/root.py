"""The root of the tree: carries out what the supervision policy decides, and knows how everybody is.

It is the only actor that Ray itself restarts. A new root finds the children that live (they are detached and named), takes them over as they are,
and starts the others; single children are in the hands of the `keeper`. What the parts say of themselves is asked once a second; the answer is the
heartbeat, the picture that people are shown, and the source of alerts, all in one.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

import ray
from ray.exceptions import RayError

from actors.alarm import Alarm
from actors.alert_log import AlertLog
from actors.cost import measuring
from actors.family import Blueprint, Family
from actors.gallery import COST_EVERY_SECONDS, Gallery
from actors.keeper import LOOK_EVERY_SECONDS, Keeper, call
from actors.last_look import Ending, LastLook, bury, leave_nothing
from actors.logs import LOG, log_to
from actors.messages import DESK
from actors.plan import Plan
from actors.shell import End, Identity
from robo_trader.desk.effects import Severity
from robo_trader.edge import operator_socket
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.epochs import Epochs
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.picture import Picture, as_json, flatten
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, Running, code_hash
from robo_trader.errors import NotConfirmed, UserError
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.supervision.child import ChildState, Phase
from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Begin, Event, ReviveAsked, StopAsked, Tick
from robo_trader.supervision.policy import Policy
from robo_trader.supervision.spec import Cause
from robo_trader.values import NS_PER_SECOND

ROOT: Final = "root"
ADOPT_SECONDS_MAX: Final = 15.0
FAREWELL_SECONDS_MAX: Final = 30.0
FAILURE_PAUSE_SECONDS: Final = 1.0
CALLED_FOR_SECONDS_MAX: Final = 10.0
"""How long a root whose tree has ended waits to be fetched by whoever ended it."""
STALL_NS: Final = 3 * NS_PER_SECOND


class Root:
    """One system's supervisor. Built by `tree.start`; Ray builds it again, with the same arguments, when it dies."""

    def __init__(self, plan: Plan, namespace: str, blueprint: Blueprint) -> None:
        self._plan, self._namespace = plan, namespace
        log_to(plan.directory, ROOT)
        self._chance = random.Random(plan.config.seed)  # noqa: S311  # jitter, not secrets
        os.environ[ENVIRONMENT_VARIABLE] = str(plan.directory.path.parent)
        self._alerts = AlertLog(wall, LOG.warning)
        config = plan.config
        self._ports = {"gateway": plan.port, "http": config.http_port, "dashboard": config.dashboard_port, "ray": config.ray_port}
        self._gallery = Gallery(plan.directory.name, self._ports)
        self._family = Family(blueprint, plan, namespace)
        self._last_look = LastLook(self._family)
        self._policy: Policy | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: End | None = None
        self._was_ready = self._draining = False
        self._turned, self._begun, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._alarm = Alarm(ray.get_runtime_context().current_actor.run.remote)  # nobody calls a root that Ray restarted

    def __repr__(self) -> str:
        """What Ray's own tools show of us."""
        return f"root of {self._plan.directory.name}"

    # The life.

    async def run(self) -> None:
        """Supervise until everything was stopped; a root that fails is ended, so that Ray starts another."""
        if not self._alarm.heard():
            return
        try:
            async with AsyncExitStack() as stack:
                await self._open(stack)
                await self._supervise()
        except UserError as wrong:  # what a person must put right is no better after a restart
            LOG.error(str(wrong))
            self._failure = End(Cause.NEEDS_OPERATOR, wrong.cause, wrong.remedy, wrong.exit_code)
            self._begun.set()
            await bury(self._plan, self._namespace, self._family.names, f"the supervisor cannot go on: {wrong.cause}")
        except BaseException:  # noqa: BLE001  # a supervisor that fails must not live on as a shadow
            LOG.exception("root: the supervisor failed")
            await asyncio.sleep(FAILURE_PAUSE_SECONDS)  # Ray would restart us as fast as we fail
            os._exit(1)  # Ray restarts what ends so
        self._gone.set()
        await asyncio.sleep(CALLED_FOR_SECONDS_MAX)
        await leave_nothing(self._plan)  # whoever started us is gone
        ray.actor.exit_actor()  # type: ignore[no-untyped-call]  # Ray's own

    async def _open(self, stack: AsyncExitStack) -> None:
        directory = self._plan.directory
        stack.callback(directory.lock().release)
        self._fence = Fence.open(directory.fence, create=not directory.journal.exists())
        stack.callback(self._fence.close)
        epochs = Epochs.open(directory.path / "epochs.json")
        self._epoch = epochs.next(ROOT)
        path = directory.socket_path("operator")
        await stack.enter_async_context(operator_socket.serve(path, self._answer))
        start = pid_start(os.getpid())
        assert start is not None, "this process lives"
        log = str(self._plan.exchange_log or "")
        directory.write_running(Running(os.getpid(), start, self._epoch, code_hash(), self._ports, log, str(path)))
        stack.callback(directory.clear_running)
        parts = (self._namespace, self._family, self._gallery, self._alerts, epochs)
        self._keeper = Keeper(*parts, tell=self._tell, spawn=self._spawn, state_of=self._state_of, failed=self._remember_failure)
        adopted = await self._adopt()
        known = epochs.known(self._family.names)
        self._policy = Policy(self._family.spec, adopted=adopted, last_epochs=known)
        for name, epoch in adopted.items():  # not before there is a policy to be told
            self._spawn(self._keeper.follow(name, epoch))
        first = [name for name in self._family.names if name not in adopted]
        self._family.warm(Identity(name, known.get(name, 0) + 1, self._namespace) for name in first)

    async def _adopt(self) -> dict[str, int]:
        """Take over the children that live, asked side by side; one that does not answer is ended, before anybody is started in its place."""
        found = await asyncio.gather(*(self._find(name) for name in self._family.names))
        return dict(epoch for epoch in found if epoch is not None)

    async def _find(self, name: str) -> tuple[str, int] | None:
        try:
            handle = ray.get_actor(name, namespace=self._namespace)
        except ValueError:
            return None
        try:
            identity, living = await asyncio.wait_for(call(handle.who), ADOPT_SECONDS_MAX)
        except (RayError, TimeoutError):
            with suppress(RayError, ValueError):
                ray.kill(handle)
            return None
        self._family.take(name, identity.epoch, handle, living)
        return name, identity.epoch

    async def _supervise(self) -> None:
        """Sleep until something is due or something happened."""
        self._tell(Begin())
        self._spawn(measuring(self._pids, self._gallery.cost, COST_EVERY_SECONDS))
        self._begun.set()
        assert self._policy is not None, "opened first"
        ticked_ns = process_ns()
        while not (self._keeper.stopping and all(c.phase in {Phase.STOPPED, Phase.GIVEN_UP} for c in self._policy.children())):
            wait_seconds = min(max((self._policy.next_due_ns() or 1 << 63) - process_ns(), 0) / NS_PER_SECOND, LOOK_EVERY_SECONDS)
            self._turned.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._turned.wait()
            if process_ns() - ticked_ns > STALL_NS:  # we were asleep, not they: let their answers come before anyone is judged
                await asyncio.sleep(LOOK_EVERY_SECONDS + 0.5)
            ticked_ns = process_ns()
            self._tell(Tick())
            if self._ready:  # what was put right is no failure any more
                self._was_ready, self._failure = True, None
        for task in tuple(self._tasks):
            task.cancel()

    def _pids(self) -> list[int]:
        """Processes of this tree."""
        return [os.getpid(), *(place.pid for name in self._family.names if (place := self._family.place(name)) is not None)]

    def _tell(self, event: Event) -> None:
        assert self._policy is not None, "opened first"
        for effect in self._policy.handle(event, process_ns(), self._chance.random()):
            self._carry_out(effect)
        self._turned.set()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Start(name, epoch) | Stop(name, epoch):
                self._spawn((self._keeper.start if isinstance(effect, Start) else self._keeper.stop)(name, epoch))
            case Kill(name, epoch, reason):
                self._alerts.say(Severity.WARNING, f"killed/{name}", f"{name} is killed: {reason}")
                self._spawn(self._keeper.kill(name, epoch))
            case GaveUp():
                self._gave_up(effect)

    def _spawn(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._job_done)
        return task

    def _job_done(self, task: asyncio.Task[None]) -> None:
        """A job that fails unseen would leave a child that nobody watches: better a new root."""
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOG.error("root: a job failed", exc_info=problem)
            os._exit(1)

    def _gave_up(self, effect: GaveUp) -> None:
        text = f"{effect.child} was given up: {effect.reason}"[:120]
        self._alerts.say(Severity.CRITICAL, f"given-up/{effect.child}", f"{text}; bring it back with `robo-trader revive {effect.child}`")
        if self._was_ready and effect.child in self._family.core:  # what only tells people is missed, not needed
            scope = HaltScope.SYMBOL if effect.scope is not None else HaltScope.ALL
            name = f"gave-up-{effect.child.replace('/', '-')}"[:40]
            self._fence.raise_halt(Halt(name, HaltLevel.NO_NEW, scope, effect.scope or "", "supervision", None, ROOT, text))

    def _remember_failure(self, name: str, end: End) -> None:
        if self._failure is None and end.cause is Cause.NEEDS_OPERATOR and name in self._family.core:
            self._failure = end

    @property
    def _ready(self) -> bool:
        """Whether everybody who is needed for trading runs."""
        core = [c for c in self._policy.children() if c.name in self._family.core] if self._policy is not None else []
        return bool(core) and all(c.phase is Phase.RUNNING for c in core)

    def _state_of(self, name: str) -> ChildState:
        assert self._policy is not None, "opened first"
        return next(state for state in self._policy.children() if state.name == name)

    # What people and the other actors ask.

    async def picture(self) -> dict[str, Any]:
        """All of it, as one JSON object: sections with source, age and state (`edge.picture`)."""
        return as_json(await self.sections(), process_ns())

    async def sections(self) -> Picture:
        """The same before it is dated."""
        await self._begun.wait()
        return self._drawn()

    def _drawn(self) -> Picture:
        assert self._policy is not None, "opened first"
        return self._gallery.picture(self._policy.children(), self._family, self._alerts.lines(5), process_ns(), wall())

    async def alerts(self, after: dict[str, int]) -> list[dict[str, Any]]:
        """Alerts of everybody, after the number that is given for each source and epoch."""
        return self._gallery.alerts(after, self._alerts, self._epoch)

    async def status(self) -> dict[str, Any]:
        """For whoever started the tree: is it ready, has it failed, is it closing."""
        await self._begun.wait()
        failure = self._failure.for_people() if self._failure is not None and not self._ready else None
        closing = bool(self._gallery.value(DESK).get("closing"))
        return {"ready": self._ready, "failure": failure, "closing": closing, "leaving": self._draining}

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer the operator's socket, in the supervising loop itself."""
        match request.get("op"):
            case "status" if self._policy is not None:
                return flatten(as_json(self._drawn(), process_ns()))
            case "picture" if self._policy is not None:
                return as_json(self._drawn(), process_ns())
            case "revive" if self._policy is not None and request.get("child") in self._family.names:
                self._tell(ReviveAsked(str(request["child"])))
                return {"revived": request["child"]}
            case _ if self._policy is None:
                return {"error": "the supervisor has only just started", "remedy": "ask again in a moment", "exit_code": 3}
            case _:
                return {"error": f"unknown request {request.get('op')!r}", "remedy": "ask for status", "exit_code": 1}

    # The end.

    async def drain(self) -> None:
        """Ctrl-C or job stop: entries end, stops stay. Whoever asked may die now: we go on to the end."""
        if not self._draining:
            self._draining = True
            self._spawn(self._farewell())
            with suppress(RayError, NotConfirmed, TimeoutError):  # the last look tells it again
                await self._last_look.ask(DESK, "drain")

    async def finish(self) -> Ending | str:
        """Drain, let answers come, look a last time; or why there is no ending."""
        await self.drain()
        return await self._last_look.take()

    async def gone(self) -> None:
        """Pending until every child has been stopped and everything of ours is closed."""
        await self._gone.wait()

    async def plan(self) -> Plan:
        """What this tree was started with."""
        return self._plan

    async def shut_down(self) -> None:
        """Stop every child, in reverse order, and end."""
        await self._begun.wait()
        if self._policy is not None and not self._keeper.stopping:
            self._keeper.stopping = True
            self._tell(StopAsked())

    async def _farewell(self) -> None:
        """A drain that nobody completes is completed here."""
        await asyncio.sleep(FAREWELL_SECONDS_MAX)
        await self.shut_down()
