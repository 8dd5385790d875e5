"""Who moves the clock, without an event loop: turns are run by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.clock import RUN_ON_SECONDS_MAX
from robo_trader.simulated_gateway.clock_driver import PERIOD_SECONDS_MAX, PERIOD_SECONDS_MIN, FreeDriver, LockstepDriver
from robo_trader.simulated_gateway.control import ControlLine
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.clock_bench import Loop, Process, StandIn

SECOND = NS_PER_SECOND


def lockstep(world: StandIn, seed: int = 1) -> tuple[LockstepDriver, Loop]:
    loop = Loop()
    driver = LockstepDriver(world, seed=seed, soon=loop.soon, later=loop.later)
    driver.start()
    return driver, loop


def test_nothing_moves_before_a_process_registers_and_reports() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    driver.consider()
    loop.settle()
    process = Process(driver, world)
    loop.settle()
    assert world.now == process.clock == 0


def test_a_resting_process_lets_the_clock_run_until_something_is_told() -> None:
    world = StandIn(chatter=5)
    driver, loop = lockstep(world)
    process = Process(driver, world)
    process.report()
    loop.settle()
    assert world.now == 5 * SECOND
    process.report()
    loop.settle()
    assert world.now == 10 * SECOND


def test_a_busy_or_unconnected_process_holds_the_clock() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    process = Process(driver, world)
    process.report(idle=False)
    loop.settle()
    world.connected = False
    process.report()
    loop.settle()
    assert world.now == 0


def test_frames_that_are_read_later_free_the_clock_without_a_new_report() -> None:
    world = StandIn(chatter=1)
    driver, loop = lockstep(world)
    world.read = 60
    process = Process(driver, world)
    process.report()
    world.read = 55
    loop.settle()
    assert world.now == 0
    world.read = 60
    driver.consider()
    loop.settle()
    assert world.now == SECOND


def test_the_clock_stops_on_a_deadline_and_then_goes_on() -> None:
    world = StandIn(end=3)
    driver, loop = lockstep(world)
    Process(driver, world).report(deadline=SECOND + 7)
    loop.settle()
    assert world.steps == [SECOND, SECOND + 7, 2 * SECOND, 3 * SECOND]


def test_the_clock_stops_at_the_markets_end() -> None:
    world = StandIn(end=3)
    driver, loop = lockstep(world)
    Process(driver, world).report()
    loop.settle()
    assert world.now == world.end
    assert not loop.soon_due


def test_leaving_in_order_stops_the_clock_at_once() -> None:
    world = StandIn(chatter=5)
    driver, loop = lockstep(world)
    process = Process(driver, world)
    process.report()
    process.unregister()
    loop.settle()
    loop.pass_time()
    assert world.now == 0
    assert world.told == ["joined 7", "left 7"]


@given(seed=st.integers(0, 10**6))
def test_after_a_crash_the_market_runs_on_for_a_while_and_then_waits(seed: int) -> None:
    def crash() -> StandIn:
        world = StandIn()
        driver, loop = lockstep(world, seed)
        Process(driver, world).line.lost()
        assert world.now == 0
        loop.pass_time()
        loop.settle()
        return world

    world = crash()
    assert 0 <= world.now <= RUN_ON_SECONDS_MAX * SECOND
    assert world.told == ["joined 7", "left 7 by a crash"]
    assert crash().now == world.now


def test_a_process_that_comes_back_early_finds_the_market_run_on() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    Process(driver, world).line.lost()
    back = Process(driver, world)
    assert back.clock == world.now > 0
    loop.pass_time()
    assert world.now == back.clock


def test_while_another_process_takes_part_a_crash_moves_nothing_by_itself() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    process = Process(driver, world)
    ControlLine(driver.members).feed(b'{"op": "register", "client_id": 8}\n')
    process.line.lost()
    loop.settle()
    loop.pass_time()
    assert world.now == 0


def test_a_stopped_driver_moves_nothing_any_more() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    Process(driver, world).report()
    driver.stop()
    loop.settle()
    assert world.now == 0


def test_a_crash_after_the_end_moves_nothing() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    process = Process(driver, world)
    driver.stop()
    process.line.lost()
    loop.pass_time()
    assert world.now == 0


class Wall:
    """Process time."""

    def __init__(self) -> None:
        self.ns = 5

    def __call__(self) -> int:
        return self.ns


def free(world: StandIn, speed: float) -> tuple[FreeDriver, Loop, Wall]:
    loop, wall = Loop(), Wall()
    driver = FreeDriver(world, speed=speed, later=loop.later, process_ns=wall)
    driver.start()
    return driver, loop, wall


@given(speed=st.sampled_from([0.5, 1.0, 7.0, 60.0]), pauses=st.lists(st.integers(0, SECOND // 10), max_size=30))
def test_a_free_clock_goes_as_far_as_the_wall_at_its_factor(speed: float, pauses: list[int]) -> None:
    world = StandIn(end=10**6)
    _, loop, wall = free(world, speed)
    for pause in pauses:
        wall.ns += pause
        loop.pass_time()
    assert abs(world.now - sum(pauses) * speed) <= len(pauses)


def test_a_free_clock_does_not_make_up_for_a_gateway_that_stood_still() -> None:
    world = StandIn(end=10**6)
    _, loop, wall = free(world, 10.0)
    wall.ns += 3600 * SECOND
    loop.pass_time()
    assert world.now <= 5 * SECOND


def test_a_free_clock_stops_at_the_markets_end_and_asks_for_no_more_turns() -> None:
    world = StandIn(end=2)
    _, loop, wall = free(world, 60.0)
    for _ in range(10):
        wall.ns += SECOND // 10
        loop.pass_time()
    assert world.now == world.end
    assert not loop.later_due


def test_a_free_clock_waits_for_nobody() -> None:
    world = StandIn()
    driver, loop, wall = free(world, 1.0)
    process = Process(driver, world)
    process.report(idle=False)
    wall.ns += SECOND // 10
    loop.pass_time()
    assert world.now == SECOND // 10
    process.unregister()
    assert world.told == ["joined 7", "left 7"]


@given(speed=st.floats(0.001, 10_000))
def test_the_period_is_bounded(speed: float) -> None:
    assert PERIOD_SECONDS_MIN <= free(StandIn(), speed)[0].period_seconds <= PERIOD_SECONDS_MAX


def test_while_the_gateway_is_cut_off_the_market_goes_on_without_its_process() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    Process(driver, world)
    world.connected, world.alone_until = False, Instant(90 * SECOND)
    driver.consider()
    loop.settle()
    assert world.now == 90 * SECOND
    driver.consider()
    loop.settle()
    assert world.now == 90 * SECOND


def test_a_process_that_is_still_connected_is_waited_for_however_cut_off_the_gateway_is() -> None:
    world = StandIn()
    driver, loop = lockstep(world)
    Process(driver, world).report(idle=False)
    world.alone_until = Instant(90 * SECOND)
    driver.consider()
    loop.settle()
    assert world.now == 0


def test_without_any_process_nothing_goes_on() -> None:
    world = StandIn(end=10)
    driver, loop = lockstep(world)
    world.connected, world.alone_until = False, Instant(90 * SECOND)
    driver.consider()
    loop.settle()
    assert world.now == 0
    Process(driver, world)
    driver.consider()
    loop.settle()
    assert world.now == world.end
