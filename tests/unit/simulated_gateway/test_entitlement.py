"""What was paid for decides what is served, and how it is refused."""

from __future__ import annotations

import pytest

from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.entitlement import (
    DATA_TYPES,
    Entitlement,
    bars_refused,
    history_refused,
    line_refused,
    other_refused,
    served,
    ticks_refused,
)
from robo_trader.simulated_gateway.other_instruments import EUR_USD

SPY, AAPL = Contracts().find("SPY"), Contracts().find("AAPL")
assert SPY is not None
assert AAPL is not None


def table(paid: Entitlement, *, is_open: bool = True) -> list[int | None]:
    return [served(paid, wanted, is_open=is_open) for wanted in DATA_TYPES]


def test_an_open_market_is_never_frozen() -> None:
    assert table(Entitlement.LIVE) == [1, 1, 1, 1]
    assert table(Entitlement.DELAYED) == table(Entitlement.TERMINAL) == [None, None, 3, 3]
    assert table(Entitlement.NONE) == table(Entitlement.COMPETING) == [None] * 4


def test_a_closed_one_is_frozen_for_who_asks_for_that() -> None:
    assert table(Entitlement.LIVE, is_open=False) == [1, 2, 1, 2]
    assert table(Entitlement.DELAYED, is_open=False) == [None, None, 3, 4]


@pytest.mark.parametrize(
    ("paid", "wanted", "code", "end"),
    [
        (Entitlement.DELAYED, 1, 354, "Delayed market data is available.Error&BEST/STK/Top&BEST/STK/Top"),
        (Entitlement.TERMINAL, 1, 10089, "Delayed market data is available.AAPL NASDAQ.NMS/TOP/ALL"),
        (Entitlement.NONE, 1, 354, "Requested market data is not subscribed."),
        (Entitlement.NONE, 3, 10168, "Delayed market data is not enabled."),
        (Entitlement.COMPETING, 3, 10197, "No market data during competing live session"),
    ],
)
def test_a_line_is_refused_in_the_brokers_words(paid: Entitlement, wanted: int, code: int, end: str) -> None:
    told_code, text = line_refused(paid, wanted, AAPL)
    assert told_code == code
    assert text.endswith(end)


def test_every_kind_of_data_has_its_own_code() -> None:
    assert ticks_refused(Entitlement.NONE, AAPL) == (10189, "Failed to request tick-by-tick data.No market data permissions for ISLAND STK")
    assert bars_refused(Entitlement.NONE, SPY) == (420, "Invalid Real-time Query:No market data permissions for ARCA STK")
    assert history_refused(Entitlement.TERMINAL, SPY).endswith("dialog for more details.")
    assert history_refused(Entitlement.COMPETING, SPY) == "Trading TWS session is connected from a different IP address"


def test_nobody_has_paid_for_what_is_no_stock() -> None:
    assert other_refused(EUR_USD) == "No market data permissions for IDEALPRO CASH"
