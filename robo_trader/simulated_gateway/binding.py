"""Orders that client 0 did not place and that become its own: those entered by hand, once it has asked for them to be bound.

An order that is bound is told by `orderBound`, with the permanent id it had and the order id that client 0 knows it by from then on; this gateway
gives an order entered by hand client 0's next id at once, so binding is only the telling of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BINDING_CLIENT: Final = 0


class Binding:
    """What client 0 knows of."""

    def __init__(self) -> None:
        """Nobody asked."""
        self._asked = False
        self._known: set[int] = set()

    def ask(self, open_orders: Iterable[int]) -> None:
        """Bind what comes; what is open by now client 0 was told of when it connected."""
        self._asked = True
        self._known.update(open_orders)

    def stop(self) -> None:
        """Bind no more."""
        self._asked = False

    def placed(self, order_id: int) -> None:
        """Client 0 placed, or changed, an order itself."""
        self._known.add(order_id)

    def binds(self, order_id: int) -> bool:
        """Whether an order of client 0 is bound now: once, the first time that it is told."""
        if not self._asked or order_id in self._known:
            return False
        self._known.add(order_id)
        return True
