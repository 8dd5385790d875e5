"""The gateway is what its trouble takes it for."""

from __future__ import annotations

from pathlib import Path

from robo_trader.simulated_gateway.trouble_hub import Hub
from tests.support.gateway_bench import Bench


def test_a_gateway_has_every_part_that_trouble_asks_for(tmp_path: Path) -> None:
    gateway: Hub = Bench(tmp_path).gateway
    assert [name for name in Hub.__annotations__ if not hasattr(gateway, name)] == []
