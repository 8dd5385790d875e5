"""The negative control: 23 bugs that somebody could write, each a patch to the sources of today, and what catches it.

A checker or a test that no bug can turn red proves nothing. `WAYS` names for each patch in tests/simulation/mutants what finds it: `worlds from` is
the search through every order of news, with the beginning at which it finds it soonest, `seeds below` so many seeded worlds; where the mutated code
lies outside of those worlds (disks, Ray, HTTP, probes), it is the test that a run of the unit tests would stop at. What a search finds the seeded
worlds must find as well (`BY_SEEDS`). docs/evidence/mutants.md has what each of them said.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATCHES = Path(__file__).parent / "mutants"
SOURCES = ("robo_trader", "actors", "ray_cluster", "tests")
SECONDS_MAX = 800

WORLDS = "worlds from "
SEEDS = "seeds below "

WAYS: dict[str, str] = {
    "01-skip-fsync": "tests/unit/edge/test_journal_store_sqlite.py::test_every_commit_reaches_the_disk",
    "02-send-before-intent-commit": "tests/nodes/test_risk_desk.py::test_an_order_leaves_after_its_intent_is_durable_and_names_the_row",
    "03-resend-on-timeout": f"{WORLDS}an entry that nobody answered for half a minute",
    "04-next-valid-id-without-max": f"{WORLDS}two shares held, their stop acknowledged",
    "05-no-answer-means-nothing-open": f"{WORLDS}an entry that works, and nobody spoke of it for half a minute",
    "06-key-by-order-id": f"{WORLDS}an empty day",
    "07-fills-dropped-while-1100": f"{WORLDS}two shares held, their stop acknowledged",
    "08-in-flight-forgotten-in-exposure": f"{WORLDS}an empty day",
    "09-halt-only-in-memory": f"{WORLDS}an empty day",
    "10-end-of-a-halt-by-the-wall-clock": (
        "tests/unit/edge/test_clock.py::test_a_wall_clock_that_is_stepped_forward_brings_no_end_nearer_and_one_that_is_stepped_back_is_followed"
    ),
    "11-throttle-delays-cancels": "tests/unit/edge/test_last_line.py::test_a_burst_of_entries_leaves_room_for_cancels",
    "12-no-epoch-check": "tests/unit/edge/test_fence_lease.py::test_each_successor_has_the_next_epoch_and_a_released_lease_is_free_at_once",
    "13-alert-sent-before-delivery": (
        "tests/unit/production/test_delivery.py::test_a_failure_is_tried_again_and_a_lasting_one_is_counted_and_costs_no_other"
    ),
    "14-readiness-cached-for-a-minute": "tests/unit/production/test_health.py::test_results_are_used_for_one_interval",
    "15-ray-retries-a-send": "tests/simulation/test_nothing_is_called_twice.py",
    "16-fills-told-apart-by-price-and-time": f"{WORLDS}an entry half filled, its first stop on the wire",
    "17-supervisor-without-window": "tests/unit/supervision/test_budget.py::test_restarts_are_numbered_until_there_is_none_left",
    "18-audit-after-effect": "tests/unit/production/test_stopping.py::test_nothing_is_lifted_unseen",
    "19-stop-counted-in-the-gap": f"{WORLDS}an exit on the wire",
    "20-re-entry-after-stop-out": f"{WORLDS}a flip whose exit has filled by half",  # a decision that came to its size is held by C40 too
    "21-exit-beside-a-live-stop": f"{WORLDS}two shares held, their stop acknowledged",
    "22-external-position-healed": f"{WORLDS}an empty day",
    "23-stop-never-placed": f"{SEEDS}10",
}
SEEDS_MAX = 2_000
BY_SEEDS = (*(name for name, way in WAYS.items() if way.startswith((WORLDS, SEEDS))), "17-supervisor-without-window")
"""What seeded worlds must find, each within so many."""


def patch_of(name: str) -> Path:
    """The patch file of a mutant."""
    return PATCHES / f"{name}.patch"


def complaint(name: str) -> str:
    """Why the patch does not apply to the sources as they are; empty if it does."""
    asked = subprocess.run(["git", "apply", "--check", str(patch_of(name))], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stderr


def copy_of_sources(folder: Path) -> Path:
    """The sources and tests of today, in a folder of their own."""
    for part in SOURCES:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def verdict(folder: Path, way: str) -> tuple[bool, str]:
    """Whether `way` finds something wrong with the sources in `folder`, and what it says."""
    if way.startswith("tests/"):
        command = ["-m", "pytest", way, "-q", "-x", "-p", "no:cacheprovider", f"--basetemp={folder / 'tmp'}"]
    else:
        command = ["-m", "tests.simulation.mutant_judge", *re.split(" from | below ", way, maxsplit=1)]
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    last = [line for line in done.stdout.splitlines() if line.strip()]
    assert last, done.stderr
    if way.startswith("tests/"):
        assert done.returncode in {0, 1}, done.stdout[-2000:]  # 1: a test failed; anything else would be no verdict
        said = [line.removeprefix("E").strip() for line in last if line.startswith("E ")]
        return done.returncode == 1, said[0] if said else last[-1]
    assert (done.returncode == 0) != (last[-1] == "not caught"), done.stderr
    return done.returncode == 0, last[-1]


def caught(name: str, folder: Path, way: str = "") -> tuple[bool, str]:
    """Whether a mutant is caught, by its own way if none is named, and the words of what caught it."""
    copy_of_sources(folder)
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch_of(name))], cwd=folder, check=True, capture_output=True)
    return verdict(folder, way or WAYS[name])
