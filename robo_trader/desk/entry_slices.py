"""Which slice a fill of an entry belongs to (DESIGN 3c).

Fills of one batch share a slice: the newest one of their entry, until its stop is on its way. While the journal failed, the stops lived on the
reserve and the fills before them on nothing: told again, in another order or after fills of the stops themselves, they are the same slices, and their
stops wait for them. What one look tells is shared out as a whole, so that each stop gets just the shares that it was placed for, if there is a way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final, NamedTuple

from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Book, Order
from robo_trader.orders.evidence import ExecutionSeen
from robo_trader.orders.order import Purpose

STEPS_MAX: Final = 2_000
"""How many ways to share fills out are looked at before the simple rule decides for each."""
FILLS_MAX: Final = 200
"""How many fills are shared out as a whole: each is a call inside that of the one before it."""


class Waiting(NamedTuple):
    """A slice whose stop waits for `room` shares that nobody told yet, and when that stop was put on record (market time)."""

    name: str
    room: int
    at: int


def slice_of_entry(turn: Turn, entry: Order, seen: ExecutionSeen) -> str:
    """The name of the slice that an entry's execution goes into.

    If the look that told it has found it a home, that. Else, of the stops that wait for shares, one that waits for just as many takes it; else one
    that is younger than the fill, since a stop is placed after what it is for (our market time may lag a little); else one that waits for enough;
    and of several the oldest.
    """
    book, home = turn.state.book(entry.intended.book), turn.watch.homes.get(seen.exec_id)
    if home is not None:
        return home
    if not turn.state.orders.corrects(seen.exec_id) and (all_waiting := waiting(book, entry)):
        return min(all_waiting, key=lambda each: (each.room != seen.quantity, each.at < seen.at, each.room < seen.quantity, each.at)).name
    names = book.slices_of_entry.get(entry.intended.intent, [])
    newest = names[-1] if names else ""
    if newest in book.slices and newest not in book.by_slice:
        return newest
    known = _known(book, entry.intended.intent)
    return next(name for number in count() if (name := f"{entry.intended.intent}-{number}") not in known)


def waiting(book: Book, entry: Order) -> list[Waiting]:
    """The slices of an entry whose stops wait for shares."""
    intent = entry.intended.intent
    rooms = ((name, _room(book, name, intent)) for name in sorted(_known(book, intent)))
    return [Waiting(name, room, min(o.intended.at for o in _stops(book, name))) for name, room in rooms if room > 0]


def shared_out(slices: Sequence[Waiting], fills: Sequence[ExecutionSeen]) -> dict[str, str]:
    """A slice for each fill by its id, such that each slice gets just what it waits for; what none waits for is left out.

    Empty if none is, or there are too many.
    """
    if len(fills) > FILLS_MAX:
        return {}
    order = sorted(fills, key=lambda fill: -fill.quantity)
    spare = sum(fill.quantity for fill in fills) - sum(each.room for each in slices)
    steps = count()

    def place(nth: int, rooms: tuple[int, ...], spare: int) -> dict[str, str] | None:
        if nth == len(order):
            return {} if not any(rooms) else None
        fill = order[nth]
        fitting = sorted((each.at < fill.at, each.at, index) for index, each in enumerate(slices) if rooms[index] >= fill.quantity)
        for _, _, index in fitting:
            if next(steps) >= STEPS_MAX:
                return None
            left = (*rooms[:index], rooms[index] - fill.quantity, *rooms[index + 1 :])
            if (rest := place(nth + 1, left, spare)) is not None:
                return {fill.exec_id: slices[index].name, **rest}
        return place(nth + 1, rooms, spare - fill.quantity) if spare >= fill.quantity and next(steps) < STEPS_MAX else None

    return (place(0, tuple(each.room for each in slices), spare) if slices and spare >= 0 else None) or {}


def _known(book: Book, intent: str) -> set[str]:
    """Names of an entry's slices, those that only a stop speaks of among them."""
    return {name for name in book.by_slice if name.startswith(f"{intent}-")}.union(book.slices_of_entry.get(intent, ()))


def _room(book: Book, name: str, intent: str) -> int:
    """How many shares more a slice's stop was placed for than were told yet; none of one that is closed, or was turned over.

    A slice that no fill of the entry has reached waits for all of them, whatever its stop has sold meanwhile.
    """
    largest = max((o.intended.quantity for o in _stops(book, name)), default=0)
    if name not in book.slices_of_entry.get(intent, ()):
        return largest
    held = book.slices.get(name)
    if held is None or any(o.sign * held.quantity > 0 for o in _stops(book, name)):
        return 0
    return largest - held.shares_in


def _stops(book: Book, name: str) -> list[Order]:
    """The stops that were sent for a slice, but for those that mean other shares since a split."""
    return [o for o in book.of_slice(name) if o.intended.purpose is Purpose.PROTECT and not o.outdated]
