"""One margin account: cash, positions at average cost, realised profit, as the broker states them.

Average cost includes commissions: buying 100 at 10.00 for 1.00 gives an average cost of 10.01, selling short gives 9.99. A closing fill
realises (price - average cost) x shares, signed, less its own commission. A fill that crosses zero is a close and then an open; its
commission is split between the two by shares. Amounts are exact, and conserved to the last digit; the division that takes a part out of a
position's cost is rounded to ten decimals of a dollar, and what it takes is exactly what the position loses.

A split changes shares and leaves their cost; a fraction of a share is sold for the cash in lieu of it. Dividends and borrow fees are cash alone: they
are no part of realised profit.

An execution that is corrected is booked as if it had always been so: the books go back to the last night that changed them, and every execution since
is booked again. A day that is over is final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.simulated_gateway.saved import loaded, saved
from robo_trader.values import Money, Side, Symbol

DEFAULT_ACCOUNT: Final = "DU1000001"
DEFAULT_CASH: Final = Decimal(1_000_000)
GROSS_LEVERAGE_MAX: Final = 4
ZERO: Final = Decimal(0)
_SHARE_OF_COST: Final = Decimal("1E-10")
_CENT: Final = Decimal("0.01")
_NO_SYMBOL: Final = Symbol("")

Mark = Callable[[Symbol], Decimal | None]
"""The price at which a position is valued; None while nothing is known."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Signed shares and what they cost in dollars, signed alike, commissions included."""

    quantity: int
    cost: Money

    @property
    def average_cost(self) -> Decimal:
        """Dollars per share."""
        return self.cost / self.quantity if self.quantity else ZERO


FLAT: Final = Holding(0, ZERO)


@dataclass(frozen=True, slots=True)
class Booked:
    """An execution as it counts: `name` is its id without the version."""

    name: str
    symbol: Symbol
    side: Side
    quantity: int
    price: Decimal
    commission: Money


@dataclass(frozen=True, slots=True)
class Ground:
    """The books before the executions that can still be corrected."""

    cash: Money
    realised: dict[Symbol, Money]
    commissions: Money
    holdings: dict[Symbol, Holding]


class Account:
    """The books of one account: changed by `fill` and `correct`, and over night by `split` and `settle`."""

    def __init__(self, account_id: str = DEFAULT_ACCOUNT, cash: Money = DEFAULT_CASH) -> None:
        """`cash` in dollars at the start."""
        self.account_id = account_id
        self.initial_cash = cash
        self.cash = cash
        self._realised: dict[Symbol, Money] = {}
        self.commissions = ZERO
        self._holdings: dict[Symbol, Holding] = {}
        self._noted: dict[str, int] = {}
        self._booked: list[Booked] = []
        self._ground = Ground(cash, {}, ZERO, {})

    def fill(self, symbol: Symbol, side: Side, quantity: int, price: Decimal, commission: Money, name: str = "") -> Money | None:
        """Book an execution; returns the profit it realised, None where it only opened. With a name it can be corrected until the next night."""
        booked = Booked(name, symbol, side, quantity, price, commission)
        self._booked.append(booked)
        return self._book(booked)

    def correct(self, name: str, quantity: int, price: Decimal, commission: Money) -> Money | None:
        """Book an execution anew, as it should have been (no shares: not at all); returns what it realises. DataError: it is not in the books."""
        places = [place for place, booked in enumerate(self._booked) if booked.name == name]
        if not places:
            raise DataError(f"execution {name} cannot be corrected", "name one of today's")
        self._booked[places[0]] = replace(self._booked[places[0]], quantity=quantity, price=price, commission=commission)
        ground = self._ground
        self.cash, self.commissions = ground.cash, ground.commissions
        self._realised, self._holdings = dict(ground.realised), dict(ground.holdings)
        return [self._book(booked) for booked in self._booked][places[0]]

    def _book(self, made: Booked) -> Money | None:
        symbol, side, quantity, price, commission = made.symbol, made.side, made.quantity, made.price, made.commission
        held = self._holdings.get(symbol, FLAT)
        signed = side.sign * quantity
        self.cash -= price * signed + commission
        self.commissions += commission
        closing = min(quantity, abs(held.quantity)) if held.quantity * signed < 0 else 0
        close_fee = _part(commission, closing, quantity)
        realised = None
        if closing:
            held, realised = _closed(held, side.sign * closing, price, close_fee)
            self._realise(symbol, realised)
        opening = side.sign * (quantity - closing)
        if opening:
            held = Holding(held.quantity + opening, held.cost + price * opening + (commission - close_fee))
        self._keep(symbol, held)
        return realised

    def split(self, symbol: Symbol, new: int, old: int, price: Decimal | None) -> Money:
        """`new` shares for each `old`; the cash paid in lieu of a fraction at `price` a new share. DataError: a fraction, and no price."""
        held = self._holdings.get(symbol, FLAT)
        parts, sign = abs(held.quantity) * new, 1 if held.quantity > 0 else -1
        whole, left_over = divmod(parts, old)
        if left_over and price is None:
            raise DataError(f"the {new}:{old} split of {symbol} leaves {left_over}/{old} of a share", "state its price: terms such as 1:10@48.20")
        taken = _part(held.cost, left_over, parts) if left_over else ZERO
        paid = to_cents((price or ZERO) * sign * left_over / old)
        self.cash += paid
        self._realise(symbol, paid - taken)
        self._keep(symbol, Holding(sign * whole, held.cost - taken))
        self._settle_ground()
        return paid

    def note(self, name: str, shares: int) -> None:
        """Remember for how many signed shares something will be paid."""
        self._noted[name] = shares

    def settle(self, name: str, per_share: Decimal) -> tuple[int, Money]:
        """Pay what was noted under a name (a negative amount is paid by the account): its shares, and the dollars."""
        shares = self._noted.pop(name, 0)
        amount = to_cents(per_share * shares)
        self.cash += amount
        self._settle_ground()
        return shares, amount

    def end_day(self) -> None:
        """A day is over: what was booked stays as it is."""
        self._settle_ground()

    def _settle_ground(self) -> None:
        """What is booked so far is final."""
        self._booked = []
        self._ground = Ground(self.cash, dict(self._realised), self.commissions, dict(self._holdings))

    def _realise(self, symbol: Symbol, profit: Money) -> None:
        self._realised[symbol] = self.realised_of(symbol) + profit

    def _keep(self, symbol: Symbol, held: Holding) -> None:
        if held.quantity:
            self._holdings[symbol] = held
        else:
            self._holdings.pop(symbol, None)

    @property
    def realised(self) -> Money:
        """Profit realised in all symbols."""
        return sum(self._realised.values(), ZERO)

    def realised_by_symbol(self) -> dict[Symbol, Money]:
        """Profit realised in each symbol that ever realised any."""
        return dict(self._realised)

    def realised_of(self, symbol: Symbol) -> Money:
        """Profit realised in one symbol, also when nothing of it is held any more."""
        return self._realised.get(symbol, ZERO)

    def position(self, symbol: Symbol) -> int:
        """Signed shares held."""
        return self._holdings.get(symbol, FLAT).quantity

    def report(self, symbol: Symbol) -> PositionReport:
        """The position in a symbol, also when it is zero."""
        held = self._holdings.get(symbol, FLAT)
        return PositionReport(symbol, held.quantity, held.average_cost)

    def positions(self) -> list[PositionReport]:
        """Every position that is not zero, by symbol."""
        return [self.report(symbol) for symbol in sorted(self._holdings)]

    def market_value(self, symbol: Symbol, mark: Mark) -> Money:
        """Signed dollars of a position at its mark; at cost while there is no mark."""
        held = self._holdings.get(symbol, FLAT)
        price = mark(symbol)
        return held.average_cost * held.quantity if price is None else price * held.quantity

    def gross_value(self, mark: Mark) -> Money:
        """Dollars of all positions, long and short added up."""
        return sum((abs(self.market_value(symbol, mark)) for symbol in self._holdings), ZERO)

    def equity(self, mark: Mark) -> Money:
        """Cash and positions at their marks."""
        return self.cash + sum((self.market_value(symbol, mark) for symbol in self._holdings), ZERO)

    def unrealised(self, symbol: Symbol, mark: Mark) -> Money:
        """Profit of a position at its mark over its cost."""
        return self.market_value(symbol, mark) - self._holdings.get(symbol, FLAT).cost

    def buying_power(self, mark: Mark) -> Money:
        """Dollars of further gross exposure the account may take on."""
        return max(ZERO, GROSS_LEVERAGE_MAX * self.equity(mark) - self.gross_value(mark))

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""
        return {
            "account": self.account_id,
            "initial_cash": str(self.initial_cash),
            "cash": str(self.cash),
            "realised": {symbol: str(profit) for symbol, profit in sorted(self._realised.items())},
            "commissions": str(self.commissions),
            "noted": self._noted,
            "holdings": {symbol: [held.quantity, str(held.cost)] for symbol, held in sorted(self._holdings.items())},
            "booked": saved(self._booked),
            "ground": saved(self._ground),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over the books of a `state()`."""
        self.account_id = state["account"]
        self.initial_cash = Decimal(state["initial_cash"])
        self.cash = Decimal(state["cash"])
        self._realised = _realised(state["realised"])
        self.commissions = Decimal(state["commissions"])
        self._noted = dict(state.get("noted", {}))
        self._holdings = {Symbol(symbol): Holding(quantity, Decimal(cost)) for symbol, (quantity, cost) in state["holdings"].items()}
        self._settle_ground()  # what an older state booked is final: it has no ground, or one that does not tell the symbols apart
        if isinstance(state["realised"], dict) and "ground" in state:
            self._booked = loaded(state["booked"], list[Booked])
            self._ground = loaded(state["ground"], Ground)


def _realised(state: Mapping[str, str] | str) -> dict[Symbol, Money]:
    """Profit by symbol; an older state has one sum, which stays in the total and is no symbol's."""
    if isinstance(state, str):
        return {_NO_SYMBOL: Decimal(state)}
    return {Symbol(symbol): Decimal(profit) for symbol, profit in state.items()}


def _closed(held: Holding, signed: int, price: Decimal, commission: Money) -> tuple[Holding, Money]:
    """Take `-signed` shares out of a holding: what is left, and the profit."""
    left = held.quantity + signed
    taken = _part(held.cost, -signed, held.quantity)
    return Holding(left, held.cost - taken), -price * signed - taken - commission


def to_cents(amount: Decimal) -> Money:
    """As it is paid: half a cent away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _part(amount: Money, part: int, whole: int) -> Money:
    """`part` of `whole` shares' worth of an amount of dollars; all of it without rounding."""
    return amount if part == whole else (amount * part / whole).quantize(_SHARE_OF_COST)
