"""The broker's last word: sweeps and an account that belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from actors.final_look import SWEEPS_MAX, take
from robo_trader.desk.news import AccountSeen
from robo_trader.edge.clock import process_ns
from robo_trader.orders.evidence import CommissionSeen, PositionSeen, Sweep
from robo_trader.values import Symbol

SPY = Symbol("SPY")


@dataclass
class Market:
    """Answers from a position that changes just before each of some questions (counted from 1) is answered."""

    trades_at: set[int]
    position: int = 100
    asked: list[str] = field(default_factory=list)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if len(self.asked) in self.trades_at:
            self.position -= 10

    async def sweep(self, number: int) -> Sweep:
        self._ask(f"sweep {number}")
        charged = tuple(CommissionSeen(str(at), Decimal(1), None) for at in range(self.position))
        return Sweep(number, process_ns(), (), (), (), charged, (PositionSeen(SPY, self.position),))

    async def account(self) -> AccountSeen:
        self._ask("account")
        return AccountSeen(Decimal(self.position), None, None)


async def test_a_quiet_market_is_looked_at_twice_and_the_account_between():
    market = Market(set())
    began = process_ns()
    look = await take(market, 7)
    assert market.asked == ["sweep 7", "account", "sweep 8"]
    assert (look.sweep.number, look.account.cash) == (8, 100) and began < look.at_ns < look.sweep.asked_process_ns


async def test_what_is_traded_between_the_questions_has_them_asked_again():
    market = Market({2, 3})
    look = await take(market, 1)
    assert market.asked == ["sweep 1", "account", "sweep 2", "account", "sweep 3"]
    assert look.account.cash == 80 and look.sweep.positions == (PositionSeen(SPY, 80),)


async def test_a_market_that_never_rests_is_looked_at_so_often_and_no_more():
    market = Market(set(range(100)))
    look = await take(market, 1)
    assert market.asked.count("account") == SWEEPS_MAX - 1 and look.sweep.number == SWEEPS_MAX
