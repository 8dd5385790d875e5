"""Whatever stands in any field of any request, the request is answered or refused, and the gateway and its other clients go on."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from robo_trader.simulated_gateway.frames import FrameReader, decode
from tests.support.exchange_bench import IBM, quote, trade
from tests.support.gateway_bench import Bench, names
from tests.support.hostile_bytes import CALLS, JUNK, framed, frames

EVENTS = (
    quote("09:30:30", "168.10", "168.12"),
    trade("09:30:40", "168.11"),
    quote("09:30:30", "180.10", "180.12", symbol=IBM),
    quote("09:31:02.5", "168.20", "168.22"),
)


@pytest.mark.parametrize("call", range(len(CALLS)))
def test_junk_in_a_field_is_answered_or_refused(call: int, tmp_path: Path) -> None:
    fields = list(decode(FrameReader().feed(frames()[call])[0]))
    bench = Bench(tmp_path, *EVENTS)
    ids = count(100)
    honest, hostile = bench.client(7), bench.client(next(ids))
    for place in range(len(fields)):
        for junk in JUNK:
            said = [*fields[:place], junk, *fields[place + 1 :]]
            hostile.feed(framed("".join(f"{field}\0" for field in said).encode()))
            hostile.heard()
            if hostile.connection.closing:
                bench.gateway.dismiss(hostile.connection)
                hostile = bench.client(next(ids))
        bench.process.pass_seconds(1)
        bench.pass_seconds(1)
        assert "currentTime" in names(honest.say(lambda it: it.reqCurrentTime()))
    bench.log.close()
