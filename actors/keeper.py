"""The supervisor's hands on one child: make it, follow it, stop it, and see that it is gone.

A successor may start only when its predecessor is certainly gone, so every way of ending leads through `kill`: the process is ended by its pid, since
a frozen one ignores Ray for seconds, and looked at until it is not there any more. Only then is the policy told.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayError

from actors.alert_log import AlertLog
from actors.family import Family
from actors.gallery import Gallery
from actors.logs import LOG
from actors.shell import End, Identity
from robo_trader.desk.effects import Severity
from robo_trader.edge.clock import process_ns
from robo_trader.edge.epochs import Epochs
from robo_trader.edge.fence_lease import pid_start
from robo_trader.supervision.child import ChildState
from robo_trader.supervision.events import Beat, Ended, Event, Started, StartFailed
from robo_trader.supervision.spec import Cause
from robo_trader.values import NS_PER_SECOND

LOOK_EVERY_SECONDS: Final = 1.0
LOOK_SECONDS_MAX: Final = 12.0
"""A late answer is an answer: on a machine that is short of processors a question is better waited for than asked again."""
GONE_SECONDS_MAX: Final = 5.0
NAME_FREE_SECONDS_MAX: Final = 5.0
_POLL_SECONDS: Final = 0.01


class Keeper:
    """Carries out what concerns single children.

    `tell` takes events for the policy, `spawn` runs jobs that must not fail unseen, `failed` takes the ends that a person must put right.
    """

    def __init__(
        self,
        namespace: str,
        family: Family,
        gallery: Gallery,
        alerts: AlertLog,
        epochs: Epochs,
        *,
        tell: Callable[[Event], None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        state_of: Callable[[str], ChildState],
        failed: Callable[[str, End], None],
    ) -> None:
        self._namespace, self._family, self._gallery, self._alerts, self._epochs = namespace, family, gallery, alerts, epochs
        self._tell, self._spawn, self._state_of, self._failed = tell, spawn, state_of, failed
        self.stopping = False
        """Whether ends are what was asked for."""

    async def start(self, name: str, epoch: int) -> None:
        """Make an incarnation, have it start, and follow it to its end."""
        self._epochs.keep(name, epoch)
        state = self._state_of(name)
        cause = str(state.last_cause or "")
        identity = Identity(name, epoch, self._namespace, state.restarts, cause, state.last_reason)
        try:
            handle = await self._create(identity)
            answer = await call(handle.start)
        except RayError as broken:
            await self.kill(name, epoch)
            self._tell(StartFailed(name, epoch, Cause.CRASH, words_of(broken)))
            return
        if isinstance(answer, End):
            await self.kill(name, epoch)
            self._failed(name, answer)
            self._tell(StartFailed(name, epoch, answer.cause, f"{answer.reason}; {answer.remedy}" if answer.remedy else answer.reason))
            return
        self._family.take(name, epoch, handle, answer)
        self._tell(Started(name, epoch))
        await self.follow(name, epoch)

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

    async def follow(self, name: str, epoch: int) -> None:
        """Look at a living incarnation once a second, and wait for its end."""
        handle = self._family.handle(name, epoch)
        assert handle is not None, "it was taken first"
        looking = self._spawn(self._look(name, epoch, handle))
        try:
            end: End = await call(handle.ended)
        except RayError as dead:
            end = End(Cause.CRASH, words_of(dead))
        finally:
            looking.cancel()
        if end.cause is Cause.NEEDS_OPERATOR:
            self._failed(name, end)
        await self.kill(name, epoch)
        self._gallery.silent(name, f"ended: {end.reason}")
        severity = Severity.INFO if self.stopping else Severity.WARNING
        self._alerts.say(severity, f"ended/{name}", f"{name} epoch {epoch} ended ({end.cause}): {end.reason}")
        self._tell(Ended(name, epoch, end.cause, end.reason))

    async def _look(self, name: str, epoch: int, handle: ActorHandle[Any]) -> None:
        number = 0
        while True:
            try:
                answer = await asyncio.wait_for(call(handle.look, number), LOOK_SECONDS_MAX)
            except RayActorError:
                return  # its end is told elsewhere
            except (TimeoutError, RayError) as silence:
                LOG.warning("%s epoch %d did not answer: %s", name, epoch, words_of(silence))
            else:
                number = max((alert["number"] for alert in answer["alerts"]), default=number)
                self._gallery.heard(name, epoch, answer)
                self._tell(Beat(name, epoch))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def stop(self, name: str, epoch: int) -> None:
        """Ask an incarnation to end in order."""
        handle = self._family.handle(name, epoch)
        if handle is not None:
            with suppress(RayError):
                await call(handle.stop)

    async def kill(self, name: str, epoch: int) -> None:
        """End an incarnation's process and see it gone; a frozen one ignores Ray for seconds, so its pid is used."""
        handle, living = self._family.handle(name, epoch), self._family.living(name, epoch)
        if living is not None:
            deadline = process_ns() + int(GONE_SECONDS_MAX * NS_PER_SECOND)
            while pid_start(living.pid) == living.pid_start and process_ns() < deadline:
                with suppress(ProcessLookupError):
                    os.kill(living.pid, signal.SIGKILL)
                await asyncio.sleep(_POLL_SECONDS)
        if handle is not None:
            with suppress(RayError, ValueError):
                ray.kill(handle)
        self._family.forget(name, epoch)


async def call(method: Any, *arguments: Any) -> Any:  # noqa: ANN401  # Ray's methods have no types
    """Await an actor's method."""
    return await method.remote(*arguments)


def words_of(broken: BaseException) -> str:
    """An exception of Ray's in one line: the first that says something of a death, else its first."""
    lines = [line.strip() for line in str(broken).splitlines() if line.strip()]
    telling = [line for line in lines if "died" in line.lower() or "exit" in line.lower()]
    return (telling or lines or [type(broken).__name__])[0][:300]
