"""Messages drawn by chance: for every layout, records that it could have read."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from robo_trader.simulated_gateway.fields import Either, Field, Layout, Record, Repeat, When
from robo_trader.simulated_gateway.fields_text import KINDS, UNSET_INT, UNSET_LONG, Scalar

doubles = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300).map(lambda number: Decimal(repr(number)))
quantities = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
ints = st.integers(-UNSET_INT, UNSET_INT - 1)
longs = st.integers(-UNSET_LONG, UNSET_LONG - 1)
VALUES: dict[int, st.SearchStrategy[Scalar]] = {
    id(KINDS[name]): values
    for name, values in {
        "text": texts,
        "escaped": texts,
        "flag": st.booleans(),
        "int": ints,
        "int?": st.none() | ints,
        "int!": st.none() | ints,
        "long": longs,
        "long!": st.none() | longs,
        "decimal": quantities,
        "decimal?": st.none() | quantities,
        "double": doubles,
        "double?": st.none() | doubles,
        "double!": st.none() | doubles,
        "infinite?": st.none() | quantities | st.just(Decimal("Infinity")),
    }.items()
}
STEERING = {
    "secType": st.sampled_from(["STK", "BAG"]),
    "orderType": st.sampled_from(["LMT", "PEG BENCH", "PEG BEST", "PEG MID"]),
    "exchange": st.sampled_from(["SMART", "IBKRATS"]),
    "type": st.integers(1, 7),
}


def drawn(layout: Layout, data: st.DataObject, into: Record | None = None) -> Record:
    """A record that the layout could have read."""
    record = Record() if into is None else into
    for item in layout:
        match item:
            case Field():
                record[item.name] = data.draw(STEERING.get(item.name) if item.kind is KINDS["text"] and item.name in STEERING else value_of(item))
            case When():
                if item.holds(record):
                    drawn(item.items, data, record)
            case Repeat():
                record[item.name] = [drawn(item.items, data) for _ in range(data.draw(st.integers(0, 2)))]
            case Either():
                drawn(item.ways[0], data, record)  # of the longest way, so that one field more is too many
    return record


def value_of(field: Field) -> st.SearchStrategy[Scalar]:
    return VALUES[id(field.kind)]
