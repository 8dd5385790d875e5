"""Nodes on the bench: each test has a state root of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.plan import Plan
from tests.nodes.bench import DeskBench, GatewayBench, plan_of


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path / "state"))
    return plan_of()


@pytest.fixture
def gateway(plan: Plan) -> Iterator[GatewayBench]:
    bench = GatewayBench(plan)
    yield bench
    bench.close()


@pytest.fixture
def desk(plan: Plan) -> Iterator[DeskBench]:
    bench = DeskBench(plan)
    yield bench
    bench.close()
