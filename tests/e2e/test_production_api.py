"""The public API across processes: the one-line halt from anywhere, and the predecessor's halt defects, each looked at by a second manager elsewhere.

The second process has the standard library and this package, and no third-party package at all: what it can do works when everything else is broken.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.days import DATE, Day, path
from tests.support.running import Product, held

pytestmark = pytest.mark.timeout(300)
SYSTEM = "api"
ONE_LINE = "from robo_trader.production import EmergencyStopManager, StopReason; m = EmergencyStopManager(); m.emergency_stop(StopReason.MANUAL)"
IMPORTS = "from robo_trader.production import EmergencyStopManager, StopReason, StopScope; m = EmergencyStopManager()"


class Elsewhere:
    """Runs lines in a new process, in another directory, with the standard library and this package only."""

    def __init__(self, state: Path, folder: Path) -> None:
        self._environment = {"PATH": os.environ["PATH"], "ROBO_TRADER_STATE_DIR": str(state)}
        self._folder = folder
        folder.mkdir()

    def run(self, lines: str) -> subprocess.CompletedProcess[str]:
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{lines}"
        command = [sys.executable, "-S", "-I", "-c", code]
        return subprocess.run(command, capture_output=True, text=True, env=self._environment, cwd=self._folder, timeout=60, check=False)

    def do(self, lines: str) -> str:
        done = self.run(f"{IMPORTS}\n{lines}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tell(self, expression: str) -> Any:
        """The value of an expression about `m`, a new manager."""
        return json.loads(self.do(f"import json; sys.stdout.write(json.dumps({expression}))"))


@pytest.fixture
def elsewhere(product: Product, tmp_path: Path) -> Elsewhere:
    return Elsewhere(product.state, tmp_path / "elsewhere")


def test_the_halt_loads_nothing_but_the_standard_library_and_ourselves(elsewhere: Elsewhere) -> None:
    done = elsewhere.run(f"{ONE_LINE}\nsys.stdout.write('\\n'.join(sys.modules))")
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - set(sys.stdlib_module_names) - {"__main__", "robo_trader"} == set()


def test_all_names_of_the_predecessor_can_be_imported() -> None:
    lines = """
import robo_trader.production as p
assert len(p.__all__) == 27, p.__all__
assert all(getattr(p, name).__name__ == name for name in p.__all__)
assert set(p.__all__) <= set(dir(p))
"""
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


# The predecessor's defects (a resume that frees nothing, a restart that forgets, and so on), seen from a second process.


def test_a_resume_frees_what_the_stop_stopped(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.emergency_stop(StopReason.MANUAL)")
    assert elsewhere.tell("m.check_trading_allowed('SPY')")[0] is False
    assert elsewhere.tell("m.resume_trading('ann', 'checked')") is True
    assert elsewhere.tell("[m.check_trading_allowed('SPY'), m.is_stopped]") == [[True, None], False]


def test_a_new_process_knows_the_stop_its_history_and_how_to_resume(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.emergency_stop(StopReason.MANUAL, message='odd prints')")
    assert elsewhere.tell("[m.is_stopped, len(m.stop_history), m.stop_event.message]") == [True, 1, "odd prints"]
    assert elsewhere.tell("m.resume_trading()") is True


@pytest.mark.parametrize("scope", ["SYMBOL", "STRATEGY", "ACCOUNT"])
def test_a_scoped_stop_stops_its_target_alone(elsewhere: Elsewhere, scope: str) -> None:
    elsewhere.do(f"m.emergency_stop(StopReason.MANUAL, StopScope.SPECIFIC_{scope}, 'X')")
    assert elsewhere.tell("m.is_stopped") is False
    assert elsewhere.tell(f"m.check_trading_allowed({scope.lower()}='X')[0]") is False
    assert elsewhere.tell(f"m.check_trading_allowed({scope.lower()}='Y')[0]") is True


def test_new_orders_stops_no_exit(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.emergency_stop(StopReason.MANUAL, StopScope.NEW_ORDERS)")
    assert elsewhere.tell("[m.check_trading_allowed('SPY')[0], m.check_trading_allowed('SPY', reducing=True)[0]]") == [False, True]


def test_two_restrictions_of_one_second_both_hold(elsewhere: Elsewhere) -> None:
    elsewhere.do("[m.add_restriction(StopScope.SPECIFIC_SYMBOL, s, 'ban') for s in ('SPY', 'IBM')]")
    assert elsewhere.tell("[m.check_trading_allowed(s)[0] for s in ('SPY', 'IBM', 'TSLA')]") == [False, False, True]


@pytest.mark.parametrize("damage", [b"", b'{"is_stopped": false}', b"\xff" * 65_536])
def test_a_corrupt_record_stops(elsewhere: Elsewhere, product: Product, damage: bytes) -> None:
    elsewhere.do("m.add_restriction(StopScope.SPECIFIC_SYMBOL, 'SPY', 'ban')")
    (product.state / "fence").write_bytes(damage)
    assert elsewhere.tell("[m.is_stopped, m.check_trading_allowed('IBM')[0], m.resume_trading()]") == [True, False, False]


def test_an_automatic_resume_needs_no_process_and_lifts_no_loss(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.emergency_stop(StopReason.CONNECTION_LOST, auto_resume_minutes=5)")
    later = "from robo_trader.edge import clock; now = clock.wall(); clock.wall = lambda: now + 360 * 10**9"
    assert elsewhere.do(f"{later}; sys.stdout.write(str(m.is_stopped))") == "False"
    elsewhere.do("m.emergency_stop(StopReason.MAX_LOSS, auto_resume_minutes=5)")
    assert elsewhere.do(f"{later}; sys.stdout.write(m.stop_event.reason.value)") == "max_loss"
    assert elsewhere.tell("[m.resume_trading('ann', 'checked'), m.is_stopped]") == [True, False]


def test_no_time_is_no_automatic_resume(elsewhere: Elsewhere) -> None:
    elsewhere.do("assert not m.emergency_stop(StopReason.MANUAL, auto_resume_minutes=0).auto_resume")
    assert elsewhere.tell("m.stop_event.auto_resume") is False


def test_a_resume_keeps_other_peoples_timed_restrictions(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.add_restriction(StopScope.SPECIFIC_SYMBOL, 'SPY', 'earnings', duration_minutes=30); m.emergency_stop(StopReason.MANUAL)")
    assert elsewhere.tell("m.resume_trading()") is True
    assert elsewhere.tell("[r.target for r in m.restrictions.values()]") == ["SPY"]


def test_a_callback_that_uses_the_manager_does_not_hang(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.register_callback(lambda event: m.get_status()); m.emergency_stop(StopReason.MANUAL); m.resume_trading()")
    assert elsewhere.tell("m.is_stopped") is False


def test_the_working_directory_does_not_matter(elsewhere: Elsewhere, product: Product, tmp_path: Path) -> None:
    elsewhere.do("import os; os.chdir('/'); m.emergency_stop(StopReason.MANUAL)")
    assert elsewhere.tell("m.is_stopped") is True
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (product.state / "fence").is_file()


def test_the_trail_is_on_disk_and_holds_the_resume(elsewhere: Elsewhere) -> None:
    elsewhere.do("m.emergency_stop(StopReason.MANUAL, initiated_by='ann')")
    elsewhere.do("m.resume_trading('bob', 'checked')")
    assert elsewhere.tell("[(e['metadata']['action'], e['initiated_by']) for e in m.get_audit_trail()]") == [["stop", "ann"], ["resume", "bob"]]


def test_a_halt_of_the_command_line_and_one_of_the_api_are_the_same_thing(elsewhere: Elsewhere, product: Product) -> None:
    assert product.run("halt", "--by", "ann").returncode == 0
    assert elsewhere.tell("[m.is_stopped, m.stop_event.initiated_by]") == [True, "ann"]
    assert elsewhere.tell("m.resume_trading('bob', 'checked')") is True
    elsewhere.do("m.emergency_stop(StopReason.MANUAL)")
    assert product.run("resume", "--all", "--by", "ann", "--reason", "checked").returncode == 0
    assert elsewhere.tell("m.is_stopped") is False


# Against a running system.


def zigzag(root: Path) -> Path:
    corners = [(minute, 16_000 + (40 if minute // 8 % 2 else -40)) for minute in range(0, 211, 8)]
    return Day(path(*corners), seconds=210 * 60).write(root)


def arguments(root: Path, *more: str) -> tuple[str, ...]:
    common = ("run", "--system", SYSTEM, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9")
    return (*common, "--quantity", "100", "--json", *more)


@pytest.mark.long
def test_the_one_liner_halts_a_running_system_which_confirms_and_sends_no_entry_after(elsewhere: Elsewhere, product: Product, tmp_path: Path) -> None:
    trader = product.start(*arguments(zigzag(tmp_path / "day"), "--speed", "60"))
    product.wait_for(SYSTEM, lambda status: held(status) != 0)
    done = elsewhere.run(ONE_LINE)
    assert done.returncode == 0, done.stderr
    assert f"{SYSTEM}: halt stop-" in done.stderr
    assert "recorded and confirmed by epoch" in done.stderr
    (stop,) = elsewhere.tell("m.get_audit_trail()")
    told = stop["metadata"]["systems"][SYSTEM]
    assert told["confirmed"] and told["epoch"] >= 1 and told["ms"] < 2000
    product.wait_for(SYSTEM, lambda s: s["state"] == "halted" and held(s) == 0)
    log = product.state / SYSTEM / "exchange.jsonl"
    report = json.loads(product.run("sim-gateway", "--verify", str(log), "--after", str(told["confirmed_ns"]), "--json").stdout)
    assert report["after"]["entries"] == 0
    assert elsewhere.tell("m.resume_trading('ann', 'checked')") is True
    product.wait_for(SYSTEM, lambda s: not s["halts"])
    trader.send_signal(signal.SIGINT)
    trader.communicate(timeout=30)
