"""A bench for the parts of a simulated world: clocks, a plan of chosen faults, a broker with its exchange, and whatever the test asks of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.desk.effects import Place
from robo_trader.desk.news import Signal
from robo_trader.desk.settings import Execution
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.plan import Plan, plan_of
from robo_trader.simulation.timeline import Timeline
from robo_trader.simulation.world import DAY, World
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Side, Symbol

SPY = Symbol("SPY")
SESSION = regular_hours(DAY)
assert SESSION is not None
START = Instant(SESSION.open + 600 * NS_PER_SECOND)
CALM = replace(
    plan_of(1),
    symbols=(SPY,),
    quantity=100,
    bars=20,
    bar_ns=10 * NS_PER_SECOND,
    baseline=0,
    averages=False,
    execution=Execution.MARKET,
    rates={},
    times={},
    crashes=(),
)


def calm(**changes: object) -> Plan:
    """A plan without faults."""
    return replace(CALM, **changes)  # type: ignore[arg-type]


def always(*kinds: str, **changes: object) -> Plan:
    """A plan in which these kinds strike at every opportunity, and none comes by itself."""
    return calm(rates=dict.fromkeys(kinds, 1.0), times=dict.fromkeys(kinds, 0), **changes)


def world(plan: Plan = CALM) -> World:
    return World(plan)


def begun(plan: Plan = CALM, seconds: float = 4) -> World:
    """A world in which everybody is in service, and whose strategies say nothing by themselves."""
    made = World(plan)
    made._start()
    made.kit.signalled = lambda _: None
    run_until(made.agenda, seconds)
    return made


def signal(made: World, stance: int, seconds: float = 8) -> None:
    """A strategy states its target, and some time passes."""
    end = Instant(made.agenda.market)
    made.agenda.run(made.kit.desk_life, lambda: made._signalled(Signal(made.kit.books[0], stance, end, Instant(end + 15 * NS_PER_SECOND))))
    run_until(made.agenda, seconds)


def agenda() -> Agenda:
    return Agenda(START, lambda life, _point: setattr(life, "alive", False))


def life(name: str = "gateway") -> Life:
    return Life(name, 1, 5_000_001)


def timeline(clock: Agenda) -> Timeline:
    return Timeline(clock.now, keep=True)


def run_until(clock: Agenda, seconds: float) -> None:
    """Do everything that is due within so many seconds."""
    end = clock.now + round(seconds * NS_PER_SECOND)
    while (due := clock.next_at()) is not None and due <= end:
        clock.step()
    clock.now = max(clock.now, end)


def order(order_id: int = 1, side: Side | None = None, quantity: int = 100, *, stop: int | None = None, group: str = "", entry: bool = True) -> Place:
    """An order to place: a market order to buy, or a stop to sell with its trigger in ticks."""
    return Place(
        intent=f"{order_id:016x}",
        order_id=order_id,
        order_ref=f"rt:world:1:{order_id:016x}",
        symbol=SPY,
        side=side or (Side.BUY if stop is None else Side.SELL),
        quantity=quantity,
        order_type=OrderType.MARKET if stop is None else OrderType.STOP,
        price=stop,  # type: ignore[arg-type]
        time_in_force=TimeInForce.DAY,
        oca_group=group,
        entry=entry,
    )


INSTRUMENT = Instrument(SPY, 756733, Decimal("0.01"))
