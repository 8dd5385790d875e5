"""The trader's ledger, the gateway's account and the judge of its log, made apart from each other, through any run of fills, splits and payments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.market.announced import CashAnnounced, CashKind, SplitAnnounced
from robo_trader.orders.ledger import Ledger
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.commission import order_commission
from robo_trader.simulated_gateway.verify_money import Money
from robo_trader.simulated_gateway.verify_records import Match, Noted, Paid, SplitDone
from robo_trader.values import Instant, Side, Symbol

SPY = Symbol("SPY")
NEAR = Decimal("0.000001")


@dataclass(frozen=True)
class Step:
    """One thing that happens: a fill, a split of a for b, a dividend or a fee for shares borrowed."""

    kind: str
    a: int
    b: int
    cents: int


KINDS = ["buy", "sell", "sell", "split", "dividend", "borrow"]
steps = st.builds(Step, st.sampled_from(KINDS), st.integers(1, 9), st.integers(1, 9), st.integers(1, 30_000))


class Three:
    """All three, told of the same things."""

    def __init__(self) -> None:
        self.ledger, self.account, self.judge = Ledger(), Account(), Money(Account().cash, {})
        self.at = 0

    def happen(self, step: Step) -> None:
        self.at += 1
        price = Decimal(step.cents) / 100
        if step.kind in {"buy", "sell"}:
            self._fill(Side.BUY if step.kind == "buy" else Side.SELL, 37 * step.a, price)
        elif step.kind == "split":
            self._split(step.a, step.b if step.b != step.a else step.a + 1, price)
        else:
            self._pay(CashKind(step.kind), price / 100)

    def _fill(self, side: Side, quantity: int, price: Decimal) -> None:
        name, fee = f"e.{self.at}.01", order_commission(quantity, price * quantity)
        self.ledger.apply_fill(name, None, SPY, side, quantity, price, Instant(self.at))
        self.ledger.apply_commission(name, fee)
        self.account.fill(SPY, side, quantity, price, fee)
        assert self.judge.take(Match(0, name, self.at, "rt:a:1:x", "SPY", side.sign, quantity, price, fee)) is None

    def _split(self, new: int, old: int, price: Decimal) -> None:
        announced = SplitAnnounced(f"split {self.at}", SPY, Instant(self.at), Instant(self.at), new, old, price)
        self.ledger.apply_split(announced.name, SPY, new, old, announced.at, announced.in_lieu(self.ledger.position(SPY)))
        paid = self.account.split(SPY, new, old, price)
        assert self.judge.split(SplitDone(0, "SPY", new, old, price, paid, self.account.position(SPY))) is None

    def _pay(self, kind: CashKind, per_share: Decimal) -> None:
        announced = CashAnnounced(f"cash {self.at}", SPY, Instant(self.at), kind, per_share, Instant(self.at))
        self.ledger.apply_cash(announced.name, SPY, announced.amount(self.ledger.position_before(SPY, announced.at)), announced.at)
        borrow = kind is CashKind.BORROW
        self.judge.note(Noted(announced.name, "SPY", borrow, per_share))
        held = self.account.position(SPY)
        self.account.note(announced.name, min(held, 0) if borrow else held)
        assert self.judge.pay(Paid(announced.name, *self.account.settle(announced.name, per_share))) is None


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=16))
def test_three_books_agree_after_every_step(all_: list[Step]) -> None:
    books = Three()
    for step in all_:
        books.happen(step)
        ledger, account, judge = books.ledger, books.account, books.judge
        assert ledger.position(SPY) == account.position(SPY) == judge.shares["SPY"]
        assert account.initial_cash + ledger.cash_change == account.cash
        assert Fraction(account.cash) == judge.cash
        assert abs(ledger.realised_average() - account.realised) <= NEAR
        assert abs(Fraction(account.realised) - judge.realised["SPY"]) <= Fraction(NEAR)
        assert Fraction(ledger.income) == judge.income
