"""One scripted day, traded over TCP by four client libraries, by one of them in several versions of the protocol: the same fills, states, codes and
final account, and those that the day must have.

What is expected is written down here by hand from the market in day.json, so they cannot agree on something wrong.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.verify import verify
from tests.peers.environments import HELD
from tests.peers.trading import DAY, Traded

FILLS = [
    ["market", "SPY", "BOT", "100", "500.02"],
    ["in parts", "SPY", "BOT", "200", "500.02"],  # what the market order left of the display
    ["in parts", "SPY", "BOT", "120", "500.02"],  # a print through the limit
    ["in parts", "SPY", "BOT", "180", "500.02"],  # a quote that crosses it
    ["modified", "IBM", "BOT", "150", "199.5"],
    ["stop", "SPY", "SLD", "100", "498.88"],
    ["entry", "IBM", "BOT", "100", "200.05"],
    ["profit", "IBM", "SLD", "100", "202"],
    ["either", "SPY", "SLD", "90", "503"],
    ["either", "SPY", "SLD", "100", "503"],
    ["either", "SPY", "SLD", "10", "503"],
]
STATES = {
    "market": ["Filled", "100", "0", "500.02"],
    "in parts": ["Filled", "500", "0", "500.02"],
    "modified": ["Filled", "150", "0", "199.5"],
    "cancelled": ["Cancelled", "0", "50", "0"],
    "stop": ["Filled", "100", "0", "498.88"],
    "too much": ["Inactive", "0", "100000", "0"],
    "between ticks": None,
    "unknown": None,
    "entry": ["Filled", "100", "0", "200.05"],
    "profit": ["Filled", "100", "0", "202"],
    "loss": ["Cancelled", "0", "100", "0"],
    "either": ["Filled", "200", "0", "503"],
    "or": ["Cancelled", "0", "10", "0"],  # its group reduced it as the other member filled
    "resting": ["Submitted", "0", "10", "0"],
    "guarding": ["PreSubmitted", "0", "150", "0"],
    "at once": ["Cancelled", "0", "10", "0"],
    "trailing": ["PreSubmitted", "0", "50", "0"],
    "till three": ["PreSubmitted", "0", "50", "0"],
}
CODES = [
    *(["", 2104], ["", 2106], ["", 2158]),
    *(["cancelled", 202], ["market", 10148], ["too much", 201], ["between ticks", 110]),
    *(["", 200], ["unknown", 200], ["loss", 202], ["or", 202], ["at once", 202]),
]
COMMISSIONS = {"market": "1", "in parts": "2.5", "modified": "1", "stop": "1", "entry": "1", "profit": "1", "either": "1"}
POSITIONS = {"SPY": "300", "IBM": "150"}


def charged(traded: Traded) -> dict[str, Decimal]:
    """Commissions by order."""
    orders = {fill["id"]: fill["order"] for fill in traded.result["fills"]}
    found: dict[str, Decimal] = defaultdict(Decimal)
    for execution, (amount, _, _) in traded.result["commissions"].items():
        found[orders[execution]] += Decimal(amount)
    return found


def test_the_fills_are_those_that_the_market_allows(traded: Traded) -> None:
    told = [[fill[name] for name in ("order", "symbol", "side", "quantity", "price")] for fill in traded.result["fills"]]
    assert told == FILLS
    assert all(fill["reference"] == fill["order"] for fill in traded.result["fills"])


def test_every_order_ends_as_the_day_says(traded: Traded) -> None:
    assert {name: state and state[:4] for name, state in traded.result["orders"].items()} == STATES
    known = [state[4] for state in traded.result["orders"].values() if state]
    assert len(set(known)) == len(known) and 0 not in known


def test_errors_and_notices_come_with_their_codes_in_order(traded: Traded) -> None:
    assert traded.result["errors"] == CODES


def test_commissions_are_the_fixed_plans(traded: Traded) -> None:
    assert charged(traded) == {name: Decimal(amount) for name, amount in COMMISSIONS.items()}


def test_the_account_holds_what_the_fills_and_commissions_leave(traded: Traded) -> None:
    signs = {"BOT": -1, "SLD": 1}
    spent = sum(signs[side] * Decimal(quantity) * Decimal(price) for _, _, side, quantity, price in FILLS)
    cash = Decimal(DAY["cash"]) + spent - sum(map(Decimal, COMMISSIONS.values()))
    account = traded.result["account"]
    assert Decimal(account["TotalCashValue"]) == cash
    assert Decimal(account["NetLiquidation"]) == cash + 300 * Decimal("503.11") + 150 * Decimal("202.12")
    assert set(account) == set(DAY["account_tags"])
    assert {symbol: quantity for symbol, quantity, _ in traded.result["positions"]} == POSITIONS
    assert {line[0]: line[1] for line in traded.result["portfolio"]} == POSITIONS


def test_a_what_if_tells_margins_and_commission_and_leaves_no_order(traded: Traded) -> None:
    answer = traded.result["what_if"]["imagined"]
    assert answer["commission"] == "5"
    assert [Decimal(after) - Decimal(before) for before, _, after in (answer["initial"], answer["equity"])] == [Decimal(49850), Decimal(-5)]
    assert len([line for line in traded.lines("order") if line["ref"] == "imagined"]) == 0


def test_open_orders_are_those_that_rest(traded: Traded) -> None:
    told = [(order["order"], order["status"], order["limit"], order["stop"], order["tif"]) for order in traded.result["open"]]
    assert told == [
        ("resting", "Submitted", "190", "0", "GTC"),
        ("guarding", "PreSubmitted", "0", "180", "GTC"),
        ("trailing", "PreSubmitted", "0", "0", "DAY"),
        ("till three", "PreSubmitted", "489.5", "490", "GTD"),
    ]


def test_quotes_and_bars_are_those_of_the_market(traded: Traded) -> None:
    assert traded.result["quote"] == ["503.11", "400", "503.13", "400", "503.11", "100"]
    assert traded.result["live_bars"] == [
        [1381154400, "500.01", "500.01", "500.01", "500.01", "120", "500.01", "1"],
        [1381154405, "498.9", "498.9", "498.9", "498.9", "100", "498.9", "1"],
    ]
    minutes, pieces = traded.result["history"]
    assert minutes[-1] == ["20131007 10:00:00", "500.01", "503.11", "498.9", "503.11", "320", "500.6319", "3"]
    assert [bar[0] for bar in pieces] == [f"20131007 {wall}" for wall in ("09:59:45", "09:59:50", "09:59:55", "10:00:00", "10:00:05", "10:00:10")]


def test_executions_that_are_asked_for_are_those_that_were_told(traded: Traded) -> None:
    assert traded.result["executions"] == traded.result["fills"]


def test_the_verdict_on_the_log_is_the_clients_own(traded: Traded) -> None:
    report = verify(traded.log)
    assert report.violations == ()
    assert report.fills == len(traded.result["fills"])
    assert {symbol: str(shares) for symbol, shares in report.positions.items() if shares} == POSITIONS
    assert Decimal(report.cash) == Decimal(traded.result["account"]["TotalCashValue"])
    assert Decimal(report.commissions) == sum(charged(traded).values())


def test_everything_that_a_client_was_told_is_what_the_projects_own_was_told(traded: Traded, own: Traded) -> None:
    """Margins, average costs, realised profits, ids and times too."""
    assert without_complaints(traded) == without_complaints(own)


def test_the_exchange_has_the_same_orders_and_matches_in_its_log(traded: Traded, own: Traded) -> None:
    assert exchange_lines(traded) == exchange_lines(own)


def test_no_client_complains_of_a_frame(traded: Traded) -> None:
    """The official client logs what it drops; the others tell an error that they could not handle."""
    if traded.peer.driver == ("tests.peers.drive_ibapi",):
        assert traded.result["complaints"] == ""
    assert "Error handling fields" not in traded.result["complaints"]
    assert "Traceback" not in traded.result["complaints"]


def without_complaints(traded: Traded) -> dict[str, Any]:
    return {name: told for name, told in traded.result.items() if name != "complaints"}


def exchange_lines(traded: Traded) -> list[dict[str, Any]]:
    """Orders and matches with market time; process time and the client's own numbering left out."""
    kinds = ("order", "match")
    return [{name: fact for name, fact in line.items() if name not in {"t", "order_id"}} for kind in kinds for line in traded.lines(kind)]


@pytest.mark.parametrize("kind", ["in", "out"])
def test_the_day_was_traded_at_the_highest_version_that_both_may_speak(traded: Traded, kind: str) -> None:
    frames = [line["f"] for line in traded.lines(kind)]
    version = traded.peer.driver[-1] if traded.peer in HELD else "176"
    expected = {"in": "71", "out": version}  # startApi is the first message of a client, the greeting that of the gateway
    assert frames[0][0] == expected[kind]
