"""How often a thing is told, and what waits to be told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from robo_trader.simulated_gateway.fault_kinds import DuplicateCallbacks, LateCommission, Outage
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.faults import Faults
from robo_trader.simulated_gateway.model import CommissionNote, OrderError
from robo_trader.simulated_gateway.trouble_telling import Telling
from tests.support.exchange_bench import at, later
from tests.support.gateway_bench import Bench

NOW = at("09:31:00")
NOTE = CommissionNote("x.01", 7, Decimal(1), None)
NO = OrderError(7, 1, 201, "no")


def telling(directory: Path, *faults: Fault) -> Telling:
    under = Faults((), NOW, 0)
    for fault in faults:
        under.begin(fault, NOW, 0)
    return Telling(under, Bench(directory).gateway.scribe)


def test_on_a_good_day_everything_is_told_once(tmp_path: Path) -> None:
    it = telling(tmp_path)
    assert it.times_told(NOTE, NOW) == it.times_told(NO, NOW) == 1


def test_errors_are_not_told_again(tmp_path: Path) -> None:
    it = telling(tmp_path, DuplicateCallbacks(times=1))
    assert it.times_told(NO, NOW) == 1
    assert it.times_told(NOTE, NOW) == 2


def test_what_an_outage_withholds_is_released_once_and_in_order(tmp_path: Path) -> None:
    it = telling(tmp_path, Outage())
    assert it.times_told(NO, NOW) == it.times_told(NOTE, NOW) == 0
    assert it.released() == [NO, NOTE]
    assert it.released() == []


def test_what_an_outage_loses_is_never_released(tmp_path: Path) -> None:
    it = telling(tmp_path, Outage(fills="never"))
    assert it.times_told(NOTE, NOW) == 0
    assert it.released() == []


def test_a_late_commission_ripens_once(tmp_path: Path) -> None:
    it = telling(tmp_path, LateCommission(market_seconds=3))
    assert it.times_told(NOTE, NOW) == 0
    assert it.is_late("x.01")
    assert it.ripe(later(NOW, 2.9)) == []
    assert it.ripe(later(NOW, 3)) == [NOTE]
    assert it.ripe(later(NOW, 4)) == []
    assert not it.is_late("x.01")


def test_a_missing_one_never_does_and_is_known_to_who_asks(tmp_path: Path) -> None:
    it = telling(tmp_path, LateCommission(missing=True))
    assert it.times_told(NOTE, NOW) == 0
    assert not it.is_late("x.01")
    assert it.ripe(later(NOW, 1e6)) == []
