"""The members of one tree: how each is made, where it is placed, and which incarnations live.

Placement: whatever touches the broker, the journal, the fence or their sockets lives on one node, the one that the root was placed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from actors.plan import Plan
from actors.shell import Identity, Living
from robo_trader.supervision.spec import ChildSpec, GroupSpec


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The tree as a plan: who supervises whom, how each child's class is called with its own arguments, and who must run for trading."""

    spec: GroupSpec
    makers: dict[str, tuple[type[Any], tuple[Any, ...]]]
    core: frozenset[str]


@dataclass(slots=True)
class _Incarnation:
    epoch: int
    handle: ActorHandle[Any]
    living: Living | None = None


class Family:
    """The incarnations that were made and not yet seen gone."""

    def __init__(self, blueprint: Blueprint, plan: Plan, namespace: str) -> None:
        self.spec, self.core = blueprint.spec, blueprint.core
        self._makers, self._plan, self._namespace = blueprint.makers, plan, namespace
        self.groups = dict(_groups(blueprint.spec))
        self.names = tuple(self.groups)
        self._members: dict[str, _Incarnation] = {}
        self._warm: dict[str, tuple[int, ActorHandle[Any]]] = {}

    def warm(self, identities: Iterable[Identity]) -> None:
        """Have the processes of first starts made side by side; a shell that is only built touches nothing."""
        for identity in identities:
            with suppress(ValueError):  # a name that is still taken is waited for when its turn comes
                self._warm[identity.name] = identity.epoch, self._make(identity)

    def create(self, identity: Identity) -> ActorHandle[Any]:
        """A new actor, or the one that was made ahead; raises ValueError while its name is taken."""
        epoch, handle = self._warm.pop(identity.name, (0, None))
        return handle if handle is not None and epoch == identity.epoch else self._make(identity)

    def created(self, name: str, epoch: int, handle: ActorHandle[Any]) -> None:
        """It exists; whether it starts is open."""
        self._members[name] = _Incarnation(epoch, handle)

    def take(self, name: str, epoch: int, handle: ActorHandle[Any], living: Living) -> None:
        """It lives."""
        self._members[name] = _Incarnation(epoch, handle, living)

    def forget(self, name: str, epoch: int) -> None:
        """It is gone."""
        if (member := self._members.get(name)) is not None and member.epoch == epoch:
            del self._members[name]

    def handle(self, name: str, epoch: int) -> ActorHandle[Any] | None:
        """That incarnation, if it is there."""
        member = self._members.get(name)
        return member.handle if member is not None and member.epoch == epoch else None

    def newest(self, name: str) -> ActorHandle[Any] | None:
        """The incarnation that lives, whichever it is."""
        member = self._members.get(name)
        return member.handle if member is not None and member.living is not None else None

    def living(self, name: str, epoch: int) -> Living | None:
        """Where that incarnation lives."""
        member = self._members.get(name)
        return member.living if member is not None and member.epoch == epoch else None

    def place(self, name: str) -> Living | None:
        """Where the newest incarnation lives."""
        member = self._members.get(name)
        return member.living if member is not None else None

    def _make(self, identity: Identity) -> ActorHandle[Any]:
        """Ray never restarts it, and never repeats a call."""
        kind, arguments = self._makers[identity.name]
        here = ray.get_runtime_context().get_node_id()
        make: Callable[..., Any] = (
            ray.remote(kind)
            .options(
                name=identity.name,
                namespace=self._namespace,
                lifetime="detached",
                max_restarts=0,
                max_task_retries=0,
                num_cpus=0,
                enable_task_events=False,  # looks are calls, and nobody needs a record of each
                scheduling_strategy=NodeAffinitySchedulingStrategy(here, soft=False),
            )
            .remote
        )
        return make(identity, self._plan, *arguments)  # type: ignore[no-any-return]  # Ray's handles have no types


def _groups(group: GroupSpec) -> list[tuple[str, str]]:
    """(child, its group) in start order."""
    found: list[tuple[str, str]] = []
    for member in group.children:
        found += [(member.name, group.name)] if isinstance(member, ChildSpec) else _groups(member)
    return found
