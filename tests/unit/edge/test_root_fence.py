"""A halt in the fence of all systems halts each of them, and is over only when it stands in neither file."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.edge.root_fence import StandingHalts, open_root_fence, root_fence_path
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory, list_systems
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import Instant

WALL = Instant(1_700_000_000_000_000_000)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "state"))


@pytest.fixture
def shared() -> Fence:
    return open_root_fence()


@pytest.fixture
def own() -> Fence:
    return Fence.open(StateDirectory.of("one").make().fence, create=True)


@pytest.fixture
def standing(own: Fence, shared: Fence) -> StandingHalts:
    return StandingHalts(own, shared, lambda: "DU1")


def halt(halt_id: str, scope: HaltScope = HaltScope.ALL, target: str = "", level: HaltLevel = HaltLevel.NO_NEW, until: int | None = None) -> Halt:
    return Halt(halt_id, level, scope, target, "manual", None if until is None else Instant(until), "ann")


def blocked(standing: StandingHalts, symbol: str = "SPY", wall: int = WALL) -> bool:
    return standing.blocks(symbol, "cross", wall, clock.process_ns()) is not None


@pytest.mark.usefixtures("own", "shared")
def test_the_fence_of_all_systems_is_no_system() -> None:
    assert root_fence_path().is_file()
    assert [directory.name for directory in list_systems()] == ["one"]


def test_a_halt_in_either_file_blocks_and_both_have_to_be_lifted(standing: StandingHalts, own: Fence, shared: Fence) -> None:
    assert not blocked(standing)
    shared.raise_halt(halt("a"))
    assert blocked(standing)
    own.raise_halt(halt("a"))
    assert [one.id for one in standing.halts()] == ["a"]
    shared.resume("a", "ann", WALL)
    assert blocked(standing)
    own.resume("a", "ann", WALL)
    assert not blocked(standing)
    assert standing.halts() == ()


def test_the_stronger_level_of_one_halt_counts(standing: StandingHalts, own: Fence, shared: Fence) -> None:
    own.raise_halt(halt("a", level=HaltLevel.REDUCE_ONLY))
    shared.raise_halt(halt("a"))
    assert [one.level for one in standing.halts()] == [HaltLevel.REDUCE_ONLY]


def test_a_scoped_halt_blocks_its_target_alone_and_a_timed_one_ends(standing: StandingHalts, shared: Fence) -> None:
    shared.raise_halt(halt("a", HaltScope.SYMBOL, "SPY", until=WALL + 10))
    assert blocked(standing)
    assert not blocked(standing, "IBM")
    assert not blocked(standing, wall=WALL + 10)


def test_another_accounts_halt_is_not_ours_unless_nobody_knows_the_account(own: Fence, shared: Fence) -> None:
    account = [""]
    standing = StandingHalts(own, shared, lambda: account[0])
    shared.raise_halt(halt("a", HaltScope.ACCOUNT, "DU2"))
    assert len(standing.halts()) == 1
    account[0] = "DU1"
    assert standing.halts() == ()
    account[0] = "DU2"
    assert blocked(standing)


def test_a_change_in_either_file_rings(standing: StandingHalts, own: Fence, shared: Fence) -> None:
    for number, fence in enumerate((own, shared, own, shared)):
        before = standing.sequence()
        rung = fence.raise_halt(halt(f"h{number}"))
        assert standing.sequence() == rung > before


@pytest.mark.parametrize("damage", [b"", b"\xff" * 65_536])
def test_a_damaged_root_halts_every_system(standing: StandingHalts, damage: bytes) -> None:
    root_fence_path().write_bytes(damage)
    assert any(one.scope is HaltScope.ALL for one in standing.halts())
    assert blocked(standing)


def test_a_root_fence_that_was_deleted_under_a_system_halts_it(standing: StandingHalts) -> None:
    root_fence_path().unlink()
    assert blocked(standing)


def test_the_same_root_is_opened_again_not_made_anew(shared: Fence) -> None:
    shared.raise_halt(halt("a"))
    assert [one.id for one in open_root_fence().halts()] == ["a"]
