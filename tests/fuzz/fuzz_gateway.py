"""The driver of the long fuzz: bytes from a coverage-guided fuzzer into a gateway without sockets, beside an honest client that must be served.

Run by test_fuzz_gateway.py, or by hand: `PYTHONPATH=build/fuzz python tests/fuzz/fuzz_gateway.py CORPUS_DIRECTORY -max_total_time=600`.
An input is what one client says after its hello, or its whole conversation if it begins with API. What may come of it is an end of that one
connection, within a tenth of a second of the processor's time: any exception, more memory than the bound, or an honest client that is not answered
ends the run with the input that did it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import atheris  # not among the locked packages

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["robo_trader.simulated_gateway"]):
    from robo_trader.simulated_gateway.session import PREFIX
    from tests.support.exchange_bench import IBM, quote, trade
    from tests.support.gateway_bench import HELLO, Bench, MemoryWire
    from tests.support.hostile_bytes import frames
from tests.support.real_client import sent

INPUT_SECONDS_MAX = 0.1
RENEW_EVERY = 500
EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:40", "168.11"),
    quote("09:30:30", "180.10", "180.12", 500, 500, IBM),
    quote("09:31:01.5", "168.20", "168.22", 600, 500),
)
ASK = sent(lambda it: it.reqCurrentTime())


class Target:
    """A gateway that is renewed now and then, so that a run has an end in memory, and its honest client."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._inputs = 0
        self._renew()

    def _renew(self) -> None:
        log = self._directory / "exchange.jsonl"
        log.unlink(missing_ok=True)
        self._bench = Bench(self._directory, *EVENTS)
        self._honest = self._bench.client(7)

    def __call__(self, data: bytes) -> None:
        self._inputs += 1
        if self._inputs % RENEW_EVERY == 0:
            self._bench.log.close()
            self._renew()
        began = time.thread_time()
        hostile = self._bench.gateway.admit(MemoryWire())
        hostile.feed(data if data.startswith(PREFIX) else HELLO + data)
        spent = time.thread_time() - began
        self._bench.gateway.dismiss(hostile)
        self._bench.process.pass_seconds(1)
        self._honest.feed(ASK)
        assert "49" in {fields[0] for fields in self._honest.heard()}, "the honest client was not told the time"
        assert spent < INPUT_SECONDS_MAX, f"{spent:.3f} s for {len(data)} bytes"


def seed_corpus(directory: Path) -> None:
    """Conversations of the real library to begin with."""
    start = sent(lambda it: it.startApi(), client_id=9)
    for number, frame in enumerate(frames()):
        (directory / f"call-{number}").write_bytes(start + frame)
    (directory / "all").write_bytes(start + b"".join(frames()))
    (directory / "hello").write_bytes(HELLO)


if __name__ == "__main__":
    corpus = Path(sys.argv[1])
    seed_corpus(corpus)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        atheris.Setup(sys.argv, Target(Path(scratch)))
        atheris.Fuzz()
