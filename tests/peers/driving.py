"""A scripted day as a client library trades it: what every driver program shares. Standard library only: it runs in the libraries' own environments.

A driver is told the day, the port and its client id by one JSON line, and tells by JSON lines when market time may pass. Nothing depends on speed:
before time passes, and after it has, the driver asks the gateway for its time. The gateway answers in order, so with the answer everything that was
said before has been heard, and everything it had to say has come in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

ANSWER_SECONDS = 20
UNSET = {Decimal("1.7976931348623157E+308"), Decimal(2**31 - 1), Decimal(2**127 - 1)}
Facts = dict[str, Any]


def number(value: Any) -> str | None:
    """A number as plain text, whatever type a library gives it; None where it is unset or none."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    if not exact.is_finite() or exact in UNSET:
        return None
    return format(exact.normalize() + 0, "f")


@dataclass
class Diary:
    """What a driver heard, in words that no library owns; orders go by the day's names."""

    names: dict[int, str] = field(default_factory=dict)
    fills: list[Facts] = field(default_factory=list)
    commissions: dict[str, list[str | None]] = field(default_factory=dict)
    errors: list[list[Any]] = field(default_factory=list)
    live_bars: list[list[Any]] = field(default_factory=list)

    def fill(self, contract: Any, execution: Any, when: str) -> Facts:
        """An execution; every library calls its parts alike."""
        return {
            "order": self.names.get(execution.orderId),
            "symbol": contract.symbol,
            "side": execution.side,
            "quantity": number(execution.shares),
            "price": number(execution.price),
            "cumulative": number(execution.cumQty),
            "average": number(execution.avgPrice),
            "id": execution.execId,
            "permanent_id": execution.permId,
            "reference": execution.orderRef,
            "liquidity": execution.lastLiquidity,
            "account": execution.acctNumber,
            "exchange": execution.exchange,
            "time": when,
        }

    def open_order(self, order_id: int, contract: Any, order: Any, status: str) -> Facts:
        """An order as the gateway gives it back."""
        return {
            "order": self.names.get(order_id),
            "symbol": contract.symbol,
            "contract_id": contract.conId,
            "action": order.action,
            "quantity": number(order.totalQuantity),
            "type": order.orderType,
            "limit": number(order.lmtPrice),
            "stop": number(order.auxPrice),
            "tif": order.tif,
            "group": order.ocaGroup,
            "reference": order.orderRef,
            "permanent_id": order.permId,
            "status": status,
        }

    def live_bar(self, seconds: int, *figures: Any) -> None:
        """A five-second bar: when it began (seconds UTC), open, high, low, close, volume, average and trades."""
        self.live_bars.append([seconds, *map(number, figures)])

    def error(self, number_: int, code: int) -> None:
        """An error or a notice; what belongs to no order of the day has no name."""
        self.errors.append([self.names.get(number_, ""), code])


class Trader(Protocol):
    """One client library, doing what a day asks for."""

    diary: Diary

    def connect(self, port: int, client_id: int) -> None:
        """Connect, and hear about the account from then on."""

    def contract(self, symbol: str) -> Any:
        """The contract that the gateway knows by a symbol; one without an id where it knows none."""

    def place(self, name: str, contract: Any, facts: Facts) -> None:
        """Place a new order, or the same again with other facts."""

    def cancel(self, name: str) -> None:
        """Cancel an order."""

    def what_if(self, contract: Any, facts: Facts) -> Facts:
        """What an order would do."""

    def watch(self, contract: Any) -> None:
        """Subscribe to quotes, trades and five-second bars."""

    def quote(self) -> list[str | None]:
        """What is watched, as it stands: bid, its size, ask, its size, last, its size."""

    def history(self, contract: Any, span: str, size: str) -> list[Any]:
        """Bars of trades up to now: when each began, and the figures of `live_bar`."""

    def settle(self) -> None:
        """Return once the gateway has heard all that was said, and all that it said has come in."""

    def closing(self, tags: list[str]) -> Facts:
        """Orders, executions, positions and account at the end of the day."""

    def disconnect(self) -> None:
        """Hang up."""


def order_from(make: Callable[[], Any], ids: dict[str, int], facts: Facts) -> Any:
    """An order object; every library calls its fields alike, and what a day leaves out stays as the library has it."""
    order = make()
    order.action, order.totalQuantity, order.orderType = facts["action"], Decimal(facts["quantity"]), facts["type"]
    order.tif, order.orderRef, order.transmit = facts.get("tif", "DAY"), facts["order"], facts.get("transmit", True)
    order.ocaGroup, order.ocaType = facts.get("group", ""), facts.get("group_type", 0)
    if "limit" in facts:
        order.lmtPrice = facts["limit"]
    if "stop" in facts:
        order.auxPrice = facts["stop"]
    if "trail_percent" in facts:
        order.trailingPercent = facts["trail_percent"]
    order.goodTillDate = facts.get("good_till", "")
    if "parent" in facts:
        order.parentId = ids[facts["parent"]]
    return order


def traded(trader: Trader, day: Facts, let_pass: Callable[[int], None]) -> Facts:
    """Trade a day from its first step to its last; returns everything there is to compare."""
    contracts: dict[str, Any] = {}
    placed: dict[str, Facts] = {}
    imagined: dict[str, Facts] = {}
    history: list[Any] = []
    for step in day["steps"]:
        symbol = step.get("symbol") or placed.get(step.get("order"), {}).get("symbol")
        if symbol and symbol not in contracts:
            contracts[symbol] = trader.contract(symbol)
        match step["do"]:
            case "place" | "modify":
                facts = placed[step["order"]] = placed.get(step["order"], {}) | step
                trader.place(step["order"], contracts[symbol], facts)
            case "cancel":
                trader.cancel(step["order"])
            case "what if":
                imagined[step["order"]] = trader.what_if(contracts[symbol], step)
            case "watch":
                trader.watch(contracts[symbol])
            case "history":
                history.append(trader.history(contracts[symbol], step["span"], step["bars"]))
            case "pass":
                trader.settle()
                let_pass(step["seconds"])
            case other:
                raise ValueError(f"a day has no step {other!r}")
        trader.settle()
    diary = trader.diary
    market = {"history": history, "live_bars": diary.live_bars, "quote": trader.quote()}
    told = {"fills": diary.fills, "commissions": diary.commissions, "what_if": imagined, **trader.closing(day["account_tags"])}
    return told | market | {"errors": diary.errors, "contracts": {symbol: contract.conId for symbol, contract in contracts.items()}}


def _say(line: Facts) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _let_pass(seconds: int) -> None:
    _say({"pass": seconds})
    if not sys.stdin.readline():
        raise EOFError("the other end has gone")


def drive(make: Callable[[], Trader]) -> None:
    """The whole program: take the day in, trade it, give the result."""
    told = json.loads(sys.stdin.readline())
    trader = make()
    trader.connect(told["port"], told["client_id"])
    trader.settle()
    result = traded(trader, told["day"], _let_pass)
    trader.disconnect()
    _say({"result": result})
