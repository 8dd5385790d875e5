"""What a night does to the account: splits, dividends, and fees for shares borrowed, carried out when the clock passes their midnight.

At one midnight, first it is noted who held what, then splits change it, then cash is paid that is due. A split cancels every order that rests in its
symbol before it changes the position, so that no order ever works for a number of shares that means something else. A broker tells its clients of
such a cancel as of any other, and of the position that came out; nobody is told why. The exchange's log says it all. What the market does after a
midnight finds the account as that midnight left it, however far the clock goes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Protocol

from robo_trader.simulated_gateway.actions import Action, Payment, Split
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import Happening
from robo_trader.simulated_gateway.server_log import Scribe
from robo_trader.values import Instant


class Hub(Protocol):
    """The gateway as its nights see it."""

    exchange: Exchange
    scribe: Scribe

    def tell(self, happenings: Iterable[Happening]) -> None:
        """Write down and tell."""


class Nights:
    """The corporate actions of one gateway."""

    def __init__(self, hub: Hub, actions: Sequence[Action]) -> None:
        """Belongs to `hub` from here on."""
        self._hub = hub
        self._splits = sorted((action for action in actions if isinstance(action, Split)), key=attrgetter("at", "symbol"))
        self._payments = sorted((action for action in actions if isinstance(action, Payment)), key=attrgetter("at", "name"))

    def midnights(self, since: Instant, to: Instant) -> list[Instant]:
        """The midnights after `since` and up to `to` that ask for something."""
        midnights = {split.at for split in self._splits} | {at for payment in self._payments for at in (payment.at, payment.paid_at)}
        return sorted(at for at in midnights if since < at <= to)

    def passed(self, midnight: Instant) -> None:
        """The clock stands at this midnight: do what it asks for."""
        for payment in self._payments:
            if payment.at == midnight:
                self._note(payment)
        for split in self._splits:
            if split.at == midnight:
                self._split(split)
        for payment in self._payments:
            if payment.paid_at == midnight:
                self._pay(payment)

    def _note(self, payment: Payment) -> None:
        account, scribe = self._hub.exchange.account, self._hub.scribe
        account.note(payment.name, payment.shares(account.position(payment.symbol)))
        scribe.action("noted", name=payment.name, symbol=payment.symbol, borrow=payment.borrow, per_share=str(payment.per_share))

    def _pay(self, payment: Payment) -> None:
        shares, amount = self._hub.exchange.account.settle(payment.name, payment.per_share)
        self._hub.scribe.action("paid", name=payment.name, symbol=payment.symbol, shares=shares, amount=str(amount))

    def _split(self, split: Split) -> None:
        hub, exchange = self._hub, self._hub.exchange
        hub.tell([*exchange.withdraw(split.symbol)])
        held = exchange.account.position(split.symbol)
        paid = exchange.account.split(split.symbol, split.new, split.old, split.in_lieu)
        price = None if split.in_lieu is None else str(split.in_lieu)
        shares = exchange.account.position(split.symbol)
        hub.scribe.action("split", symbol=split.symbol, new=split.new, old=split.old, price=price, paid=str(paid), shares=shares)
        if held:
            hub.tell([exchange.account.report(split.symbol)])
