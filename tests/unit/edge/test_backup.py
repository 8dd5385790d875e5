"""A system is saved whole or not at all, whether it trades or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.edge import backup_copy
from robo_trader.edge.backup import BACKUPS, create
from robo_trader.edge.backup_checks import verify
from robo_trader.edge.backup_manifest import FILES, files_below
from robo_trader.edge.journal_head import PublishedHead, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory, list_systems, root
from robo_trader.errors import ConfigurationError, NotFound, StateUnreadable
from robo_trader.orders.events import OrderIdRaised
from tests.support.saved_systems import NAME, begun


@pytest.fixture(autouse=True)
def state_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(backup_copy, "GATEWAY_WAIT_SECONDS_MAX", 0.1)  # nobody saves the account of this gateway


def test_a_system_that_trades_is_saved_and_goes_on(tmp_path: Path):
    directory, fence = begun(trading=True)
    journal = Journal.open(directory.journal)
    made = create(directory, tmp_path / "disk")
    assert made.folder.parent == tmp_path / "disk"
    assert made.manifest.traded
    assert (made.manifest.journal.seq, made.manifest.journal.head, made.manifest.epoch) == (journal.durable_seq, journal.head, 1)
    assert fence.renew()
    assert journal.append([OrderIdRaised(9)], epoch=1, at_ns=2) == made.manifest.journal.seq + 1
    journal.close()
    fence.close()
    assert all(finding.ok for finding in verify(made.folder)[1])


def test_what_is_saved_is_for_its_owner_alone_and_holds_nothing_of_the_processes():
    directory, fence = begun()
    fence.close()
    made = create(directory, None)
    assert set(files_below(made.folder / FILES)) == {
        *("journal.sqlite", "journal.head", "fence", "exchange.jsonl", "gateway/gateway.json", "recordings/2013-10-07/news-00001.parquet")
    }
    assert (made.folder / FILES / "exchange.jsonl").read_text() == '{"k":"start"}\n'
    for path in (made.folder, *made.folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert made.folder.parent == root() / BACKUPS
    assert [each.name for each in list_systems()] == [NAME], "no tool takes the backups for a system"


def test_the_head_of_the_copy_is_its_own_end():
    directory, fence = begun()
    fence.close()
    journal = Journal.open(directory.journal)
    journal.append([OrderIdRaised(9)], epoch=1, at_ns=2)  # further than the head that was published
    journal.close()
    made = create(directory, None)
    said = (head_path(made.folder / FILES / "journal.sqlite")).read_text()
    assert PublishedHead(made.manifest.journal.seq, made.manifest.journal.head).head in said


def break_fence(directory: StateDirectory) -> None:
    directory.fence.write_bytes(b"broken")


def break_journal(directory: StateDirectory) -> None:
    raw = bytearray(directory.journal.read_bytes())
    raw[len(raw) // 2 :] = bytes(len(raw) - len(raw) // 2)
    directory.journal.write_bytes(raw)


def forge_head(directory: StateDirectory) -> None:
    head_path(directory.journal).write_text('{"seq":999,"head":"00"}')


@pytest.mark.parametrize("harm", [break_fence, break_journal, forge_head])
def test_a_damaged_system_is_not_saved_as_if_it_were_whole(tmp_path: Path, harm: object):
    directory, fence = begun()
    fence.close()
    assert callable(harm)
    harm(directory)
    with pytest.raises(StateUnreadable):
        create(directory, tmp_path / "disk")
    disk = tmp_path / "disk"
    assert not disk.exists() or list(disk.iterdir()) == [], "nothing is left behind"


def test_a_backup_inside_the_system_and_one_of_nothing_are_refused(tmp_path: Path):
    directory, fence = begun()
    fence.close()
    with pytest.raises(ConfigurationError, match="inside"):
        create(directory, directory.path / "backups")
    with pytest.raises(NotFound):
        create(StateDirectory.of("empty"), tmp_path)


def test_progress_is_told_in_bytes_and_ends_near_the_whole():
    directory, fence = begun()
    fence.close()
    told: list[tuple[int, int]] = []
    create(directory, None, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert all(done <= total for done, total in told)
    assert told[-1][0] > 0
