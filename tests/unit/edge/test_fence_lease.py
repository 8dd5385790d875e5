"""One holder at a time; a successor only over a corpse or a full silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from robo_trader.edge import fence_lease
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_lease import LEASE_NS, Lease, Tenure, lease_in, lease_payload, pid_start
from robo_trader.edge.fence_record import LEASE, RECORD_SIZE
from robo_trader.errors import AlreadyRunning, StaleEpoch, StateUnreadable


class Clock:
    """Process time that a test moves; starts at an hour after boot."""

    def __init__(self) -> None:
        self.now = 3_600_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clocks() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clocks: Clock) -> Iterator[Callable[[], Tenure]]:
    """Makes one more process's view of the same fence."""
    files: list[FenceFile] = []

    def another() -> Tenure:
        files.append(FenceFile.open(tmp_path / "fence", create=True))
        return Tenure(files[-1], clocks)

    yield another
    for file in files:
        file.close()


def taken(tenure: Tenure, clocks: Clock, pid: int | None = None, meanwhile: Callable[[], object] = lambda: None) -> int:
    """Take the lease, letting simulated time pass in the pauses."""
    claim = tenure.claim(os.getpid() if pid is None else pid)
    try:
        while True:
            clocks.now += int(next(claim) * 1e9)
            meanwhile()
    except StopIteration as done:
        return int(done.value)


def dead_process() -> int:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    return child


def test_the_first_lease_is_epoch_one_and_takes_no_time(opened: Callable[[], Tenure], clocks: Clock):
    began = clocks.now
    first = opened()
    assert taken(first, clocks) == first.epoch == 1
    assert clocks.now == began
    assert first.valid(clocks.now)


def test_each_successor_has_the_next_epoch_and_a_released_lease_is_free_at_once(opened: Callable[[], Tenure], clocks: Clock):
    for epoch in (1, 2, 3):
        began, holder = clocks.now, opened()
        assert taken(holder, clocks) == epoch
        assert clocks.now == began
        holder.release()
        assert not holder.valid(clocks.now)


def test_a_living_holder_that_renews_is_not_succeeded(opened: Callable[[], Tenure], clocks: Clock):
    holder, other = opened(), opened()
    taken(holder, clocks)
    clocks.now += 1
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        taken(other, clocks, meanwhile=holder.renew)
    assert holder.valid(clocks.now)
    assert other.epoch == 0
    assert not other.valid(clocks.now)


def test_a_living_holder_that_is_silent_is_succeeded_after_a_full_time_to_live_and_named(opened: Callable[[], Tenure], clocks: Clock):
    holder, other = opened(), opened()
    taken(holder, clocks)
    clocks.now += 10 * LEASE_NS
    began = clocks.now
    assert taken(other, clocks) == 2
    assert clocks.now - began >= LEASE_NS
    assert other.ousted is not None
    assert other.ousted.pid == os.getpid()
    assert not holder.valid(clocks.now)
    with pytest.raises(StaleEpoch, match="epoch 1 was succeeded by epoch 2"):
        holder.renew()
    assert other.valid(clocks.now)


def test_a_dead_holder_is_succeeded_at_once(opened: Callable[[], Tenure], clocks: Clock):
    holder, other = opened(), opened()
    taken(holder, clocks, dead_process())
    holder._file.close()  # a dead process holds no locks
    began = clocks.now
    assert taken(other, clocks) == 2
    assert clocks.now == began
    assert other.ousted is None


def test_a_pid_that_belongs_to_a_later_process_is_a_dead_holder(opened: Callable[[], Tenure], clocks: Clock, monkeypatch: pytest.MonkeyPatch):
    holder, other = opened(), opened()
    monkeypatch.setattr(fence_lease, "pid_start", lambda _: 5)
    taken(holder, clocks)
    holder._file.close()
    monkeypatch.undo()
    began = clocks.now
    assert taken(other, clocks) == 2
    assert clocks.now == began


def test_a_holder_that_only_looks_dead_but_keeps_its_lock_is_waited_for(opened: Callable[[], Tenure], clocks: Clock):
    holder, other = opened(), opened()  # as seen from another container: no such pid here, and yet its lock is held
    taken(holder, clocks, dead_process())
    clocks.now += 1
    with pytest.raises(AlreadyRunning):
        taken(other, clocks, meanwhile=holder.renew)


def test_a_lease_of_an_earlier_boot_is_over(opened: Callable[[], Tenure], clocks: Clock):
    other = opened()
    old = Lease(7, os.getpid(), pid_start(os.getpid()) or 0, b"an earlier boot.", clocks.now + 10**15, released=False)
    other._file.write(LEASE, lease_payload(old))
    began = clocks.now
    assert taken(other, clocks) == 8
    assert clocks.now == began


def test_a_lease_ends_for_its_holder_before_anyone_else_may_take_it(opened: Callable[[], Tenure], clocks: Clock):
    holder = opened()
    taken(holder, clocks)
    renewed = clocks.now
    assert holder.valid(renewed + LEASE_NS - 1)
    assert not holder.valid(renewed + LEASE_NS)
    assert not holder.valid(renewed - 1)
    clocks.now += LEASE_NS
    assert holder.renew()
    assert holder.valid(clocks.now)


def test_of_two_successors_one_wins(opened: Callable[[], Tenure], clocks: Clock):
    holder, one, two = opened(), opened(), opened()
    taken(holder, clocks)
    clocks.now += 1
    claims = [one.claim(1), two.claim(2)]
    epochs: list[int] = []
    refused = 0
    while claims:
        for claim in list(claims):
            try:
                pause = next(claim)
            except StopIteration as done:
                epochs.append(int(done.value))
                claims.remove(claim)
            except AlreadyRunning:
                refused += 1
                claims.remove(claim)
            else:
                clocks.now += int(pause * 1e9)
    assert (epochs, refused) == ([2], 1)


def test_a_successor_that_comes_a_moment_too_late_finds_that_out_in_its_last_step(
    opened: Callable[[], Tenure], clocks: Clock, monkeypatch: pytest.MonkeyPatch
):
    one, two = opened(), opened()
    locked = FenceFile.locked

    def after_the_other(file: FenceFile, byte: LockByte) -> AbstractContextManager[bool]:
        monkeypatch.setattr(FenceFile, "locked", locked)
        taken(two, clocks)
        return locked(file, byte)

    monkeypatch.setattr(FenceFile, "locked", after_the_other)
    with pytest.raises(AlreadyRunning):
        taken(one, clocks)
    assert (one.epoch, two.epoch) == (0, 1)


def test_a_successor_frozen_in_the_last_step_keeps_everyone_else_out(opened: Callable[[], Tenure], clocks: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("robo_trader.edge.fence_file.LOCK_WAIT_MILLISECONDS", 2)
    holder, frozen, other = opened(), opened(), opened()
    taken(holder, clocks)
    assert frozen._file.try_lock(LockByte.LEASE)
    assert not holder.renew()
    clocks.now += 1
    with pytest.raises(AlreadyRunning):
        taken(other, clocks)


def test_renewals_never_touch_the_epoch_even_if_one_copy_is_lost(opened: Callable[[], Tenure], clocks: Clock, tmp_path: Path):
    holder = opened()
    taken(holder, clocks)
    for damaged in (LEASE.a, LEASE.b):
        for _ in range(3):
            assert holder.renew()
        with (tmp_path / "fence").open("r+b") as raw:
            raw.seek(damaged)
            raw.write(bytes(RECORD_SIZE))
        found = lease_in(holder._file)
        assert found is not None
        assert found.epoch == 1


def test_an_unreadable_lease_permits_nothing(opened: Callable[[], Tenure], clocks: Clock, tmp_path: Path):
    holder = opened()
    taken(holder, clocks)
    with (tmp_path / "fence").open("r+b") as raw:
        raw.write(b"\xff" * 4096)
    assert not holder.valid(clocks.now)
    with pytest.raises(StateUnreadable):
        holder.renew()
    with pytest.raises(StateUnreadable):
        taken(opened(), clocks)


def test_a_stranger_cannot_release_or_renew(opened: Callable[[], Tenure], clocks: Clock):
    holder, stranger = opened(), opened()
    taken(holder, clocks)
    stranger.release()
    assert holder.valid(clocks.now)
    with pytest.raises(StaleEpoch):
        stranger.renew()


def test_a_process_is_known_by_its_start_and_a_corpse_is_nobody():
    assert pid_start(os.getpid()) == pid_start(os.getpid()) is not None
    assert pid_start(2**22 + 1) is None
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    assert pid_start(child) is None
    os.waitpid(child, 0)
