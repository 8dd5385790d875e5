"""Events as text and back: the journal's payloads, the recorder's rows and `running.json`.

The text is canonical: what is read must be what would be written again, apart from fields that were added (with defaults) since. That one rule
finds unknown fields, prices that came as JSON numbers and values of the wrong kind, and it is applied when writing too, so that a bad row fails
before it is durable and not at the next start. Decimals are text with their digits kept, instants and ticks are integers, fields stand in their
declared order.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from robo_trader.desk.events import KINDS, Event
from robo_trader.errors import StateUnreadable

T = TypeVar("T")

_REMEDY: Final = "restore a backup, or run the version of RoboTrader that wrote it"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="string", order=None)


_DECODERS: Final[dict[type, msgspec.json.Decoder[Any]]] = {}


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """One compiled decoder per class."""
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.json.Decoder(kind, strict=True)
    return _DECODERS[kind]


def dump(thing: object) -> str:
    """Any dataclass of ours as canonical JSON text; raises TypeError where a field holds a value that cannot be read back."""
    payload = _ENCODER.encode(thing)
    try:
        _read(type(thing), payload)
    except (msgspec.ValidationError, _NotCanonical) as broken:
        raise TypeError(f"{thing!r} cannot be stored: {broken}") from None
    return payload.decode()


def text_of(thing: object) -> str:
    """The same text as `dump`, unproven and a few times faster: for recordings, where a row that cannot be read costs a replay and no money."""
    return _ENCODER.encode(thing).decode()


def load(kind: type[T], text: str) -> T:
    """The `kind` that `dump` wrote; raises `StateUnreadable`."""
    try:
        return _read(kind, text.encode())
    except (msgspec.MsgspecError, _NotCanonical, UnicodeError) as broken:
        raise StateUnreadable(f"a stored {kind.__name__} cannot be read: {broken}", _REMEDY) from None


def encode(event: Event) -> tuple[str, str]:
    """(kind, payload) of an event; raises TypeError for something that is not one, or holds a wrong type."""
    kind = type(event).__name__
    if KINDS.get(kind) is not type(event):
        raise TypeError(f"{kind} is not a kind of journal event")
    return kind, dump(event)


def decode(kind: str, payload: str) -> Event:
    """The event of a row; raises `StateUnreadable` for an unknown kind and for a payload of another shape."""
    cls = KINDS.get(kind)
    if cls is None:
        raise StateUnreadable(f"the journal holds an event of the unknown kind '{kind}'", _REMEDY)
    event: Event = load(cls, payload)
    return event


class _NotCanonical(ValueError):
    """The text holds something that its own value would not be written as."""


def _read(kind: type[T], payload: bytes) -> T:
    """Decode, and prove that nothing of the text was dropped or bent."""
    thing = _decoder(kind).decode(payload)
    again = _ENCODER.encode(thing)
    if again != payload:
        _lost(msgspec.json.decode(payload), msgspec.json.decode(again), kind.__name__)
    return thing


def _lost(before: object, after: object, place: str) -> None:
    """Raise unless everything in `before` stands unchanged in `after`, which may have more fields."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                raise _NotCanonical(f"{place} has no field '{name}'")
            _lost(value, after[name], f"{place}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            _lost(old, new, f"{place}[{index}]")
    elif type(before) is not type(after) or before != after:
        raise _NotCanonical(f"{place} is {before!r}, and would be written as {after!r}")
