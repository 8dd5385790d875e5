"""The verdict on whole logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.verify import Report, verify
from robo_trader.values import NS_PER_SECOND

SECOND = NS_PER_SECOND


class Day:
    """Writes a log the way the gateway does, and has it judged."""

    def __init__(self, path: Path) -> None:
        self._times: Iterator[int] = iter(range(0, 10**15, SECOND // 10))
        self.log = ExchangeLog(path, process_ns=lambda: next(self._times))
        self.clock = 0
        self.log.record("start", 0, account="DU1", cash="100000", positions={}, seed=1, market="none")

    def place(self, order_id: int, side: str, quantity: int, ref: str) -> None:
        fields = [""] * 115
        fields[0], fields[1], fields[3], fields[16], fields[17], fields[26] = "3", str(order_id), "SPY", side, str(quantity), ref
        self.log.frame("in", self.clock, 1, 7, fields)

    def order(self, order_id: int, side: str, quantity: int, ref: str, **changes: object) -> None:
        facts = {"perm_id": 1000 + order_id, "client": 7, "order_id": order_id, "ref": ref, "symbol": "SPY", "side": side, "total": quantity}
        state = {"filled": 0, "remaining": quantity, "status": "Submitted", "type": "MKT", "oca": "", "oca_type": 0}
        self.log.record("order", self.clock, **(facts | state | changes))

    def match(self, order_id: int, side: str, quantity: int, ref: str, price: str, commission: str = "1") -> None:
        facts = {"exec_id": f"e{order_id}.{self.clock}", "perm_id": 1000 + order_id, "client": 7, "order_id": order_id, "ref": ref}
        self.log.record("match", self.clock, **facts, symbol="SPY", side=side, qty=quantity, price=price, at=self.clock, commission=commission)

    def filled(self, order_id: int, side: str, quantity: int, ref: str, price: str, commission: str = "1") -> None:
        self.place(order_id, side, quantity, ref)
        self.order(order_id, side, quantity, ref)
        self.match(order_id, side, quantity, ref, price, commission)
        self.order(order_id, side, quantity, ref, filled=quantity, remaining=0, status="Filled")

    def tick(self) -> None:
        self.log.record("clock", self.clock, to=self.clock + SECOND)
        self.clock += SECOND

    def judged(self, *, after_ns: int | None = None) -> Report:
        self.log.flush()
        with self.log.path.open() as lines:
            return verify(lines, after_ns=after_ns)


def test_a_round_trip_is_clean_and_its_books_are_recomputed(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    day.tick()
    day.filled(2, "SELL", 100, "rt:a:1:y", "168.50")
    report = day.judged()
    assert report.clean, report.violations
    assert (report.cash, report.commissions, report.realised, report.positions) == ("100038", "2", "38", {})
    assert report.orders_per_intent == {"x": 1, "y": 1}
    assert (report.orders, report.fills, report.orders_by_type, report.clock_ns) == (2, 2, {"MKT": 2}, SECOND)
    assert report.symbols["SPY"].uncovered == 100


def test_the_report_is_json(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    told = json.loads(json.dumps(day.judged(after_ns=0).as_dict()))
    assert told["clean"] is True
    assert told["after"]["entries"] == 1
    assert told["orders_per_intent_max"] == 1


def test_one_intent_that_became_two_orders_is_told(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    day.filled(2, "BUY", 100, "rt:a:2:x", "168.10")
    assert "intent x became 2 orders" in day.judged().violations
    assert "intent x was sent 2 times" in day.judged().violations


def test_a_wrong_commission_is_told(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10", commission="1.01")
    assert any("1.01 was charged" in line for line in day.judged().violations)


def test_an_execution_told_twice_is_told_and_counts_once(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    day.match(1, "BUY", 100, "rt:a:1:x", "168.10")
    report = day.judged()
    assert report.positions == {"SPY": 100}
    assert any("told twice" in line for line in report.violations)


def test_a_gateway_that_comes_back_with_its_books_is_clean(tmp_path: Path) -> None:
    day = Day(tmp_path / "log")
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    day.log.record("start", 0, account="DU1", cash="83189", positions={"SPY": 100}, seed=1, market="none")
    assert day.judged().clean
    day.log.record("start", 0, account="DU1", cash="83190", positions={}, seed=1, market="none")
    assert len(day.judged().violations) == 2


def test_shares_held_before_the_log_began_count_for_the_account_and_not_for_us(tmp_path: Path) -> None:
    log = ExchangeLog(tmp_path / "log", process_ns=lambda: 0)
    log.record("start", 0, account="DU1", cash="5", positions={"SPY": 40}, seed=1, market="none")
    log.close()
    report = verify((tmp_path / "log").read_text().splitlines())
    assert (report.positions, report.positions_ours, report.cash) == ({"SPY": 40}, {}, "5")


def test_too_many_messages_in_a_second_are_told(tmp_path: Path) -> None:
    log = ExchangeLog(tmp_path / "log", process_ns=lambda: 5)
    for _ in range(51):
        log.frame("in", 0, 1, 7, ("49", "1"))
    log.close()
    report = verify((tmp_path / "log").read_text().splitlines())
    assert report.rate_per_second_max == 51
    assert not report.clean


def twin_day(path: Path, *, seconds: int, fault: str = "twin_order", twin_of: str = "rt:a:1:y", beside: int = 0, ended: bool = True) -> Report:
    """100 held; a stop becomes two, and the second works for so long, or is there to the end; `beside` shares of another stop work as well."""
    day = Day(path)
    day.filled(1, "BUY", 100, "rt:a:1:x", "168.10")
    day.place(2, "SELL", 100, "rt:a:1:y")
    day.log.record("fault", day.clock, fault=fault, step="befalls", client=7, order_id=2, ref=twin_of, symbol="SPY")
    for perm_id in (1002, 1003):
        day.order(2, "SELL", 100, "rt:a:1:y", perm_id=perm_id, type="STP")
    if beside:
        day.order(4, "SELL", beside, "rt:a:1:z", type="STP")
        day.order(4, "SELL", beside, "rt:a:1:z", type="STP", status="Cancelled")
    day.log.record("clock", day.clock, to=day.clock + seconds * SECOND)
    day.clock += seconds * SECOND
    day.log.record("clock", day.clock, to=day.clock + SECOND)
    if ended:
        day.order(2, "SELL", 100, "rt:a:1:y", perm_id=1003, type="STP", status="Cancelled")
    return day.judged()


def test_two_orders_that_the_exchange_made_of_one_are_not_the_senders_unless_they_stay(tmp_path: Path) -> None:
    assert twin_day(tmp_path / "a", seconds=59).violations == ()
    assert twin_day(tmp_path / "a", seconds=59).orders_per_intent_max == 2
    assert [line.split(":")[0] for line in twin_day(tmp_path / "b", seconds=61).violations] == ["crossing"]
    assert "intent y became 2 orders" in twin_day(tmp_path / "c", seconds=1, fault="swallow_order").violations


def test_a_twin_of_somebody_else_excuses_nothing_of_ours(tmp_path: Path) -> None:
    told = twin_day(tmp_path / "log", seconds=1, twin_of="other:y").violations
    assert [line.split(":")[0] for line in told] == ["intent y became 2 orders", "crossing"]


def test_a_twin_excuses_as_many_shares_as_it_is_of(tmp_path: Path) -> None:
    report = twin_day(tmp_path / "log", seconds=1, beside=30)
    assert [line.split(", first")[0] for line in report.violations] == ["crossing: SPY had 30 shares working beyond the position held"]


def test_a_twin_that_is_there_when_the_log_ends_is_no_longer_excused(tmp_path: Path) -> None:
    report = twin_day(tmp_path / "log", seconds=1, ended=False)
    assert [line.split(":")[0] for line in report.violations] == ["crossing", "crossing"]
    assert (report.symbols["SPY"].crossing, report.symbols["SPY"].crossing_since) == (100, 2 * SECOND)


def test_an_empty_log_proves_nothing_wrong() -> None:
    assert verify([]).clean
