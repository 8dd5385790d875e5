"""What brokers make of orders, cancels and questions when things go wrong: the fault kinds that live at the broker.

Each trouble is something a real broker was seen to do. Whatever it does to an order it does at the exchange too, so that the ledger stays the
truth: an order that was swallowed is not there, one whose fill came after its cancel did fill.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from robo_trader.orders.evidence import PositionSeen
from robo_trader.simulated_gateway.model import Happening, OrderError, OrderReport, QuoteChange, Ticket, TradePrint
from robo_trader.simulation import wire_words
from robo_trader.simulation.broker import TIME, Broker
from robo_trader.simulation.exchange_ledger import corrected_execution, name_of
from robo_trader.simulation.session import Notice, Session
from robo_trader.simulation.walking_market import WalkingMarket, dollars
from robo_trader.values import Instant, Side, Symbol

REJECTIONS: Final = (
    (201, "Order rejected - reason:insufficient margin"),
    (201, "Order rejected - reason:the exchange is closed"),
    (110, "The price does not conform to the minimum price variation"),
    (200, "No security definition has been found for the request"),
    (321, "Error validating request"),
    (383, "Size exceeds the precautionary limit"),
    (460, "No trading permission"),
    (10268, "The EtradeOnly order attribute is not supported"),
)
CONNECTIVITY_LOST: Final = 1100
RESTORED: Final = (1101, 1102)
PACING: Final = 100
_DEEP: Final = 100_000
_SLOW_ANSWER_SHARE: Final = 0.3


class BrokerTroubles:
    """Stands at the broker's gates."""

    def __init__(self, broker: Broker, market: WalkingMarket, symbols: tuple[Symbol, ...]) -> None:
        self._broker, self._market, self._symbols = broker, market, symbols
        self._faults, self._agenda = broker.faults, broker.agenda
        self._manual_id = 0
        self.corrected: Callable[[str, str], None] = lambda _symbol, _exec_id: None
        """Hears of the symbol and the id of each execution that the exchange changed, or made after it had called the order cancelled."""
        broker.order_gate = self.takes_order
        broker.cancel_gate = self.takes_cancel
        broker.answer_gate = self.answers
        broker.order_of_telling = self.reorder

    # Orders and cancels.

    def takes_order(self, session: Session, ticket: Ticket) -> bool:
        """Whether the exchange gets to see this order."""
        faults = self._faults
        if faults.strikes("F16", f"order {ticket.order_id} is swallowed", 0.7):
            return False
        if faults.strikes("F17", f"order {ticket.order_id} is rejected", 0.5):
            code, text = faults.chance("F17").choice(REJECTIONS)
            session.tell(wire_words.error_seen(OrderError(ticket.client_id, ticket.order_id, code, text)))
            return False
        if faults.strikes("F16", f"nothing is said of order {ticket.order_id}", 0.3):
            self._broker.muted.add((ticket.client_id, ticket.order_id))
        if faults.strikes("F17", f"order {ticket.order_id} is rejected later", 0.3):
            self._agenda.after(faults.pick("F17", 0.05, 5), None, lambda: self._reject_later(ticket))
        return True

    def _reject_later(self, ticket: Ticket) -> None:
        report = self._report(ticket.client_id, ticket.order_id)
        if report is None:
            return
        self._broker.exchange.cancel(ticket.client_id, ticket.order_id, ticket.client_id)  # told as a rejection, and as nothing else
        code, text = REJECTIONS[0]
        self._broker.tell(OrderError(ticket.client_id, ticket.order_id, code, text))
        self._broker.tell(_with_status(report, "Inactive" if ticket.order_id % 2 else "Cancelled"))  # the broker has both for a rejected order
        self._broker.changed()

    def _report(self, client_id: int, order_id: int) -> OrderReport | None:
        reports = self._broker.exchange.open_orders()
        return next((r for r in reports if (r.ticket.client_id, r.ticket.order_id) == (client_id, order_id)), None)

    def takes_cancel(self, session: Session, order_id: int) -> bool:
        """Whether the exchange gets to see this cancel; a fill may come first, or afterwards."""
        faults = self._faults
        if faults.strikes("F16", f"the cancel of order {order_id} is swallowed", 0.7):
            return False
        report = self._report(session.client_id, order_id)
        if report is None:
            return True
        if faults.strikes("F18", f"a fill is faster than the cancel of order {order_id}", _RACES):
            self._push_fill(report, faults.chance("F18"))
        elif faults.strikes("F18", f"order {order_id} is called cancelled, and fills", _RACES):
            self._fill_after_cancel(report)
            return False
        return True

    def _push_fill(self, report: OrderReport, chance: Random, *, whole: bool = False) -> None:
        """Make the market fill the order, or some of it, at once."""
        market, ticket = self._market, report.ticket
        shares = _DEEP if whole else chance.choice((max(report.remaining // 2, 1), _DEEP))
        at = self._agenda.market
        price = market.price(ticket.symbol)
        if ticket.order_type == "STP" and ticket.stop_price is not None and report.why_held:
            price = ticket.stop_price
            market.push(TradePrint(ticket.symbol, price, 1, at))
        market.push(QuoteChange(ticket.symbol, price - dollars(1), price + dollars(1), shares, shares, at))
        self._broker.advance()

    def _fill_after_cancel(self, report: OrderReport) -> None:
        """Told as cancelled with what was filled until now; then it fills, and its executions come late."""
        broker, ticket = self._broker, report.ticket
        broker.tell(_with_status(report, "Cancelled"))
        broker.late[report.perm_id] = self._faults.pick("F18", 0.1, 6)
        before = len(broker.ledger.fills)
        self._push_fill(report, self._faults.chance("F18"))
        for fill in broker.ledger.fills[before:]:  # who was told that the order is gone may have acted on it
            self.corrected(fill.symbol, fill.exec_id)
        if self._report(ticket.client_id, ticket.order_id) is not None:
            broker.happened(broker.exchange.cancel(ticket.client_id, ticket.order_id, ticket.client_id))
        broker.late.pop(report.perm_id)

    # What is said.

    def reorder(self, told: list[Happening]) -> list[Happening]:
        """Open orders and statuses, executions and commissions of one moment in another order; the statuses of one order keep theirs."""
        if len(told) < 2 or not self._faults.strikes("F11", f"{len(told)} messages change places"):  # noqa: PLR2004 - one alone has no order
            return told
        chance = self._faults.chance("F11")
        reports = [happening for happening in told if isinstance(happening, OrderReport)]
        shuffled = sorted(told, key=lambda _: chance.random())
        in_order = iter(reports)
        return [next(in_order) if isinstance(happening, OrderReport) else happening for happening in shuffled]

    def answers(self, topic: str, items: tuple[object, ...]) -> tuple[object, ...] | None:
        """What becomes of an answer."""
        if topic != TIME and self._faults.strikes("F21", f"the question for {topic} is not answered"):
            return None
        return items

    # By themselves.

    def correct(self) -> None:
        """The exchange corrects the price of an execution, or takes it back."""
        broker = self._broker
        made = [e for e in broker.exchange.executions()[-10:] if broker.ledger.executions[e.exec_id] is e]
        if not made:
            return
        chance = self._faults.chance("F18")
        old = chance.choice(made)
        bust = chance.random() < _BUST_SHARE and bool(name_of(old.ticket.order_ref)[1])  # what others traded before us is in the baseline
        new = corrected_execution(
            old, quantity=0 if bust else old.quantity, price=old.price + (Decimal(0) if bust else dollars(chance.choice((-2, 3))))
        )
        broker.timeline.fault(self._agenda.now, "F18", f"execution {old.exec_id} becomes {new.quantity} at {new.price}")
        broker.ledger.corrected(old, new)
        self.corrected(old.ticket.symbol, new.exec_id)
        broker.tell(new)
        broker.tell(broker.exchange.account.report(old.ticket.symbol))
        broker.changed()

    def trade_by_hand(self) -> None:
        """A person or another program trades in the account."""
        chance, broker = self._faults.chance("F20"), self._broker
        self._manual_id += 1
        symbol = chance.choice(self._symbols)
        client = chance.choice((wire_words.MANUAL_CLIENT, FOREIGN_CLIENT))
        side = chance.choice((Side.BUY, Side.SELL))
        limit = broker.exchange.mark(symbol) if chance.random() < _LIMIT_SHARE else None
        ticket = Ticket(
            client, self._manual_id, symbol, side, chance.choice((1, 20, 130)), "LMT" if limit else "MKT", limit, None, "DAY", "", 0, "", ""
        )
        broker.timeline.fault(self._agenda.now, "F20", f"client {client}: {side} {ticket.quantity} {symbol} {ticket.order_type}")
        broker.happened(broker.exchange.submit(ticket))

    def touch_our_order(self) -> None:
        """A person cancels one of our orders at the broker's own screen."""
        broker = self._broker
        ours = [r for r in broker.exchange.open_orders() if name_of(r.ticket.order_ref)[1]]
        if ours:
            report = self._faults.chance("F20").choice(ours)
            broker.timeline.fault(self._agenda.now, "F20", f"order {report.ticket.order_id} is cancelled by hand")
            broker.happened(broker.exchange.cancel(report.ticket.client_id, report.ticket.order_id, report.ticket.client_id))

    def say_wrong_position(self) -> None:
        """A pushed position that is not true."""
        broker, chance = self._broker, self._faults.chance("F21")
        symbol = chance.choice(self._symbols)
        true = broker.exchange.account.report(symbol)
        for session in broker.sessions.values():
            broker.timeline.fault(self._agenda.now, "F21", f"a wrong position of {symbol} is pushed")
            session.tell(PositionSeen(symbol, true.quantity + chance.choice((-100, 7, 100))))

    def outage(self) -> None:
        """1100: the exchange goes on, and nobody hears of it; then 1101 or 1102."""
        broker = self._broker
        if broker.offline:
            return
        seconds = self._faults.pick("F15", 1, 40)
        broker.timeline.fault(self._agenda.now, "F15", f"1100 for {seconds / 1e9:.1f} s")
        self._notice(CONNECTIVITY_LOST)
        broker.offline = True
        self._agenda.after(seconds, None, self._restore)

    def _restore(self) -> None:
        self._broker.offline = False
        self._notice(self._faults.chance("F15").choice(RESTORED))

    def _notice(self, code: int) -> None:
        for session in self._broker.sessions.values():
            session.tell(Notice(code))

    def restart_gateway(self) -> None:
        """The broker's gateway goes away and comes back, perhaps with ids that it has handed out before."""
        broker = self._broker
        if broker.down:
            return
        seconds = self._faults.pick("F14", 2, 30)
        broker.rolled_back = self._faults.chance("F14").choice((0, 5, 1000, -40, -40, -40))
        broker.timeline.fault(self._agenda.now, "F14", f"the gateway restarts, {seconds / 1e9:.1f} s, ids back by {broker.rolled_back}")
        broker.down = True
        self.cut("the gateway closed the connection")
        self._agenda.after(seconds, None, self._up_again)

    def _up_again(self) -> None:
        self._broker.down = False

    def cut(self, reason: str, *, held_ns: int = 0) -> None:
        """Every connection ends at once; `held_ns` is how long the client id stays in use (326)."""
        for client_id, session in self._broker.sessions.items():
            session.drop(reason)
            self._broker.held_until[client_id] = self._agenda.now + held_ns

    def deafen(self) -> None:
        """Connections die without a word; the broker notices later."""
        for client_id, session in list(self._broker.sessions.items()):
            if session.attached:
                session.deaf = True
                held = self._faults.pick("F13", 0, 20)
                self._broker.held_until[client_id] = self._agenda.now + held
                self._agenda.after(held, None, session.forget)

    def silence(self, symbol: Symbol, seconds_ns: int) -> None:
        """Nothing is quoted in a symbol for a while."""
        self._market.silent.add(symbol)
        self._agenda.after(seconds_ns, None, lambda: self._market.silent.discard(symbol))


FOREIGN_CLIENT: Final = 31
_RACES: Final = 4.0
"""How much likelier than its rate a fill meets a cancel: cancels are rare beside messages."""
_BUST_SHARE: Final = 0.3
_LIMIT_SHARE: Final = 0.3


def _with_status(report: OrderReport, status: str) -> OrderReport:
    return OrderReport(
        report.ticket,
        report.perm_id,
        status,
        report.filled,
        report.remaining,
        report.average_price,
        report.last_price,
        "",
        open_order=False,
        completed_at=Instant(0),
    )
