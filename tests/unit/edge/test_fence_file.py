"""The fence's file: made whole, read without trust, rung without a count, locked without a second file."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from robo_trader.edge import clock, fence_file
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_record import CELLS, FILE_SIZE, HALTS, LEASE, RECORD_SIZE, blank_image
from robo_trader.errors import StateUnreadable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fence"


def test_a_new_file_is_whole_private_and_alone(path: Path):
    file = FenceFile.open(path, create=True)
    assert file.image() == blank_image()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert file.misplaced() == ""
    assert list(path.parent.iterdir()) == [path]


def test_opening_again_keeps_what_was_written(path: Path):
    FenceFile.open(path, create=True).write(LEASE, b"epoch")
    record = FenceFile.open(path, create=True).read(LEASE)
    assert record is not None
    assert record.payload.startswith(b"epoch")


def test_a_maker_that_comes_second_uses_what_the_first_one_made(path: Path):
    FenceFile.open(path, create=True).write(LEASE, b"first")
    fence_file._make(path)
    record = FenceFile.open(path, create=False).read(LEASE)
    assert record is not None
    assert record.payload.startswith(b"first")


def test_a_missing_file_is_made_only_when_asked_for(path: Path):
    with pytest.raises(StateUnreadable, match="cannot be opened"):
        FenceFile.open(path, create=False)
    assert not path.exists()


def test_a_write_reaches_both_copies_and_a_note_only_the_older_one(path: Path):
    file = FenceFile.open(path, create=True)
    for number in range(5):
        file.write(LEASE, bytes([number]) * 200)
        image = file.image()
        assert image[LEASE.a : LEASE.a + RECORD_SIZE] == image[LEASE.b : LEASE.b + RECORD_SIZE]
    file.note(LEASE, b"note 1")
    file.note(LEASE, b"note 2")
    kept = {file._copy(LEASE, place).payload.rstrip(b"\0") for place in (LEASE.a, LEASE.b)}  # type: ignore[union-attr]
    assert kept == {b"note 1", b"note 2"}
    assert file.read(LEASE).payload.startswith(b"note 2")  # type: ignore[union-attr]


def test_each_copy_is_safe_on_disk_before_the_next_is_touched_and_before_the_writer_returns(path: Path, monkeypatch: pytest.MonkeyPatch):
    file = FenceFile.open(path, create=True)
    calls: list[str] = []
    pwrite, fdatasync = os.pwrite, os.fdatasync
    monkeypatch.setattr(fence_file.os, "pwrite", lambda *call: calls.append("write") or pwrite(*call))
    monkeypatch.setattr(fence_file.os, "fdatasync", lambda *call: calls.append("sync") or fdatasync(*call))
    file.write(LEASE, b"x")
    assert calls == ["write", "sync", "write", "sync"]
    calls.clear()
    file.note(LEASE, b"x")
    assert calls == ["write"]


@pytest.mark.parametrize("survives", [0, 1, 2])
@pytest.mark.parametrize("torn", [0, 1, 100, 255])
def test_a_process_that_dies_in_a_write_leaves_the_old_record_or_the_new_one(path: Path, monkeypatch: pytest.MonkeyPatch, survives: int, torn: int):
    old, new = b"old" * 80, b"new" * 80
    file = FenceFile.open(path, create=True)
    file.write(HALTS[0], old)
    real, calls = os.pwrite, []

    def dying(descriptor: int, raw: bytes, place: int) -> int:
        calls.append(place)
        if len(calls) <= survives:
            return real(descriptor, raw, place)
        real(descriptor, raw[:torn], place)
        raise KeyboardInterrupt

    monkeypatch.setattr(fence_file.os, "pwrite", dying)
    with suppress(KeyboardInterrupt):
        file.write(HALTS[0], new)
    found = FenceFile.open(path, create=False).read(HALTS[0])
    assert found is not None
    assert found.payload == (old if survives == 0 else new)


def test_a_damaged_copy_is_healed_by_the_next_write(path: Path):
    file = FenceFile.open(path, create=True)
    for place in (LEASE.a, LEASE.b):
        with path.open("r+b") as raw:
            raw.seek(place)
            raw.write(b"\xff" * RECORD_SIZE)
        file.write(LEASE, b"healed")
        assert file.read(LEASE).payload.startswith(b"healed")  # type: ignore[union-attr]


def test_a_file_cut_to_nothing_reads_as_damage_and_can_still_be_written(path: Path):
    file = FenceFile.open(path, create=True)
    os.truncate(path, 0)
    assert file.image() == b""
    assert all(file.read(cell) is None for cell in CELLS)
    assert file.bell() == -1
    assert "0 bytes" in file.misplaced()
    file.write(HALTS[0], b"x")
    assert file.read(HALTS[0]).payload.startswith(b"x")  # type: ignore[union-attr]


def test_a_file_that_was_deleted_or_replaced_is_not_the_one_that_others_see(path: Path):
    file = FenceFile.open(path, create=True)
    path.rename(path.with_name("old"))
    assert "gone" in file.misplaced()
    FenceFile.open(path, create=True)
    assert "replaced" in file.misplaced()


def test_a_disk_that_refuses_is_one_clear_line(path: Path):
    FenceFile.open(path, create=True)
    read_only = FenceFile(path, os.open(path, os.O_RDONLY))
    for write in (lambda: read_only.write(LEASE, b""), lambda: read_only.note(LEASE, b""), read_only.ring):
        with pytest.raises(StateUnreadable, match="cannot be written"):
            write()


def test_a_descriptor_that_cannot_be_read_is_damage_and_not_an_error(path: Path):
    FenceFile.open(path, create=True)
    blind = FenceFile(path, os.open(path, os.O_WRONLY))
    assert blind.image() == b""
    assert blind.bell() == -1
    assert blind.read(LEASE) is None


def test_the_bell_is_process_time_and_a_bell_of_another_boot_was_never_rung(path: Path, monkeypatch: pytest.MonkeyPatch):
    file = FenceFile.open(path, create=True)
    assert file.bell() == 0
    before = clock.process_ns()
    rung = file.ring()
    assert before <= rung == file.bell() <= clock.process_ns()
    monkeypatch.setattr(fence_file.clock, "boot_id", lambda: b"another boot 123")
    assert FenceFile.open(path, create=False).bell() == 0


def test_a_lock_excludes_every_other_user_of_the_file_and_only_its_own_name(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fence_file, "LOCK_WAIT_MILLISECONDS", 2)
    one, two = FenceFile.open(path, create=True), FenceFile.open(path, create=False)
    with one.locked(LockByte.TABLE) as held:
        assert held
        assert not two.try_lock(LockByte.TABLE)
        assert two.try_lock(LockByte.LEASE)
        with two.locked(LockByte.TABLE) as refused:
            assert not refused
        assert not two.try_lock(LockByte.TABLE)
    assert two.try_lock(LockByte.TABLE)
    assert two.try_lock(LockByte.TABLE)


def test_a_closed_file_holds_no_lock(path: Path):
    one, two = FenceFile.open(path, create=True), FenceFile.open(path, create=False)
    assert one.try_lock(LockByte.HOLDER)
    one.close()
    one.close()
    assert two.try_lock(LockByte.HOLDER)


def test_the_file_has_its_size_from_the_beginning(path: Path):
    FenceFile.open(path, create=True)
    assert path.stat().st_size == FILE_SIZE
