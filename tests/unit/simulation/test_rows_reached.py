"""What counts as reached."""

from robo_trader.desk.news import BrokerError, NotSent, StatusSeen
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.orders.order import OrderType
from robo_trader.simulation.rows_reached import COMMON, FILL_AFTER_CANCEL, PARTIAL_THEN_FLIP, REACHABLE, STOP_OUT, Reached
from robo_trader.simulation.timeline import Timeline
from tests.support.desk_bench import CLIENT, Bench


class Following(Bench):
    """A desk that is followed."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline = Timeline(0)
        self.reached = Reached(self.timeline)
        self.connect()
        self.reached.resumed(self.desk)

    def feed(self, *news):
        if hasattr(self, "reached"):
            for piece in news:
                self.reached.news(piece)
        effects = super().feed(*news)
        if hasattr(self, "reached"):
            for effect in effects:
                if hasattr(effect, "event"):
                    self.reached.event(effect.event)
        return effects


def test_rows_are_counted_by_the_stage_that_the_evidence_met():
    bench = Following()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry)
    bench.status(entry, BrokerStatus.CANCELLED, filled=100)
    rows = bench.timeline.rows
    assert rows["intended / acknowledged"] and rows["working / filled whole"] and rows["filled / cancelled"]


def test_common_rows_are_rows_that_worlds_reach():
    assert set(COMMON) <= set(REACHABLE) and len(set(COMMON)) == len(COMMON) > 20


def test_refusals_and_lost_commands_are_rows_too():
    bench = Following()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.feed(BrokerError(entry.order_id, 201, "no"))
    bench.feed(NotSent(entry.intent, "late"), StatusSeen(entry.order_id, CLIENT, 5, BrokerStatus.INACTIVE, 0, 100))
    rows = bench.timeline.rows
    assert rows["intended / rejected"] and rows["rejected / not sent"] and rows["rejected / rejected"]


def test_the_rare_states_are_named():
    bench = Following()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry, 40)
    bench.signal(-1)
    bench.status(entry, BrokerStatus.CANCELLED, filled=40)
    bench.fill(entry, 10)
    stop = bench.last(OrderType.STOP)
    bench.acknowledge(stop)
    bench.fill(stop)
    assert all(bench.timeline.reached[name] for name in (PARTIAL_THEN_FLIP, FILL_AFTER_CANCEL, STOP_OUT))
