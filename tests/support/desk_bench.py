"""A bench for the pure desk: say what the broker says, see what the desk does. No broker is imitated; each message is written out by the test."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Alert, Cancel, Effect, Place, RaiseHalt, Record
from robo_trader.desk.events import Event
from robo_trader.desk.news import (
    BrokerStatus,
    Connected,
    ExecutionSeen,
    InstrumentKnown,
    News,
    OrderSeen,
    PositionSeen,
    QuoteSeen,
    Signal,
    StatusSeen,
    Sweep,
    TimePassed,
)
from robo_trader.desk.settings import BookSettings, DeskSettings
from robo_trader.market.calendar import Session
from robo_trader.orders.order import OrderType
from robo_trader.risk.limits import Limits
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, BookId, Instant, Instrument, Now, Quote, Side, Symbol, Ticks

SPY = Symbol("SPY")
BOOK = BookId("moving_average_cross", SPY)
OPEN = Instant(1_381_152_600 * NS_PER_SECOND)  # 2013-10-07 13:30 UTC
CLIENT = 7


def settings(epoch: int = 1, **changes: object) -> DeskSettings:
    limits = Limits(
        max_quantity=1000,
        max_notional=Decimal(1_000_000),
        max_position=1000,
        collar_percent=Decimal(3),
        sessions=(Session(OPEN, Instant(OPEN + 390 * NS_PER_MINUTE)),),
    )
    made = DeskSettings("test", "DU1", epoch, CLIENT, "hash", {BOOK: BookSettings(100, Decimal(1))}, limits)
    return replace(made, **changes)  # type: ignore[arg-type]


class Bench:
    """A desk with its clocks, its journal (the events it recorded) and everything it sent."""

    def __init__(self, made: DeskSettings | None = None, events: list[Event] | None = None) -> None:
        self.settings = made or settings()
        self.journal: list[Event] = list(events or [])
        self.desk = Desk.resume(self.journal, self.settings)
        self.market = Instant(OPEN + 30 * NS_PER_MINUTE)
        self.process = 1_000 * NS_PER_SECOND
        self.sent: list[Place] = []
        self.cancelled: list[str] = []
        self.alerts: list[Alert] = []
        self.halts: list[RaiseHalt] = []
        self.effects: list[Effect] = []
        self.sweeps = 0
        self.executions: list[ExecutionSeen] = []
        self.carry_out(self.desk.start(self.now()))

    def now(self) -> Now:
        return Now(self.market, self.process)

    def feed(self, *news: News) -> list[Effect]:
        effects = self.desk.handle(news, self.now())
        self.carry_out(effects)
        return effects

    def carry_out(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case Record():
                    self.journal.append(effect.event)
                case Place():
                    self.sent.append(effect)
                case Cancel():
                    self.cancelled.append(effect.intent)
                case Alert():
                    self.alerts.append(effect)
                case RaiseHalt():
                    self.halts.append(effect)
                case _:
                    pass

    def wait(self, seconds: float) -> list[Effect]:
        self.process += int(seconds * NS_PER_SECOND)
        return self.feed(TimePassed())

    def connect(self, position: int = 0) -> Bench:
        instrument = Instrument(SPY, 756733, Decimal("0.01"))
        self.feed(InstrumentKnown(instrument), Connected("DU1", 1))
        self.sweep(position=position)
        self.market = Instant(self.market + NS_PER_SECOND)
        self.quote()
        return self

    def quote(self, bid: int = 16_790, ask: int = 16_792) -> None:
        self.feed(QuoteSeen(Quote(SPY, Ticks(bid), Ticks(ask), 500, 500, self.market)))

    def sweep(
        self,
        *,
        position: int | None = 0,
        open_orders: tuple[OrderSeen, ...] | None = (),
        completed: tuple[OrderSeen, ...] | None = (),
        executions: tuple[ExecutionSeen, ...] | None = None,
        light: bool = False,
    ) -> list[Effect]:
        self.sweeps += 1
        if light:
            positions = None if position is None else (PositionSeen(SPY, position),)
            return self.feed(Sweep(self.sweeps, self.process, open_orders, None, None, (), positions, light=True))
        positions = None if position is None else (PositionSeen(SPY, position),)
        made = tuple(self.executions) if executions is None else executions
        return self.feed(Sweep(self.sweeps, self.process, open_orders, completed, made, (), positions))

    def signal(self, stance: int, *, backfilled: bool = False) -> list[Effect]:
        """A signal on a new bar that ends now, with a quote to price it."""
        self.market = Instant(self.market + NS_PER_MINUTE)
        end = self.market
        self.quote()
        return self.feed(Signal(BOOK, stance, end, Instant(end + 65 * NS_PER_SECOND), backfilled=backfilled))

    def last(self, order_type: OrderType | None = None) -> Place:
        return [p for p in self.sent if order_type in {None, p.order_type}][-1]

    def status(self, order: Place, status: BrokerStatus, filled: int = 0, remaining: int | None = None, why_held: str = "") -> list[Effect]:
        left = order.quantity - filled if remaining is None else remaining
        return self.feed(StatusSeen(order.order_id, CLIENT, 1000 + order.order_id, status, filled, left, why_held))

    def acknowledge(self, order: Place) -> None:
        stop = order.order_type is OrderType.STOP
        self.status(order, BrokerStatus.PRE_SUBMITTED if stop else BrokerStatus.SUBMITTED, why_held="trigger" if stop else "")

    def execution(self, order: Place, quantity: int, price: str = "167.92", exec_id: str | None = None) -> ExecutionSeen:
        seen = ExecutionSeen(
            exec_id or f"e{len(self.executions) + 1}.01",
            SPY,
            order.side,
            quantity,
            Decimal(price),
            self.market,
            order.order_id,
            CLIENT,
            1000 + order.order_id,
            order.order_ref,
        )
        self.executions.append(seen)
        return seen

    def fill(self, order: Place, quantity: int | None = None, price: str = "167.92") -> list[Effect]:
        return self.feed(self.execution(order, quantity or order.quantity, price))

    def foreign(self, side: Side, quantity: int) -> ExecutionSeen:
        seen = ExecutionSeen(f"f{len(self.executions) + 1}.01", SPY, side, quantity, Decimal("167.90"), self.market, 1, 99, 5000, "")
        self.executions.append(seen)
        return seen

    def enter(self, stance: int = 1) -> Place:
        """An entry, acknowledged and filled whole, with its stop acknowledged; the stop."""
        self.signal(stance)
        entry = self.last(OrderType.MARKET)
        self.acknowledge(entry)
        self.fill(entry)
        stop = self.last(OrderType.STOP)
        self.acknowledge(stop)
        return stop

    def open_order(self, order: Place, status: BrokerStatus = BrokerStatus.SUBMITTED, filled: int | None = None) -> OrderSeen:
        return OrderSeen(
            SPY,
            order.side,
            order.quantity,
            order.order_type,
            status,
            order.order_id,
            CLIENT,
            1000 + order.order_id,
            order.order_ref,
            order.oca_group,
            filled,
        )

    def reborn(self) -> Bench:
        """The process died; the next one, with the same journal and the same broker, not connected yet."""
        again = Bench(replace(self.settings, epoch=self.settings.epoch + 1), self.journal)
        again.market, again.process, again.executions, again.sweeps = self.market, self.process + NS_PER_SECOND, self.executions, self.sweeps
        return again

    @property
    def position(self) -> int:
        return self.desk.state.book(BOOK).position
