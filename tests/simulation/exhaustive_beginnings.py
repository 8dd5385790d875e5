"""Where the search begins: the empty day, and worlds that a few dull moves lead to, so that the depth is spent where it hurts."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.desk.news import InstrumentKnown
from robo_trader.values import Instrument
from tests.simulation.exhaustive import judged
from tests.simulation.exhaustive_moves import connected, look_at_broker, moves
from tests.simulation.exhaustive_world import World, fresh, tell
from tests.support.desk_bench import SPY

HEARD = ("a status is heard", "an execution is heard", "a status is heard")
HOLDING = ("target +1", "the order arrives", "MKT 1 fills 2", *HEARD, "the order arrives", "a status is heard")
HALF = ("target +1", "the order arrives", "MKT 1 fills 1", *HEARD, "the order arrives", "a status is heard")
ROADS: dict[str, tuple[str, ...]] = {
    "an empty day": (),
    "two shares held, their stop acknowledged": HOLDING,
    "an entry half filled, its first stop on the wire": ("target +1", "the order arrives", "MKT 1 fills 1", *HEARD),
    "an exit on the wire": (*HOLDING, "target +0"),
    "a flip on the wire": (*HOLDING, "target -1"),
    "a stop that has sold one of two": (*HOLDING, "STP 2 fills 1", "a status is heard"),
    "stopped out, and known": (*HOLDING, "STP 2 fills 2", "a status is heard", "an execution is heard"),
    "a new life that holds two shares": (*HOLDING, "the process dies", "the connection comes up"),
    "an exit half filled": (*HOLDING, "target +0", "the order arrives", "a status is heard", "MKT 3 fills 1"),
    "short, with an entry's second half to come": (
        "target -1",
        "the order arrives",
        "MKT 1 fills 1",
        *HEARD,
        "the order arrives",
        "a status is heard",
    ),
    "two slices, two stops": (*HALF, "MKT 1 fills 1", *HEARD[:2], "the order arrives", "a status is heard"),
    "two slices, and somebody sold one of the shares": (
        *HALF,
        "MKT 1 fills 1",
        *HEARD[:2],
        "the order arrives",
        "a status is heard",
        "somebody SELLs one",
        "an execution is heard",
    ),
    "a flip whose exit has filled by half": (*HOLDING, "target -1", "the order arrives", "a status is heard", "MKT 3 fills 1", "a status is heard"),
    "halted while an entry works": ("target +1", "the order arrives", "a status is heard", "halt"),
    "somebody sold one of our two": (*HOLDING, "somebody SELLs one", "an execution is heard"),
    "a broken line while a stop fires": (*HOLDING, "the connection is lost", "STP 2 fills 1", "the connection comes up"),
    "an entry that works, and nobody spoke of it for half a minute": ("target +1", "the order arrives and nobody says so", "30 s pass"),
    "an entry that nobody answered for half a minute": ("target +1", "the order is swallowed", "30 s pass"),
}


def empty_day() -> World:
    """Connected, looked at, with nothing held and nothing wanted."""
    journal, watch = fresh(1)
    world = tell(World(journal, watch), InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))))
    world = connected(world)
    return judged(look_at_broker(world))[0]


def follow(world: World, *names: str) -> World:
    """The world at the end of these moves; each must be possible."""
    for name in names:
        world, violation, _ = judged(dict(moves(world))[name])
        assert violation is None, f"{name}: {violation}"
    return world


def beginning(name: str, *, signals: int = 3, faults: int = 2) -> World:
    """One of `ROADS`, with this many signals and faults still to come."""
    return follow(empty_day()._replace(signals_left=9, faults_left=9), *ROADS[name])._replace(signals_left=signals, faults_left=faults)
