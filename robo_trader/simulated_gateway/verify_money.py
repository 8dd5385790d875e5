"""The money of a trading day, worked out from its matches and corporate actions alone: cash, commissions, and realised profit by average cost.

Exact fractions throughout, so that no rounding of anyone else's is repeated here. Average cost includes commissions. A closing match realises its
proceeds less the average cost of what it closed and less its own commission; a match that crosses zero closes first, its commission split by shares.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Final

from robo_trader.simulated_gateway.verify_records import Match, Noted, Paid, SplitDone, is_ours

_PER_SHARE: Final = Fraction(5, 1000)
_AT_LEAST: Final = Fraction(1)
_OF_VALUE_AT_MOST: Final = Fraction(1, 100)
_WITH_LEVIES: Final = 1 + Fraction(175, 10**6) + Fraction(56, 10**5)
_CLEARING: Final = Fraction(2, 10**4)
_TAKES: Final = Fraction(3, 1000)
_GIVES: Final = Fraction(-2, 1000)
_SALE_PER_SHARE: Final = Fraction(166, 10**6)
_SALE_OF_VALUE: Final = Fraction(278, 10**7)
_MILLIONTH: Final = Decimal("0.000001")
_TOLERANCE: Final = Fraction(1, 10**8)


class Money:
    """Running sums over matches; one account."""

    def __init__(self, cash: Decimal, positions: dict[str, int], commissions: str = "fixed") -> None:
        """The books before the first match, and the plan of commissions.

        The cost of positions held before is taken as zero, and so is their realised profit's ground.
        """
        self.cash = Fraction(cash)
        self.commissions = Fraction(0)
        self.commissions_ours = Fraction(0)
        self.realised: defaultdict[str, Fraction] = defaultdict(Fraction)
        self.shares: defaultdict[str, int] = defaultdict(int, positions)
        self._cost: defaultdict[str, Fraction] = defaultdict(Fraction)
        self._orders: defaultdict[int, _Charged] = defaultdict(_ChargedInTiers if commissions == "tiered" else _Charged)
        self._noted: dict[str, tuple[int, Fraction]] = {}
        self.income = Fraction(0)
        self._began = (cash, dict(positions), commissions)
        self._story: list[Match | SplitDone | Noted | Paid] = []

    def take(self, match: Match) -> str | None:
        """Book a match; returns what is wrong with its commission, if anything is."""
        self._story.append(match)
        fee = Fraction(match.commission)
        self._book(match, fee)
        due = self._orders[match.perm_id].due(match)
        if abs(due - fee) > _TOLERANCE:
            return f"commission of {match.exec_id}: {match.commission} was charged, {rounded(due)} is due"
        return None

    def _book(self, match: Match, fee: Fraction) -> None:
        self.cash -= match.sign * match.quantity * Fraction(match.price) + fee
        self.commissions += fee
        if is_ours(match.ref):
            self.commissions_ours += fee
        if match.quantity:
            self._realise(match, fee)

    def corrected(self, old: Match, new: Match) -> tuple[Money, str | None]:
        """The books of the same story with one match changed, and what is wrong with its commission, if anything is."""
        anew = Money(*self._began)
        anew._orders = self._orders  # what orders owed was worked out when they matched
        for told in self._story:
            match told:
                case Match():
                    counts = new if told == old else told
                    anew._story.append(counts)
                    anew._book(counts, Fraction(counts.commission))
                case SplitDone():
                    anew.split(told)
                case Noted():
                    anew.note(told)
                case Paid():
                    anew.pay(told)
        due = Fraction(old.commission) if new.quantity else Fraction(0)
        wrong = None if Fraction(new.commission) == due else f"commission of {new.exec_id}: {new.commission} was charged, {rounded(due)} is due"
        return anew, wrong

    def split(self, done: SplitDone) -> str | None:
        """Restate a position; returns what is wrong with the gateway's shares or its cash in lieu, if anything is."""
        self._story.append(done)
        held = self.shares[done.symbol]
        exact = Fraction(held * done.new, done.old)
        whole = int(exact)
        due = _cents(Fraction(done.price or 0) * (exact - whole))
        if exact != whole:
            gone = self._cost[done.symbol] * (exact - whole) / exact
            self._cost[done.symbol] -= gone
            self.realised[done.symbol] += Fraction(done.paid) - gone
        self.shares[done.symbol] = whole
        self.cash += Fraction(done.paid)
        if (done.shares, Fraction(done.paid)) != (whole, due):
            return f"split of {done.symbol}: {done.shares} shares and {done.paid} dollars came of {held} shares, {whole} and {rounded(due)} are due"
        return None

    def note(self, noted: Noted) -> None:
        """Who holds what, at the moment that decides it."""
        self._story.append(noted)
        held = self.shares[noted.symbol]
        self._noted[noted.name] = min(held, 0) if noted.borrow else held, Fraction(noted.per_share)

    def pay(self, paid: Paid) -> str | None:
        """Book what was paid; returns what is wrong with it, if anything is."""
        self._story.append(paid)
        shares, per_share = self._noted.pop(paid.name, (0, Fraction(0)))
        due = _cents(shares * per_share)
        self.cash += Fraction(paid.amount)
        self.income += Fraction(paid.amount)
        if (paid.shares, Fraction(paid.amount)) != (shares, due):
            return f"{paid.name}: {paid.amount} dollars were paid for {paid.shares} shares, {rounded(due)} for {shares} are due"
        return None

    def _realise(self, match: Match, fee: Fraction) -> None:
        held, cost = self.shares[match.symbol], self._cost[match.symbol]
        closing = min(match.quantity, abs(held)) if held * match.sign < 0 else 0
        fee_of_close = fee * closing / match.quantity
        if closing:
            taken = cost * closing / abs(held)
            cost -= taken
            self.realised[match.symbol] += -match.sign * closing * Fraction(match.price) - taken - fee_of_close
        opening = match.quantity - closing
        if opening:
            cost += match.sign * opening * Fraction(match.price) + fee - fee_of_close
        self._cost[match.symbol] = cost
        self.shares[match.symbol] = held + match.sign * match.quantity


class _Charged:
    """What one order has traded and owed so far."""

    def __init__(self) -> None:
        self.shares = 0
        self.value = Fraction(0)
        self.fee = Fraction(0)

    def due(self, match: Match) -> Fraction:
        """The fee that this match adds: the order's whole fee so far less what its earlier matches owed."""
        self.shares += match.quantity
        self.value += match.quantity * Fraction(match.price)
        whole = self._whole()
        added, self.fee = whole - self.fee, whole
        return added

    def _whole(self) -> Fraction:
        return min(max(_AT_LEAST, _PER_SHARE * self.shares), _OF_VALUE_AT_MOST * self.value)


class _ChargedInTiers(_Charged):
    """The same by the tiered plan: a lower fee, on which exchanges levy their part, and what others charge for each match."""

    def due(self, match: Match) -> Fraction:
        """The fee that this match adds."""
        others = _CLEARING + (_GIVES if match.added else _TAKES)
        if match.sign < 0:
            others += _SALE_PER_SHARE + _SALE_OF_VALUE * Fraction(match.price)
        return super().due(match) + match.quantity * others

    def _whole(self) -> Fraction:
        own = min(max(Fraction(35, 100), Fraction(35, 10_000) * self.shares), _OF_VALUE_AT_MOST * self.value)
        return own * _WITH_LEVIES


def _cents(amount: Fraction) -> Fraction:
    """To the cent, half a cent away from zero."""
    cents = int(abs(amount) * 100 + Fraction(1, 2))
    return Fraction(cents if amount >= 0 else -cents, 100)


def rounded(amount: Fraction) -> str:
    """Dollars to the millionth at most, as plain decimal text."""
    exact = (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(_MILLIONTH)
    return f"{exact.normalize() + Decimal(0):f}"
