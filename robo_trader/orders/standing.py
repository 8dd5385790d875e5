"""Where one order stands: what its events add up to, and how much of it may still fill.

One intent is one order, and has one permanent id at the broker. A broker that lost its connection in the wrong moment may make two of one, each
alive on its own (B03). Then each has to be seen to its end by itself: the intent is over when all of them are, and may fill as much as all of them
together.

An execution is known by its id without the last part, which counts its versions: a correction replaces what it corrects, and one of no shares (a
bust) takes it back.

A slice is where the shares of some fills are kept, with a protection of their own. A split restates it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from robo_trader.orders.cost_basis import Split
from robo_trader.orders.events import Intended
from robo_trader.orders.order import Stage
from robo_trader.orders.track import shared_out
from robo_trader.values import BookId, Instant


@dataclass(slots=True)
class Order:
    """One intent and what evidence says of it. `total` falls when an OCA group reduces the order.

    `over` are those of its permanent ids that nothing can fill any more, `traded_by` the shares that each of them traded (0: not told
    which). `filled` is what is left of these after corrections: a bust takes shares back, and leaves no more to fill.
    """

    intended: Intended
    stage: Stage = Stage.INTENDED
    total: int = 0
    filled: int = 0
    perm_ids: set[int] = field(default_factory=set)
    over: set[int] = field(default_factory=set)
    traded_by: Counter[int] = field(default_factory=Counter)
    outcome_detail: str = ""
    cancel_asked: bool = False
    outdated: bool = False  # sent before a split: its shares and price mean something else now
    group_filled_before: int = 0  # shares its OCA group had traded when it joined

    @property
    def live(self) -> bool:
        """Whether some of it may still fill."""
        return not self.stage.terminal

    @property
    def traded(self) -> int:
        """Shares that the exchange ever traded of it."""
        return sum(self.traded_by.values())

    @property
    def twins(self) -> bool:
        """Whether the broker made more than one order of it."""
        return len(self.perm_ids) > 1

    @property
    def open_perm_ids(self) -> set[int]:
        """Which of its permanent ids may still fill."""
        return {perm_id for perm_id in self.perm_ids - self.over if self.traded_of(perm_id) < self.total}

    @property
    def left(self) -> int:
        """Shares that evidence leaves open: of all its permanent ids together."""
        if self.twins:
            return sum(self.total - self.traded_of(perm_id) for perm_id in self.open_perm_ids)
        return max(self.total - self.traded, 0)

    @property
    def remaining(self) -> int:
        """Shares that may still fill."""
        return self.left if self.live else 0

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return self.intended.side.sign

    def traded_of(self, perm_id: int) -> int:
        """Shares that one of its permanent ids traded; all of them while it has no twin."""
        return self.traded_by[perm_id] if self.twins else self.traded


@dataclass(frozen=True, slots=True)
class Latch:
    """A stop-out: the side (+1 long, -1 short) that was stopped, and when."""

    side: int
    at: Instant


@dataclass(slots=True)
class Slice:
    """Shares bought (or sold short) together: signed quantity, average entry price in dollars, and its own chain of OCA groups."""

    name: str
    book: BookId
    quantity: int = 0
    shares_in: int = 0
    cost_in: Decimal = Decimal(0)
    group_number: int = 0

    @property
    def price(self) -> Decimal:
        """Average price of the fills that made it, in dollars per share."""
        return self.cost_in / self.shares_in

    @property
    def group(self) -> str:
        """The OCA group that its next order joins; a new number once every member of the old one ended."""
        return f"{self.name}.{self.group_number}"


def restate(slices: dict[str, Slice], split: Split) -> None:
    """Put slices on the footing of a split: whole shares that add up to the position's, at the price that belongs to them."""
    for name, shares in shared_out({name: slice_.quantity for name, slice_ in slices.items()}, split).items():
        slice_ = slices[name]
        price = slice_.price * split.old / split.new
        slice_.quantity, slice_.shares_in, slice_.cost_in = shares, abs(shares), abs(shares) * price
        if not shares:
            del slices[name]


def closing(orders: Iterable[Order], held: int) -> list[Order]:
    """Those that take shares off; what overshot may have turned a slice (`held`, signed shares), and an order of before then adds to it."""
    return [order for order in orders if order.sign * held < 0]


def covering(orders: Iterable[Order]) -> int:
    """Shares that these closing orders can take off in all: an OCA group counts once, by its largest, since a fill of one shrinks the others."""
    groups: Counter[str] = Counter()
    for order in orders:
        groups[order.intended.oca_group] = max(groups[order.intended.oca_group], order.remaining)
    return groups.total()


def execution_base(exec_id: str) -> str:
    """The execution id without its last part, which only counts corrections (spec: `.01`, then `.02`)."""
    return exec_id.rsplit(".", 1)[0]


def newer(exec_id: str, than: str) -> bool:
    """Whether one version of an execution comes after another, counted as one counts: 10 after 9."""
    return _version(exec_id) > _version(than)


def _version(exec_id: str) -> tuple[int, str]:
    last = exec_id.rpartition(".")[2]
    return len(last), last
