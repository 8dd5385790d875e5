"""Scripted frames, stamped in market time and fed to the gateway without sockets, give the same log twice, on good days and bad ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.fault_kinds import KINDS
from robo_trader.simulated_gateway.faults_swarm import swarm
from robo_trader.simulated_gateway.verify import verify
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import DAY, IBM, at, quote, trade
from tests.support.gateway_bench import HELLO, Bench, BenchClient, MemoryWire
from tests.support.hostile_bytes import CALLS, frames, hostile
from tests.support.real_client import sent

CLIENTS = (7, 8, 9)
MINUTES = 10
SESSION_MINUTES = 390
SWARMS = 60
SYMBOLS = ("SPY", "IBM")
EVENTS = tuple(
    event
    for minute in range(30, 30 + MINUTES + 2)
    for event in (
        quote(f"09:{minute}:10.1", f"168.{minute}", f"168.{minute + 2}", 500 + minute, 500),
        quote(f"09:{minute}:20.1", f"180.{minute}", f"180.{minute + 2}", 500, 500 + minute, IBM),
        trade(f"09:{minute}:30.1", f"168.{minute + 1}"),
    )
)
Stamped = tuple[int, int, bytes]
"""Seconds after 09:31, a client, and what it says."""

MOMENTS = st.integers(0, MINUTES * 60 - 1)
STAMPED = st.lists(
    st.tuples(MOMENTS, st.sampled_from(CLIENTS), st.builds(hostile, st.integers(0, 200), st.integers(0, 200), st.integers(0, 99))), max_size=40
)


def replay(script: Iterable[Stamped], scenario: Iterable[str] = ()) -> str:
    """The log of a script: whoever was sent away comes back with what it says next."""
    with TemporaryDirectory() as directory:
        lines = [json.loads(line) for line in scenario if not line.startswith("#")]
        bench = Bench(Path(directory), *EVENTS, scenario=lines)
        clients: dict[int, BenchClient] = {}
        for second, client_id, data in sorted(script, key=lambda stamped: stamped[0]):
            while bench.gateway.now < at("09:31:00") + second * NS_PER_SECOND:
                bench.process.pass_seconds(1)
                bench.pass_seconds(1)
                bench.gateway.beat()
            client = clients.get(client_id)
            if client is None or client.connection.closing:
                client = clients[client_id] = bench.client(client_id)
            client.feed(data)
        bench.gateway.close()
        bench.log.close()
        return bench.log.path.read_text()


def squeezed(scenario: Iterable[str]) -> list[str]:
    """A scenario of a whole session, squeezed into the minutes of a script."""
    lines = [json.loads(line) for line in scenario if not line.startswith("#")]
    for when in (line["when"] for line in lines if "market_time" in line["when"]):
        wall = datetime.fromisoformat(when["market_time"])
        opened = wall.replace(hour=9, minute=30, second=0)
        when["market_time"] = (opened.replace(minute=31) + (wall - opened) * MINUTES / SESSION_MINUTES).isoformat()
    return [json.dumps(line) for line in lines]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=STAMPED, seed=st.none() | st.integers(0, 10_000))
def test_the_same_script_gives_the_same_log_whatever_it_says_and_whatever_goes_wrong(script: list[Stamped], seed: int | None) -> None:
    scenario = () if seed is None else squeezed(swarm(seed, DAY, 1, SYMBOLS))
    assert replay(script, scenario) == replay(script, scenario)


def test_swarms_of_every_kind_of_fault_end_no_gateway_and_its_books_are_right() -> None:
    honest = [(second * 10, CLIENTS[second % 2], frame) for second, frame in enumerate(frames()[:-1])]
    begun = set()
    for seed in range(SWARMS):
        log = replay(honest, squeezed(swarm(seed, DAY, 1, SYMBOLS))).splitlines()
        assert verify(log).clean, f"--faults {seed}"
        begun |= {line["fault"] for line in map(json.loads, log) if line["k"] == "fault"}
    assert begun == set(KINDS)


def test_the_log_of_a_conversation_is_the_same_wherever_its_bytes_are_cut(tmp_path: Path) -> None:
    said = HELLO + sent(lambda it: it.startApi(), *(CALLS[index] for index in (0, 4, 9, 16, 17, 23)))
    logs = set()
    for cut in range(len(said)):
        (tmp_path / str(cut)).mkdir()
        bench = Bench(tmp_path / str(cut), *EVENTS)
        connection = bench.gateway.admit(MemoryWire())
        connection.feed(said[:cut])
        connection.feed(said[cut:])
        bench.log.close()
        logs.add(bench.log.path.read_text())
    assert len(logs) == 1
