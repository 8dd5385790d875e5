"""The desk's memory as bytes and back, whatever it has come to hold.

A state is a graph: one order stands under its intent, its ids, its slice and its book, and must be one again. The graph is written by pickle, which
keeps that, and the order of every dictionary. What there is by the hundred thousand is taken out of it into columns, one per class, which msgspec
reads a few times faster; in the graph stands its place there.

Pickle builds whatever its bytes name. The reader therefore knows no names but those of our own values and of a few plain collections: bytes that name
anything else are unreadable, and run nothing.
"""

from __future__ import annotations

import gc
import io
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, Final, get_origin

import msgspec

from robo_trader.desk.state import State
from robo_trader.errors import StateUnreadable
from robo_trader.orders.book import Orders
from robo_trader.orders.events import Fill
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.ledger import Ledger
from robo_trader.orders.standing import Order
from robo_trader.orders.track import Execution, Track

_COLUMNS: Final[tuple[type, ...]] = (Order, Fill, Execution, IntentKey)
"""Classes of which a year makes many. Nothing that is shared with the rest may stand inside of one."""
_COLUMN_OF: Final = {kind: number for number, kind in enumerate(_COLUMNS)}
_PLAIN: Final = {
    *(("builtins", name) for name in ("set", "frozenset", "int", "list", "dict")),
    *(("collections", name) for name in ("defaultdict", "Counter", "deque")),
    ("decimal", "Decimal"),
}
_OURS: Final = (Orders, Ledger, Track)
_REMEDY: Final = "delete the snapshot: the journal has everything"


def dump_state(state: State) -> bytes:
    """All of a state; `load_state` gives one that no question can tell from it."""
    graph = io.BytesIO()
    with _uncollected():
        saver = _Saver(graph)
        saver.dump(state)
        return msgspec.msgpack.encode([graph.getvalue(), *map(_ENCODER.encode, saver.columns)])


def load_state(dumped: bytes) -> State:
    """The state in these bytes; raises `StateUnreadable` for others, and for those of another version that show it."""
    try:
        with _uncollected():
            graph, *columns = msgspec.msgpack.decode(dumped, type=list[bytes])
            rows = [_decoder(kind).decode(column) for kind, column in zip(_COLUMNS, columns, strict=True)]
            state = _Loader(io.BytesIO(graph), rows).load()
    except (msgspec.MsgspecError, pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, EOFError, AttributeError) as broken:
        raise StateUnreadable(f"a stored state of the desk cannot be read: {type(broken).__name__}: {broken}", _REMEDY) from None
    if not isinstance(state, State):
        raise StateUnreadable(f"what was stored is a {type(state).__name__}, and no state of the desk", _REMEDY)
    return state


class _Saver(pickle.Pickler):
    """Writes the graph, and keeps the rows of the columns."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.columns: list[list[object]] = [[] for _ in _COLUMNS]
        self._places: dict[int, int] = {}

    def persistent_id(self, thing: object) -> int | None:
        """The place of a thing that belongs into a column: its row and column in one number."""
        column = _COLUMN_OF.get(type(thing))
        if column is None:
            return None
        place = self._places.get(id(thing))
        if place is None:
            rows = self.columns[column]
            place = self._places[id(thing)] = len(rows) * len(_COLUMNS) + column
            rows.append(thing)
        return place


class _Loader(pickle.Unpickler):
    """Reads the graph, its things at their places in the columns, and no class but those it knows."""

    persistent_load: Callable[[int], object]

    def __init__(self, file: io.BytesIO, rows: list[list[object]]) -> None:
        places: list[object] = [None] * (len(rows) * max(map(len, rows)))
        for column, things in enumerate(rows):
            places[column : len(rows) * len(things) : len(rows)] = things
        self.persistent_load = places.__getitem__  # the thing at a place, a million times
        super().__init__(file)

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  # pickle's own signature
        """A class by its name, if the state may hold it."""
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.startswith("robo_trader.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and (found in _OURS or is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no business in a state")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection, which would look again and again at a million new things, of which none is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _special(kind: Any, value: Any) -> Any:  # noqa: ANN401  # msgspec's own signature
    """Fields that msgspec does not read by itself."""
    if get_origin(kind) is not Counter or not isinstance(value, dict):
        raise TypeError(f"a column cannot hold a {kind}")
    counter: Counter[Any] = Counter.__new__(Counter)
    dict.update(counter, value)  # without counting: this runs once for each order
    return counter


_ENCODER: Final = msgspec.msgpack.Encoder(decimal_format="string", order=None)
_DECODERS: Final[dict[type, msgspec.msgpack.Decoder[Any]]] = {}


def _decoder(kind: type) -> msgspec.msgpack.Decoder[Any]:
    """One compiled decoder per column."""
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.msgpack.Decoder(list[kind], strict=True, dec_hook=_special)  # type: ignore[valid-type]
    return _DECODERS[kind]
