"""The guard of tests/unit/conftest.py, seen from outside: planted unit tests that reach out must fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
GUARD = Path(__file__).with_name("unit") / "conftest.py"

PLANTED = """
import socket

def test_connects():
    socket.create_connection(("127.0.0.1", 9), timeout=1)

def test_listens():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))

def test_starts_ray():
    import ray
    ray.init()

def test_writes_elsewhere():
    open("elsewhere.txt", "w")

def test_hides_that_it_writes_elsewhere():
    try:
        open("elsewhere.txt", "w")
    except Exception:
        pass

def test_stays_inside(tmp_path):
    (tmp_path / "inside.txt").write_text("x")
"""


def test_unit_tests_that_reach_outside_fail_and_those_that_stay_inside_pass(pytester: pytest.Pytester) -> None:
    shutil.copy(GUARD, pytester.path / "conftest.py")
    pytester.makepyfile(PLANTED)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", f"--basetemp={pytester.path / 'base'}")
    result.assert_outcomes(failed=5, passed=1)
    assert not (pytester.path / "elsewhere.txt").exists()
