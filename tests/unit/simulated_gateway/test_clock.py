"""The rules of the simulated clock: it stands while anything is under way, and never oversleeps."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.clock import (
    CATCH_UP_NS_MAX,
    RUN_ON_SECONDS_MAX,
    STEP_NS_MAX,
    ProcessReport,
    WireCounts,
    free_running_ns,
    may_move,
    next_step,
    run_on_ns,
)
from robo_trader.values import NS_PER_SECOND, Instant

INSTANTS = st.integers(0, 10 * NS_PER_SECOND).map(Instant)
WIRES = st.dictionaries(st.integers(0, 9), st.builds(WireCounts, written=st.integers(0, 99), read=st.integers(0, 99)), min_size=1, max_size=4)


def resting(counts: dict[int, WireCounts]) -> dict[int, ProcessReport | None]:
    return {client: ProcessReport(client, wire.written, wire.read, idle=True) for client, wire in counts.items()}


@given(counts=WIRES)
def test_the_clock_moves_when_every_count_agrees_and_everyone_rests(counts: dict[int, WireCounts]) -> None:
    assert may_move(resting(counts), counts)


@given(counts=WIRES, data=st.data())
def test_one_process_that_is_not_at_rest_holds_the_clock_for_all(counts: dict[int, WireCounts], data: st.DataObject) -> None:
    reports = resting(counts)
    client = data.draw(st.sampled_from(sorted(reports)))
    report = reports[client]
    assert report is not None
    reports[client] = data.draw(
        st.sampled_from(
            [
                None,
                replace(report, idle=False),
                replace(report, received=report.received - 1),
                replace(report, received=report.received + 1),
                replace(report, sent=report.sent - 1),
                replace(report, sent=report.sent + 1),
            ]
        )
    )
    assert not may_move(reports, counts)


@given(counts=WIRES, data=st.data())
def test_a_frame_that_waits_to_be_carried_out_holds_the_clock(counts: dict[int, WireCounts], data: st.DataObject) -> None:
    client = data.draw(st.sampled_from(sorted(counts)))
    assert not may_move(resting(counts), counts | {client: replace(counts[client], queued=1)})


@given(counts=WIRES, data=st.data())
def test_a_registered_process_that_is_not_connected_holds_the_clock(counts: dict[int, WireCounts], data: st.DataObject) -> None:
    client = data.draw(st.sampled_from(sorted(counts)))
    assert not may_move(resting(counts), {other: wire for other, wire in counts.items() if other != client})


@given(counts=WIRES, others=WIRES)
def test_clients_that_never_registered_do_not_hold_the_clock(counts: dict[int, WireCounts], others: dict[int, WireCounts]) -> None:
    assert may_move(resting(counts), {client + 100: wire for client, wire in others.items()} | counts)


@given(counts=WIRES)
def test_nobody_registered_means_that_the_clock_stands(counts: dict[int, WireCounts]) -> None:
    assert not may_move({}, counts)


@given(now=INSTANTS, end=INSTANTS, deadlines=st.lists(st.none() | INSTANTS, max_size=4))
def test_a_step_goes_forward_at_most_a_second_and_past_no_deadline(now: Instant, end: Instant, deadlines: list[Instant | None]) -> None:
    to = next_step(now, end, deadlines)
    assert now <= to <= now + STEP_NS_MAX
    assert to <= max(now, end)
    assert all(to <= deadline for deadline in deadlines if deadline is not None and deadline > now)


@given(now=INSTANTS, end=INSTANTS, deadlines=st.lists(INSTANTS, max_size=4))
def test_no_step_passes_a_whole_second(now: Instant, end: Instant, deadlines: list[Instant]) -> None:
    to = next_step(now, end, deadlines)
    assert to == now or (to - 1) // NS_PER_SECOND == now // NS_PER_SECOND


@given(now=INSTANTS, end=INSTANTS)
def test_a_step_before_the_end_always_moves(now: Instant, end: Instant) -> None:
    assert (next_step(now, end, [now, Instant(now - 1)]) > now) == (now < end)


@given(seed=st.integers())
def test_the_market_runs_on_for_at_most_two_minutes_and_the_same_seed_draws_the_same(seed: int) -> None:
    drawn = run_on_ns(Random(seed))
    assert 0 <= drawn <= RUN_ON_SECONDS_MAX * NS_PER_SECOND
    assert drawn == run_on_ns(Random(seed))


def test_a_free_running_clock_follows_the_wall_at_its_factor() -> None:
    assert free_running_ns(NS_PER_SECOND // 10, 60) == 6 * NS_PER_SECOND


def test_a_gateway_that_was_stopped_for_a_minute_does_not_race_through_it() -> None:
    assert free_running_ns(60 * NS_PER_SECOND, 1) == CATCH_UP_NS_MAX
