"""The exchange: tickets and the passing of time in, happenings out, in the order in which they are to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Happening, OrderHappening, OrderReport, PositionReport, Ticket
from robo_trader.values import Instant


@dataclass(frozen=True, slots=True)
class Rules:
    """Switches of the exchange's manners."""

    duplicates: bool = True
    status_may_precede_execution: bool = True
    cancel_modified_oca_members: bool = True


class Exchange:
    """See the module's head. `now` is the instant of the clock at the start; market events up to it are taken in silently."""

    def __init__(self, market: Market, account: Account, contracts: Contracts, *, seed: int, now: Instant, rules: Rules = Rules()) -> None:
        """Market, account and contracts belong to the exchange from here on."""
        self.market = market
        self.account = account
        self.contracts = contracts
        self.now = now

    def submit(self, ticket: Ticket) -> list[OrderHappening]:
        """A new order, or a modify when (client_id, order_id) is known."""
        raise NotImplementedError

    def cancel(self, client_id: int, order_id: int, by_client: int) -> list[OrderHappening]:
        """Cancel the order (client_id, order_id); errors are addressed to `by_client`."""
        raise NotImplementedError

    def global_cancel(self, by_client: int) -> list[OrderHappening]:
        """Cancel every working order of every client."""
        raise NotImplementedError

    def advance(self, to: Instant) -> list[Happening]:
        """Move the clock: market events, and what they do to orders, in time order."""
        raise NotImplementedError

    def open_orders(self) -> list[OrderReport]:
        """Every order that is not terminal, oldest first."""
        raise NotImplementedError

    def completed(self) -> list[OrderReport]:
        """The day's terminal orders, in the order of their completion."""
        raise NotImplementedError

    def executions(self) -> list[Execution]:
        """The day's executions of all clients, in time order."""
        raise NotImplementedError

    def commission_of(self, exec_id: str) -> CommissionNote | None:
        """The commission note of an execution."""
        raise NotImplementedError

    def positions(self) -> list[PositionReport]:
        """Every position of the account that is not zero, by symbol."""
        raise NotImplementedError

    def next_order_id(self, client_id: int) -> int:
        """One more than the highest order id this client id ever used; 1 for a new one."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able: account, market cursor, orders, ids."""
        raise NotImplementedError

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where `state()` was taken."""
        raise NotImplementedError
