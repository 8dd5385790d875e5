"""The machine's use: a rate needs two readings, and what cannot be read is not zero."""

from __future__ import annotations

from pathlib import Path

from robo_trader.production.health_machine import Machine


def proc(root: Path, busy: int, idle: int) -> Path:
    (root / "self" / "fd").mkdir(parents=True, exist_ok=True)
    (root / "stat").write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 99 99\ncpu0 1 2 3\n")
    (root / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\n")
    (root / "self" / "status").write_text("Name:\tx\nThreads:\t7\n")
    (root / "self" / "fd" / "0").write_text("")
    return root


def test_the_processors_use_is_what_was_busy_between_two_readings(tmp_path: Path) -> None:
    machine = Machine(tmp_path, proc(tmp_path / "proc", busy=100, idle=100))
    assert machine.use().cpu_percent is None
    proc(tmp_path / "proc", busy=130, idle=170)
    use = machine.use()
    assert (use.cpu_percent, use.memory_percent, use.open_file_descriptors, use.thread_count) == (30.0, 75.0, 1, 7)
    assert machine.use().cpu_percent == 30.0, "asked again at once, the last rate still holds"


def test_what_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    use = Machine(tmp_path, tmp_path / "nothing").use()
    assert (use.cpu_percent, use.memory_percent, use.open_file_descriptors, use.thread_count) == (None, None, None, None)


def test_this_machine_can_be_read_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    use = Machine(tmp_path / "later" / "still").use()
    assert use.memory_percent is not None and 0 < use.memory_percent <= 100
    assert use.disk_percent is not None and 0 < use.disk_percent <= 100
    assert use.thread_count is not None and use.thread_count >= 1
