"""The faults that come by themselves: when each strikes, and what it does.

A plan says how often a kind strikes; the instants are drawn over the troubled part of a world. Kinds that strike at an opportunity (a message, a
commit, a crash point) are asked where the opportunity is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from robo_trader.simulation.agenda import Life
from robo_trader.simulation.broker_troubles import BrokerTroubles
from robo_trader.simulation.kit import DESK, GATEWAY, HOST, Kit
from robo_trader.simulation.person import Person
from robo_trader.supervision.spec import Cause
from robo_trader.values import NS_PER_SECOND

_QUIET_SECONDS: Final = 5


class Troubles:
    """`end` ends a process, `break_channel` the one between gateway and desk, `second` starts another instance."""

    def __init__(
        self,
        kit: Kit,
        broker: BrokerTroubles,
        person: Person,
        *,
        end: Callable[[Life, Cause, str], None],
        break_channel: Callable[[], None],
        second: Callable[[], None],
    ) -> None:
        self._kit, self._broker, self._person = kit, broker, person
        self._end, self._break_channel, self._second = end, break_channel, second
        self._deeds: Mapping[str, Callable[[], None]] = {
            "F01": self._kill,
            "F02": self._freeze,
            "F06": self._cut_channel,
            "F13": self._lose_connection,
            "F14": broker.restart_gateway,
            "F15": broker.outage,
            "F18": broker.correct,
            "F20": self._by_hand,
            "F21": broker.say_wrong_position,
            "F22": self._pacing,
            "F23": self._silence,
            "F24": self._step_clock,
            "F25": self._fill_disk,
            "F32": self._operate,
            "F35": self._start_second,
        }

    def begin(self) -> None:
        """Set every instant."""
        plan, agenda = self._kit.plan, self._kit.agenda
        for kind in plan.kinds:
            deed = self._deeds.get(kind)
            chance = Random(f"{plan.seed}:{kind}:times")  # noqa: S311 - trouble, not secrets
            for _ in range(plan.times[kind] if deed else 0):
                agenda.at(agenda.now + round(chance.uniform(_QUIET_SECONDS * NS_PER_SECOND, plan.troubled_ns)), None, self._unless_over(deed))

    def _unless_over(self, deed: Callable[[], None] | None) -> Callable[[], None]:
        def strike() -> None:
            if deed is not None and not self._kit.faults.over:
                deed()

        return strike

    def _say(self, kind: str, what: str) -> None:
        self._kit.timeline.fault(self._kit.agenda.now, kind, what)

    def _somebody(self, kind: str) -> Life | None:
        life = self._kit.lives.get(self._kit.faults.chance(kind).choice((GATEWAY, DESK, DESK, HOST)))
        return life if life is not None and life.alive else None

    def _kill(self) -> None:
        life = self._somebody("F01")
        if life is not None:
            self._say("F01", f"{life.name} is killed")
            self._end(life, Cause.CRASH, "killed")

    def _freeze(self) -> None:
        life = self._somebody("F02")
        if life is not None:
            span = self._kit.faults.pick("F02", 0.1, self._kit.faults.chance("F02").choice((2, 8, 30)))
            self._say("F02", f"{life.name} stands still for {span / NS_PER_SECOND:.1f} s")
            life.frozen_until = max(life.frozen_until, self._kit.agenda.now + span)

    def _cut_channel(self) -> None:
        self._say("F06", "the channel between gateway and desk breaks")
        self._break_channel()

    def _lose_connection(self) -> None:
        if self._kit.faults.chance("F13").random() < 0.5:  # noqa: PLR2004 - as often the one as the other
            self._say("F13", "the connection is reset")
            self._broker.cut("reset")
        else:
            self._say("F13", "the connection dies without a word")
            self._broker.deafen()

    def _by_hand(self) -> None:
        if self._kit.faults.chance("F20").random() < 0.7:  # noqa: PLR2004 - people trade more often than they meddle
            self._broker.trade_by_hand()
        else:
            self._broker.touch_our_order()

    def _pacing(self) -> None:
        held = self._kit.faults.pick("F22", 0, 15)
        self._say("F22", f"cut for pacing, the client id stays in use for {held / NS_PER_SECOND:.1f} s")
        self._broker.cut("error 100", held_ns=held)

    def _silence(self) -> None:
        symbol = self._kit.faults.chance("F23").choice(self._kit.plan.symbols)
        span = self._kit.faults.pick("F23", 5, 40)
        self._say("F23", f"no quotes of {symbol} for {span / NS_PER_SECOND:.1f} s")
        self._broker.silence(symbol, span)

    def _step_clock(self) -> None:
        step = self._kit.faults.chance("F24").choice((-3600, -60, -1, 1, 60, 3600)) * NS_PER_SECOND
        self._say("F24", f"the wall clock is stepped by {step // NS_PER_SECOND} s")
        self._kit.agenda.turn_wall(step)

    def _fill_disk(self) -> None:
        span = self._kit.faults.pick("F25", 0.5, 20)
        self._say("F25", f"the disk is full for {span / NS_PER_SECOND:.1f} s")
        self._kit.disk_full = True
        self._kit.agenda.after(span, None, self._free_disk)

    def _free_disk(self) -> None:
        self._kit.disk_full = False

    def _operate(self) -> None:
        chance = self._kit.faults.chance("F32")
        deed = chance.choice((self._person.halt, self._person.halt, self._person.resume_any, self._broker.trade_by_hand, self._restart))
        deed()

    def _restart(self) -> None:
        life = self._somebody("F32")
        if life is not None:
            self._say("F32", f"{life.name} is restarted by hand")
            self._end(life, Cause.CRASH, "restarted by hand")

    def _start_second(self) -> None:
        self._say("F35", "a second instance starts")
        self._second()
