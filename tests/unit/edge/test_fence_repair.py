"""A repaired fence is whole, halted, and above every epoch it may have forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_record import ALL, CELLS, HALTS, LEASE, LIFTED, OVERFLOW, RECORD_SIZE, RESERVES, SEEN, Cell
from robo_trader.edge.fence_repair import repair
from robo_trader.edge.reserve_record import encode
from robo_trader.errors import AlreadyRunning, StateUnreadable
from robo_trader.orders.events import Intended
from robo_trader.orders.order import Purpose
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.support.desk_bench import Bench

MINE = Halt("mine", HaltLevel.HALT_CANCEL, HaltScope.SYMBOL, "SPY", "operator", None, "me")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fence = Fence.open(tmp_path / "fence", create=True)
    fence.take_lease(os.getpid())
    fence.release()
    fence.raise_halt(MINE)
    fence.close()
    return tmp_path / "fence"


def damage(path: Path, *cells: Cell) -> None:
    with path.open("r+b") as raw:
        for cell in cells:
            for place in (cell.a, cell.b):
                raw.seek(place)
                raw.write(os.urandom(RECORD_SIZE))


@pytest.mark.parametrize("cell", [LEASE, ALL, OVERFLOW, LIFTED, SEEN, HALTS[40], RESERVES[3]], ids=str)
def test_a_damaged_record_is_rewritten_and_everything_stays_halted_until_a_person_resumes(path: Path, cell: Cell):
    damage(path, cell)
    assert repair(path, epoch_at_least=9, by="doctor") == (str(cell),)
    fence = Fence.open(path, create=False)
    fence.check()
    halts = {halt.id: halt for halt in fence.halts()}
    assert halts.pop("mine") == MINE
    [(whole_id, whole)] = halts.items()
    assert (whole.scope, whole.by) == (HaltScope.ALL, "doctor")
    fence.resume(whole_id, "me", 1)
    assert fence.halts() == (MINE,)
    assert fence.take_lease(os.getpid()) == (10 if cell is LEASE else 2)


@pytest.mark.parametrize("size", [0, 100, 5000, 65_535, 70_000])
def test_a_file_of_the_wrong_size_becomes_whole(path: Path, size: int):
    os.truncate(path, size)
    repair(path, epoch_at_least=3, by="doctor")
    fence = Fence.open(path, create=False)
    fence.check()
    assert fence.blocks("IBM", "s", 0, 0) is not None


def test_a_whole_fence_is_left_alone(path: Path):
    before = path.read_bytes()
    assert repair(path, epoch_at_least=9, by="doctor") == ()
    assert path.read_bytes() == before


def test_a_fence_of_garbage_becomes_whole(path: Path):
    path.write_bytes(os.urandom(65536))
    assert len(repair(path, epoch_at_least=3, by="doctor")) == len(CELLS)
    fence = Fence.open(path, create=False)
    fence.check()
    assert len(fence.halts()) == 1
    assert fence.take_lease(os.getpid()) == 4


def test_a_fence_in_use_is_not_repaired(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("robo_trader.edge.fence_file.LOCK_WAIT_MILLISECONDS", 2)
    damage(path, LEASE)
    user = FenceFile.open(path, create=False)
    assert user.try_lock(LockByte.TABLE)
    with pytest.raises(AlreadyRunning):
        repair(path, epoch_at_least=3, by="doctor")


def test_a_fence_that_is_not_there_cannot_be_repaired(tmp_path: Path):
    with pytest.raises(StateUnreadable):
        repair(tmp_path / "none", epoch_at_least=3, by="doctor")


def test_a_lost_fence_is_made_anew_only_when_asked_for_and_then_everything_is_halted(tmp_path: Path):
    lost = tmp_path / "none"
    assert len(repair(lost, epoch_at_least=7, by="doctor", make=True)) == len(CELLS)
    fence = Fence.open(lost, create=False)
    fence.check()
    assert fence.blocks("SPY", "s", 0, 0) is not None
    assert fence.take_lease(os.getpid()) == 8


def test_a_fence_whose_holder_lives_is_not_repaired_even_if_its_lease_cannot_be_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("robo_trader.edge.fence_file.LOCK_WAIT_MILLISECONDS", 2)
    holder = Fence.open(path, create=False)
    holder.take_lease(os.getpid())
    damage(path, LEASE)
    before = path.read_bytes()
    with pytest.raises(AlreadyRunning):
        repair(path, epoch_at_least=3, by="doctor")
    assert path.read_bytes() == before


def test_a_reserve_record_that_no_start_could_merge_is_dropped_and_the_others_stay(path: Path):
    bench = Bench().connect()
    bench.enter()
    stop = encode(next(e for e in bench.journal if isinstance(e, Intended) and e.purpose is Purpose.PROTECT))
    assert stop is not None
    fence = Fence.open(path, create=False)
    assert fence.reserve(stop)
    assert repair(path, epoch_at_least=3, by="doctor") == ()
    assert fence.reserve(b"an order in another version's words")
    assert repair(path, epoch_at_least=3, by="doctor") == (str(RESERVES[1]),)
    assert fence.reserved() == (stop,)
    assert fence.blocks("SPY", "s", 0, 0) is not None
