"""The gate: one proposed order against the limits; silence is consent, a `Refusal` is a no with its reason, its value and its limit.

Each control is a small pure function, listed in `CONTROLS` in the order in which they are asked. Those that look at the state of the world (session,
own orders, quote) come first: their no ends with the signal, while an order-shaped no (quantity, notional, collar, position) latches for the decision
and must not be said on the ground of a stale price. What only reduces is never stopped by a cap; what protects is never stopped at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.market.calendar import Session
from robo_trader.orders.order import OrderType
from robo_trader.risk.exposure import Working, largest_exposure
from robo_trader.risk.limits import Limits
from robo_trader.risk.reducing import is_reducing
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Quote, Side, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class Proposed:
    """An order before it is an intent. `price` in ticks: the limit of LIMIT, the trigger of STOP, None for MARKET.

    `reducing` is the caller's claim; the gate believes it only where `is_reducing` agrees.
    """

    symbol: Symbol
    side: Side
    quantity: int
    order_type: OrderType
    price: Ticks | None
    reducing: bool = False
    protective: bool = False
    oca_group: str = ""
    intent: str = ""

    @property
    def working(self) -> Working:
        """What it would be once sent."""
        return Working(
            self.intent,
            self.symbol,
            self.side,
            self.quantity,
            self.oca_group,
            self.protective,
            entry=not (self.reducing or self.protective),
            price=self.price if self.order_type is OrderType.LIMIT else None,
            dormant=self.order_type is OrderType.STOP,
        )


@dataclass(frozen=True, slots=True)
class View:
    """What the gate must know: our position in the symbol (signed shares), our live orders in it, the latest quote, market time, the contract."""

    position: int
    working: Sequence[Working]
    quote: Quote | None
    now: Instant
    instrument: Instrument


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate's no: the control's id, what was wrong, the value it saw and the limit it holds.

    `order_shaped`: this very order is too large or too far off, and will not become right by waiting.
    """

    control: str
    detail: str
    value: str
    limit: str
    order_shaped: bool


Judge = Callable[[Proposed, View, Limits], Refusal | None]


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its id in the control list, its name for people, its function, and whether a reducing order passes it unseen."""

    id: str
    name: str
    judge: Judge
    reducing_passes: bool


def refuse(order: Proposed, view: View, limits: Limits) -> Refusal | None:
    """The first control's no, or None: the order may go out."""
    assert order.quantity > 0, "an order is for at least one share"
    if order.protective and is_reducing(view.position, view.working, order.working):
        return None
    reducing = order.reducing and is_reducing(view.position, view.working, order.working)
    for control in CONTROLS:
        if reducing and control.reducing_passes:
            continue
        refusal = control.judge(order, view, limits)
        if refusal is not None:
            return refusal
    return None


def session_refusal(now: Instant, limits: Limits) -> Refusal | None:
    """C15: market time must lie in one of the configured sessions; `open` inclusive, `close` exclusive."""
    if not limits.sessions:
        return _not_configured("C15", "sessions")
    position = bisect_right(limits.sessions, now, key=_open_of)
    if position and limits.sessions[position - 1].holds(now):
        return None
    return Refusal("C15", "outside the regular session", str(now), _next_session(limits.sessions[position:]), order_shaped=False)


def _session(_order: Proposed, view: View, limits: Limits) -> Refusal | None:
    return session_refusal(view.now, limits)


def _own_orders(order: Proposed, view: View, _limits: Limits) -> Refusal | None:
    """C16: nobody trades with himself. It waits for the other order's end."""
    met = next((other for other in view.working if order.working.meets(other)), None)
    return None if met is None else Refusal("C16", "would trade with an own order", met.intent, "none", order_shaped=False)


def _collar(order: Proposed, view: View, limits: Limits) -> Refusal | None:
    """C03: the price, or the touch that a market order would meet, may not be far from the mid; no fresh quote, no judgement, no order."""
    quote = view.quote
    if quote is None:
        return Refusal("C03", "no quote", "none", f"{limits.quote_age_seconds_max} s", order_shaped=False)
    age = view.now - quote.at
    if age > limits.quote_age_seconds_max * NS_PER_SECOND:
        return Refusal("C03", "stale quote", f"{Decimal(age) / NS_PER_SECOND:.3f} s", f"{limits.quote_age_seconds_max} s", order_shaped=False)
    if limits.collar_percent is None:
        return _not_configured("C03", "collar_percent")
    far_touch = quote.ask if order.side is Side.BUY else quote.bid
    price = far_touch if order.price is None else order.price
    twice_mid = quote.bid + quote.ask  # doubled, so that the middle of two ticks stays whole
    if abs(2 * price - twice_mid) * 100 <= limits.collar_percent * twice_mid:
        return None
    away = Decimal(abs(2 * price - twice_mid) * 100) / twice_mid
    return Refusal("C03", "price too far from the mid", f"{away:.4f} %", f"{limits.collar_percent} %", order_shaped=True)


def _quantity(order: Proposed, _view: View, limits: Limits) -> Refusal | None:
    """C01: the size of one order. A reducing order is bounded by what is held instead, and `is_reducing` has seen to that."""
    if limits.max_quantity is None:
        return _not_configured("C01", "max_quantity")
    if order.quantity <= limits.max_quantity:
        return None
    return Refusal("C01", "quantity too large", str(order.quantity), str(limits.max_quantity), order_shaped=True)


def _notional(order: Proposed, view: View, limits: Limits) -> Refusal | None:
    """C02: the worth of one order, at the worst of bid, ask and its own price."""
    if limits.max_notional is None:
        return _not_configured("C02", "max_notional")
    if view.quote is None:
        return Refusal("C02", "no price to value it at", "none", str(limits.max_notional), order_shaped=False)
    worst = max(view.quote.bid, view.quote.ask, order.price or 0)
    notional = view.instrument.money(Ticks(worst)) * order.quantity
    if notional <= limits.max_notional:
        return None
    return Refusal("C02", "notional too large", str(notional), str(limits.max_notional), order_shaped=True)


def _position(order: Proposed, view: View, limits: Limits) -> Refusal | None:
    """C05: the position at its worst, with this order and all that work already."""
    if limits.max_position is None:
        return _not_configured("C05", "max_position")
    exposure = largest_exposure(view.position, [*view.working, order.working])
    if exposure <= limits.max_position:
        return None
    return Refusal("C05", "position could grow too large", str(exposure), str(limits.max_position), order_shaped=True)


def _not_configured(control: str, name: str) -> Refusal:
    return Refusal(control, f"{name} is not configured", "none", "none", order_shaped=False)


def _open_of(session: Session) -> Instant:
    return session.open


def _next_session(later: Sequence[Session]) -> str:
    return f"opens at {later[0].open}" if later else "no later session"


CONTROLS: Final[tuple[Control, ...]] = (
    Control("C15", "session hours", _session, reducing_passes=False),
    Control("C16", "own orders", _own_orders, reducing_passes=True),
    Control("C03", "price collar", _collar, reducing_passes=True),
    Control("C01", "order quantity", _quantity, reducing_passes=True),
    Control("C02", "order notional", _notional, reducing_passes=True),
    Control("C05", "position with working orders", _position, reducing_passes=True),
)
