"""Looks at a world and asks every checker: the exchange's ledger on one side, what the desk claims on the other.

A look is taken after every step that changed the exchange, the wire or the desk's word; at the end a last one, when all is quiet, which must also
find that a desk resumed from the journal would say the same. What a world cannot blame anybody for is said here: shares that the desk has not been
told of cannot be covered yet, and what the exchange has just taken back is excused until it was heard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from robo_trader.desk.desk import Desk
from robo_trader.orders.order import Stage
from robo_trader.simulation.calls import Calls, explained
from robo_trader.simulation.checkers import check, uncovered_since
from robo_trader.simulation.checkers_claims import looking_twice_changes_nothing
from robo_trader.simulation.exchange_ledger import name_of
from robo_trader.simulation.halts_told import HaltsTold
from robo_trader.simulation.keeper import INTENSITY
from robo_trader.simulation.kit import CLIENT, Kit
from robo_trader.simulation.lineage import Lineage
from robo_trader.simulation.look import Claims, Live, Look, Stated, Violation, Waiting
from robo_trader.simulation.on_record import cash_change, held_in_vain, recorded
from robo_trader.simulation.part_desk import PartDesk
from robo_trader.simulation.part_gateway import PartGateway
from robo_trader.simulation.pipe import PENDING_MAX
from robo_trader.values import NS_PER_SECOND, Symbol

HEARING_NS: Final = 800_000_000
"""How long a message that nothing delays may take until both the desk and the second eyes have read it and answered."""
GRACE_NS: Final = 2 * NS_PER_SECOND
"""What the desk does by itself after it acted (orders without shares end after a second) has been done by then."""
EXCUSED_NS: Final = 60 * NS_PER_SECOND
AGENDA_MAX: Final = 50_000
INBOX_MAX: Final = 65_536


class _Ended(AbstractSet[str]):
    """The intents that a desk holds as terminal, asked one at a time."""

    def __init__(self, desk: Desk) -> None:
        self._orders = desk.state.orders.by_intent

    def __contains__(self, intent: object) -> bool:
        order = self._orders.get(str(intent))
        return order is not None and order.stage.terminal

    def __iter__(self) -> Iterator[str]:
        return iter([intent for intent, order in self._orders.items() if order.stage.terminal])

    def __len__(self) -> int:
        return sum(order.stage.terminal for order in self._orders.values())


@dataclass(slots=True)
class Witness:
    """`calls` are those to a person; `acted_ns`: when the desk last acted."""

    kit: Kit
    lineage: Lineage
    halts: HaltsTold
    calls: Calls = field(default_factory=Calls)
    stated: list[Stated] = field(default_factory=list)
    looks: int = 0
    acted_ns: int = 0
    violation: Violation | None = None
    refused: list[Waiting] = field(default_factory=list)
    _received_before: int = 0
    _fills_before: int = 0
    _uncovered_since: dict[str, int] = field(default_factory=dict)
    _able_since: int | None = None
    _changed: list[tuple[str, str]] = field(default_factory=list)
    _lapsed: set[str] = field(default_factory=set)

    @property
    def desk(self) -> PartDesk | None:
        """The last desk that came into being."""
        return self.lineage.desk

    @property
    def gateway(self) -> PartGateway | None:
        """The last gateway that came into being."""
        return self.lineage.gateway

    def look(self) -> None:
        """Take a look and judge it; the first violation is kept."""
        if self.violation is None:
            self.violation = check(self._look(quiet=False))
            self.looks += 1

    def last_look(self) -> None:
        """All is said and done."""
        if self.violation is None:
            self.violation = check(self._look(quiet=True)) or self._resumes()

    def look_twice(self) -> None:
        """The desk is shown the broker as it is, and again: the second time it has nothing to add."""
        if self.violation is None and self.desk is not None and not self.unrest():
            broker, now = self.kit.broker, self.kit.agenda.now
            repeated = self.desk.heard_again(broker.sweep(now), broker.sweep(now))
            self.violation = looking_twice_changes_nothing(Look(now=now, repeated=repeated))

    def excuse(self, symbol: str, exec_id: str) -> None:
        """The exchange changed an execution: until the desk heard of it, and for a while of one session after that, too much may work there."""
        self._changed.append((symbol, exec_id))

    def _excused(self) -> set[str]:
        fills, places, now = self.kit.ledger.fills, self.kit.ledger.places, self.kit.agenda.now
        link = self.gateway.link if self.gateway is not None else None
        able = link.connected_ns if link is not None and link.connected is not None else now  # without a session nothing can be cancelled
        excused = set()
        for symbol, exec_id in self._changed:
            heard = fills[places[exec_id]].heard
            own, net = self.kit.ledger.own[symbol], self.kit.broker.position(Symbol(symbol))
            bounded = abs(own) > max(net if own > 0 else -net, 0)  # exits may take off no more than the account holds (DESIGN 3a)
            lapsed = heard is not None and now - max(heard, able) >= EXCUSED_NS
            if lapsed:
                self._lapsed.add(exec_id)  # for good: an outage later on is no excuse for what was heard long before
            if exec_id not in self._lapsed or bounded:
                excused.add(symbol)
        return excused

    def unrest(self) -> str:
        """What still moves, waits or is not known; empty when all is at rest."""
        if self.lineage.keeper.lost or any(not life.alive for life in self.kit.lives.values()) or self.desk is None or self.gateway is None:
            return "a part is down"
        return self._unconnected(self.desk, self.gateway) or self._unknown(self.desk, self.gateway)

    def _unconnected(self, desk: PartDesk, gateway: PartGateway) -> str:
        session, pipe = gateway.link.session, gateway.pipe
        if session is None or not session.up or session.deaf or pipe is None or not pipe.open:
            return "gateway, desk and broker are not connected"
        under_way = session.on_wire or pipe.pending or self.kit.ledger.on_wire or desk.inbox
        return "messages are on their way" if under_way else ""

    def _unknown(self, desk: PartDesk, gateway: PartGateway) -> str:
        if desk.journal_failure:
            return "the journal failed"
        if any(f.heard is None for f in self.kit.ledger.fills):  # other people's too: of those a whole sweep tells, at the latest
            return "the desk has not heard of a fill"
        acts = desk.desk.busy or self.kit.agenda.now - self.acted_ns < GRACE_NS
        if acts or held_in_vain(desk.desk, {order.intent for order in self._live()}):
            return "the desk awaits an answer or a second look, or acted a moment ago"
        if not desk.desk.state.instruments.keys() >= set(self.kit.plan.symbols):
            return "the desk does not know every contract"
        if {halt.id for halt in gateway.halts.halts()} != {halt.id for halt in desk.desk.state.standing_halts}:
            return "the desk does not know every halt"
        known = {*desk.desk.reconciled_symbols, *explained(self.halts.standing())}
        symbols = (s for s in self.kit.plan.symbols if s not in known)
        return "".join(f"{symbol} is not reconciled" for symbol in list(symbols)[:1])

    def _look(self, *, quiet: bool) -> Look:
        kit, now = self.kit, self.kit.agenda.now
        ledger = kit.ledger
        look = Look(
            now=now,
            positions={symbol: kit.broker.position(symbol) for symbol in kit.plan.symbols},
            own=ledger.own,
            foreign=ledger.foreign,
            caps=dict.fromkeys(kit.plan.symbols, kit.plan.quantity),
            live=self._live(),
            received=ledger.received,
            received_before=self._received_before,
            fills=ledger.fills,
            fills_before=self._fills_before,
            halts=self.halts.acknowledged(),
            stated=self.stated,
            waiting=self._waiting(),
            second=self._second(),
            deaths=self.lineage.keeper.deaths if quiet else (),
            restarts_max=INTENSITY.restarts_max,
            restarts_window_ns=round(INTENSITY.window_seconds * NS_PER_SECOND),
            messages_last_second=self._messages(),
            excused=self._excused(),
            able_since=self._able(),
            uncovered_since=self._uncovered_since,
            alerted=self.calls.about_cover,
            explained=explained(self.halts.standing()) if quiet else (),
            quiet=quiet,
            settled=quiet,
            queues=self._queues(),
            cash=cash_change(self.kit) if quiet else None,
            claims=self._claims(quiet=quiet),
        )
        self._uncovered_since = uncovered_since(self._uncovered_since, look)
        self._received_before, self._fills_before = len(ledger.received), len(ledger.fills)
        return look

    def _live(self) -> list[Live]:
        """What still works of ours, and what is on its way there."""
        live = list(self.kit.ledger.on_wire.values())
        for order in self.kit.broker.exchange.open_orders():
            ticket = order.ticket
            if ticket.client_id != CLIENT:
                continue
            epoch, intent = name_of(ticket.order_ref)
            live.append(
                Live(
                    intent=intent,
                    order_id=ticket.order_id,
                    perm_id=order.perm_id,
                    epoch=epoch,
                    purpose=self.kit.ledger.purpose(intent),
                    symbol=ticket.symbol,
                    side=ticket.side.sign,
                    remaining=order.remaining,
                    kind=ticket.order_type,
                    oca_group=ticket.oca_group,
                    heard=(CLIENT, ticket.order_id) in self.kit.ledger.named,
                )
            )
        return live

    def _waiting(self) -> list[Waiting]:
        if self.gateway is None or not self.gateway.life.alive or not self.gateway.link.up:
            return []
        outbox = self.gateway.outbox
        thawed = self.gateway.life.frozen_until <= self.kit.agenda.now
        reducing = [(command, since) for command, _, since in outbox.waiting if thawed and not getattr(command, "entry", False)]
        waiting = [Waiting(command.intent, not hasattr(command, "entry"), since) for command, since in reducing]
        refused = [Waiting(command.intent, not hasattr(command, "entry"), self.kit.agenda.now, reason) for command, reason in outbox.refused]
        outbox.refused.clear()
        return waiting + refused

    def _second(self) -> list[tuple[str, str]]:
        if self.gateway is None:
            return []
        told = self.gateway.outbox.second[:]
        self.gateway.outbox.second.clear()
        return told

    def _messages(self) -> int:
        self.kit.ledger.forget(self.kit.agenda.now)
        return len(self.kit.ledger.messages)

    def _able(self) -> int | None:
        """Since when the desk could have acted on all there is to know; None while it cannot."""
        able = self._can_act() and not any(not f.taken_back and f.heard is None and f.intent for f in self.kit.ledger.fills[-40:])
        if not able:
            self._able_since = None
        elif self._able_since is None:
            self._able_since = self.kit.agenda.now + HEARING_NS
        return self._able_since

    def _can_act(self) -> bool:
        desk, gateway, now = self.desk, self.gateway, self.kit.agenda.now
        if desk is None or gateway is None or not desk.life.alive or not gateway.life.alive or desk.looked == 0 or not desk.desk.swept:
            return False
        frozen = max(desk.life.frozen_until, gateway.life.frozen_until) > now
        session, pipe = gateway.link.session, gateway.pipe
        flowing = session is not None and session.up and session.attached and not session.deaf and not session.on_wire
        return flowing and not frozen and pipe is not None and pipe.open and not pipe.pending and not self.kit.broker.offline

    def _queues(self) -> dict[str, tuple[int, int]]:
        queues = {"agenda": (self.kit.agenda.length, AGENDA_MAX)}
        if self.desk is not None:
            queues["inbox"] = (len(self.desk.inbox), INBOX_MAX)
        if self.gateway is not None:
            queues["outbox"] = (len(self.gateway.outbox.waiting), 1024)
            if self.gateway.pipe is not None:
                queues["channel"] = (self.gateway.pipe.pending, PENDING_MAX)
        return queues

    def _claims(self, *, quiet: bool) -> Claims:
        if self.desk is None:
            return Claims()
        desk = self.desk.desk
        if not quiet:
            return Claims(ended=_Ended(desk))
        state, symbols = desk.state, self.kit.plan.symbols
        known = [*state.orders.by_intent.values()]
        return Claims(
            own={symbol: state.own(symbol) for symbol in symbols},
            external={symbol: state.external(symbol) for symbol in symbols},
            executions=recorded(self.kit),
            ended=_Ended(desk),
            unknown=[order.intended.intent for order in known if order.stage is Stage.UNKNOWN],
            halts=[halt.id for halt in state.standing_halts],
            reconciled=desk.reconciled_symbols,
            cash=desk.snapshot().cash_change,
        )

    def _resumes(self) -> Violation | None:
        """A desk that is resumed now says what this one says."""
        if self.desk is None or self.desk.journal_failure:
            return None
        now, then = self.desk.desk, Desk.resume(self.kit.rows.events, self.desk.desk.settings)
        for symbol in self.kit.plan.symbols:
            if (now.state.own(symbol), now.state.external(symbol)) != (then.state.own(symbol), then.state.external(symbol)):
                return Violation("resume", f"{symbol}: {then.state.own(symbol):+d} after a restart, {now.state.own(symbol):+d} before it")
        halts = tuple({halt.id for halt in desk.state.standing_halts} for desk in (now, then))
        if halts[0] != halts[1]:
            return Violation("resume", f"halts {sorted(halts[1])} stand after a restart, {sorted(halts[0])} before it")
        stages = Counter(o.stage for o in now.state.orders.by_intent.values()), Counter(o.stage for o in then.state.orders.by_intent.values())
        return None if stages[0] == stages[1] else Violation("resume", f"orders stand at {stages[1]} after a restart, at {stages[0]} before it")
