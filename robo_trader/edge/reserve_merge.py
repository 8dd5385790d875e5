"""The way back from the fence's reserve into the journal, at the start of a run and before the desk is resumed.

While the journal failed, reducing orders were sent on the strength of a reserve record. The next process puts those intents on record first: one
transaction takes all that the journal does not have, and only then are the places freed. A death between the two repeats nothing, because the
intents are then known. What became of the orders is not asked here: an intent without evidence is what every start's sweeps are for.
"""

from __future__ import annotations

from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_record import decode
from robo_trader.orders.events import Intended


def merge(fence: Fence, journal: Journal, epoch: int, at_ns: int) -> int:
    """Put the intents of the reserve on record, free their places, and return how many the journal did not have.

    For the holder of the lease; rows are stamped with its `epoch` and `at_ns` (wall clock). Raises `StateUnreadable` for a damaged record and
    `JournalFailed` if the journal does not take them; the reserve is then as it was.
    """
    intents = [decode(record) for record in fence.reserved()]
    if not intents:
        return 0
    known = {event.intent for _, event in journal.read() if isinstance(event, Intended)}
    missing = [intended for intended in dict.fromkeys(intents) if intended.intent not in known]
    journal.append(missing, epoch=epoch, at_ns=at_ns)
    fence.clear_reserve()
    return len(missing)
