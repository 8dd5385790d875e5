"""Stops through the public API: every answer is read from the fences, by whichever manager is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.edge.root_fence import root_fence_path
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed
from robo_trader.production.emergency_stop import EmergencyStopManager
from robo_trader.production.halting import Place
from robo_trader.production.stop_words import NEVER_BY_ITSELF, EmergencyStopEvent, StopReason, StopScope
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE

System = Callable[..., StateDirectory]
Confirming = Callable[[StateDirectory], AbstractContextManager[None]]


@pytest.fixture
def manager() -> EmergencyStopManager:
    return EmergencyStopManager(confirm_seconds=0.05)


def another() -> EmergencyStopManager:
    return EmergencyStopManager()


def only(directory: StateDirectory) -> Halt:
    (halt,) = Place(directory).standing()
    return halt


@pytest.mark.parametrize(
    ("options", "level", "scope", "target"),
    [
        ({}, HaltLevel.REDUCE_ONLY, HaltScope.ALL, ""),
        ({"cancel_orders": False}, HaltLevel.NO_NEW, HaltScope.ALL, ""),
        ({"close_positions": True}, HaltLevel.HALT_FLATTEN, HaltScope.ALL, ""),
        ({"scope": StopScope.NEW_ORDERS}, HaltLevel.NO_NEW, HaltScope.ALL, ""),
        ({"scope": StopScope.SPECIFIC_SYMBOL, "target": " spy "}, HaltLevel.REDUCE_ONLY, HaltScope.SYMBOL, "SPY"),
        ({"scope": StopScope.SPECIFIC_STRATEGY, "target": "cross"}, HaltLevel.REDUCE_ONLY, HaltScope.STRATEGY, "cross"),
        ({"scope": StopScope.SPECIFIC_ACCOUNT, "target": "DU1"}, HaltLevel.REDUCE_ONLY, HaltScope.ACCOUNT, "DU1"),
        ({"scope": StopScope.SPECIFIC_SYMBOL, "target": "SPY", "close_positions": True}, HaltLevel.HALT_FLATTEN, HaltScope.SYMBOL, "SPY"),
    ],
)
def test_a_stop_means_this_to_the_fence(
    manager: EmergencyStopManager, system: System, options: dict, level: HaltLevel, scope: HaltScope, target: str
):
    directory = system("one")
    event = manager.emergency_stop(StopReason.MANUAL, initiated_by="ann", **options)
    halt = only(directory)
    assert (halt.level, halt.scope, halt.target, halt.reason, halt.by) == (level, scope, target, "manual", "ann")
    assert event.metadata["halt_id"] == halt.id


def test_a_stop_says_a_line_a_system_and_who_confirmed(
    manager: EmergencyStopManager, system: System, confirming: Confirming, caplog: pytest.LogCaptureFixture
) -> None:
    quick, _ = system("quick", running=True), system("idle")
    with confirming(quick):
        event = manager.emergency_stop(StopReason.MANUAL)
    told = event.metadata["systems"]
    assert told["quick"]["recorded"] and told["quick"]["confirmed"]
    assert told["quick"]["epoch"] == 1
    assert told["quick"]["ms"] >= 0
    assert told["idle"]["recorded"] and not told["idle"]["confirmed"]
    said = [record.message.split(":")[0] for record in caplog.records if record.levelno == logging.WARNING]
    assert said == ["quick", "(every system)", "idle"]


def test_a_system_that_does_not_confirm_is_an_error_in_the_log(manager: EmergencyStopManager, system: System, caplog: pytest.LogCaptureFixture):
    system("silent", running=True)
    manager.emergency_stop(StopReason.MANUAL)
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] != []
    assert another().is_stopped


def test_with_no_system_at_all_the_next_one_is_stopped(manager: EmergencyStopManager, system: System) -> None:
    manager.emergency_stop(StopReason.MANUAL)
    system("fresh", running=True)
    assert another().is_stopped
    assert another().check_trading_allowed("SPY")[0] is False


def test_only_a_stop_that_no_place_could_record_raises(manager: EmergencyStopManager, system: System) -> None:
    lost = system("lost")
    lost.journal.write_bytes(b"x")
    lost.fence.unlink()
    event = manager.emergency_stop(StopReason.MANUAL)
    assert not event.metadata["systems"]["lost"]["recorded"]
    assert event.metadata["systems"]["lost"]["problem"]
    root_fence_path().unlink()
    root_fence_path().symlink_to("nowhere")
    with pytest.raises(NotConfirmed, match="could not be recorded anywhere"):
        manager.emergency_stop(StopReason.MANUAL)


def test_after_a_resume_trading_is_allowed_for_every_manager(manager: EmergencyStopManager, system: System) -> None:
    system("one", running=True)
    manager.emergency_stop(StopReason.MANUAL)
    assert another().resume_trading("ann", "checked")
    assert not manager.is_stopped
    assert manager.check_trading_allowed("SPY") == (True, None)
    assert manager.stop_event is None
    assert not another().resume_trading()


def test_a_resume_lifts_peoples_stops_and_leaves_restrictions_and_a_systems_own_halt(manager: EmergencyStopManager, system: System) -> None:
    directory = system("one", running=True)
    fence = Fence.open(directory.fence, create=False)
    fence.raise_halt(Halt("desk-1-IBM", HaltLevel.NO_NEW, HaltScope.SYMBOL, "IBM", "drift", None, "desk"))
    fence.close()
    timed = manager.add_restriction(StopScope.SPECIFIC_SYMBOL, "TSLA", "earnings", duration_minutes=30)
    manager.emergency_stop(StopReason.MANUAL)
    manager.emergency_stop(StopReason.MARKET_HALT, StopScope.SPECIFIC_SYMBOL, "SPY")
    assert manager.resume_trading()
    assert set(another().restrictions) == {timed.id, "desk-1-IBM"}
    assert another().remove_restriction("desk-1-IBM")
    assert another().remove_restriction(timed.id)
    assert not another().remove_restriction(timed.id)
    assert another().restrictions == {}


def test_a_systems_own_halt_of_everything_keeps_a_resume_from_saying_yes(manager: EmergencyStopManager, system: System) -> None:
    fence = Fence.open(system("one", running=True).fence, create=False)
    fence.raise_halt(Halt("tree-1", HaltLevel.NO_NEW, HaltScope.ALL, "", "gave up", None, "tree"))
    fence.close()
    manager.emergency_stop(StopReason.MANUAL)
    assert manager.resume_trading() is False
    assert manager.is_stopped
    assert manager.remove_restriction("tree-1")
    assert not manager.is_stopped


@pytest.mark.parametrize(
    ("scope", "target", "question"),
    [
        (StopScope.SPECIFIC_SYMBOL, "SPY", {"symbol": "spy"}),
        (StopScope.SPECIFIC_STRATEGY, "cross", {"strategy": "cross"}),
        (StopScope.SPECIFIC_ACCOUNT, "DU1", {"account": "DU1"}),
    ],
)
def test_a_scoped_stop_stops_its_target_and_nothing_else(manager: EmergencyStopManager, scope: StopScope, target: str, question: dict) -> None:
    manager.emergency_stop(StopReason.MANUAL, scope, target)
    assert another().check_trading_allowed(**question)[0] is False
    assert another().check_trading_allowed("IBM", "momentum", "DU2") == (True, None)
    assert not another().is_stopped
    assert another().resume_trading()
    assert another().check_trading_allowed(**question)[0] is True


def test_exits_pass_a_stop_unless_everything_is_being_sold(manager: EmergencyStopManager) -> None:
    manager.emergency_stop(StopReason.MANUAL, StopScope.NEW_ORDERS)
    assert manager.check_trading_allowed("SPY")[0] is False
    assert manager.check_trading_allowed("SPY", reducing=True) == (True, None)
    manager.emergency_stop(StopReason.MANUAL, close_positions=True)
    assert manager.check_trading_allowed("SPY", reducing=True)[0] is False


def test_the_reason_given_names_the_halt_that_must_be_lifted(manager: EmergencyStopManager) -> None:
    event = manager.emergency_stop(StopReason.MANUAL, message="odd prints", initiated_by="ann")
    why = manager.check_trading_allowed("SPY")[1]
    assert why is not None
    assert event.metadata["halt_id"] in why and "odd prints" in why and "ann" in why


def test_two_restrictions_in_one_second_are_two(manager: EmergencyStopManager) -> None:
    made = [manager.add_restriction(StopScope.SPECIFIC_SYMBOL, symbol, StopReason.COMPLIANCE) for symbol in ("SPY", "IBM")]
    assert set(another().restrictions) == {restriction.id for restriction in made}
    assert [another().check_trading_allowed(symbol)[0] for symbol in ("SPY", "IBM", "TSLA")] == [False, False, True]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 65_536])
def test_a_corrupt_record_stops_and_does_not_free(manager: EmergencyStopManager, system: System, damage: bytes) -> None:
    system("one", running=True).fence.write_bytes(damage)
    assert another().is_stopped
    assert another().check_trading_allowed("SPY")[0] is False
    assert manager.resume_trading() is False


def test_a_timed_stop_ends_by_itself_and_lifts_no_other(manager: EmergencyStopManager, monkeypatch: pytest.MonkeyPatch) -> None:
    event = manager.emergency_stop(StopReason.CONNECTION_LOST, auto_resume_minutes=5)
    assert event.auto_resume and event.resume_after is not None
    manager.emergency_stop(StopReason.MAX_LOSS)
    later = clock.wall() + 6 * NS_PER_MINUTE
    monkeypatch.setattr(clock, "wall", lambda: later)
    now = another().stop_event
    assert now is not None and now.reason is StopReason.MAX_LOSS
    assert another().resume_trading("ann", "checked")
    assert not another().is_stopped


@pytest.mark.parametrize("reason", sorted(NEVER_BY_ITSELF))
def test_a_loss_never_resumes_by_itself(manager: EmergencyStopManager, system: System, reason: StopReason) -> None:
    directory = system("one")
    event = manager.emergency_stop(reason, auto_resume_minutes=5)
    assert not event.auto_resume and event.resume_after is None
    assert "a person must" in event.metadata["notes"][0]
    assert only(directory).until is None


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), 1e12])
def test_an_end_that_makes_no_sense_is_no_end(manager: EmergencyStopManager, minutes: float) -> None:
    event = manager.emergency_stop(StopReason.MANUAL, auto_resume_minutes=minutes)
    assert not event.auto_resume and event.resume_after is None
    assert "no time" in event.metadata["notes"][0]
    assert another().is_stopped


@pytest.mark.parametrize("target", [None, "", "  "])
def test_a_scoped_stop_without_a_target_stops_everything_and_says_so(manager: EmergencyStopManager, target: str | None) -> None:
    event = manager.emergency_stop(StopReason.MANUAL, StopScope.SPECIFIC_SYMBOL, target)
    assert another().is_stopped
    assert "everything is halted" in event.metadata["notes"][0]


def test_a_callback_may_use_the_manager_and_one_that_fails_keeps_nobody_else_from_hearing(manager: EmergencyStopManager) -> None:
    heard: list[tuple[str, bool]] = []

    def fails(_: EmergencyStopEvent) -> None:
        raise ValueError("a caller's bug")

    manager.register_callback(fails)
    manager.register_callback(lambda event: heard.append((event.metadata["action"], manager.is_stopped)))
    with pytest.raises(ValueError, match="a caller's bug"):
        manager.emergency_stop(StopReason.MANUAL)
    with pytest.raises(ValueError, match="a caller's bug"):
        manager.resume_trading()
    assert heard == [("stop", True), ("resume", False)]


def test_history_and_trail_outlive_the_manager_and_hold_the_resume(manager: EmergencyStopManager) -> None:
    stopped = manager.emergency_stop(StopReason.MANUAL, message="odd prints", initiated_by="ann")
    manager.resume_trading("bob", "checked")
    trail = another().get_audit_trail()
    assert [(line["metadata"]["action"], line["initiated_by"], line["message"]) for line in trail] == [
        ("stop", "ann", "odd prints"),
        ("resume", "bob", "checked"),
    ]
    assert another().stop_history == [stopped]
    assert another().get_audit_trail(1) == trail[1:]
    assert another().get_audit_trail(0) == []


def test_a_halt_that_somebody_else_raised_is_in_the_trail_while_it_stands(manager: EmergencyStopManager, system: System) -> None:
    fence = Fence.open(system("one").fence, create=False)
    fence.raise_halt(Halt("desk-1-IBM", HaltLevel.NO_NEW, HaltScope.SYMBOL, "IBM", "drift", None, "desk"))
    fence.close()
    (line,) = manager.get_audit_trail()
    assert (line["metadata"]["halt_id"], line["initiated_by"], line["reason"]) == ("desk-1-IBM", "desk", "system_error")


def test_the_status_is_the_fences(manager: EmergencyStopManager, system: System) -> None:
    system("one", running=True)
    assert another().get_status()["is_stopped"] is False
    manager.emergency_stop(StopReason.MANUAL, message="odd prints")
    manager.add_restriction(StopScope.SPECIFIC_SYMBOL, "SPY", "earnings")
    status = another().get_status()
    assert status["is_stopped"] is True
    assert status["current_stop"]["message"] == "odd prints"
    assert [restriction["target"] for restriction in status["active_restrictions"]] == ["SPY"]
    assert status["stop_history_count"] == 1
    assert status["last_stop"]["message"] == "odd prints"
    assert status["systems"]["one"]["running"] is True
    assert len(status["systems"]["one"]["halts"]) == 2


def test_a_stop_in_a_system_at_rest_is_not_the_running_ones(manager: EmergencyStopManager, system: System) -> None:
    idle = Fence.open(system("idle").fence, create=False)
    idle.raise_halt(Halt("desk-1-SPY", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "drift", None, "desk"))
    idle.close()
    assert manager.check_trading_allowed("SPY")[0] is False, "nothing runs: the idle one could be next"
    system("busy", running=True)
    assert manager.check_trading_allowed("SPY") == (True, None)


def test_what_the_predecessor_was_given_is_not_used_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    EmergencyStopManager(object(), object())
    assert "neither" in caplog.text
