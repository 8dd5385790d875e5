"""Field tables: one layout both reads a message and writes it.

A layout is a tuple of items in wire order: a `Field`, a `When` (fields that are there only if what was read before says so) or a `Repeat` (a
count, then that many groups). `spec` makes fields from one line of text, so that a message stands in the source as it stands on the wire:

    spec("reqId:int symbol strike:decimal=0 right=? lmtPrice:double! minQty:int?")

is a name, then a kind, then the default that is written when the record does not say. Kinds: text (the kind of a field without one), flag
(`0`, `1`), int (32 bits), long, decimal (plain notation) and double (as Java prints it). A number kind with `?` may be unset and is then written
blank; with `!` it is written as Java's largest value. Reading accepts either, and blank everywhere, for that is what clients send. A number
without either mark and without a default must be given when writing.

A table holds for many versions of the protocol: a field that ends in `@158` is on the wire from version 158 on, one in `@..163` up to version 163
and never after it, `@163..163` in that one. `at` makes of a table the layout of one version; only such layouts read and write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeAlias

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.fields_text import KINDS, Kind, Scalar

_EVER: Final = 2**31  # later than any version
Value: TypeAlias = "Scalar | Sequence[Mapping[str, Value]]"
Items = Iterator[str]


class Record(dict[str, "Scalar | list[Record]"]):
    """What a layout read: values by field name. The accessors check a value's type, and that it was given."""

    def text(self, name: str) -> str:
        """A text field."""
        value = self[name]
        assert isinstance(value, str), name
        return value

    def flag(self, name: str) -> bool:
        """A flag; blank was read as False."""
        value = self[name]
        assert isinstance(value, bool), name
        return value

    def integer(self, name: str) -> int:
        """A whole number; ProtocolError if the client left it blank."""
        value = self[name]
        if value is None:
            raise ProtocolError(f"{name} is blank")
        assert isinstance(value, int), name
        return value

    def number(self, name: str) -> Decimal | None:
        """A double or decimal; None where it is unset."""
        value = self[name]
        assert value is None or isinstance(value, Decimal), name
        return value

    def groups(self, name: str) -> list[Record]:
        """The groups of a `Repeat`."""
        value = self[name]
        assert isinstance(value, list), name
        return value


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `default` is what is written when a record does not name it, if `has_default`. It is there in versions `since` to `until`."""

    name: str
    kind: Kind
    default: Scalar = None
    has_default: bool = False
    since: int = 0
    until: int = _EVER

    def read(self, texts: Items, into: Record) -> None:
        """Take one text; ProtocolError names the field."""
        text = next(texts, None)
        if text is None:
            raise ProtocolError(f"the message ends before {self.name}")
        try:
            into[self.name] = self.kind.parse(text)
        except ValueError as refused:
            raise ProtocolError(f"{refused} ({self.name})") from None

    def write(self, record: Mapping[str, Value], out: list[str]) -> None:
        """Append one text; KeyError for a value that must be given."""
        value = record.get(self.name, self.default) if self.has_default else record[self.name]
        out.append(self.kind.write(value))  # type: ignore[arg-type]  # a Repeat's groups never stand under a field's name


_COUNT: Final = Field("count", KINDS["int"])


@dataclass(frozen=True, slots=True)
class When:
    """Items that are on the wire only if `holds` for what stands before them."""

    holds: Callable[[Mapping[str, Value]], bool]
    items: Layout

    def read(self, texts: Items, into: Record) -> None:
        """Read the items if they are there."""
        if self.holds(into):
            _read(self.items, texts, into)

    def write(self, record: Mapping[str, Value], out: list[str]) -> None:
        """Write the items if they belong there."""
        if self.holds(record):
            _write(self.items, record, out)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A count, and that many groups of `items`."""

    name: str
    items: Layout

    def read(self, texts: Items, into: Record) -> None:
        """Read all groups, none if the count is blank; a count beyond the message's end is a ProtocolError like any missing field."""
        _COUNT.read(texts, counted := Record())
        count = counted["count"] or 0
        assert isinstance(count, int)
        if count < 0:
            raise ProtocolError(f"a count of {count} ({self.name})")
        groups: list[Record] = []
        for _ in range(count):
            group = Record()
            _read(self.items, texts, group)
            groups.append(group)
        into[self.name] = groups

    def write(self, record: Mapping[str, Value], out: list[str]) -> None:
        """Write the count and the groups; none if the record does not name them."""
        groups = record.get(self.name, ())
        assert isinstance(groups, Sequence)
        assert not isinstance(groups, str)
        out.append(str(len(groups)))
        for group in groups:
            _write(self.items, group, out)


@dataclass(frozen=True, slots=True)
class Either:
    """The last fields of a message, which clients write in more ways than one: a way is known by its number of fields, and is `Field`s only."""

    ways: tuple[Layout, ...]

    def read(self, texts: Items, into: Record) -> None:
        """Take all that is left, as the way that has so many fields; a ProtocolError as of the first way if none has."""
        left = list(texts)
        way = next((way for way in self.ways if len(way) == len(left)), self.ways[0])
        into.update(read(way, left))

    def write(self, record: Mapping[str, Value], out: list[str]) -> None:
        """Write the first way whose every field the record names; the first of all if it names none."""
        named = (way for way in self.ways if all(name in record for name in field_names(way)))
        _write(next(named, self.ways[0]), record, out)


Layout = tuple[Field | When | Repeat | Either, ...]


def spec(line: str) -> Layout:
    """Fields from their notation; see the module's head."""
    return tuple(_field(word) for word in line.split())


def _field(word: str) -> Field:
    said, _, versions = word.partition("@")
    first, _, last = versions.partition("..")
    since, until = int(first or 0), int(last or _EVER)
    named, has_default, default = said.partition("=")
    name, _, kind_name = named.partition(":")
    kind = KINDS[kind_name or "text"]
    if has_default:
        return Field(name, kind, kind.parse(default), has_default=True, since=since, until=until)
    return Field(name, kind, kind.absent, has_default=kind.may_be_absent, since=since, until=until)


def at(version: int, table: Layout) -> Layout:
    """The layout that a table has in one version."""
    return tuple(found for item in table for found in _at(version, item))


def _at(version: int, item: Field | When | Repeat | Either) -> Layout:
    match item:
        case Field():
            return (item,) if item.since <= version <= item.until else ()
        case When() | Repeat():
            return (replace(item, items=at(version, item.items)),)
        case Either():
            return (Either(tuple(at(version, way) for way in item.ways)),)


def read(layout: Layout, fields: Sequence[str]) -> Record:
    """The values of a message's fields (its id not among them); ProtocolError if they do not fit the layout exactly."""
    record = Record()
    texts = iter(fields)
    _read(layout, texts, record)
    if left := sum(1 for _ in texts):
        raise ProtocolError(f"{left} fields more than the message has")
    return record


def write(layout: Layout, record: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields of a message, its id not among them."""
    out: list[str] = []
    _write(layout, record, out)
    return tuple(out)


def _read(layout: Layout, texts: Items, into: Record) -> None:
    for item in layout:
        item.read(texts, into)


def _write(layout: Layout, record: Mapping[str, Value], out: list[str]) -> None:
    for item in layout:
        item.write(record, out)


def field_names(layout: Layout) -> list[str]:
    """The field names before the first `When` or `Repeat`: those whose position never changes."""
    found: list[str] = []
    for item in layout:
        if not isinstance(item, Field):
            break
        found.append(item.name)
    return found


CONTRACT: Final = spec(
    "conId:int=0 symbol secType expiry strike:double=0 right multiplier exchange primaryExchange currency localSymbol tradingClass"
)
"""C12: how a client names a contract."""
