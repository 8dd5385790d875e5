"""The root of the tree: carries out what the supervision policy decides, and knows how everybody is.

It is the only actor that Ray itself restarts. A new root finds the children that live (they are detached and named), takes them over as they are, and
starts the others. It starts a successor only when the predecessor is certainly gone: its process is ended by its pid on this node, and seen to be
gone, before the policy hears of an end. What the parts say of themselves is asked twice a second; the answer is the heartbeat, the picture that
people are shown, and the source of alerts, all in one.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

import ray
from ray.actor import ActorHandle
from ray.exceptions import GetTimeoutError, RayActorError, RayError

from actors.alert_log import AlertLog
from actors.family import Blueprint, Family
from actors.gallery import Gallery
from actors.logs import LOG, log_to
from actors.messages import DESK, GATEWAY
from actors.plan import Plan
from actors.shell import End, Identity, Living
from robo_trader.desk.effects import Severity
from robo_trader.edge import operator_socket
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.epochs import Epochs
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.picture import Picture, as_json, flatten
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, Running, code_hash
from robo_trader.errors import NotConfirmed
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.supervision.child import Phase
from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, StartFailed, StopAsked, Tick
from robo_trader.supervision.policy import Policy
from robo_trader.supervision.spec import Cause
from robo_trader.values import NS_PER_SECOND

ROOT: Final = "root"
LOOK_EVERY_SECONDS: Final = 0.5
LOOK_SECONDS_MAX: Final = 4.0
ADOPT_SECONDS_MAX: Final = 2.0
GONE_SECONDS_MAX: Final = 5.0
DRAIN_SECONDS_MAX: Final = 6.0
QUIET_SECONDS_MAX: Final = 1.0
FAREWELL_SECONDS_MAX: Final = 30.0
NAME_FREE_SECONDS_MAX: Final = 5.0
STALL_NS: Final = 3 * NS_PER_SECOND
_POLL_SECONDS: Final = 0.01


class Root:
    """One system's supervisor. Built by `tree.start`; Ray builds it again, with the same arguments, when it dies."""

    def __init__(self, plan: Plan, namespace: str, blueprint: Blueprint) -> None:
        self._plan, self._namespace = plan, namespace
        log_to(plan.directory, ROOT)
        self._chance = random.Random(plan.config.seed)  # noqa: S311  # jitter, not secrets
        os.environ[ENVIRONMENT_VARIABLE] = str(plan.directory.path.parent)
        self._alerts = AlertLog(wall, LOG.warning)
        self._gallery = Gallery(plan.directory.name)
        self._family = Family(blueprint, plan, namespace)
        self._policy: Policy | None = None
        self._turned = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: End | None = None
        self._was_ready = False
        self._stopping = self._draining = False
        self._begun, self._gone = asyncio.Event(), asyncio.Event()
        context = ray.get_runtime_context()
        self._me = context.current_actor
        self._me.run.remote()  # nobody calls a root that Ray restarted

    def __repr__(self) -> str:
        """What Ray's own tools show of us."""
        return f"root of {self._plan.directory.name}"

    # The life.

    async def run(self) -> None:
        """Supervise until everything was stopped; a root that fails is ended, so that Ray starts another."""
        try:
            async with AsyncExitStack() as stack:
                await self._open(stack)
                await self._supervise()
            self._gone.set()
        except BaseException:  # noqa: BLE001  # a supervisor that fails must not live on as a shadow
            LOG.exception("root: the supervisor failed")
            os._exit(1)  # Ray restarts what ends so

    async def _open(self, stack: AsyncExitStack) -> None:
        directory = self._plan.directory
        stack.callback(directory.lock().release)
        self._fence = Fence.open(directory.fence, create=not directory.journal.exists())
        stack.callback(self._fence.close)
        epochs = self._epochs = Epochs.open(directory.path / "epochs.json")
        path = directory.socket_path("operator")
        await stack.enter_async_context(operator_socket.serve(path, self._answer))
        start = pid_start(os.getpid())
        assert start is not None, "this process lives"
        ports = {"gateway": self._plan.port}
        directory.write_running(Running(os.getpid(), start, epochs.next(ROOT), code_hash(), ports, str(self._plan.exchange_log or ""), str(path)))
        stack.callback(directory.clear_running)
        adopted = await self._adopt()
        self._policy = Policy(self._family.spec, adopted=adopted, last_epochs=epochs.known(self._family.names))

    async def _adopt(self) -> dict[str, int]:
        """Take over the children that live."""
        adopted: dict[str, int] = {}
        for name in self._family.names:
            with suppress(ValueError, RayError, TimeoutError, GetTimeoutError):
                handle = ray.get_actor(name, namespace=self._namespace)
                identity, living = await asyncio.wait_for(_call(handle.who), ADOPT_SECONDS_MAX)
                self._family.take(name, identity.epoch, handle, living)
                adopted[name] = identity.epoch
                self._spawn(self._follow(name, identity.epoch, handle))
        return adopted

    async def _supervise(self) -> None:
        """Sleep until something is due or something happened."""
        self._tell(Begin())
        self._begun.set()
        assert self._policy is not None, "opened first"
        ticked_ns = process_ns()
        while not (self._stopping and all(c.phase in {Phase.STOPPED, Phase.GIVEN_UP} for c in self._policy.children())):
            due = self._policy.next_due_ns()
            wait_seconds = LOOK_EVERY_SECONDS if due is None else min(max((due - process_ns()) / NS_PER_SECOND, 0.0), LOOK_EVERY_SECONDS)
            self._turned.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._turned.wait()
            if process_ns() - ticked_ns > STALL_NS:  # we were asleep, not they: let their answers come before anyone is judged
                await asyncio.sleep(LOOK_EVERY_SECONDS * 2)
            ticked_ns = process_ns()
            self._tell(Tick())
        for task in tuple(self._tasks):
            task.cancel()

    def _tell(self, event: Event) -> None:
        assert self._policy is not None, "opened first"
        for effect in self._policy.handle(event, process_ns(), self._chance.random()):
            self._carry_out(effect)
        self._turned.set()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Start(name, epoch):
                self._spawn(self._start(name, epoch))
            case Stop(name, epoch):
                self._spawn(self._stop(name, epoch))
            case Kill(name, epoch, reason):
                self._alerts.say(Severity.WARNING, f"killed/{name}", f"{name} is killed: {reason}")
                self._spawn(self._kill(name, epoch))
            case GaveUp():
                self._gave_up(effect)

    def _spawn(self, job: Any) -> None:  # noqa: ANN401  # a coroutine
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # One child.

    async def _start(self, name: str, epoch: int) -> None:
        self._epochs.keep(name, epoch)
        state = self._state_of(name)
        cause = str(state.last_cause or "")
        identity = Identity(name, epoch, self._namespace, state.restarts, cause, state.last_reason)
        try:
            handle = await self._create(identity)
            answer = await _call(handle.start)
        except RayError as broken:
            await self._make_sure(name, epoch)
            self._tell(StartFailed(name, epoch, Cause.CRASH, _words(broken)))
            return
        if isinstance(answer, End):
            await self._make_sure(name, epoch)
            self._remember_failure(answer)
            self._tell(StartFailed(name, epoch, answer.cause, f"{answer.reason}; {answer.remedy}" if answer.remedy else answer.reason))
            return
        self._family.take(name, epoch, handle, answer)
        self._tell(Started(name, epoch))
        await self._follow(name, epoch, handle)

    async def _create(self, identity: Identity) -> ActorHandle[Any]:
        """A new incarnation; its name may be taken for a moment longer by the one that just died."""
        deadline = process_ns() + int(NAME_FREE_SECONDS_MAX * NS_PER_SECOND)
        while True:
            try:
                handle = self._family.create(identity)
                self._family.created(identity.name, identity.epoch, handle)
            except ValueError:
                if process_ns() > deadline:
                    raise
                await asyncio.sleep(_POLL_SECONDS * 5)
            else:
                return handle

    async def _follow(self, name: str, epoch: int, handle: ActorHandle[Any]) -> None:
        """Look at a living incarnation twice a second, and wait for its end."""
        looking = asyncio.get_running_loop().create_task(self._look(name, epoch, handle))
        try:
            end: End = await _call(handle.ended)
        except RayActorError as dead:
            end = End(Cause.CRASH, _words(dead))
        finally:
            looking.cancel()
        if end.cause is Cause.NEEDS_OPERATOR:
            self._remember_failure(end)
        await self._make_sure(name, epoch)
        self._gallery.silent(name, f"ended: {end.reason}")
        self._alerts.say(
            Severity.INFO if self._stopping else Severity.WARNING, f"ended/{name}", f"{name} epoch {epoch} ended ({end.cause}): {end.reason}"
        )
        self._tell(Ended(name, epoch, end.cause, end.reason))

    async def _look(self, name: str, epoch: int, handle: ActorHandle[Any]) -> None:
        number = 0
        while True:
            with suppress(TimeoutError, RayError):
                answer = await asyncio.wait_for(_call(handle.look, number), LOOK_SECONDS_MAX)
                number = max((alert["number"] for alert in answer["alerts"]), default=number)
                self._gallery.heard(name, epoch, answer)
                self._tell(Beat(name, epoch))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _stop(self, name: str, epoch: int) -> None:
        handle = self._family.handle(name, epoch)
        if handle is not None:
            with suppress(RayError):
                await _call(handle.stop)

    async def _kill(self, name: str, epoch: int) -> None:
        await self._make_sure(name, epoch)

    async def _make_sure(self, name: str, epoch: int) -> None:
        """End an incarnation's process and see it gone; a frozen one ignores Ray for seconds, so its pid is used."""
        handle, living = self._family.handle(name, epoch), self._family.living(name, epoch)
        if living is not None:
            start = pid_start(living.pid)
            deadline = process_ns() + int(GONE_SECONDS_MAX * NS_PER_SECOND)
            with suppress(ProcessLookupError):
                os.kill(living.pid, signal.SIGKILL)
            while start is not None and pid_start(living.pid) == start and process_ns() < deadline:  # noqa: ASYNC110  # a process is no event
                await asyncio.sleep(_POLL_SECONDS)
        if handle is not None:
            with suppress(RayError, ValueError):
                ray.kill(handle)
        self._family.forget(name, epoch)

    def _gave_up(self, effect: GaveUp) -> None:
        text = f"{effect.child} was given up: {effect.reason}"[:120]
        self._alerts.say(Severity.CRITICAL, f"given-up/{effect.child}", f"{text}; no new entries")
        if self._was_ready:
            scope = HaltScope.SYMBOL if effect.scope is not None else HaltScope.ALL
            name = f"gave-up-{effect.child.replace('/', '-')}"[:40]
            self._fence.raise_halt(Halt(name, HaltLevel.NO_NEW, scope, effect.scope or "", "supervision", None, ROOT, text))

    def _remember_failure(self, end: End) -> None:
        if self._failure is None and end.cause is Cause.NEEDS_OPERATOR:
            self._failure = end

    def _state_of(self, name: str) -> Any:  # noqa: ANN401  # a ChildState
        assert self._policy is not None, "opened first"
        return next(state for state in self._policy.children() if state.name == name)

    # What people and the other actors ask.

    async def picture(self) -> dict[str, Any]:
        """Everything, as one JSON object: sections with source, age and state (`edge.picture`)."""
        return as_json(await self.sections(), process_ns())

    async def sections(self) -> Picture:
        """The same before it is dated."""
        await self._begun.wait()
        return self._drawn()

    def _drawn(self) -> Picture:
        assert self._policy is not None, "opened first"
        return self._gallery.picture(self._policy.children(), self._family, process_ns(), wall())

    async def alerts(self, after: dict[str, int]) -> list[dict[str, Any]]:
        """Alerts of everybody, after the number that is given for each source and epoch."""
        return self._gallery.alerts(after, self._alerts)

    async def status(self) -> dict[str, Any]:
        """For whoever started the tree: is it ready, has it failed, is it closing."""
        await self._begun.wait()
        assert self._policy is not None, "opened first"
        core = [c for c in self._policy.children() if c.name in self._family.core]
        ready = all(c.phase is Phase.RUNNING for c in core)
        self._was_ready |= ready
        failure = None
        if self._failure is not None and (not ready or not self._was_ready):
            failure = {"cause": self._failure.reason, "remedy": self._failure.remedy, "exit_code": self._failure.exit_code}
        return {"ready": ready, "failure": failure, "closing": bool(self._gallery.value(DESK).get("closing")), "digest": self._plan.config.digest()}

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
            case _:
                return {"error": f"unknown request {request.get('op')!r}", "remedy": "ask for status", "exit_code": 1}

    # The end.

    async def drain(self) -> None:
        """Ctrl-C or job stop: entries end, stops stay. Whoever asked may die now: we go on to the end."""
        if not self._draining:
            self._draining = True
            self._spawn(self._farewell())
            await self._ask(DESK, "drain")

    async def finish(self) -> tuple[Any, Any, Any, str] | str:
        """Drain, let answers come, look a last time: (snapshot, sweep, account, decisions' digest), or why there is none."""
        await self.drain()
        await self._until("drained", DRAIN_SECONDS_MAX)
        await self._until("quiet", QUIET_SECONDS_MAX)
        try:
            look = await self._ask(GATEWAY, "final_look")
            if isinstance(look, str):
                return look
            snapshot, digest = await self._ask(DESK, "final_look", look[0])
        except (RayError, NotConfirmed) as broken:
            return _words(broken)
        return snapshot, look[0], look[1], digest

    async def gone(self) -> None:
        """Pending until every child has been stopped and everything of ours is closed."""
        await self._gone.wait()

    async def plan(self) -> Plan:
        """What this tree was started with."""
        return self._plan

    async def shut_down(self) -> None:
        """Stop every child, in reverse order, and end."""
        if not self._stopping:
            self._stopping = True
            self._tell(StopAsked())

    async def _farewell(self) -> None:
        """A drain that nobody completes is completed here."""
        await asyncio.sleep(FAREWELL_SECONDS_MAX)
        await self.shut_down()

    async def _until(self, what: str, seconds_max: float) -> None:
        deadline = process_ns() + int(seconds_max * NS_PER_SECOND)
        while process_ns() < deadline:
            answer = await self._ask(DESK, "look", 1 << 60)
            value = answer["value"]
            if (value["drained"] if what == "drained" else not value["busy"]) or value["state"] == "waiting for gateway":
                return
            await asyncio.sleep(_POLL_SECONDS * 5)

    async def _ask(self, name: str, method: str, *arguments: Any) -> Any:  # noqa: ANN401  # what the method answers
        handle = self._family.newest(name)
        if handle is None:
            raise NotConfirmed(f"{name} does not run", "wait until it is back")
        return await asyncio.wait_for(_call(getattr(handle, method), *arguments), LOOK_SECONDS_MAX * 3)


async def _call(method: Any, *arguments: Any) -> Any:  # noqa: ANN401  # Ray's methods have no types
    """Await an actor's method."""
    return await method.remote(*arguments)


def _words(broken: BaseException) -> str:
    """An exception of Ray's in one line: its last that says something."""
    lines = [line.strip() for line in str(broken).splitlines() if line.strip()]
    telling = [line for line in lines if "died" in line.lower() or "exit" in line.lower()]
    return (telling or lines or [type(broken).__name__])[0][:300]
