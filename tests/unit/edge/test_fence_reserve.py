"""The last reserve: forty records that need no free disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robo_trader.edge.fence_file import FenceFile
from robo_trader.edge.fence_record import RESERVES, RESERVES_MAX
from robo_trader.edge.fence_reserve import RECORD_BYTES_MAX, Reserve
from robo_trader.errors import StateUnreadable


@pytest.fixture
def file(tmp_path: Path) -> FenceFile:
    return FenceFile.open(tmp_path / "fence", create=True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=RECORD_BYTES_MAX), max_size=6))
def test_records_are_kept_in_order_byte_by_byte_and_cleared(file: FenceFile, records: list[bytes]):
    reserve = Reserve(file)
    assert all(reserve.keep(record) for record in records)
    assert Reserve(file).records() == tuple(records)
    reserve.clear()
    assert reserve.records() == ()


def test_forty_records_fit_and_the_next_one_is_refused(file: FenceFile):
    reserve = Reserve(file)
    assert [reserve.keep(bytes([n])) for n in range(RESERVES_MAX + 1)] == [True] * RESERVES_MAX + [False]
    assert len(reserve.records()) == RESERVES_MAX == 40


def test_a_record_that_is_too_long_is_our_bug(file: FenceFile):
    with pytest.raises(AssertionError, match="at most 200 bytes"):
        Reserve(file).keep(bytes(201))


def test_a_disk_that_refuses_is_a_no(file: FenceFile):
    assert not Reserve(FenceFile(file.path, os.open(file.path, os.O_RDONLY))).keep(b"x")


def test_a_damaged_place_is_not_used_and_not_passed_over_in_silence(file: FenceFile):
    reserve = Reserve(file)
    assert reserve.keep(b"one")
    with file.path.open("r+b") as raw:
        for place in (RESERVES[1].a, RESERVES[1].b):
            raw.seek(place + 20)
            raw.write(b"\xff")
    assert reserve.keep(b"two")
    with pytest.raises(StateUnreadable, match="reserve record 1"):
        reserve.records()
