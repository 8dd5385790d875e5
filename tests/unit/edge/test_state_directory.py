"""Systems are found by name from anywhere, belong to one process at a time, and to one user."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge import state_directory
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.state_directory import Running, StateDirectory, code_hash, list_systems, new_name, root
from robo_trader.errors import AlreadyRunning, ConfigurationError, NotRunning, StateUnreadable


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(state_directory.tempfile, "gettempdir", lambda: str(tmp_path))


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory whose name leaves a socket's path room, however deep the tests' own lie."""
    with tempfile.TemporaryDirectory(prefix="rt-", dir="/tmp") as made:
        yield Path(made)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def me() -> Running:
    start = pid_start(os.getpid())
    assert start is not None
    return Running(os.getpid(), start, 3, "cafe", {"dashboard": 5555}, "/x/exchange.jsonl", "/t/operator.sock")


def test_the_root_is_the_environments_else_the_users_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert root() == tmp_path / "state"
    monkeypatch.delenv("ROBO_TRADER_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert root() == tmp_path / "xdg" / "robo-trader"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert root() == tmp_path / ".local" / "state" / "robo-trader"


def test_a_relative_root_means_the_same_place_after_a_change_of_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", "here")
    monkeypatch.chdir(tmp_path)
    directory = StateDirectory.of("a")
    monkeypatch.chdir("/")
    assert directory.path == tmp_path / "here" / "a"


def test_looking_makes_nothing_and_making_is_private():
    directory = StateDirectory.of(None)
    assert directory.name == "main"
    assert not directory.exists
    assert list_systems() == ()
    assert directory.read_running() is None
    assert not root().exists()
    assert directory.make().exists
    assert (mode(root()), mode(directory.path)) == (0o700, 0o700)


@pytest.mark.parametrize("name", ["", "A", "a" * 13, "../up", "a/b", "a b", "é", "a\n", "a_b", ".", "fence"])
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(ConfigurationError, match="no system name"):
        StateDirectory.of(name)


@given(st.from_regex(r"\A[a-z0-9-]{1,12}\Z"))
def test_every_good_name_has_its_own_directory(name: str):
    assert StateDirectory.of(name).path.name == name


def test_systems_are_listed_by_name_and_fresh_names_are_free(tmp_path: Path):
    for name in ("b", "a"):
        StateDirectory.of(name).make()
    (root() / "NOT A SYSTEM").mkdir()
    (root() / "file").touch()
    assert [system.name for system in list_systems()] == ["a", "b"]
    assert re.fullmatch(r"[a-z0-9-]{1,12}", new_name())
    assert new_name() != new_name()
    assert tmp_path in list_systems()[0].path.parents


def test_the_files_of_a_system_are_its_own():
    one, two = StateDirectory.of("one"), StateDirectory.of("two")
    for name in ("journal", "fence", "recordings", "exchange_log", "gateway_state"):
        assert getattr(one, name).parent == one.path
        assert getattr(one, name) != getattr(two, name)
    assert len({one.journal, one.fence, one.recordings, one.exchange_log, one.gateway_state}) == 5


def test_running_json_says_who_runs_it_and_is_private():
    directory = StateDirectory.of("a").make()
    directory.write_running(me())
    assert directory.read_running() == me()
    assert directory.require_running() == me()
    assert mode(directory.path / "running.json") == 0o600
    directory.clear_running()
    directory.clear_running()
    assert directory.read_running() is None


def test_a_process_that_died_without_a_word_does_not_run():
    directory = StateDirectory.of("a").make()
    with pytest.raises(NotRunning) as refusal:
        directory.require_running()
    assert refusal.value.exit_code == 3
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    directory.write_running(Running(child, 1, 1, "cafe"))
    with pytest.raises(NotRunning):
        directory.require_running()


def test_a_later_process_with_the_same_pid_is_not_the_one_that_ran():
    directory = StateDirectory.of("a").make()
    directory.write_running(Running(os.getpid(), me().pid_start - 1, 1, "cafe"))
    with pytest.raises(NotRunning):
        directory.require_running()


def test_a_damaged_running_json_is_unreadable():
    directory = StateDirectory.of("a").make()
    (directory.path / "running.json").write_bytes(b"{\xff")
    with pytest.raises(StateUnreadable):
        directory.read_running()


def test_a_second_run_is_refused_with_the_pid_of_the_first():
    lock = StateDirectory.of("a").lock()
    with pytest.raises(AlreadyRunning, match=f"system 'a' is in use by process {os.getpid()}"):
        StateDirectory.of("a").lock()
    StateDirectory.of("b").lock().release()
    lock.release()
    StateDirectory.of("a").lock().release()


def test_a_root_that_cannot_be_made_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path / "file"))
    with pytest.raises(ConfigurationError, match="ROBO_TRADER_STATE_DIR"):
        StateDirectory.of("a").make()


def test_socket_paths_differ(tmp_path: Path, short_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state_directory.tempfile, "gettempdir", lambda: str(short_path))
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    first = StateDirectory.of("a").socket_path("operator")
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(deep))
    second = StateDirectory.of("a").socket_path("operator")
    assert first != second
    assert second.name == "operator.sock"
    assert mode(second.parent) == 0o700
    assert short_path in second.parents and len(str(second)) < 108


def test_a_temporary_directory_that_is_too_deep_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state_directory.tempfile, "gettempdir", lambda: str(tmp_path / ("d" * 90)))
    with pytest.raises(ConfigurationError, match="TMPDIR"):
        StateDirectory.of("a").socket_path("operator")


def test_a_directory_of_another_user_is_not_used(monkeypatch: pytest.MonkeyPatch):
    StateDirectory.of("a").make()
    monkeypatch.setattr(state_directory.os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(ConfigurationError, match="another user"):
        StateDirectory.of("a").make()


def test_the_code_hash_is_short_and_stands_for_this_code():
    assert re.fullmatch(r"[0-9a-f]{12}", code_hash())
    assert code_hash() == code_hash()
