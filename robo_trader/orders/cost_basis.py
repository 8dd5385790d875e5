"""Two ways to say what a position cost: by average, as the broker reports it, and first in first out, as the tax office does.

Both are folds over the trades of one symbol, and both keep one identity exactly, after every trade: cash received + cost = realised. `cost` is signed
like the position: money paid for a long one, minus the money received for a short one, commissions included on either side. Closing a part of a
position releases a part of its cost; that part is rounded once, to 1e-12 dollars, and what stays behind is what is left, so no rounding is ever lost.

A trade that crosses zero is two: it closes what is there and opens the rest, and its commission is split in proportion to the shares. Callers run
under `EXACT`, in which sums of money below 1e20 dollars do not round.

A stock split changes how many shares a cost belongs to, and not the cost. Where it leaves a fraction of a share, the broker takes that and pays cash
in lieu of it: the fraction is sold, so the identity stays. Lots of whole shares stay whole: their borders move to the whole share below.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from robo_trader.values import Money

EXACT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN)
_FINEST: Final = Decimal("1e-12")
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Trade:
    """Signed shares (+ bought, - sold), dollars per share, and the commission in dollars (a rebate is negative)."""

    quantity: int
    price: Money
    commission: Money

    @property
    def cash(self) -> Money:
        """What it does to cash."""
        return -self.quantity * self.price - self.commission


@dataclass(frozen=True, slots=True)
class Split:
    """`new` shares for `old` ones; `in_lieu` is the cash received for a fraction, in dollars (negative: a short position paid it)."""

    new: int
    old: int
    in_lieu: Money = _NOTHING

    def fraction(self, position: int) -> int:
        """What a position leaves over, in parts of which `old` make a new share; not negative."""
        return abs(position) * self.new % self.old

    def whole(self, position: int) -> int:
        """Signed whole shares that a position becomes."""
        shares = abs(position) * self.new // self.old
        return shares if position >= 0 else -shares


@dataclass(frozen=True, slots=True)
class AverageCost:
    """A position at average cost. The average includes the commissions of the opening trades; realised, those of the closing ones too."""

    position: int = 0
    cost: Money = _NOTHING
    realised: Money = _NOTHING

    def after(self, trade: Trade) -> AverageCost:
        """The position once `trade` is done."""
        closing, opening = split_at_zero(self.position, trade)
        released = share_of(self.cost, abs(closing.quantity), abs(self.position))
        return AverageCost(
            position=self.position + trade.quantity,
            cost=self.cost - released - opening.cash,
            realised=self.realised + closing.cash - released,
        )

    def after_split(self, split: Split) -> AverageCost:
        """The position on its new footing; a fraction is sold for the cash in lieu of it."""
        released = share_of(self.cost, split.fraction(self.position), abs(self.position) * split.new)
        return AverageCost(split.whole(self.position), self.cost - released, self.realised + split.in_lieu - released)


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares of one opening trade that are still held: signed quantity and signed cost."""

    quantity: int
    cost: Money


@dataclass(frozen=True, slots=True)
class FifoCost:
    """A position as lots, oldest first; closing trades use up the oldest."""

    lots: tuple[Lot, ...] = ()
    realised: Money = _NOTHING

    @property
    def position(self) -> int:
        """Signed shares."""
        return sum(lot.quantity for lot in self.lots)

    @property
    def cost(self) -> Money:
        """Signed cost of what is held."""
        return sum((lot.cost for lot in self.lots), _NOTHING)

    def after(self, trade: Trade) -> FifoCost:
        """The lots once `trade` is done."""
        closing, opening = split_at_zero(self.position, trade)
        kept, released = _use_up(self.lots, abs(closing.quantity))
        opened = (Lot(opening.quantity, -opening.cash),) if opening.quantity else ()
        return FifoCost(kept + opened, self.realised + closing.cash - released)

    def after_split(self, split: Split) -> FifoCost:
        """The lots on their new footing; a fraction is taken from the oldest."""
        parts = tuple(Lot(lot.quantity * split.new, lot.cost) for lot in self.lots)
        kept, released = _use_up(parts, split.fraction(self.position))
        return FifoCost(_in_whole_shares(kept, split.old), self.realised + split.in_lieu - released)


def split_at_zero(position: int, trade: Trade) -> tuple[Trade, Trade]:
    """(closing part, opening part) of a trade; either may be of zero shares."""
    closes = min(abs(position), abs(trade.quantity)) if position * trade.quantity < 0 else 0
    sign = 1 if trade.quantity > 0 else -1
    commission = share_of(trade.commission, closes, abs(trade.quantity))
    closing = Trade(sign * closes, trade.price, commission)
    return closing, Trade(trade.quantity - closing.quantity, trade.price, trade.commission - commission)


def share_of(amount: Money, part: int, whole: int) -> Money:
    """`part` / `whole` of an amount of money, to 1e-12 dollars; exactly nothing or all of it at the ends."""
    if part == 0:
        return _NOTHING
    return amount if part == whole else (amount * part / whole).quantize(_FINEST)


def _in_whole_shares(parts: tuple[Lot, ...], parts_per_share: int) -> tuple[Lot, ...]:
    """Lots counted in parts of a share as lots of whole shares; a lot that is too small for one joins the next."""
    lots: list[Lot] = []
    seen = shares = 0
    cost = _NOTHING
    for part in parts:
        seen += abs(part.quantity)
        cost += part.cost
        gained = seen // parts_per_share - shares
        if gained:
            lots.append(Lot(gained if part.quantity > 0 else -gained, cost))
            shares, cost = shares + gained, _NOTHING
    assert seen == shares * parts_per_share, "a fraction is taken out before"
    return tuple(lots)


def _use_up(lots: tuple[Lot, ...], shares: int) -> tuple[tuple[Lot, ...], Money]:
    """Take `shares` from the oldest lots: (lots that stay, their released cost)."""
    released = _NOTHING
    for index, lot in enumerate(lots):
        held = abs(lot.quantity)
        if shares < held:
            part = share_of(lot.cost, shares, held)
            left = lot.quantity - (shares if lot.quantity > 0 else -shares)
            return (Lot(left, lot.cost - part), *lots[index + 1 :]), released + part
        shares -= held
        released += lot.cost
    assert shares == 0, "a closing part never exceeds the position"
    return (), released
