"""The window groups of a desktop, as clients see them: seven, each shows one contract, and whoever follows a group is told when that changes.

A gateway has no windows, so a group shows what a client last put there, and at first nothing, which is told as `none`.
"""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.subscriptions import Line

GROUPS: Final = range(1, 8)
NOTHING_SHOWN: Final = "none"


class DisplayGroups:
    """What each group shows, and which lines follow which."""

    def __init__(self) -> None:
        """Nothing is shown, and nobody looks."""
        self._shown = dict.fromkeys(GROUPS, NOTHING_SHOWN)
        self._followed: dict[Line, int] = {}

    def follow(self, line: Line, group: int) -> str:
        """A line follows a group, and no longer the one it followed before; what the group shows."""
        self._followed[line] = group
        return self._shown[group]

    def show(self, line: Line, contract: str) -> list[Line] | None:
        """The group that a line follows shows a contract from now on; who is to be told. None if the line follows none."""
        group = self._followed.get(line)
        if group is None:
            return None
        self._shown[group] = contract
        return [follower for follower, followed in self._followed.items() if followed == group]

    def leave(self, line: Line) -> None:
        """A line follows nothing any more."""
        self._followed.pop(line, None)

    def forget(self, connection: int) -> None:
        """A connection is gone."""
        self._followed = {line: group for line, group in self._followed.items() if line.connection != connection}
