"""The channel between two processes of a world."""

from robo_trader.simulation.agenda import Life
from robo_trader.simulation.faults import Faults
from robo_trader.simulation.pipe import Pipe
from tests.support.world_bench import agenda, always, calm, life, run_until, timeline


def pipe(plan=None):
    clock = agenda()
    ends: tuple[Life, Life] = (life("gateway"), life("desk"))
    made, told = Pipe(clock, Faults(plan or calm(), clock, timeline(clock)), ends), []
    for end in ends:
        made.received[end.name] = lambda message, name=end.name: told.append((name, message))
        made.closed[end.name] = lambda reason, name=end.name: told.append((name, f"closed: {reason}"))
    return clock, made, ends, told


def test_messages_arrive_in_their_order_even_when_one_is_late():
    clock, made, (_, desk), told = pipe(always("F05"))
    for number in range(5):
        made.send(desk, number)
    run_until(clock, 60)
    assert [message for _, message in told] == [0, 1, 2, 3, 4] and made.pending == 0


def test_what_the_dead_had_written_is_still_read_and_then_the_end():
    clock, made, (gateway, desk), told = pipe()
    made.send(desk, "last word")
    gateway.alive = False
    made.end("gateway died")
    run_until(clock, 1)
    assert told == [("desk", "last word"), ("desk", "closed: gateway died")] and not made.send(desk, "more")


def test_a_channel_that_breaks_loses_what_was_on_its_way():
    clock, made, (_, desk), told = pipe()
    made.send(desk, "lost")
    made.end("broke", broken=True)
    run_until(clock, 1)
    assert told == [("gateway", "closed: broke"), ("desk", "closed: broke")]
