"""The name of an intent: a hash of why it exists, so that the same wish can never be wished twice.

DESIGN 3g: id = hash(strategy, symbol, decision bar or causing event, purpose, slice, k), k = number of earlier intents of that key. Whoever forms
the id from the same journal forms the same id, and the journal refuses a second row with it. orderRef carries it to the broker and back; its last
field is the id, whatever the epoch that sent it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from robo_trader.orders.order import Purpose
from robo_trader.values import BookId

ORDER_REF_PREFIX: Final = "rt"
_ID_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class IntentKey:
    """Why an intent exists; several intents of one key differ only by their number k."""

    book: BookId
    cause: str
    purpose: Purpose
    slice: str

    def numbered(self, k: int) -> str:
        """The intent id of the k-th (from 0) intent of this key: 16 hexadecimal digits."""
        said = "\x1f".join((self.book.strategy, self.book.symbol, self.cause, self.purpose, self.slice, str(k)))
        return hashlib.sha256(said.encode()).hexdigest()[:_ID_DIGITS]


def order_ref(system: str, epoch: int, intent: str) -> str:
    """The broker's orderRef: `rt:<system>:<epoch>:<intent>`, at most 40 characters for names of at most 12."""
    return f"{ORDER_REF_PREFIX}:{system}:{epoch}:{intent}"


def intent_of(reference: str, system: str) -> str | None:
    """The intent that an orderRef of this system names; None for anyone else's."""
    match reference.split(":"):
        case [prefix, owner, _epoch, intent] if prefix == ORDER_REF_PREFIX and owner == system:
            return intent
        case _:
            return None
