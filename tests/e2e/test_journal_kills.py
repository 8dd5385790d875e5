"""kill -9 again and again on one system's journal and fence: each life finds what the ones before acknowledged, in both, and goes on from there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pysqlite3.dbapi2 as sqlite
import pytest

from robo_trader.desk.events import Event
from robo_trader.edge.codec import dump
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import check_head, head_path
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_record import decode
from robo_trader.orders.events import CancelAsked, Intended
from tests.support.desk_bench import Bench

SLICE = 20
MANY = pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(600)])
SYSTEM_LIVES = 50
"""So many lives one journal has before the next one begins: it is read whole after each."""
WORDS_MAX = 60
MERGING_SHARE = 0.25
MERGING_WRITES_MAX = 25
"""So many lives die by themselves while the reserve moves into the journal, or soon after: at one of their next writes to the fence."""
LIVES = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from robo_trader.edge.codec import load
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import check_head, head_path, publish_head
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.reserve_record import encode
from robo_trader.orders.events import CancelAsked, Intended
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

exit_order = load(Intended, sys.argv[1])

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def die_after(writes, pwrite=os.pwrite):
    left = iter(range(writes))
    os.pwrite = lambda *write: pwrite(*write) if next(left, None) is not None else os.kill(os.getpid(), signal.SIGKILL)

def live(folder, writes):
    say("life", os.getpid())
    path = folder / "journal.sqlite"
    fence = Fence.open(folder / "fence", create=not path.exists())
    epoch = fence.take_lease(os.getpid())
    say("epoch", epoch)
    journal = Journal.open(path)
    check_head(head_path(path), journal)
    if writes:
        die_after(writes)
    merge(fence, journal, epoch, 1)
    say("rows", journal.durable_seq)
    for halt in fence.halts():
        say("resuming", halt.id)
        fence.resume(halt.id, "me", 1)
        say("resumed", halt.id)
    for turn in range(10**6):
        first = journal.durable_seq + 1
        events = [CancelAsked(str(seq), "x" * (seq % 3000)) for seq in range(first, first + 1 + first % 3)]
        say("rows", journal.append(events, epoch=epoch, at_ns=first))
        if turn % 7 == 3:
            scope, target = (HaltScope.ALL, "") if turn % 2 else (HaltScope.SYMBOL, "SPY")
            fence.raise_halt(Halt(f"{epoch}-{turn}", HaltLevel.REDUCE_ONLY, scope, target, "t", None, "me"))
            say("halt", f"{epoch}-{turn}")
        if turn % 11 == 5 and turn < 300:
            intent = f"{epoch:08x}{turn:08x}"
            record = encode(replace(exit_order, intent=intent, order_ref=f"rt:test:{epoch}:{intent}"))
            say("reserving", intent)
            assert fence.reserve(record)
            say("reserved", intent)
        if turn % 13 == 1:
            publish_head(head_path(path), journal)
        fence.renew()

for line in sys.stdin:  # imports once, then one process for each life
    folder, writes = line.rsplit(" ", 1)
    life = os.fork()
    if life == 0:
        live(Path(folder), int(writes))
    os.waitpid(life, 0)
    say("dead")
"""


@dataclass
class Promised:
    """What the lives of one system acknowledged, and what they were about to do when they died."""

    rows: int = 0
    epoch: int = 0
    halts: set[str] = field(default_factory=set)
    resumed: set[str] = field(default_factory=set)
    maybe_resumed: set[str] = field(default_factory=set)
    reserved: set[str] = field(default_factory=set)
    pid: int = 0

    def hear(self, line: str) -> bool:
        """Take one word of a life; False once it is dead."""
        word, _, what = line.strip().partition(" ")
        match word:
            case "rows":
                self.rows = int(what)
            case "epoch":
                assert int(what) > self.epoch
                self.epoch = int(what)
            case "halt":
                self.halts.add(what)
            case "resuming":
                self.maybe_resumed.add(what)
            case "resumed":
                self.resumed.add(what)
            case "reserved":
                self.reserved.add(what)
            case "life":
                self.pid = int(what)
        return word != "dead"


@pytest.mark.parametrize("kills", [SLICE, MANY])
def test_nothing_that_was_acknowledged_is_lost_by_any_of_the_kills(tmp_path: Path, kills: int):
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    bench = Bench().connect()
    bench.enter()
    template = [event for event in bench.journal if isinstance(event, Intended)][-1]
    command = [sys.executable, "-c", LIVES, dump(template)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lives:
        assert lives.stdin is not None
        assert lives.stdout is not None
        for kill in range(kills):
            if kill % SYSTEM_LIVES == 0:
                folder, promised = tmp_path / str(kill), Promised()
                folder.mkdir()
            merging = chance.random() < MERGING_SHARE
            lives.stdin.write(f"{folder} {chance.randrange(1, MERGING_WRITES_MAX) if merging else 0}\n")
            lives.stdin.flush()
            while merging and promised.hear(lives.stdout.readline()):
                pass
            if not merging:
                live_and_die(lives.stdout, promised, chance)
            look(folder, promised, f"seed {seed}, kill {kill}")
    assert promised.rows > 0
    assert promised.halts
    assert promised.reserved


def live_and_die(words: IO[str], promised: Promised, chance: random.Random) -> None:
    """Let one process live for a while and kill it somewhere in its work."""
    assert promised.hear(words.readline())
    for _ in range(chance.randint(0, WORDS_MAX)):
        assert promised.hear(words.readline()), "the process died by itself"
    for _ in range(chance.randrange(20_000)):  # somewhere inside what comes next, and not just after an acknowledgement
        pass
    os.kill(promised.pid, signal.SIGKILL)
    while promised.hear(words.readline()):
        pass


def look(folder: Path, promised: Promised, when: str) -> None:
    """What the next process finds, with every check that it makes; changes nothing."""
    path = folder / "journal.sqlite"
    intents: set[str] = set()
    if path.exists() and promised.rows:
        journal = Journal.open(path, create=False)
        check_head(head_path(path), journal)
        rows = list(journal.read())
        journal.close()
        assert len(rows) >= promised.rows, f"{when}: {promised.rows} rows were acknowledged, {len(rows)} are there"
        assert all(seq == number for number, (seq, _) in enumerate(rows, 1)), when
        assert all(_is_ours(seq, event) for seq, event in rows), when
        intents = {event.intent for _, event in rows if isinstance(event, Intended)}
        connection = sqlite.connect(str(path))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], when
        connection.close()
    if promised.epoch:
        fence = Fence.open(folder / "fence", create=False)
        fence.check()
        standing, lease = {halt.id for halt in fence.halts()}, fence.lease()
        kept = {decode(record).intent for record in fence.reserved()}
        fence.close()
        assert lease is not None
        assert lease.epoch >= promised.epoch, when
        assert promised.halts - promised.maybe_resumed <= standing, when
        assert not standing & promised.resumed, when
        assert promised.reserved <= kept | intents, f"{when}: an order on the reserve is in neither"


def _is_ours(seq: int, event: Event) -> bool:
    return isinstance(event, Intended) or event == CancelAsked(str(seq), "x" * (seq % 3000))
