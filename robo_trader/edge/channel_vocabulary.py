"""Messages as bytes and back: the words that two parts may say to each other.

On the wire a message is `[name of its class, its fields by name]` in msgpack. A vocabulary lists the classes, and everything else is refused, so that
bytes from outside can only ever become one of them. Where a field may hold one of several dataclasses (`Line.news`), its value is written in the same
form, `[name, fields]`: that name is what tells a `Sent` from a `ResumeSeen`. Classes without such a field, the most, are read and written by compiled
code alone; `_Shape` says what is to be done for the others.

What is read must be what would be written again, as in the journal's codec: this finds unknown fields, prices that came as numbers and values of the
wrong kind. Reading and writing again costs a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from types import GenericAlias, NoneType, UnionType
from typing import Any, Final, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from robo_trader.errors import ProtocolError

_ENCODER: Final = msgspec.msgpack.Encoder(decimal_format="string", order="deterministic")
_NAME_CHARACTERS_MAX: Final = 64

T = TypeVar("T")
_Step = Callable[[Any], Any]
_Tagged = tuple[str, msgspec.Raw]


class Vocabulary:
    """The dataclasses that may travel. Raises TypeError for a class that cannot, or for two of one name."""

    def __init__(self, *classes: type) -> None:
        self._choice = _Choice(classes, "a message")
        self._envelope = msgspec.msgpack.Decoder(_Tagged, strict=True)

    def encode(self, message: object) -> bytes:
        """`message` as bytes; raises `ProtocolError` for a class that is not in the vocabulary and for values that have no form on the wire."""
        try:
            return _ENCODER.encode(self._choice.pack(message))
        except (TypeError, OverflowError, UnicodeError, AttributeError) as broken:
            raise ProtocolError(f"{type(message).__name__} cannot be sent: {broken}") from None

    def decode(self, payload: bytes | bytearray) -> Any:  # noqa: ANN401 - one of our classes; the reader matches on it
        """The message of `encode`'s bytes; raises `ProtocolError` naming what is wrong."""
        try:
            message = self._choice.unpack(self._envelope.decode(payload))
            again = self.encode(message)
            if again != payload:
                _lost(msgspec.msgpack.decode(payload)[1], msgspec.msgpack.decode(again)[1], type(message).__name__)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
            raise ProtocolError(f"not a message: {broken}") from None
        return message


@dataclass(frozen=True, slots=True)
class _Shape:
    """How values of a type travel: the type that compiled code reads, and a step before writing and after reading. None: as they are."""

    wire: Any
    pack: _Step | None = None
    unpack: _Step | None = None


class _Choice:
    """One of several dataclasses, told apart by name."""

    def __init__(self, classes: tuple[type, ...], place: str) -> None:
        self._place = place
        self._packs: dict[type, tuple[str, _Step | None]] = {}
        self._reads: dict[str, tuple[_Step, _Step | None]] = {}
        for cls in classes:
            name = cls.__name__
            if not is_dataclass(cls) or name in self._reads:
                raise TypeError(f"{place}: {name} is no dataclass, or the second of this name")
            shape = _shape(cls)
            self._packs[cls] = name, shape.pack
            self._reads[name] = msgspec.msgpack.Decoder(shape.wire, strict=True).decode, shape.unpack

    def pack(self, value: object) -> tuple[str, object]:
        """`(name, fields)`, for the encoder."""
        found = self._packs.get(type(value))
        if found is None:
            raise ProtocolError(f"{type(value).__name__} is not in the vocabulary of {self._place}")
        name, pack = found
        return name, pack(value) if pack else value

    def unpack(self, tagged: tuple[str, msgspec.Raw]) -> Any:  # noqa: ANN401 - one of the classes
        """The value of a name and its fields."""
        name, raw = tagged
        found = self._reads.get(name)
        if found is None:
            raise ProtocolError(f"{name[:_NAME_CHARACTERS_MAX]!r} is not in the vocabulary of {self._place}")
        read, unpack = found
        try:
            value = read(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
            raise ProtocolError(f"this is no {name}: {broken}") from None
        return unpack(value) if unpack else value


def _shape(kind: Any, place: str = "") -> _Shape:  # noqa: ANN401 - any type at all
    """The shape of a type; raises TypeError for one that cannot travel."""
    if isinstance(kind, NewType):
        return _shape(kind.__supertype__, place)
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass_shape(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _union_shape(kind, args, place)
    inner = [_shape(arg, place) for arg in args if arg is not Ellipsis]
    if all(shape.pack is None for shape in inner):
        return _Shape(kind)
    if origin is tuple and args[1:] == (Ellipsis,):
        wire, pack, unpack = inner[0].wire, inner[0].pack or _same, inner[0].unpack or _same
        return _Shape(GenericAlias(tuple, (wire, ...)), lambda items: tuple(map(pack, items)), lambda items: tuple(map(unpack, items)))
    raise TypeError(f"{place}: {kind} holds a choice of dataclasses; only a field or a tuple[..., ...] may")


def _dataclass_shape(cls: type) -> _Shape:
    """A dataclass as it is, or a stand-in of the same fields where one of them needs a step."""
    assert is_dataclass(cls)
    hints = get_type_hints(cls)
    shapes = {each.name: _shape(hints[each.name], f"{cls.__name__}.{each.name}") for each in fields(cls)}
    if all(shape.pack is None for shape in shapes.values()):
        return _Shape(cls)
    stand_in = msgspec.defstruct(cls.__name__, [(name, shape.wire) for name, shape in shapes.items()])
    packs = [(name, shape.pack or _same) for name, shape in shapes.items()]
    unpacks = [(name, shape.unpack or _same) for name, shape in shapes.items()]
    return _Shape(
        stand_in,
        lambda value: stand_in(*[pack(getattr(value, name)) for name, pack in packs]),
        lambda found: cls(**{name: unpack(getattr(found, name)) for name, unpack in unpacks}),
    )


def _union_shape(kind: Any, args: tuple[Any, ...], place: str) -> _Shape:  # noqa: ANN401 - any union
    """A union: a choice of dataclasses, with or without None, or what compiled code can tell apart by itself."""
    members = tuple(arg for arg in args if arg is not NoneType)
    if sum(map(is_dataclass, members)) > 1:
        choice = _Choice(members, place)
        inner = _Shape(_Tagged, choice.pack, choice.unpack)
    elif len(members) == 1:
        inner = _shape(members[0], place)
    elif all(_shape(member, place).pack is None for member in members):
        return _Shape(kind)
    else:
        raise TypeError(f"{place}: {kind} mixes a choice of dataclasses with something else")
    if inner.pack is None or inner.unpack is None:
        return _Shape(kind)
    if NoneType not in args:
        return inner
    pack, unpack = inner.pack, inner.unpack
    return _Shape(inner.wire | None, lambda value: None if value is None else pack(value), lambda value: None if value is None else unpack(value))


def _same(value: T) -> T:
    """A value that travels as it is."""
    return value


def _lost(before: object, after: object, place: str) -> None:
    """Raise unless everything in `before` stands unchanged in `after`, which may have more fields; a whole number may stand where a float does."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                raise ProtocolError(f"{place} has no field '{name}'")
            _lost(value, after[name], f"{place}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            _lost(old, new, f"{place}[{index}]")
    elif before != after or (type(before) is not type(after) and (type(before), type(after)) != (int, float)):
        raise ProtocolError(f"{place} is {before!r}, and would be written as {after!r}")
