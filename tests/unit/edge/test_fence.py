"""The fence as its users see it: no acknowledged halt is ever lost, and what cannot be read forbids."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from robo_trader.edge import clock, fence_file
from robo_trader.edge.fence import Fence, halt_and_wait
from robo_trader.edge.fence_file import FenceFile, LockByte
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.fence_record import FILE_SIZE
from robo_trader.errors import AlreadyRunning, NotConfirmed, StaleEpoch, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope, active, level_for
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


def test_resuming_one_of_several_halts_of_everything_frees_nothing(fence: Fence):
    for halt_id in ("a", "b", "c"):
        fence.raise_halt(everything(halt_id))
    for halt_id, left in (("c", {"a", "b"}), ("a", {"b"}), ("b", set())):
        fence.resume(halt_id, "me", WALL)
        assert ids(fence) == left
        assert blocked(fence, SPY) == bool(left)


def test_a_halt_that_is_raised_again_after_its_resume_stands_again(fence: Fence):
    for halt in (everything("a"), symbol_halt("b")):
        for _ in range(2):
            fence.raise_halt(halt)
            fence.raise_halt(halt)
            assert ids(fence) == {halt.id}
            assert halt.id not in fence.resumed()
            fence.resume(halt.id, "me", WALL)
            assert ids(fence) == set()
            assert halt.id in fence.resumed()


def test_an_id_that_stands_nowhere_can_be_resumed_for_journals_that_remember_it(fence: Fence):
    fence.resume("from the journal", "me", WALL)
    assert fence.resumed() == {"from the journal"}


class Halting(RuleBasedStateMachine):
    """Any sequence of halts and resumes, by two processes, against the fold that the desk uses."""

    folder: Path
    numbers = itertools.count()

    @initialize()
    def begin(self) -> None:
        """A blank fence, seen twice."""
        path = self.folder / f"fence-{next(self.numbers)}"
        self.views = [Fence.open(path, create=True), Fence.open(path, create=False)]
        self.standing: dict[str, Halt] = {}
        self.resumed: set[str] = set()

    @rule(
        by=st.integers(0, 1),
        number=st.integers(0, 9),
        level=st.sampled_from(HaltLevel),
        scope=st.sampled_from(HaltScope),
        whom=st.sampled_from(["SPY", "IBM", "cross"]),
        until=st.sampled_from([None, WALL - 1, WALL + 1]),
    )
    def halt(self, by: int, number: int, level: HaltLevel, scope: HaltScope, whom: str, until: int | None) -> None:
        """Somebody halts something."""
        end = None if until is None else Instant(until)
        halt = Halt(f"h{number}", level, scope, "" if scope is HaltScope.ALL else whom, "reason", end, "me")
        before = self.views[by].sequence()
        assert self.views[by].raise_halt(halt) > before
        self.standing[halt.id] = halt
        self.resumed.discard(halt.id)

    @rule(by=st.integers(0, 1), number=st.integers(0, 9))
    def resume(self, by: int, number: int) -> None:
        """Somebody resumes something, or nothing."""
        self.views[by].resume(f"h{number}", "me", WALL)
        self.standing.pop(f"h{number}", None)
        self.resumed.add(f"h{number}")

    @invariant()
    def both_see_what_stands(self) -> None:
        """Each view agrees with the model, by lists and by the question that matters."""
        for view in self.views:
            assert {halt.id: halt for halt in view.halts()} == self.standing
            assert view.resumed() == self.resumed
            for book in (SPY, IBM):
                stands = active(self.standing.values(), frozenset(self.resumed), WALL)
                assert blocked(view, book) == (level_for(stands, book) is not None)

    def teardown(self) -> None:
        """Close the files."""
        for view in getattr(self, "views", ()):
            view.close()


def test_any_sequence_of_halts_and_resumes_means_what_the_desk_computes(tmp_path: Path):
    class Here(Halting):
        folder = tmp_path

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))


def fill_table(fence: Fence) -> None:
    for number in range(64):
        fence.raise_halt(symbol_halt(f"h{number}", f"S{number}"))


def test_a_full_table_halts_everything_under_one_id_that_ends_by_its_own_resume(fence: Fence):
    fill_table(fence)
    assert not blocked(fence, SPY)
    fence.raise_halt(symbol_halt("one too many"))
    fence.raise_halt(everything("and another"))
    [overflow] = [halt for halt in fence.halts() if halt.id.startswith("overflow-")]
    assert (overflow.scope, overflow.level) == (HaltScope.ALL, HaltLevel.REDUCE_ONLY)
    assert blocked(fence, SPY)
    fence.resume("h0", "me", WALL)
    fence.resume("and another", "me", WALL)
    assert blocked(fence, SPY)
    fence.resume(overflow.id, "me", WALL)
    assert overflow.id in fence.resumed()
    assert not blocked(fence, SPY)
    assert blocked(fence, BookId("cross", Symbol("S1")))


def test_a_full_table_takes_a_new_halt_after_a_resume(fence: Fence):
    fill_table(fence)
    fence.resume("h5", "me", WALL)
    fence.raise_halt(symbol_halt("new"))
    assert "new" in ids(fence)
    assert len(ids(fence)) == 64


def test_a_full_table_refuses_to_bury_what_it_does_not_know(fence: Fence):
    fill_table(fence)
    with pytest.raises(NotConfirmed, match="full"):
        fence.resume("unknown", "me", WALL)


@pytest.mark.usefixtures("_short_locks")
def test_beside_a_hung_lock_holder_every_halt_still_works_and_no_resume_does(fence: Fence, path: Path):
    hung = FenceFile.open(path, create=False)
    assert hung.try_lock(LockByte.TABLE)
    fence.raise_halt(everything("a"))
    assert "a" in ids(fence)
    assert blocked(fence, SPY)
    fence.raise_halt(symbol_halt("b", "XYZ"))
    with pytest.raises(NotConfirmed, match="another process holds"):
        fence.resume("a", "me", WALL)
    hung.close()
    for halt_id in ids(fence):
        assert blocked(fence, SPY)
        fence.resume(halt_id, "me", WALL)
    assert not blocked(fence, SPY)


@pytest.mark.usefixtures("_short_locks")
def test_a_resume_that_was_frozen_half_way_lifts_nothing_that_was_raised_meanwhile(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch):
    other = Fence.open(path, create=False)
    fill_table(fence)
    fence.raise_halt(symbol_halt("first"))
    [overflow] = [halt.id for halt in fence.halts() if halt.id.startswith("overflow-")]
    bury = Fence._bury

    def frozen(*arguments: object) -> object:
        lifted = bury(*arguments)  # type: ignore[arg-type]
        other.raise_halt(symbol_halt("meanwhile"))
        return lifted

    monkeypatch.setattr(Fence, "_bury", frozen)
    fence.resume(overflow, "me", WALL)
    assert blocked(fence, SPY)


def test_a_halt_that_the_table_cannot_spell_halts_everything(fence: Fence):
    fence.raise_halt(replace(symbol_halt("a"), target="strategy " * 9))
    assert blocked(fence, IBM)


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


@pytest.mark.usefixtures("_short_locks")
@pytest.mark.parametrize("stop_at", range(9))
def test_a_halt_in_the_middle_of_another_loses_neither(fence: Fence, path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int):
    other = Fence.open(path, create=False)
    real, writes = os.pwrite, []

    def interrupted(descriptor: int, raw: bytes, place: int) -> int:
        writes.append(place)
        if len(writes) == stop_at + 1:
            monkeypatch.setattr(fence_file.os, "pwrite", real)
            other.raise_halt(everything("two"))
        return real(descriptor, raw, place)

    monkeypatch.setattr(fence_file.os, "pwrite", interrupted)
    fence.raise_halt(everything("one"))
    assert len(writes) == stop_at + 1, "the other halt never came"
    overflow = {halt_id for halt_id in ids(fence) if halt_id.startswith("overflow-")}
    assert "one" in ids(fence)
    assert "two" in ids(fence) or overflow
    for halt_id in sorted(ids(fence)):
        assert blocked(fence, SPY)
        fence.resume(halt_id, "me", WALL)
    assert not blocked(fence, SPY)
