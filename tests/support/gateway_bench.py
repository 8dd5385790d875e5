"""A bench for the gateway without sockets: a hand-made market, clients that speak the real library's bytes, and what they hear."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch import handle
from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.frames import FrameReader, decode
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import MarketHappening
from robo_trader.simulated_gateway.scenario import parse
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.settings import Manners
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.exchange_bench import PLAIN, exchange
from tests.support.real_client import Client, sent

HELLO = b"API\0\0\0\0\x09v157..176"
Say = Callable[[Client], None]


class MemoryWire:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.data = b""
        self.waiting = 0
        self.closed = False
        self.aborted = False
        self.chopped: tuple[int, float] = (0, 0)
        self.reading = True

    def write(self, data: bytes) -> None:
        assert not (self.closed or self.aborted), "written after the end"
        self.data += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def waiting_bytes(self) -> int:
        return self.waiting

    def chop(self, piece_bytes: int, pause_seconds: float) -> None:
        self.chopped = (piece_bytes, pause_seconds)

    def listen(self, *, on: bool) -> None:
        self.reading = on


class ProcessClock:
    """Process time that passes when the test says so."""

    def __init__(self) -> None:
        self.ns = 1_000 * NS_PER_SECOND

    def __call__(self) -> int:
        return self.ns

    def pass_seconds(self, seconds: float) -> None:
        self.ns += int(seconds * NS_PER_SECOND)


class BenchClient:
    """One client of the gateway."""

    def __init__(self, gateway: Gateway, client_id: int | None = 7, *, hello: bytes = HELLO) -> None:
        """Says hello, and startApi unless `client_id` is None."""
        self.wire = MemoryWire()
        self.connection: Connection = gateway.admit(self.wire)
        self._reader = FrameReader()
        self._id = client_id or 0
        self.feed(hello)
        if client_id is not None:
            self.feed(sent(lambda client: client.startApi(), client_id=client_id))

    def feed(self, data: bytes) -> None:
        self.connection.feed(data)

    def say(self, *calls: Say) -> list[tuple[str, ...]]:
        """Forget what was heard, say something by the real library, and return what was answered."""
        self.heard()
        self.feed(sent(*calls, client_id=self._id))
        return self.heard()

    def heard(self) -> list[tuple[str, ...]]:
        """The messages since the last time."""
        data, self.wire.data = self.wire.data, b""
        return [decode(payload) for payload in self._reader.feed(data)]


class Bench:
    """A gateway at 09:31 of a hand-made day of SPY and IBM."""

    def __init__(
        self, directory: Path, *events: MarketHappening, now: str = "09:31:00", scenario: Sequence[dict[str, Any]] = (), **manners: Any
    ) -> None:
        self.process = ProcessClock()
        self.log = ExchangeLog(directory / "exchange.jsonl", process_ns=self.process)
        self.gateway = Gateway(
            exchange(*events, now=now),
            self.log,
            manners=Manners(rules=PLAIN, **manners),
            handler=handle,
            process_ns=self.process,
            scenario=parse(json.dumps(line) for line in scenario),
        )
        self.gateway.scribe.started(1, "bench")

    def client(self, client_id: int | None = 7, *, hello: bytes = HELLO) -> BenchClient:
        return BenchClient(self.gateway, client_id, hello=hello)

    def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.gateway.step(Instant((self.gateway.now // NS_PER_SECOND + 1) * NS_PER_SECOND))

    def lines(self) -> list[dict[str, Any]]:
        self.log.flush()
        return [json.loads(line) for line in self.log.path.read_text().splitlines()]


def names(messages: list[tuple[str, ...]]) -> list[str]:
    """The messages in the protocol's words, errors with their code: `openOrder`, `error 202`."""
    return [f"error {fields[3]}" if fields[0] == "4" else SERVER[int(fields[0])].name for fields in messages]
