"""The message rate: any one-second window, and the burst after a stall."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.verify_rate import FRAMES_PER_SECOND_MAX, Rate
from robo_trader.simulated_gateway.verify_records import FrameIn, Slowed, Stall
from robo_trader.values import NS_PER_SECOND


def heard(times: list[int], conn: int = 1) -> Rate:
    rate = Rate()
    for at in times:
        rate.take(FrameIn(at, conn, 7, ("49", "1")))
    return rate


@given(st.lists(st.integers(0, 5 * NS_PER_SECOND), min_size=1, max_size=80).map(sorted))
def test_the_most_is_that_of_the_busiest_second(times: list[int]) -> None:
    busiest = max(sum(1 for other in times if 0 <= at - other < NS_PER_SECOND) for at in times)
    assert heard(times).most[1] == busiest


def test_the_limit_is_allowed_and_one_more_is_not() -> None:
    step = NS_PER_SECOND // 100
    assert not heard([n * step for n in range(FRAMES_PER_SECOND_MAX)]).violations()
    assert heard([n * step for n in range(FRAMES_PER_SECOND_MAX + 1)]).violations()


def test_connections_do_not_add_up() -> None:
    rate = heard(list(range(40)))
    for at in range(40):
        rate.take(FrameIn(at, 2, 8, ("49", "1")))
    assert not rate.violations()
    assert dict(rate.most) == {1: 40, 2: 40}


def test_a_burst_read_after_a_stall_is_counted_and_not_judged() -> None:
    rate = Rate()
    rate.stalled(Stall(at=100, ns=3 * NS_PER_SECOND))
    for at in range(100, 200):
        rate.take(FrameIn(at, 1, 7, ("49", "1")))
    assert rate.most[1] == 100
    assert not rate.violations()


def test_judgement_resumes_a_second_after_a_stall() -> None:
    rate = Rate()
    rate.stalled(Stall(at=0, ns=3 * NS_PER_SECOND))
    for at in range(NS_PER_SECOND - 20, NS_PER_SECOND + FRAMES_PER_SECOND_MAX + 1):
        rate.take(FrameIn(at, 1, 7, ("49", "1")))
    assert rate.most_judged[1] == FRAMES_PER_SECOND_MAX + 1
    assert rate.violations()


def test_a_client_that_leaves_its_pace_to_the_gateway_is_counted_and_not_judged() -> None:
    rate = Rate()
    rate.slowed(Slowed(1))
    for at in range(60):
        rate.take(FrameIn(at, 1, 7, ("49", "1")))
        rate.take(FrameIn(at, 2, 8, ("49", "1")))
    assert rate.violations() == ["connection 2 sent 60 messages within one second, 50 are allowed"]
    assert rate.most[1] == 60
