"""Halts at random instants by curl, the command line and the public API's one line, against a tree that trades; judged from the exchange's log.

The figures that a person wants to know are logged (`--log-cli-level=INFO`).
"""

from __future__ import annotations

import logging
import os
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from ray_cluster import connect
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND
from tests.support.days import DATE, OPEN
from tests.support.halting import SYMBOLS, WAYS, Halter, Raised, Tape, thin_market, until
from tests.support.trees import PORTS, Tree

LOG = logging.getLogger(__name__)
MINUTES = 210
SPEED = 30
HALTS = 100
IN_FLIGHT_MIN = 20
LATE_MS_MAX = 50
LAST_HALT_NS = int(OPEN.timestamp()) * NS_PER_SECOND + (MINUTES - 25) * NS_PER_MINUTE
"""Market time after which a system is ended and the next one begins its day."""
QUESTIONS_MAX = 150
"""Each question to the operator's socket takes a few milliseconds."""
LEVELS = ("reduce_only", "reduce_only", "no_new", "halt_cancel")
GATEWAY = "broker_gateway"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return thin_market(tmp_path_factory.mktemp("market"), MINUTES)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """One head for all systems of this file."""
    directory = StateDirectory("head", tmp_path_factory.mktemp("ray") / "head")
    head = connect.start_head(directory, connect.free_port("127.0.0.1", 0, "test"))
    cluster = {**{k: v for k, v in connect.environment(directory).items() if k.startswith("RAY_")}, "RAY_ADDRESS": head.address}
    made = Tree(tmp_path_factory.mktemp("state") / "state", cluster=cluster)
    yield made
    made.close()
    connect.stop_head(directory, head)


@contextmanager
def trading(tree: Tree, day: Path, system: str) -> Iterator[Halter]:
    """A system that trades by itself; at the end its books must equal the broker's."""
    halter = Halter(tree, system, connect.free_port("127.0.0.1", 0, "test"))
    done = tree.run(
        *("run", "--system", system, "--replay", str(day), "--symbols", ",".join(SYMBOLS), "--date", DATE, "--fast", "1", "--slow", "2"),
        *("--quantity", "100", "--entries-per-day", "10000", "--speed", str(SPEED), "--detach", "--json"),
        *(*PORTS, "--http-port", str(halter.port)),  # the later word counts
    )
    assert done.returncode == 0, done.stderr
    try:
        yield halter
    except BaseException:
        halter.down()
        raise
    assert halter.halt("cli", "halt_cancel").confirmed, "nothing but stops works when the day ends"
    end = halter.down()
    assert end["reconciled"], end["violations"]
    assert end["verify"]["orders_per_intent_max"] <= 1
    assert all(end["verify"]["symbols"][symbol]["largest_ours"] <= 100 for symbol in SYMBOLS)


def entries_flow(tape: Tape, since: int) -> None:
    until("entries after a resume", lambda: any(entry.at > since for entry in tape.read().entries))


def await_the_moment(halter: Halter, tape: Tape, chance: random.Random, *, entry_under_way: bool) -> None:
    if entry_under_way:
        until("an entry under way", lambda: tape.read().working(1 << 62))
    else:
        for _ in range(chance.randint(0, QUESTIONS_MAX)):
            halter.tree.told(halter.system)


def outlast_a_bar(tape: Tape) -> None:
    """Until a minute has ended and its bar was acted on: while a halt stands, that too must bring no entry."""
    over = tape.read().clock // NS_PER_MINUTE * NS_PER_MINUTE + NS_PER_MINUTE + 10 * NS_PER_SECOND
    until("the next bar", lambda: tape.read().clock > over)


def halt_once(halter: Halter, tape: Tape, way: str, level: str) -> Raised:
    """A halt with everything that people see of it, and a resume after which entries flow again."""
    raised = halter.halt(way, level)
    assert (raised.code, raised.confirmed is not None) == (200 if way == "curl" else 0, True), raised
    assert halter.ask("GET", "/health/live")[0] == 200
    reason = until(f"/health/ready names halt {raised.id}", lambda: halter.reasons_against(raised), 10)
    assert "of everything stands, by" in reason
    outlast_a_bar(tape)
    halter.resume(raised)
    entries_flow(tape, raised.resumed)
    return raised


def halt_again_and_again(halter: Halter, numbers: Sequence[int], seed: int) -> tuple[Tape, list[Raised]]:
    """So many of these halts as the market's day has time for."""
    tape, done, chance = halter.tape, [], random.Random(f"{seed}:{numbers[0]}")
    entries_flow(tape, 0)
    for number in numbers:
        if tape.read().clock > LAST_HALT_NS:
            break
        await_the_moment(halter, tape, chance, entry_under_way=number // len(WAYS) % 2 == 0)
        done.append(halt_once(halter, tape, WAYS[number % len(WAYS)], chance.choice(LEVELS)))
    return tape.read(), done


def judge(tape: Tape, raised: Raised) -> float:
    """What the exchange's log says of one halt; milliseconds from its record to the last entry that was read all the same, 0 if none was."""
    assert tape.stops_lost(raised.recorded, raised.resumed) == [], raised
    assert tape.between(raised.confirmed or raised.resumed, raised.resumed) == [], raised
    slipped = [entry.at for entry in tape.between(raised.recorded, raised.resumed)]
    return max([(at - raised.recorded - tape.stalled_ns(raised.recorded, at)) / 1e6 for at in slipped], default=0.0)


def tell(halts: Sequence[Raised], in_flight: int, late_ms: float) -> None:
    """The figures."""
    for way in WAYS:
        steps = zip(*(raised.milliseconds for raised in halts if raised.way == way), strict=True)
        for name, values in zip(("asked to recorded", "recorded to confirmed"), steps, strict=True):
            cuts = quantiles(values, n=100, method="inclusive")
            LOG.info("%s, %s: p50 %.1f ms, p99 %.1f ms, max %.1f ms (%d)", way, name, cuts[49], cuts[98], max(values), len(values))
    LOG.info("%d of %d halts with an entry in flight; the latest entry was read %.2f ms after `recorded`", in_flight, len(halts), late_ms)


def halt_at_random(tree: Tree, day: Path, name: str, count: int, seed: int) -> int:
    """`count` halts, in as many market days as they take; returns how many of them met an entry in flight."""
    halts: list[Raised] = []
    in_flight, with_stops, late_ms = 0, 0, 0.0
    for number in range(count):
        if len(halts) == count:
            break
        with trading(tree, day, f"{name}-{number}") as halter:
            tape, done = halt_again_and_again(halter, range(len(halts), count), seed)
        assert done, "a day has time for a halt"
        tape.read()
        late_ms = max([late_ms, *(judge(tape, raised) for raised in done)])
        in_flight += sum(bool(tape.working(raised.recorded)) for raised in done)
        with_stops += sum(tape.stops_at(raised.recorded) > 0 for raised in done)
        halts += done
    tell(halts, in_flight, late_ms)
    assert len(halts) == count
    assert late_ms <= LATE_MS_MAX
    assert with_stops > count // 2, "stops that are not there cannot be touched"
    return in_flight


@pytest.mark.timeout(300)
def test_a_halt_by_any_road_lets_no_entry_out_and_touches_no_stop(tree: Tree, day: Path) -> None:
    assert halt_at_random(tree, day, "few", 2 * len(WAYS), seed=1) >= 1


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_a_hundred_halts_at_random_instants_let_no_entry_out_and_touch_no_stop(tree: Tree, day: Path) -> None:
    assert halt_at_random(tree, day, "many", HALTS, seed=2) >= IN_FLIGHT_MIN


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def halt_beside_a_frozen_desk(halter: Halter, way: str) -> Raised:
    with frozen(int(halter.tree.actor(halter.system, "risk_desk")["pid"])):
        raised = halter.halt(way)
    assert (raised.code, raised.confirmed is not None) == (200 if way == "curl" else 0, True), raised
    return raised


def halt_beside_a_frozen_gateway(halter: Halter, way: str) -> Raised:
    with frozen(int(halter.tree.actor(halter.system, GATEWAY)["pid"])):
        raised = halter.halt(way)
    assert (raised.code, raised.confirmed) == ({"curl": 202, "cli": 5, "one-liner": 0}[way], None), raised
    return raised


def halt_without_a_root(halter: Halter, way: str) -> Raised:
    killed = halter.tree.kill(halter.system, "root")
    raised = halter.halt(way)
    assert (raised.code, raised.confirmed is not None) == (200 if way == "curl" else 0, True), raised
    assert halter.ask("GET", "/health/live")[0] == 200
    until("another root", lambda: halter.tree.told(halter.system) and halter.tree.root_pid(halter.system) != killed)
    return raised


def connected_and_halted(told: dict[str, Any]) -> bool:
    """A root that only begins has no picture yet."""
    return bool("gateway" in told and told["gateway"]["connected"] and told["halts"])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_halt_needs_neither_desk_nor_root_and_says_so_when_the_gateway_stands_still(tree: Tree, day: Path) -> None:
    with trading(tree, day, "parts") as halter:
        tape = halter.tape
        halts: list[Raised] = []
        for deed in (halt_beside_a_frozen_desk, halt_beside_a_frozen_gateway, halt_without_a_root):
            for way in WAYS:
                entries_flow(tape, halts[-1].resumed if halts else 0)
                until("an entry under way", lambda: tape.read().working(1 << 62))
                halts.append(deed(halter, way))
                halter.tree.until(halter.system, connected_and_halted)
                until(f"/health/ready names halt {halts[-1].id}", lambda: halter.reasons_against(halts[-1]))
                halter.resume(halts[-1])
        entries_flow(tape, halts[-1].resumed)
    tape.read()
    for raised in halts:
        assert judge(tape, raised) <= LATE_MS_MAX, raised
        slipped = tape.between(raised.recorded, raised.resumed)
        assert len({entry.symbol for entry in slipped}) == len(slipped) <= 4, "one unacknowledged entry a symbol, four in all"
        LOG.info("%s: %d entries were read after `recorded`", raised.way, len(slipped))
