"""Each check of `doctor` finds the fault it is there for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from robo_trader.cli import checks
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import head_path, publish_head
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_record import encode
from robo_trader.edge.root_fence import open_root_fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.orders.events import Intended, OrderIdRaised
from tests.support.desk_bench import Bench

System = Callable[..., StateDirectory]


@pytest.mark.parametrize(("version", "ok"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_only_the_locked_pythons_will_do(version: tuple[int, int], ok: bool) -> None:
    assert checks.python(version).ok is ok


@pytest.mark.parametrize(("version", "ok"), [((3, 51, 2), False), ((3, 51, 3), True), ((4, 0, 0), True)])
def test_an_sqlite_that_may_lose_a_commit_will_not_do(version: tuple[int, ...], ok: bool) -> None:
    assert checks.sqlite(version).ok is ok


@pytest.mark.parametrize(("mode", "ok"), [(0o700, True), (0o750, False), (0o755, False), (0o777, False)])
def test_a_state_directory_that_others_can_enter_is_found(tmp_path: Path, mode: int, ok: bool) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(mode)
    assert checks.private(folder).ok is ok


def test_a_state_directory_that_is_yet_to_be_made_is_no_fault(tmp_path: Path) -> None:
    assert checks.private(tmp_path / "none").ok
    assert checks.room(tmp_path / "none" / "below").finding.endswith("GiB")


def test_missing_market_data_is_a_fault_only_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROBO_TRADER_DATA", raising=False)
    assert checks.data().ok
    monkeypatch.setenv("ROBO_TRADER_DATA", str(tmp_path / "none"))
    assert not checks.data().ok
    monkeypatch.setenv("ROBO_TRADER_DATA", str(tmp_path))
    assert checks.data() == checks.Check("market data", ok=True, finding=str(tmp_path))


def test_a_sound_system_has_nothing_to_complain_of(system: System) -> None:
    directory = system("one")
    Journal.open(directory.journal).close()
    found = checks.of_system(directory)
    assert [check.ok for check in found] == [True, True]
    assert found[0].finding == "nobody trades; no halt stands"
    assert "no head was published yet" in found[1].finding


@pytest.mark.parametrize("broken", [None, b"", b"not a fence", b"\xff" * 65_536])
def test_a_damaged_or_missing_fence_is_found(system: System, broken: bytes | None) -> None:
    directory = system("one")
    directory.fence.unlink() if broken is None else directory.fence.write_bytes(broken)
    found = checks.in_system(directory, "fence", checks.fence)
    assert not found.ok
    assert found.remedy


@pytest.mark.parametrize("broken", [None, b"not a journal" * 1000])
def test_a_damaged_or_missing_journal_is_found(system: System, broken: bytes | None) -> None:
    directory = system("one")
    if broken is not None:
        directory.journal.write_bytes(broken)
    found = checks.in_system(directory, "journal", checks.journal)
    assert not found.ok
    assert found.remedy


def test_a_damaged_fence_names_the_command_that_repairs_it_and_what_waits_in_the_reserve_is_told(system: System) -> None:
    directory = system("one")
    fence = Fence.open(directory.fence, create=False)
    bench = Bench().connect()
    bench.enter()
    stop = encode([event for event in bench.journal if isinstance(event, Intended)][-1])
    assert stop is not None
    assert fence.reserve(stop)
    assert "1 orders wait in the reserve" in checks.in_system(directory, "fence", checks.fence).finding
    assert fence.reserve(b"an order in another version's words")
    found = checks.in_system(directory, "fence", checks.fence)
    assert not found.ok
    assert "`robo-trader doctor --system one --repair-fence`" in found.remedy


def test_a_journal_that_lost_its_tail_is_found_by_the_head_that_was_published(system: System) -> None:
    directory = system("one")
    journal = Journal.open(directory.journal)
    journal.append([OrderIdRaised(1)], epoch=1, at_ns=1)
    publish_head(head_path(directory.journal), journal)
    journal.close()
    assert "the head published at 1 is in it" in checks.in_system(directory, "journal", checks.journal).finding
    directory.journal.unlink()
    Journal.open(directory.journal).close()
    found = checks.in_system(directory, "journal", checks.journal)
    assert not found.ok
    assert "cut" in found.finding
    assert "backup" in found.remedy


def test_the_fence_of_all_systems_is_looked_at_once_there_is_one(state_root: Path) -> None:
    assert checks.shared_fence() == []
    open_root_fence().close()
    assert [check.ok for check in checks.shared_fence()] == [True]
    (state_root / "fence").write_bytes(b"damaged")
    [found] = checks.shared_fence()
    assert not found.ok
    assert "--repair-fence" in found.remedy
