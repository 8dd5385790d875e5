"""A system comes back whole, halted, and never over another."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from robo_trader.desk.desk import Desk
from robo_trader.edge import backup_copy
from robo_trader.edge.backup import create
from robo_trader.edge.backup_restore import REASON, Restored, restore
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import check_head, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory, list_systems, root
from robo_trader.errors import AlreadyRunning, ConfigurationError, NotFound, StateUnreadable
from robo_trader.orders.events import OrderIdRaised
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.support.desk_bench import SPY, settings
from tests.support.saved_systems import NAME, begun, saved

STRONG = Halt("strong", HaltLevel.HALT_CANCEL, HaltScope.ALL, "", "operator", None, "me")


@pytest.fixture(autouse=True)
def state_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(backup_copy, "GATEWAY_WAIT_SECONDS_MAX", 0.1)  # nobody saves the account of these gateways


def back(folder: Path, *, replace: bool = False) -> Restored:
    return restore(folder, StateDirectory.of(NAME), replace=replace, by="ann")


def halts(directory: StateDirectory) -> dict[str, Halt]:
    fence = Fence.open(directory.fence, create=False)
    try:
        fence.check()
        return {halt.id: halt for halt in fence.halts()}
    finally:
        fence.close()


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup whose system lives in another state root than this one."""
    folder = saved(tmp_path / "disk")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "other"))
    return folder


def test_a_restored_system_is_the_saved_one_and_halted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = elsewhere(tmp_path, monkeypatch)
    done = back(folder)
    assert done.moved_aside is None
    [halt] = halts(done.directory).values()
    assert (halt.id, halt.level, halt.scope, halt.reason, halt.by) == (done.halt.id, HaltLevel.NO_NEW, HaltScope.ALL, REASON, "ann")
    assert halt.text == done.halt.text, "the fence could hold all of it"
    journal = Journal.open(done.directory.journal, create=False)
    assert journal.head == done.manifest.journal.head
    assert check_head(head_path(done.directory.journal), journal) is not None
    desk = Desk.resume((event for _, event in journal.read()), settings())
    journal.close()
    assert desk.state.own(SPY) == 100
    assert (done.directory.path / "gateway" / "gateway.json").read_text() == "{}"
    assert not (done.directory.path / "running.json").exists()
    for path in (done.directory.path, *done.directory.path.rglob("*")):
        assert not path.stat().st_mode & 0o077, path


def test_its_next_epoch_is_above_the_saved_and_the_replaced_one():
    folder = saved()
    directory = StateDirectory.of(NAME)
    for _ in range(4):
        fence = Fence.open(directory.fence, create=False)
        epoch = fence.take_lease(os.getpid())
        fence.release()
        fence.close()
    done = back(folder, replace=True)
    fence = Fence.open(done.directory.fence, create=False)
    assert fence.take_lease(os.getpid()) == epoch + 1
    fence.close()


def test_a_system_that_exists_is_left_alone_unless_it_is_to_be_moved_aside():
    folder = saved()
    directory = StateDirectory.of(NAME)
    journal = Journal.open(directory.journal)
    journal.append([OrderIdRaised(9)], epoch=1, at_ns=2)
    end = journal.durable_seq
    journal.close()
    with pytest.raises(ConfigurationError, match="--replace"):
        back(folder)
    done = back(folder, replace=True)
    assert done.moved_aside is not None
    old = Journal.open(done.moved_aside / "journal.sqlite", create=False, read_only=True)
    assert old.durable_seq == end, "the replaced system is kept as it was"
    old.close()
    assert [each.name for each in list_systems()] == [NAME]


def test_halts_of_the_replaced_system_go_on_standing():
    folder = saved()
    fence = Fence.open(StateDirectory.of(NAME).fence, create=False)
    fence.raise_halt(STRONG)
    fence.close()
    done = back(folder, replace=True)
    assert halts(done.directory) == {"strong": STRONG, done.halt.id: done.halt}
    assert done.carried == (STRONG,)


def test_where_the_replaced_fence_cannot_be_read_the_new_halt_is_stronger():
    folder = saved()
    StateDirectory.of(NAME).fence.write_bytes(b"lost")
    done = back(folder, replace=True)
    assert done.halt.level is HaltLevel.REDUCE_ONLY
    assert list(halts(done.directory)) == [done.halt.id]


def test_a_system_that_trades_is_not_replaced():
    directory, fence = begun(trading=True)
    folder = create(directory, None).folder
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        back(folder, replace=True)
    fence.release()
    fence.close()
    lock = directory.lock()
    with pytest.raises(AlreadyRunning):
        back(folder, replace=True)
    lock.release()
    assert back(folder, replace=True).moved_aside is not None


def test_a_system_whose_gateway_still_writes_there_is_not_replaced():
    folder = saved()
    lock = os.open(StateDirectory.of(NAME).gateway_state / "gateway.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(AlreadyRunning, match="simulated gateway"):
        back(folder, replace=True)
    os.close(lock)
    back(folder, replace=True)


def test_a_backup_that_is_not_whole_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = elsewhere(tmp_path, monkeypatch)
    (folder / "files" / "fence").write_bytes(b"broken")
    with pytest.raises(StateUnreadable, match="not whole: files"):
        back(folder)
    assert not root().exists()
    with pytest.raises(NotFound):
        back(tmp_path / "none")


def test_a_file_that_changes_after_it_was_looked_at_is_not_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = elsewhere(tmp_path, monkeypatch)
    log = folder / "files" / "exchange.jsonl"

    def change_at_the_end(done: int, total: int) -> None:
        if done == total:
            log.write_text(log.read_text().replace("start", "begin"))

    with pytest.raises(StateUnreadable, match="changed while it was restored"):
        restore(folder, StateDirectory.of(NAME), replace=False, by="ann", tell=change_at_the_end)
    assert list(root().iterdir()) == []


def test_a_system_comes_back_under_its_own_name_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = elsewhere(tmp_path, monkeypatch)
    with pytest.raises(ConfigurationError, match=NAME):
        restore(folder, StateDirectory.of("another"), replace=False, by="ann")
    assert list_systems() == ()


def test_what_cannot_be_announced_is_not_done():
    folder = saved()
    before = sorted(root().iterdir())

    def refuse(_halt: Halt) -> None:
        raise ConfigurationError("no audit", "make room")

    with pytest.raises(ConfigurationError, match="no audit"):
        restore(folder, StateDirectory.of(NAME), replace=True, by="ann", announce=refuse)
    assert sorted(root().iterdir()) == before
