"""Which slice a fill of an entry belongs to (DESIGN 3c).

Fills of one batch share a slice: the newest one of their entry, until its stop is on its way. While the journal failed, the stops lived on the
reserve and the fills before them on nothing: told again, in another order or after fills of the stops themselves, they are the same slices, and their
stops wait for them.
"""

from __future__ import annotations

from itertools import count

from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Book, Order
from robo_trader.orders.evidence import ExecutionSeen
from robo_trader.orders.order import Purpose


def slice_of_entry(turn: Turn, entry: Order, seen: ExecutionSeen) -> str:
    """The name of the slice that an entry's execution goes into.

    A stop was placed after the fills that it is for. Of the stops that wait for shares and are younger than the fill, the oldest takes it; of several
    of one instant, the one that waits for just as many, or else for enough.
    """
    book = turn.state.book(entry.intended.book)
    intent = entry.intended.intent
    names = book.slices_of_entry.get(intent, [])
    known = {name for name in book.by_slice if name.startswith(f"{intent}-")}.union(names)
    if not turn.state.orders.corrects(seen.exec_id):
        rooms = {name: _room(book, name, intent) for name in sorted(known)}
        waiting = {name: _stopped_at(book, name) for name, room in rooms.items() if room > 0}
        younger = {name: at for name, at in waiting.items() if at >= seen.at} or waiting
        if younger:
            return min(younger, key=lambda name: (younger[name], rooms[name] != seen.quantity, rooms[name] < seen.quantity))
    newest = names[-1] if names else ""
    if newest in book.slices and newest not in book.by_slice:
        return newest
    return next(name for number in count() if (name := f"{intent}-{number}") not in known)


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


def _stopped_at(book: Book, name: str) -> int:
    """When a slice's first stop was put on record (market time)."""
    return min(o.intended.at for o in _stops(book, name))


def _stops(book: Book, name: str) -> list[Order]:
    """The stops that were sent for a slice, but for those that mean other shares since a split."""
    return [o for o in book.of_slice(name) if o.intended.purpose is Purpose.PROTECT and not o.outdated]
