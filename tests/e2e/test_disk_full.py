"""A disk that refuses at any moment of a desk's work: entries end loudly, exits and stops go out on the reserve, cancels need no disk.

The system itself refuses: from a certain commit on, a real process is told that the disk is full, or broken, when it writes the journal's log, or
when it asks for it to be safe; every commit between the first signal and the last is tried in the long run.
"""

from __future__ import annotations

import errno
import json
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_merge import merge
from robo_trader.orders.events import Intended
from tests.support.refusing_disk import CALLS

FAULTS = [("pwrite64", errno.ENOSPC), ("pwrite64", errno.EIO), ("fsync+fdatasync", errno.EIO)]
DESKS = """
import json, os, sys
from decimal import Decimal
from pathlib import Path
from robo_trader.desk.news import QuoteSeen
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, StatusSeen
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_MINUTE, Instant, Quote, Ticks
from tests.nodes.test_risk_desk import CLIENT, SPY, Shell
from tests.support.refusing_disk import descriptor_of, refuse

def refusing(journal, call, error, moment, scope):
    commits, append = 0, journal.append

    def counted(*events, **stamps):
        nonlocal commits
        commits += 1
        if commits == moment:
            for each in call.split("+"):
                refuse(each, error, descriptor_of("journal.sqlite-wal") if scope == "log" else None)
        return append(*events, **stamps)

    journal.append = counted
    return lambda: commits

def live(folder, call, error, moment, scope):
    shell = Shell(Path(folder)).ready()
    commits = refusing(shell.journal, call, int(error), int(moment), scope)

    def said(order, status, filled, left):
        shell.hear(StatusSeen(order.order_id, CLIENT, 900 + order.order_id, status, filled, left))

    def filled(name, order):
        whose = (order.order_id, CLIENT, 900 + order.order_id, order.order_ref)
        shell.hear(ExecutionSeen(name, SPY, order.side, 40, Decimal("167.92"), shell.market, *whose))

    def signal(stance):
        shell.market = Instant(shell.market + NS_PER_MINUTE)
        shell.hear(QuoteSeen(Quote(SPY, Ticks(16_790), Ticks(16_792), 500, 500, shell.market)))
        shell.hear(shell.signal(stance))

    signal(1)
    for entry in [order for order in shell.placed if order.entry]:
        said(entry, BrokerStatus.SUBMITTED, 0, 100)
        filled("e1.01", entry)
        stops = [order for order in shell.placed if order.order_type is OrderType.STOP]
        for stop in stops:
            said(stop, BrokerStatus.PRE_SUBMITTED, 0, 40)
        signal(0)
        said(entry, BrokerStatus.CANCELLED, 40, 0)
        for leave in [order for order in shell.placed if not order.entry and order not in stops]:
            said(leave, BrokerStatus.FILLED, 40, 0)
            filled("e2.01", leave)
        for stop in stops:
            said(stop, BrokerStatus.CANCELLED, 0, 0)
    signal(1)
    sent = [
        {"kind": kind, "intent": command.intent, "seq": seq, "entry": kind == "place" and command.entry, "type": getattr(command, "order_type", "")}
        for kind, command, seq in shell.out if kind in {"place", "cancel"}
    ]
    alerts = [alert["severity"] for alert in shell.alerts.after(0) if alert["key"] == "journal"]
    return {"sent": sent, "failure": shell.shell.journal_failure, "alerts": alerts, "commits": commits()}

for line in sys.stdin:  # imports once, then one process for each life
    life = os.fork()
    if life == 0:
        os.write(1, json.dumps(live(*line.split())).encode() + b"\\n")
        os._exit(0)
    os.write(1, b"%d\\n" % os.waitpid(life, 0)[1])
"""
Told = dict[str, Any]


class Desks:
    """One process that begins a desk's life, as often as asked."""

    def __init__(self, process: subprocess.Popen[str], root: Path) -> None:
        self._process, self._root = process, root
        self.folder = root
        self._lives = 0

    def life(self, call: str = "pwrite64", error: int = 0, moment: int = 0, scope: str = "log") -> Told:
        """The life of a desk whose disk refuses `call` from its `moment`th commit on (0: never)."""
        self._lives += 1
        self.folder = self._root / str(self._lives)
        self.folder.mkdir()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self.folder} {call} {error} {moment} {scope}\n")
        self._process.stdin.flush()
        told: Told = json.loads(self._process.stdout.readline())
        assert self._process.stdout.readline() == "0\n"
        return told


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    if platform.machine() not in CALLS:
        pytest.skip(f"the numbers of system calls on {platform.machine()} are not in tests/support/refusing_disk.py")
    with subprocess.Popen([sys.executable, "-c", DESKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Desks(process, tmp_path_factory.mktemp("desks"))


def kinds(told: Told) -> Counter[str]:
    return Counter("entry" if each["entry"] else each["type"] or each["kind"] for each in told["sent"])


def look(folder: Path, told: Told, where: str) -> None:
    """What was sent without a row is on the reserve and no entry, and the next life has a row for each."""
    journal, fence = Journal.open(folder / "journal.sqlite"), Fence.open(folder / "fence", create=False)
    try:
        placed = [each for each in told["sent"] if each["kind"] == "place"]
        rows = {event.intent: seq for seq, event in journal.read() if isinstance(event, Intended)}
        for each in placed:
            assert (0 < rows.get(each["intent"], 0) <= each["seq"]) if each["seq"] else not each["entry"], f"{where}: {each}"
        merge(fence, journal, 2, 2)
        again = Counter(event.intent for _, event in journal.read() if isinstance(event, Intended))
        assert {each["intent"] for each in placed} <= again.keys(), where
        assert set(again.values()) <= {1}, where
        assert fence.reserved() == ()
    finally:
        journal.close()
        fence.close()


EVERY = [pytest.param(4, id="some", marks=pytest.mark.timeout(300)), pytest.param(1, id="every", marks=[pytest.mark.long, pytest.mark.timeout(600)])]
"""Every so many commits of a life are tried."""


@pytest.mark.parametrize("every", EVERY)
def test_whenever_the_disk_refuses_the_journal_entries_end_loudly_and_what_reduces_goes_out(bench: Desks, every: int):
    undisturbed = bench.life()
    assert kinds(undisturbed) == {"entry": 2, "STP": 1, "MKT": 1, "cancel": 1}
    assert undisturbed["failure"] == ""
    assert undisturbed["commits"] > 8
    for number, (call, error) in enumerate(FAULTS):
        for moment in range(1 + number % every, undisturbed["commits"] + 1, every):
            where = f"{errno.errorcode[error]} from {call} at commit {moment} of {undisturbed['commits']}"
            told = bench.life(call, error, moment)
            sent = kinds(told)
            assert ("FULL" if error == errno.ENOSPC else "IOERR") in told["failure"], where
            assert told["alerts"] == ["critical"], where
            assert sent["entry"] <= 1, f"{where}: an entry without a journal"
            assert sent == ({"entry": 1, "STP": 1, "MKT": 1, "cancel": 1} if sent["entry"] else {}), where
            look(bench.folder, told, where)


@pytest.mark.parametrize("every", EVERY)
def test_a_disk_that_takes_nothing_at_all_leaves_the_cancels(bench: Desks, every: int):
    whole = bench.life()["commits"]
    for moment in range(2, whole + 1, every):
        told = bench.life("fsync+fdatasync", errno.EIO, moment, "disk")
        sent = kinds(told)
        assert "IOERR" in told["failure"]
        assert (sent["entry"], sent["cancel"]) == (1, 1), f"at commit {moment} of {whole}"
        assert all(each["seq"] for each in told["sent"] if each["kind"] == "place"), "an order on a reserve that the disk refused"
