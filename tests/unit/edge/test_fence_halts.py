"""What the fence's bytes say about halts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge import fence_halts, fence_record
from robo_trader.edge.fence_halts import EXPIRED_KEPT_NS, UNREADABLE_ID, Entry, Lifted, State, View, fits, fresh_token, overflowed, pack_entry, view
from robo_trader.edge.fence_record import ALL, HALTS, LIFTED, OVERFLOW, RECORD_SIZE, Cell, blank_image, pack
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import Instant

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
WALL = Instant(1_700_000_000_000_000_000)


def halt(halt_id: str, scope: HaltScope = HaltScope.SYMBOL, until: int | None = None) -> Halt:
    end = None if until is None else Instant(until)
    return Halt(halt_id, HaltLevel.REDUCE_ONLY, scope, "" if scope is HaltScope.ALL else "SPY", "operator", end, "root", "why")


HALT_VALUES = st.builds(
    Halt, TEXTS, st.sampled_from(HaltLevel), st.sampled_from(HaltScope), TEXTS, TEXTS, st.none() | st.integers(-(2**63), 2**63 - 1), TEXTS, TEXTS
)


def image_with(*records: tuple[Cell, bytes]) -> bytes:
    image = bytearray(blank_image())
    for cell, payload in records:
        for place in (cell.a, cell.b):
            image[place : place + RECORD_SIZE] = pack(cell, 2, payload)
    return bytes(image)


def standing(*records: tuple[Cell, bytes]) -> set[str]:
    return {found.id for found in view(image_with(*records)).standing()}


@given(HALT_VALUES)
def test_a_halt_that_fits_keeps_its_meaning_and_at_most_loses_the_end_of_its_texts(original: Halt):
    if not fits(original):
        return
    found = fence_halts.entry_in(image_with((HALTS[3], pack_entry(Entry(State.STANDS, original)))), HALTS[3])
    assert found is not None
    kept = found.halt
    assert replace(kept, reason="", by="", text="") == replace(original, reason="", by="", text="")
    assert original.reason.startswith(kept.reason)
    assert original.by.startswith(kept.by)
    assert original.text.startswith(kept.text)


def test_a_halt_whose_id_or_target_would_be_cut_does_not_fit():
    assert fits(halt("h" * 36))
    assert not fits(halt("h" * 37))
    assert not fits(replace(halt("h"), target="é" * 21))
    assert not fits(replace(halt("h"), until=Instant(2**63)))
    assert not fits(replace(halt("h"), target="\ud800"))


def test_a_blank_fence_halts_nothing():
    found = view(blank_image())
    assert found.standing() == ()
    assert found.resumed() == frozenset()
    assert found.problem == ""


def test_a_halt_stands_in_the_table_until_its_tombstone():
    assert standing((HALTS[0], pack_entry(Entry(State.STANDS, halt("a"))))) == {"a"}
    tomb = view(image_with((HALTS[0], pack_entry(Entry(State.RESUMED, halt("a"))))))
    assert (tomb.standing(), tomb.resumed()) == ((), frozenset({"a"}))


def test_the_all_word_stands_until_that_very_write_of_it_was_lifted():
    token, other = fresh_token(), fresh_token()
    word = (ALL, pack_entry(Entry(State.STANDS, halt("a", HaltScope.ALL), token)))
    assert standing(word) == {"a"}
    assert standing(word, (LIFTED, fence_halts.pack_lifted(Lifted(all_token=other)))) == {"a"}
    assert standing(word, (LIFTED, fence_halts.pack_lifted(Lifted(all_token=token)))) == set()


def test_the_overflow_word_stands_until_that_very_write_of_it_was_lifted():
    token = fresh_token()
    word = (OVERFLOW, pack_entry(Entry(State.STANDS, halt("o", HaltScope.ALL), token)))
    lifted = (LIFTED, fence_halts.pack_lifted(Lifted(overflow_token=token, overflow_id="o")))
    assert standing(word) == {"o"}
    assert standing(word, (LIFTED, fence_halts.pack_lifted(Lifted(all_token=token)))) == {"o"}
    assert standing(word, lifted) == set()
    assert view(image_with(word, lifted)).resumed() == {"o"}


def test_an_id_that_stands_anywhere_is_not_resumed():
    records = (
        (ALL, pack_entry(Entry(State.STANDS, halt("a", HaltScope.ALL), fresh_token()))),
        (HALTS[0], pack_entry(Entry(State.RESUMED, halt("a")))),
    )
    assert standing(*records) == {"a"}
    assert view(image_with(*records)).resumed() == frozenset()


@pytest.mark.parametrize("cell", [ALL, OVERFLOW, LIFTED, HALTS[0], HALTS[63], fence_record.LEASE], ids=str)
def test_a_record_bad_in_both_copies_halts_everything(cell: Cell):
    image = bytearray(image_with((HALTS[5], pack_entry(Entry(State.STANDS, halt("mine"))))))
    for place in (cell.a, cell.b):
        image[place + 40] ^= 1
    found = view(bytes(image))
    halts = {standing.id: standing for standing in found.standing()}
    assert set(halts) == {"mine", UNREADABLE_ID}
    assert halts[UNREADABLE_ID].scope is HaltScope.ALL
    assert halts[UNREADABLE_ID].level is HaltLevel.REDUCE_ONLY
    assert halts[UNREADABLE_ID].reason == "fence unreadable"
    assert str(cell) in found.problem


@pytest.mark.parametrize("image", [b"", bytes(65536), b"\xff" * 65536, blank_image()[:-1], blank_image()[:5000]])
def test_what_is_no_fence_is_one_halt_of_everything(image: bytes):
    found = view(image)
    assert [standing.id for standing in found.standing()] == [UNREADABLE_ID]
    assert found.problem


def test_a_value_that_does_not_exist_is_unreadable_and_not_ignored():
    payload = bytearray(pack_entry(Entry(State.STANDS, halt("a"))))
    for place, value in ((0, 9), (1, 9), (2, 9), (36, 255)):
        broken = payload.copy()
        broken[place] = value
        assert UNREADABLE_ID in standing((HALTS[0], bytes(broken)))


def table(*entries: Entry) -> View:
    return view(image_with(*((HALTS[index], pack_entry(entry)) for index, entry in enumerate(entries))))


def test_a_place_is_found_in_the_order_own_free_oldest_tombstone_long_expired_none():
    lived = [Entry(State.STANDS, halt(f"h{n}")) for n in range(64)]
    long_ago = WALL - EXPIRED_KEPT_NS - 1
    assert table(*lived[:2]).place_for("h1", WALL) == HALTS[1]
    assert table(*lived[:2]).place_for("new", WALL) == HALTS[2]
    assert table(*lived).place_for("new", WALL) is None
    lived[9] = Entry(State.STANDS, halt("e", until=long_ago + 2))
    assert table(*lived).place_for("new", WALL) is None
    lived[9] = Entry(State.STANDS, halt("e", until=long_ago))
    assert table(*lived).place_for("new", WALL) == HALTS[9]
    lived[20] = Entry(State.RESUMED, halt("t1"), at_ns=6)
    lived[21] = Entry(State.RESUMED, halt("t2"), at_ns=5)
    assert table(*lived).place_for("new", WALL) == HALTS[21]
    assert table(*lived).place_for("t1", WALL) == HALTS[20]


def test_the_overflow_keeps_one_id_and_the_strongest_level_while_it_stands():
    first = overflowed(replace(halt("a"), level=HaltLevel.HALT_FLATTEN), None)
    assert (first.scope, first.target, first.until, first.level) == (HaltScope.ALL, "", None, HaltLevel.HALT_FLATTEN)
    second = overflowed(halt("b"), Entry(State.STANDS, first))
    assert (second.id, second.level) == (first.id, HaltLevel.HALT_FLATTEN)
    assert overflowed(halt("b"), None).id != first.id
    assert fits(first)
