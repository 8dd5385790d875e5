"""The fence as its users see it: no acknowledged halt is ever lost, and what cannot be read forbids."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.edge import clock, fence_file
from robo_trader.edge.fence import Fence, halt_and_wait
from robo_trader.edge.fence_file import FenceFile
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.fence_record import FILE_SIZE
from robo_trader.errors import AlreadyRunning, StaleEpoch, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import BookId, Instant, Symbol

WALL = Instant(1_700_000_000_000_000_000)
SPY = BookId("cross", Symbol("SPY"))
IBM = BookId("cross", Symbol("IBM"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fence"


@pytest.fixture
def fence(path: Path) -> Fence:
    return Fence.open(path, create=True)


@pytest.fixture
def _short_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence_file, "LOCK_WAIT_MILLISECONDS", 2)


def everything(halt_id: str, until: Instant | None = None) -> Halt:
    return Halt(halt_id, HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "operator", until, "me", "by hand")


def symbol_halt(halt_id: str, symbol: str = "SPY", until: Instant | None = None) -> Halt:
    return Halt(halt_id, HaltLevel.NO_NEW, HaltScope.SYMBOL, symbol, "drift", until, "desk")


def blocked(fence: Fence, book: BookId, wall: Instant = WALL) -> bool:
    return fence.blocks(book.symbol, book.strategy, wall, clock.process_ns()) is not None


def ids(fence: Fence) -> set[str]:
    return {halt.id for halt in fence.halts()}


def test_a_new_fence_blocks_nothing(fence: Fence):
    fence.check()
    assert (fence.halts(), fence.resumed(), fence.sequence(), fence.seen()) == ((), frozenset(), 0, (0, 0, 0))
    assert not blocked(fence, SPY)


def test_a_halt_comes_back_as_it_was_raised_in_another_process(fence: Fence, path: Path):
    raised = (everything("a"), symbol_halt("b", until=WALL), replace(symbol_halt("c"), scope=HaltScope.STRATEGY, target="cross"))
    for halt in raised:
        fence.raise_halt(halt)
    assert set(Fence.open(path, create=False).halts()) == set(raised)


def test_a_halt_blocks_what_it_covers_until_it_is_resumed(fence: Fence, path: Path):
    operator = Fence.open(path, create=False)
    operator.raise_halt(symbol_halt("a"))
    assert blocked(fence, SPY)
    assert not blocked(fence, IBM)
    operator.raise_halt(everything("b"))
    assert blocked(fence, IBM)
    operator.resume("b", "me", WALL)
    assert not blocked(fence, IBM)
    assert blocked(fence, SPY)
    operator.resume("a", "me", WALL)
    assert not blocked(fence, SPY)
    assert operator.resumed() == {"a", "b"}


def test_the_reason_names_the_strongest_halt(fence: Fence):
    fence.raise_halt(symbol_halt("weak"))
    fence.raise_halt(replace(symbol_halt("strong"), level=HaltLevel.HALT_FLATTEN))
    assert fence.blocks("SPY", "cross", WALL, clock.process_ns()) == "halt strong (HALT_FLATTEN, symbol): drift"


def test_a_halt_with_an_end_blocks_until_that_end_by_the_wall(fence: Fence):
    fence.raise_halt(everything("a", until=WALL))
    assert blocked(fence, SPY, Instant(WALL - 1))
    assert not blocked(fence, SPY, WALL)
    assert ids(fence) == {"a"}


def broken_by_zeros(path: Path) -> None:
    path.write_bytes(bytes(FILE_SIZE))


def broken_by_noise(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(FILE_SIZE))


def cut_to_nothing(path: Path) -> None:
    os.truncate(path, 0)


def cut_in_half(path: Path) -> None:
    os.truncate(path, FILE_SIZE // 2)


def deleted(path: Path) -> None:
    path.unlink()


def replaced_by_a_blank_one(path: Path) -> None:
    path.unlink()
    Fence.open(path, create=True)


@pytest.mark.parametrize("damage", [broken_by_zeros, broken_by_noise, cut_to_nothing, cut_in_half, deleted, replaced_by_a_blank_one])
def test_a_damaged_fence_blocks_everything_refuses_the_lease_and_still_takes_halts(fence: Fence, path: Path, damage: Callable[[Path], None]):
    assert not blocked(fence, SPY)
    damage(path)
    later = clock.process_ns() + 1_000_000_000
    assert "fence unreadable" in (fence.blocks("SPY", "cross", WALL, later) or "")
    with pytest.raises(StateUnreadable) as refusal:
        fence.take_lease(os.getpid())
    assert refusal.value.exit_code == 4
    assert "robo-trader doctor" in refusal.value.remedy
    with pytest.raises(StateUnreadable):
        fence.resume(UNREADABLE_ID, "me", WALL)
    fence.raise_halt(everything("emergency"))
    fence.raise_halt(symbol_halt("another"))
    assert UNREADABLE_ID in ids(fence)
    assert blocked(fence, SPY)


def test_no_flipped_bits_ever_lift_a_halt(path: Path):
    chance = random.Random(20131007)
    for seed in range(100):
        path.unlink(missing_ok=True)
        fence = Fence.open(path, create=True)
        fence.raise_halt(symbol_halt("gone"))
        fence.resume("gone", "me", WALL)
        fence.raise_halt(everything("a") if seed % 2 else symbol_halt("a"))
        image = bytearray(path.read_bytes())
        for _ in range(chance.choice([1, 2, 10, 1000])):
            place = chance.randrange(8 * FILE_SIZE)
            image[place // 8] ^= 1 << (place % 8)
        path.write_bytes(image)
        assert blocked(Fence.open(path, create=False), SPY), f"seed {seed}"
        fence.close()


@given(st.binary(max_size=300), st.integers(0, FILE_SIZE - 1))
@settings(max_examples=50, deadline=None)
def test_no_overwritten_stretch_ever_lifts_a_halt(tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int):
    path = tmp_path_factory.mktemp("f") / "fence"
    fence = Fence.open(path, create=True)
    fence.raise_halt(symbol_halt("a"))
    with path.open("r+b") as raw:
        raw.seek(place)
        raw.write(noise)
    assert blocked(Fence.open(path, create=False), SPY)
    fence.close()


def test_a_missed_bell_goes_unnoticed_for_a_second_at_most(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch):
    now = clock.process_ns()
    assert fence.blocks("SPY", "cross", WALL, now) is None
    monkeypatch.setattr(FenceFile, "ring", lambda _: 0)  # a ringer that was killed before it could
    Fence.open(path, create=False).raise_halt(everything("a"))
    assert fence.blocks("SPY", "cross", WALL, now + 999_999_999) is None
    assert fence.blocks("SPY", "cross", WALL, now + 1_000_000_000) is not None


def test_a_confirmation_counts_only_for_halts_that_were_there_when_it_looked(fence: Fence, path: Path):
    trader = Fence.open(path, create=False)
    first = fence.raise_halt(everything("a"))
    assert not fence.confirmed(first)
    trader.write_seen(trader.sequence(), 3, 77)
    assert fence.confirmed(first)
    assert fence.seen() == (first, 3, 77)
    second = fence.raise_halt(everything("b"))
    assert not fence.confirmed(second)
    trader.write_seen(first, 3, 78)
    assert not fence.confirmed(second)
    trader.write_seen(second, 3, 79)
    trader.write_seen(first, 3, 80)
    assert fence.confirmed(second)


def test_confirmations_of_an_earlier_boot_are_none(fence: Fence, monkeypatch: pytest.MonkeyPatch):
    fence.write_seen(2**62, 1, 1)
    monkeypatch.setattr(clock, "boot_id", lambda: b"another boot 123")
    assert fence.seen() == (0, 0, 0)
    assert not fence.confirmed(1)


def test_halt_and_wait_returns_at_the_confirmation_with_its_epoch(fence: Fence, path: Path):
    trader = Fence.open(path, create=False)
    pauses: list[float] = []

    def meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            trader.write_seen(trader.sequence(), 4, clock.process_ns())

    answer = halt_and_wait(fence, everything("a"), 60, meanwhile)
    assert len(pauses) == 3
    assert answer.epoch == 4
    assert answer.confirmed_ns is not None
    assert answer.recorded_ns <= answer.confirmed_ns <= clock.process_ns()


def test_halt_and_wait_says_when_nobody_confirmed(fence: Fence):
    fence.take_lease(os.getpid())
    answer = halt_and_wait(fence, everything("a"), 0, lambda _: None)
    assert (answer.confirmed_ns, answer.epoch) == (None, 1)
    assert ids(fence) == {"a"}


def test_one_process_holds_the_lease_and_its_halts_and_epoch_survive_it(path: Path):
    first = Fence.open(path, create=True)
    assert first.take_lease(os.getpid()) == first.epoch == 1
    assert first.lease_valid(clock.process_ns())
    first.raise_halt(everything("a"))
    second = Fence.open(path, create=False)

    def meanwhile(_: float) -> None:
        first.renew()

    with pytest.raises(AlreadyRunning):
        second.take_lease(os.getpid(), wait=meanwhile)
    first.release()
    assert second.take_lease(os.getpid()) == 2
    assert ids(second) == {"a"}
    assert not first.lease_valid(clock.process_ns())
    with pytest.raises(StaleEpoch):
        first.renew()


async def test_the_lease_can_be_awaited(path: Path):
    first, second = Fence.open(path, create=True), Fence.open(path, create=False)
    now = [10**15]
    first.take_lease(os.getpid(), process_ns=lambda: now[0])

    async def pause(seconds: float) -> None:
        now[0] += int(seconds * 1e9)

    assert await second.take_lease_async(os.getpid(), wait=pause, process_ns=lambda: now[0]) == 2
    assert second.ousted is not None
    assert second.lease() is not None


def test_the_reserve_keeps_records_across_processes(fence: Fence, path: Path):
    assert fence.reserve(b"one")
    assert fence.reserve(b"two")
    other = Fence.open(path, create=False)
    assert other.reserved() == (b"one", b"two")
    other.clear_reserve()
    assert fence.reserved() == ()
