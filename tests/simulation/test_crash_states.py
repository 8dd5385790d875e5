"""The power fails at any moment of a real journal's and a real fence's life: what they acknowledged is there, whatever became of the rest.

What the method can see is shown by a process that does not wait for the disk: there the same crashes lose what was acknowledged.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import check_head, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.errors import StateUnreadable
from robo_trader.orders.events import CancelAsked
from tests.support.crash_states import Step, crashes, record

SLICE = 150
MANY = pytest.param(5000, marks=[pytest.mark.long, pytest.mark.timeout(600)])
CONTROL = 120
JOURNAL = """
import os, sys
from pathlib import Path
from robo_trader.edge.journal_head import check_head, head_path, publish_head
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import CancelAsked

path = Path(sys.argv[1]) / "journal.sqlite"
for life in (1, 2, 3):
    journal = Journal.open(path)
    check_head(head_path(path), journal)
    journal._connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 12")  # so that a short life has checkpoints, and logs that begin anew
    journal._connection.exec_driver_sql(f"PRAGMA synchronous = {sys.argv[2]}")
    for turn in range(25):
        first = journal.durable_seq + 1
        events = [CancelAsked(str(seq), "x" * (seq * 997 % 6000)) for seq in range(first, first + 1 + turn % 3)]
        os.write(1, b"%d\\n" % journal.append(events, epoch=life, at_ns=first))
        if turn % 10 == 9:
            publish_head(head_path(path), journal)
    publish_head(head_path(path), journal)
    journal.close()
"""
FENCE = """
import os, sys
from pathlib import Path
from robo_trader.edge.fence import Fence
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

if sys.argv[2] == "OFF":
    os.fdatasync = os.fsync = lambda descriptor: None

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

for life in range(3):
    fence = Fence.open(Path(sys.argv[1]) / "fence", create=True)
    say("epoch", fence.take_lease(os.getpid()))
    for number in range(12):
        name = f"{life}-{number}"
        scope = HaltScope.ALL if number % 4 == 1 else HaltScope.SYMBOL
        fence.raise_halt(Halt(name, HaltLevel.REDUCE_ONLY, scope, "" if number % 4 == 1 else "SPY", "test", None, "me"))
        say("halt", name)
        fence.renew()
        if number % 3 == 2:
            say("resuming", name)
            fence.resume(name, "me", 1)
            say("resumed", name)
        if number % 2:
            say("reserving", name)
            fence.reserve(name.encode())
            say("reserved", name)
    say("clearing")
    fence.clear_reserve()
    say("cleared")
    fence.release()
    fence.close()
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], list[Step]]:
    """Records a life once."""
    return cache(lambda script, sync: record(script, tmp_path_factory.mktemp("life") / "disk", sync))


def lost_rows(folder: Path, acknowledged: Sequence[bytes]) -> int:
    """How many acknowledged rows the next process does not find; fails if it finds others, or cannot go on."""
    path, promised = folder / "journal.sqlite", int(acknowledged[-1]) if acknowledged else 0
    journal = Journal.open(path)
    try:
        check_head(head_path(path), journal)
        found = list(journal.read())
        assert found == [(seq, CancelAsked(str(seq), "x" * (seq * 997 % 6000))) for seq in range(1, len(found) + 1)]
        journal.append([CancelAsked("goes on", "")], epoch=9, at_ns=9)
        return max(promised - len(found), 0)
    finally:
        journal.close()


def lost_words(folder: Path, acknowledged: Sequence[bytes]) -> int:
    """How many acknowledged halts, resumes, reserve records and epochs the next process does not find; fails if it cannot trust the fence."""
    said = [line.decode().split() for line in acknowledged]
    if not said and not (folder / "fence").exists():
        return 0
    of = {word: [line[1] for line in said if line[0] == word] for word in ("epoch", "halt", "resuming", "resumed", "reserving", "reserved")}
    fence = Fence.open(folder / "fence", create=False)
    try:
        fence.check()
        standing, lease = {halt.id for halt in fence.halts()}, fence.lease()
        assert lease is not None
        lost = len(set(of["halt"]) - set(of["resuming"]) - standing) + len(standing & set(of["resumed"]))
        lost += max(int(epoch) for epoch in ["0", *of["epoch"]]) > lease.epoch
        kept = [record.decode() for record in fence.reserved()]
        cleared = sum(line[0] == "cleared" for line in said)
        clearing = sum(line[0] == "clearing" for line in said) > cleared
        promised = [name for name in of["reserved"] if int(name.split("-")[0]) >= cleared]
        whole = [name for name in of["reserving"] if int(name.split("-")[0]) >= cleared]
        lost += kept != (whole[: len(kept)] if clearing or len(kept) >= len(promised) else promised)
        assert fence.take_lease(1, wait=lambda _: None, process_ns=iter(range(0, 10**13, 10**9)).__next__) == lease.epoch + 1
        return lost
    finally:
        fence.close()


def survived(folder: Path, steps: list[Step], count: int, lost: Callable[[Path, Sequence[bytes]], int]) -> tuple[int, int]:
    """Crash `count` times: how many states lost something acknowledged, how many could not be read."""
    losing = unreadable = 0
    seed = random.SystemRandom().randrange(2**32)
    for name, disk, chance in crashes(steps, count, seed):
        folder.mkdir()
        disk.crash(folder, chance)
        try:
            losing += lost(folder, disk.acknowledged) > 0
        except StateUnreadable:
            unreadable += 1
        except AssertionError as wrong:
            raise AssertionError(f"{name}: {wrong}") from wrong
        shutil.rmtree(folder)
    return losing, unreadable


@pytest.mark.parametrize("count", [SLICE, MANY])
def test_no_power_failure_loses_an_acknowledged_row(tmp_path: Path, recorded: Callable[[str, str], list[Step]], count: int):
    assert survived(tmp_path / "disk", recorded(JOURNAL, "FULL"), count, lost_rows) == (0, 0)


@pytest.mark.parametrize("count", [SLICE, MANY])
def test_no_power_failure_loses_an_acknowledged_halt_resume_epoch_or_reserve_record(
    tmp_path: Path, recorded: Callable[[str, str], list[Step]], count: int
):
    assert survived(tmp_path / "disk", recorded(FENCE, "FULL"), count, lost_words) == (0, 0)


@pytest.mark.parametrize(("script", "lost"), [(JOURNAL, lost_rows), (FENCE, lost_words)])
def test_a_process_that_does_not_wait_for_the_disk_is_seen_to_lose_what_it_acknowledged(
    tmp_path: Path, recorded: Callable[[str, str], list[Step]], script: str, lost: Callable[[Path, Sequence[bytes]], int]
):
    losing, unreadable = survived(tmp_path / "disk", recorded(script, "OFF"), CONTROL, lost)
    assert losing + unreadable > CONTROL // 10
