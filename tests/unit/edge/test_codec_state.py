"""A desk's state comes back from its bytes as it was: every value, every order of a dictionary, and every order one and the same everywhere."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from robo_trader.desk.events import Event
from robo_trader.desk.state import State
from robo_trader.edge import codec_state
from robo_trader.edge.codec_state import dump_state, load_state
from robo_trader.errors import StateUnreadable
from tests.support.desk_bench import Bench
from tests.support.life_of_a_desk import STEPS, difference, lived


def state_of(events: list[Event]) -> State:
    state = State()
    for event in events:
        state.apply(event)
    return state


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_a_state_comes_back_as_it_was_and_lives_on_the_same(steps: list[str]):
    events = lived(steps)
    for cut in (len(events) // 2, len(events)):
        kept = state_of(events[:cut])
        again = load_state(dump_state(kept))
        assert difference(kept, again, {}) == ""
        for event in events[cut:]:
            kept.apply(event)
            again.apply(event)
        assert difference(kept, again, {}) == ""
        assert again.ledger.cash_change == kept.ledger.cash_change


def test_the_comparison_sees_a_value_an_order_and_a_twin():
    kept = state_of(lived(["long", "fill", "flat", "fill"]))
    for spoil in (
        lambda s: setattr(s.orders, "next_order_id", 1),
        lambda s: s.orders.by_intent.update({next(iter(s.orders.by_intent)): s.orders.by_intent.pop(next(iter(s.orders.by_intent)))}),
        lambda s: s.orders.by_order_id.update({key: load_state(dump_state(s)).orders.by_order_id[key] for key in s.orders.by_order_id}),
        lambda s: s.epochs.append(True),
    ):
        again = load_state(dump_state(kept))
        assert difference(kept, again, {}) == ""
        spoil(again)
        assert difference(kept, again, {}) != ""


class Malicious:
    """What pickle would run."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def wrapped(graph: bytes) -> bytes:
    return msgspec.msgpack.encode([graph, *([msgspec.msgpack.encode([])] * 4)])


@pytest.mark.parametrize("thing", [Malicious(), codec_state.dump_state, eval, Bench, Path.cwd()])
def test_bytes_that_name_anything_else_run_nothing(thing: object):
    with pytest.raises(StateUnreadable, match=r"has no business|cannot be read"):
        load_state(wrapped(pickle.dumps(thing, 5)))


@pytest.mark.parametrize("graph", [b"", b"\x80", pickle.dumps({"a": 1}), pickle.dumps(5), b"(dp0\nB"])
def test_bytes_that_are_no_state_are_unreadable(graph: bytes):
    with pytest.raises(StateUnreadable):
        load_state(wrapped(graph))


def test_a_state_that_was_cut_or_flipped_is_unreadable_or_was_not_changed():
    whole = dump_state(state_of(lived(["long", "fill", "fee"])))
    for length in range(0, len(whole), 7):
        with pytest.raises(StateUnreadable):
            load_state(whole[:length])
