"""Three ways to trade the same market: a plain script, our desk in one process, our desk as a tree; each started, watched to the end, and ended.

Each sitting has a market, a state directory and processes of its own, and leaves nothing running.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.order_log import Day

ROOT = Path(__file__).resolve().parent.parent
SCRIPT, ONE_PROCESS, TREE = "script", "one process", "tree"
RIVALS = (SCRIPT, ONE_PROCESS, TREE)
SETTLE_SECONDS = {SCRIPT: 3, ONE_PROCESS: 4, TREE: 15}
"""From the last subscription to the first bar: a tree's hosts join one after the other."""
SITTING_SECONDS_MAX = 900.0
END_SECONDS_MAX = 90.0
READY_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Market:
    """What `market_feed.py` is told."""

    symbols: int
    rate: float
    minutes: int
    together: bool = False


@dataclass(frozen=True, slots=True)
class Sitting:
    """A rival's day: what the exchange saw, where its trace is, what it said at its end, and the machine's load meanwhile."""

    day: Day
    trace: Path
    summary: dict[str, Any]
    load: float


def sit(rival: str, market: Market, folder: Path, niceness: int = 0) -> Sitting:
    """Let a rival trade a market, with everything that is kept in `folder` (new). Raises AssertionError where a process gives up.

    `niceness` is that of the sessions measured, once the market runs: on a machine with other users a figure would tell of them.
    """
    folder.mkdir(parents=True)
    log, trace = folder / "exchange.jsonl", folder / "trace"
    trace.mkdir()
    feed = _start_feed(market, log, folder, SETTLE_SECONDS[rival])
    try:
        port = _said(feed, folder / "feed.out", "port", READY_SECONDS_MAX)["port"]
        with (folder / "rival.out").open("wb") as out, (folder / "rival.err").open("wb") as err:
            trader = _start(_command(rival, market, port, log), out, err, _environment(folder, trace))
        try:
            _said(feed, folder / "feed.out", "begins", SITTING_SECONDS_MAX, trader)
            prefer(folder / "state" / "bench", niceness)
            _said(feed, folder / "feed.out", "done", SITTING_SECONDS_MAX, trader)
            load = os.getloadavg()[0]
        finally:
            _end(trader)
    finally:
        _end(feed)
    return Sitting(Day.read(log), trace, _summary(folder / "rival.out"), load)


def prefer(system: Path, niceness: int) -> None:
    """Set the niceness of our own session and of the Ray of this system (its directory): Linux shares the processors by session first."""
    if not niceness:
        return
    head = system / "ray.json"
    first_ones = [os.getpid(), *(members(json.loads(head.read_text())["session"])[:1] if head.exists() else ())]
    for pid in first_ones:
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def members(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                found.append(int(entry.name))
    return found


def names(count: int) -> str:
    """The market's symbols as an option."""
    return ",".join(f"S{number:03d}" for number in range(1, count + 1))


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_feed(market: Market, log: Path, folder: Path, settle: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "benchmarks/market_feed.py"), "--symbols", str(market.symbols), "--rate", str(market.rate)]
    command += ["--minutes", str(market.minutes), "--log", str(log), "--settle", str(settle), *(["--together"] if market.together else [])]
    with (folder / "feed.out").open("wb") as out, (folder / "feed.err").open("wb") as err:
        return _start(command, out, err, dict(os.environ))


def _start(command: list[str], out: IO[bytes], err: IO[bytes], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT, env=environment)  # noqa: S603  # our own programs


def _command(rival: str, market: Market, port: int, log: Path) -> list[str]:
    if rival == SCRIPT:
        return [sys.executable, str(ROOT / "benchmarks/peers/plain_script.py"), str(port), names(market.symbols)]
    command = [sys.executable, "-m", "robo_trader.cli.app", "run", "--system", "bench", "--port", str(port), "--exchange-log", str(log), "--json"]
    command += ["--symbols", names(market.symbols), "--fast", "1", "--slow", "2", "--quantity", "10", "--entries-per-day", "10000"]
    if rival == ONE_PROCESS:
        return [*command, "--in-process"]
    ports = [option for name in ("ray", "http", "dashboard") for option in (f"--{name}-port", str(free_port()))]
    return [*command, *ports]


def _environment(folder: Path, trace: Path) -> dict[str, str]:
    return {**os.environ, "ROBO_TRADER_STATE_DIR": str(folder / "state"), "ROBO_TRADER_TRACE": str(trace), "PYTHONUNBUFFERED": "1"}


def _said(feed: subprocess.Popen[bytes], out: Path, word: str, seconds_max: float, trader: subprocess.Popen[bytes] | None = None) -> dict[str, Any]:
    """The feed's line that has this word."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        for line in out.read_text().splitlines():
            if f'"{word}"' in line:
                return dict(json.loads(line))
        for process in (feed, trader):
            assert process is None or process.poll() is None, f"{process.args if process else ''} ended early: see {out.parent}"
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"the market said no {word!r} in {seconds_max:g} s: see {out.parent}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """In order, by force after `END_SECONDS_MAX`."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(END_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _summary(out: Path) -> dict[str, Any]:
    """The object that a run prints at its end; empty for the script."""
    lines = [line for line in out.read_text().splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}
