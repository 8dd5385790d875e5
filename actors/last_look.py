"""The end of a run from the inside: let answers come, look at the broker a last time, and have the desk read it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import ray
from ray.exceptions import RayError

from actors.day_end import positions_agree
from actors.family import Family
from actors.final_look import AGAIN_WITHIN_NS, LOOKS_MAX, FinalLook
from actors.keeper import LOOK_SECONDS_MAX, call, words_of
from actors.market_side import left_running
from actors.messages import DESK, GATEWAY
from actors.plan import Plan
from robo_trader.desk.snapshot import Snapshot
from robo_trader.edge.clock import process_ns
from robo_trader.edge.fence import Fence
from robo_trader.errors import NotConfirmed
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND

DRAIN_SECONDS_MAX: Final = 6.0
QUIET_SECONDS_MAX: Final = 3.0
NO_ALERTS: Final = 1 << 60
_POLL_SECONDS: Final = 0.05

Ending = tuple[Snapshot, FinalLook, str]
"""What the books say, the broker's last word, and the digest of the decisions."""


class LastLook:
    """Asks the desk and the gateway of a family, whichever incarnation lives."""

    def __init__(self, family: Family) -> None:
        self._family = family

    async def take(self) -> Ending | str:
        """The ending of a system that drains; or why there is none."""
        try:
            await self._until("drained", DRAIN_SECONDS_MAX)
            await self._until("settled", QUIET_SECONDS_MAX)
            began_ns = process_ns()
            for _ in range(LOOKS_MAX):
                look = await self.ask(GATEWAY, "final_look")
                if isinstance(look, str):
                    return look
                snapshot, digest = await self.ask(DESK, "final_look", look.sweep)
                # else the desk has heard of a trade since, or there is a difference to tell
                if positions_agree(snapshot, look.sweep) or process_ns() - began_ns > AGAIN_WITHIN_NS:
                    break
        except (RayError, NotConfirmed, TimeoutError) as broken:
            return words_of(broken)
        return snapshot, look, digest

    async def ask(self, name: str, method: str, *arguments: Any) -> Any:  # noqa: ANN401  # what the method answers
        """One question to an actor; raises `NotConfirmed` if it does not run, TimeoutError if it does not answer."""
        handle = self._family.newest(name)
        if handle is None:
            raise NotConfirmed(f"{name} does not run", "wait until it is back")
        return await asyncio.wait_for(call(getattr(handle, method), *arguments), LOOK_SECONDS_MAX)

    async def _until(self, what: str, seconds_max: float) -> None:
        """Wait for the desk's word that nothing of a kind is left; a desk without a gateway learns no more."""
        deadline = process_ns() + int(seconds_max * NS_PER_SECOND)
        while process_ns() < deadline:
            with suppress(RayError, NotConfirmed, TimeoutError):  # a desk that is restarted now has to be told again
                await self.ask(DESK, "drain")
                value = (await self.ask(DESK, "look", NO_ALERTS))["value"]
                if value[what] or not value["connected"]:
                    return
            await asyncio.sleep(_POLL_SECONDS)


async def bury(plan: Plan, namespace: str, names: Iterable[str], why: str) -> None:
    """End a family that nobody can supervise: no new exposure, entries cancelled, then every process; the gateway goes last, stops stay."""
    fence = Fence.open(plan.directory.fence, create=False)
    fence.raise_halt(Halt("root-left", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "supervision", None, "root", why[:120]))
    fence.close()
    await asyncio.sleep(DRAIN_SECONDS_MAX)  # the gateway and the desk act on the halt by themselves
    for name in reversed(tuple(names)):
        with suppress(ValueError, RayError):
            ray.kill(ray.get_actor(name, namespace=namespace))


async def leave_nothing(plan: Plan) -> None:
    """End what the starting command would have ended, had it lived: the HTTP side and a simulated market of our own."""
    await asyncio.to_thread(_end, plan)


def _end(plan: Plan) -> None:
    from ray import serve  # noqa: PLC0415  # half a second that nobody else has to spend

    with suppress(RayError):
        serve.delete(f"robo-trader-{plan.directory.name}")
        if not serve.status().applications:
            serve.shutdown()  # type: ignore[no-untyped-call]  # Ray's own
    left_running(plan.config, plan.directory).stop()
    head = plan.directory.path / "ray.json"
    if head.exists():  # a head of our own: whoever ends it must not live on it, and nobody may join it any more
        head.rename(head.with_name("ray.ending.json"))
        command = [sys.executable, "-m", "ray_cluster.end_head", plan.directory.name]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  # our own
