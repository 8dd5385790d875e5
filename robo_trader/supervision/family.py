"""The family: who stands where in the nested groups, and whose turn it is to stop or to start.

Two children part at exactly one group, and the strategy of that group says what one is to the other. Turns are computed from where everybody stands;
no list of pending work is kept that could disagree with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robo_trader.supervision.budget import Budget
from robo_trader.supervision.child import Child, Phase
from robo_trader.supervision.spec import GroupSpec, Strategy, names_in

_ON_THE_WAY = {Phase.WAITING, Phase.STARTING, Phase.STOPPING}


class Family:
    """All children below a root, in start order."""

    def __init__(self, root: GroupSpec, adopted: Mapping[str, int], last_epochs: Mapping[str, int]) -> None:
        """`adopted` run already, with their epoch; `last_epochs` are of children that ran once."""
        self.root = root
        self.groups: dict[str, GroupSpec] = {}
        self.children = tuple(self._plant(root, {}, adopted, last_epochs))
        self.by_name = {child.spec.name: child for child in self.children}
        strangers = (adopted.keys() | last_epochs.keys()) - self.by_name.keys()
        assert not strangers, f"not in this tree, to be ended before it begins: {sorted(strangers)}; known are {names_in(root)}"

    def named(self, name: str) -> Child:
        """The child of this name; raises `KeyError`."""
        return self.by_name[name]

    def taken_along(self, child: Child) -> list[Child]:
        """Whom the strategy of its group moves together with `child`, itself included, in start order."""
        group, place = child.home.name, child.places[child.home.name]
        match child.home.strategy:
            case Strategy.ONE_FOR_ONE:
                return [child]
            case Strategy.REST_FOR_ONE:
                return [other for other in self.children if other.places.get(group, -1) >= place]
            case Strategy.ONE_FOR_ALL:
                return [other for other in self.children if group in other.places]

    def given_up_with(self, child: Child) -> list[Child]:
        """Who was given up together with `child`, itself included: they lean on each other, so they come back together."""
        if child.leaves_with is None:
            return [child]
        return [other for other in self.children if other.given_up and other.leaves_with == child.leaves_with]

    def may_stop(self, child: Child) -> bool:
        """Whether it is the turn of `child` to stop: everybody who leaves with it and started later is gone."""
        after = self.children[self.children.index(child) + 1 :]
        return not any(other.alive and other.leaves_with == child.leaves_with for other in after)

    def may_start(self, child: Child) -> bool:
        """Whether it is the turn of `child` to start: nobody in its groups is still leaving, and who comes before it is there."""
        if any(other.alive and other.leaves_with in child.places for other in self.children):
            return False
        before = self.children[: self.children.index(child)]
        return not any(self._waits_for(child, other) for other in before)

    def _waits_for(self, child: Child, elder: Child) -> bool:
        """Whether `child` may not start before `elder`, which stands earlier, has.

        Under ONE_FOR_ONE only a sequence of first starts keeps the order, and it passes by who failed: a sick gateway must not keep alerting down.
        """
        if elder.phase not in _ON_THE_WAY:
            return False
        parting = next(group for group, place in child.places.items() if elder.places.get(group, place) != place)
        return self.groups[parting].strategy is not Strategy.ONE_FOR_ONE or (elder.in_turn and child.in_turn)

    def _plant(self, group: GroupSpec, above: dict[str, int], adopted: Mapping[str, int], last_epochs: Mapping[str, int]) -> Iterator[Child]:
        """The children of `group`, and of the groups in it."""
        self.groups[group.name] = group
        shared = Budget(group.intensity)
        for place, member in enumerate(group.children):
            places = {**above, group.name: place}
            if isinstance(member, GroupSpec):
                yield from self._plant(member, places, adopted, last_epochs)
                continue
            budget = Budget(group.intensity) if group.strategy is Strategy.ONE_FOR_ONE else shared
            last = last_epochs.get(member.name, 0)
            child = Child(member, group, places, budget, epoch=last, first_epoch=last + 1)
            if member.name in adopted:
                child.phase, child.in_turn, child.was_in_service = Phase.RUNNING, False, True
                child.epoch = child.first_epoch = adopted[member.name]
            yield child
