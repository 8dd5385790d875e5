"""A record is whole or worth nothing, and its two copies never fall together."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge import fence_record
from robo_trader.edge.fence_record import CELLS, FILE_SIZE, HALTS, LEASE, PAYLOAD_SIZE, RECORD_SIZE, Record, blank_image, latest, pack, read, unpack

SECTOR = 512


def test_no_two_copies_overlap_and_all_lie_before_the_bell():
    places = sorted(place for cell in CELLS for place in (cell.a, cell.b))
    assert all(after - before >= RECORD_SIZE for before, after in pairwise(places))
    assert places[-1] + RECORD_SIZE <= fence_record.BELL_OFFSET
    assert fence_record.BELL_OFFSET + fence_record.BELL_SIZE <= FILE_SIZE == 65536


def test_the_copies_of_a_record_never_share_a_sector():
    assert all(cell.a // SECTOR != cell.b // SECTOR for cell in CELLS)


def test_there_are_as_many_places_as_the_design_says():
    assert (len(fence_record.HALTS), len(fence_record.RESERVES)) == (64, 40)


def test_a_blank_file_is_whole_and_every_record_in_it_is_empty():
    image = blank_image()
    assert len(image) == FILE_SIZE
    assert all(read(cell, image) == Record(1, bytes(PAYLOAD_SIZE)) for cell in CELLS)


@given(st.sampled_from(CELLS), st.integers(0, 2**64 - 1), st.binary(max_size=PAYLOAD_SIZE))
def test_a_record_survives_its_bytes(cell: fence_record.Cell, sequence: int, payload: bytes):
    assert unpack(cell, pack(cell, sequence, payload)) == Record(sequence, payload.ljust(PAYLOAD_SIZE, b"\0"))


@given(st.sampled_from(CELLS), st.sampled_from(CELLS))
def test_a_record_never_passes_for_another(one: fence_record.Cell, other: fence_record.Cell):
    assert (unpack(other, pack(one, 1, b"x")) is not None) == (one == other)


def test_every_single_flipped_bit_is_found():
    for bit in range(8 * RECORD_SIZE):
        raw = bytearray(pack(LEASE, 5, b"payload"))
        raw[bit // 8] ^= 1 << (bit % 8)
        assert unpack(LEASE, bytes(raw)) is None, f"bit {bit}"


def test_a_write_torn_at_any_byte_leaves_the_old_record_until_the_new_one_is_whole():
    cell = HALTS[7]
    old, new = b"o" * PAYLOAD_SIZE, b"n" * PAYLOAD_SIZE
    before = bytearray(blank_image())
    before[cell.b : cell.b + RECORD_SIZE] = pack(cell, 2, old)
    after = pack(cell, 3, new)
    for cut in range(RECORD_SIZE + 1):
        image = before.copy()
        image[cell.a : cell.a + cut] = after[:cut]
        found = read(cell, bytes(image))
        assert found is not None
        assert found.payload == (new if cut == RECORD_SIZE else old), f"torn after {cut} bytes"


def test_of_two_good_copies_the_later_holds_and_two_bad_ones_are_none():
    older, newer = Record(1, b"a"), Record(2, b"b")
    assert latest(older, newer) is newer
    assert latest(newer, older) is newer
    assert latest(None, older) is older
    assert latest(older, None) is older
    assert latest(None, None) is None


def test_a_file_that_was_cut_reads_as_bad_records_and_not_as_an_error():
    image = blank_image()[:300]
    assert read(HALTS[0], image) is None
    assert read(LEASE, image) is not None
