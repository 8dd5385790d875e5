"""kill -9 at random instants: what the journal acknowledged is there, in order, and its chain holds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from robo_trader.desk.events import Event
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import CancelAsked

KILLS = 30
ACKNOWLEDGED_MAX = 60
WRITERS = """
import os, sys
from pathlib import Path
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import CancelAsked

def say(word):
    os.write(1, b"%d\\n" % word)

def write_for_ever(epoch):
    say(os.getpid())
    journal = Journal.open(Path(sys.argv[1]))
    while True:
        first = journal.durable_seq + 1
        events = [CancelAsked(str(seq), "x" * (seq % 3000)) for seq in range(first, first + 1 + first % 3)]
        say(journal.append(events, epoch=epoch, at_ns=first))

for epoch in range(1, int(sys.argv[2]) + 1):  # imports once, then one process per epoch
    writer = os.fork()
    if writer == 0:
        write_for_ever(epoch)
    os.waitpid(writer, 0)
    say(0)
    sys.stdin.readline()
"""


def acknowledged_by_a_writer_that_is_killed(words: IO[bytes], chance: random.Random) -> int:
    """Kill one writer somewhere in its work and return the last sequence that it acknowledged."""
    writer, acknowledged = int(words.readline()), 0
    for _ in range(chance.randint(1, ACKNOWLEDGED_MAX)):
        acknowledged = int(words.readline())
        assert acknowledged, "the writer died by itself"
    for _ in range(chance.randrange(20_000)):  # somewhere inside the next commit, and not just after an acknowledgement
        pass
    os.kill(writer, signal.SIGKILL)
    while word := int(words.readline()):
        acknowledged = word
    return acknowledged


def test_no_acknowledged_row_is_lost_by_thirty_kills(tmp_path: Path):
    seed = random.SystemRandom().randrange(2**32)
    chance, path = random.Random(seed), tmp_path / "journal.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITERS, str(path), str(KILLS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        for _ in range(KILLS):
            acknowledged = acknowledged_by_a_writer_that_is_killed(writers.stdout, chance)
            rows = rows_of(path)
            assert len(rows) >= acknowledged, f"seed {seed}: {acknowledged} was acknowledged, {len(rows)} are there"
            assert rows == [(seq, CancelAsked(str(seq), "x" * (seq % 3000))) for seq in range(1, len(rows) + 1)], f"seed {seed}"
            writers.stdin.write(b"\n")
            writers.stdin.flush()
    assert len(rows) >= KILLS


def rows_of(path: Path) -> list[tuple[int, Event]]:
    """What the next process finds, with every check that it makes."""
    journal = Journal.open(path, create=False)
    try:
        return list(journal.read())
    finally:
        journal.close()
