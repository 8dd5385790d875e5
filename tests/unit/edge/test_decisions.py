"""Behaviour of `decisions`, said in sentences."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from robo_trader.edge.decisions import DecisionFile
from robo_trader.orders.events import Intended
from tests.support.desk_bench import Bench


def test_two_epochs_write_the_same_decisions(tmp_path: Path):
    bench = Bench().connect()
    bench.enter(1)
    files = [DecisionFile(tmp_path / "a"), DecisionFile(tmp_path / "b")]
    for event in bench.journal:
        files[0].write(event)
        changed = replace(event, order_ref="rt:test:9:x", order_id=event.order_id + 5) if isinstance(event, Intended) else event
        files[1].write(changed)
    for file in files:
        file.close()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert files[0].sha256 == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert files[0].sha256 == files[1].sha256
