"""The broker's words for its own connections."""

from __future__ import annotations

import pytest

from robo_trader.simulated_gateway.trouble_notices import FARMS_LOST, FARMS_UP, LOST, RESTORED, STILL_LOST
from tests.support.real_client import told

NOTICES = [*FARMS_UP, *FARMS_LOST, LOST, STILL_LOST, *RESTORED.items()]


@pytest.mark.parametrize(("code", "text"), NOTICES)
def test_the_real_client_reads_each_as_a_notice_that_belongs_to_nothing(code: int, text: str) -> None:
    ((name, arguments),) = told(("4", "2", "-1", str(code), text, ""))
    assert (name, arguments[0], arguments[1]) == ("error", -1, code)


def test_each_farm_is_told_of_when_it_is_lost_as_when_it_is_there() -> None:
    assert [code for code, _ in FARMS_UP] == [2104, 2106, 2158]
    assert [code for code, _ in FARMS_LOST] == [2103, 2105, 2158]
