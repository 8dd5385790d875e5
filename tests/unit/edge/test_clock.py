"""The two clocks are what they say."""

from __future__ import annotations

import time

from robo_trader.edge import clock


def test_process_time_never_goes_back_and_counts_nanoseconds_since_boot():
    first, second = clock.process_ns(), clock.process_ns()
    assert first <= second
    assert abs(second / 1e9 - time.clock_gettime(time.CLOCK_BOOTTIME)) < 5


def test_the_wall_clock_is_nanoseconds_utc():
    assert abs(clock.wall() / 1e9 - time.time()) < 5


def test_the_boot_id_is_sixteen_bytes_and_does_not_change():
    assert len(clock.boot_id()) == 16
    assert clock.boot_id() == clock.boot_id()


def test_a_wall_clock_that_is_stepped_forward_brings_no_end_nearer_and_one_that_is_stepped_back_is_followed():
    now = {"wall": 1000, "process": 10}
    unstepped = clock.UnsteppedWall(lambda: now["wall"], lambda: now["process"])
    now.update(wall=1005, process=15)
    assert unstepped() == 1005
    now.update(wall=9000, process=20)
    assert unstepped() == 1010
    now.update(wall=900, process=25)
    assert unstepped() == 900


def test_a_clock_that_went_back_and_came_forward_again_ends_nothing_early():
    """A seeded world: the clock was an hour behind when a person halted for forty seconds; when it was put right, the halt was over."""
    now = {"wall": 4_000, "process": 10}
    unstepped = clock.UnsteppedWall(lambda: now["wall"], lambda: now["process"])
    now.update(wall=400, process=20)
    assert unstepped() == 400
    now.update(wall=4_020, process=30)
    assert unstepped() == 410
