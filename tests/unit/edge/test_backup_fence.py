"""A fence is saved by what its records say, and comes back halted and above every epoch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from robo_trader.edge import clock
from robo_trader.edge.backup_fence import copy_fence, put_to_work, standing_in, what_stands
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.fence_record import CELLS, LEASE, RECORD_SIZE, Cell, unpack
from robo_trader.errors import StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

MINE = Halt("mine", HaltLevel.HALT_CANCEL, HaltScope.SYMBOL, "SPY", "operator", None, "me")
BACK = Halt("back", HaltLevel.NO_NEW, HaltScope.ALL, "", "restored from backup", None, "me")


@pytest.fixture
def fence(tmp_path: Path) -> Iterator[Fence]:
    opened = Fence.open(tmp_path / "fence", create=True)
    opened.take_lease(os.getpid())
    sequence = opened.raise_halt(MINE)
    opened.write_seen(sequence, 1, clock.process_ns())
    yield opened
    opened.close()


def tear(path: Path, cell: Cell, *places: int) -> None:
    with path.open("r+b") as raw:
        for place in places or (cell.a, cell.b):
            raw.seek(place)
            raw.write(os.urandom(RECORD_SIZE))


def test_the_copy_says_what_stood_and_speaks_of_no_living_process(fence: Fence, tmp_path: Path):
    assert what_stands(tmp_path / "fence").pid == os.getpid()
    assert copy_fence(tmp_path / "fence", tmp_path / "copy") == fence.epoch == 1
    found = standing_in(tmp_path / "copy")
    assert (found.epoch, found.halts, found.pid) == (1, (MINE,), 0)
    copy = Fence.open(tmp_path / "copy", create=False)
    assert copy.seen() == (0, 0, 0)
    assert copy.sequence() == 0
    copy.close()
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("fence")
@pytest.mark.parametrize("cell", [LEASE, *CELLS[1:6], CELLS[-1]], ids=str)
def test_one_torn_copy_of_a_record_costs_nothing_and_two_make_the_fence_unreadable(tmp_path: Path, cell: Cell):
    tear(tmp_path / "fence", cell, cell.b)
    copy_fence(tmp_path / "fence", tmp_path / "copy")
    image = (tmp_path / "copy").read_bytes()
    assert all(unpack(each, image[place : place + RECORD_SIZE]) for each in CELLS for place in (each.a, each.b)), "valid in both places again"
    tear(tmp_path / "fence", cell)
    with pytest.raises(StateUnreadable):
        copy_fence(tmp_path / "fence", tmp_path / "another")
    assert not (tmp_path / "another").exists()


@pytest.mark.usefixtures("fence")
def test_a_fence_goes_back_to_work_halted_with_the_old_halts_and_above_every_epoch(tmp_path: Path):
    copy_fence(tmp_path / "fence", tmp_path / "copy")
    later = Halt("later", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "operator", None, "me")
    put_to_work(tmp_path / "copy", halt=BACK, carried=(later, MINE), epoch_at_least=9)
    again = Fence.open(tmp_path / "copy", create=False)
    again.check()
    assert {halt.id: halt for halt in again.halts()} == {"mine": MINE, "later": later, "back": BACK}
    assert again.take_lease(os.getpid()) == 10
    again.close()


@pytest.mark.usefixtures("fence")
def test_what_cannot_be_read_of_a_fence_counts_as_a_halt(tmp_path: Path):
    tear(tmp_path / "fence", CELLS[20])
    assert {halt.id for halt in what_stands(tmp_path / "fence").halts} == {"mine", UNREADABLE_ID}
    assert [halt.id for halt in what_stands(tmp_path / "none").halts] == [UNREADABLE_ID]
    with pytest.raises(StateUnreadable):
        standing_in(tmp_path / "fence")


def test_a_reserve_that_no_start_could_merge_is_found(fence: Fence, tmp_path: Path):
    assert fence.reserve(b"no order at all")
    with pytest.raises(StateUnreadable):
        standing_in(tmp_path / "fence")
