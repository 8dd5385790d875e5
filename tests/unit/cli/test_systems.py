"""Finding the systems a command means."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robo_trader.cli.systems import existing, holder, is_running, running
from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotFound

System = Callable[..., StateDirectory]


def test_without_any_system_there_is_nothing_to_find() -> None:
    with pytest.raises(NotFound, match="robo-trader run"):
        existing(None)


def test_a_name_finds_its_system_and_a_wrong_name_lists_those_there_are(system: System) -> None:
    one, two = system("one"), system("two")
    assert existing("two") == [two]
    assert existing(None) == [one, two]
    with pytest.raises(NotFound, match="one, two"):
        existing("three")


def test_a_system_runs_while_a_living_process_holds_its_lease(system: System) -> None:
    idle, busy = system("idle"), system("busy", running=True)
    assert running([idle, busy]) == [busy]


def test_a_released_lease_is_held_by_nobody(system: System) -> None:
    fence = Fence.open(system("one").fence, create=False)
    fence.take_lease(1)
    assert holder(fence) == 1
    fence.release()
    assert holder(fence) == 0
    fence.close()


def test_a_lease_of_a_dead_process_is_held_by_nobody(system: System) -> None:
    fence = Fence.open(system("one").fence, create=False)
    fence.take_lease(2**22 + 1)  # above the kernel's largest process id
    assert holder(fence) == 0
    fence.close()


def test_a_lease_that_cannot_be_read_counts_as_held(system: System) -> None:
    directory = system("one", running=True)
    directory.fence.write_bytes(b"\xff" * directory.fence.stat().st_size)
    assert is_running(directory)


def test_a_system_without_a_fence_does_not_run(system: System) -> None:
    directory = system("one")
    directory.fence.unlink()
    assert not is_running(directory)
