"""The broker's words for its own connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.simulated_gateway.trouble_notices import FARMS_LOST, FARMS_UP, LOST, RESTORED, STILL_LOST
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

NOTICES = [*FARMS_UP, *FARMS_LOST, LOST, STILL_LOST, *RESTORED.items()]


@pytest.mark.parametrize(("code", "text"), NOTICES)
def test_the_real_client_reads_each_as_a_notice_that_belongs_to_nothing(code: int, text: str) -> None:
    ((name, arguments),) = told(("4", "2", "-1", str(code), text, ""))
    assert (name, arguments[0], arguments[1]) == ("error", -1, code)


def test_each_farm_is_told_of_when_it_is_lost_as_when_it_is_there() -> None:
    assert [code for code, _ in FARMS_UP] == [2104, 2106, 2158]
    assert [code for code, _ in FARMS_LOST] == [2103, 2105, 2158]


def test_a_scripted_notice_is_told_to_everybody_who_is_logged_on(tmp_path: Path) -> None:
    it = Bench(tmp_path, scenario=[{"fault": "notice", "when": {"wall_seconds": 1}, "code": 1300, "text": "TWS socket port has been reset."}])
    clients = [it.client(7), it.client(8)]
    for client in clients:
        client.heard()
    it.process.pass_seconds(1)
    it.gateway.beat()
    assert [names(client.heard()) for client in clients] == [["error 1300"]] * 2
