"""One connection and how it goes wrong."""

from robo_trader.simulation.faults import Faults
from robo_trader.simulation.plan import Plan
from robo_trader.simulation.session import Session
from tests.support.world_bench import agenda, always, calm, life, run_until, timeline


def session(plan: Plan | None = None):
    clock, heard, lost = agenda(), [], []
    made = Session(clock, Faults(plan or calm(), clock, timeline(clock)), life(), 7, heard.append, lost.append)
    return clock, made, heard, lost


def test_bytes_keep_their_order_in_each_direction():
    clock, made, heard, _ = session()
    read = []
    for number in range(4):
        made.write(lambda number=number: read.append(number))
        made.tell(number)
    run_until(clock, 1)
    assert read == heard == [0, 1, 2, 3] and made.on_wire == 0


def test_a_reset_loses_what_is_on_its_way_in_both_directions_and_says_so():
    clock, made, heard, lost = session()
    never = []
    made.write(lambda: heard.append("read"), lambda: never.append("frame"))
    made.tell("news")
    made.drop("reset")
    run_until(clock, 1)
    assert not heard and never == ["frame"] and lost == ["reset"] and not made.up


def test_a_connection_that_died_without_a_word_swallows_everything_and_still_holds_the_client_id():
    clock, made, heard, lost = session()
    made.deaf = True
    made.write(lambda: heard.append("read"))
    made.tell("news")
    made.close()
    run_until(clock, 1)
    assert not heard and not lost and made.attached
    made.forget()
    assert not made.attached


def test_what_a_killed_process_had_written_is_read_before_its_end():
    clock, made, heard, _ = session()
    made.write(lambda: heard.append("read"))
    made.life.alive = False
    made.close()
    run_until(clock, 1)
    assert heard == ["read"] and not made.attached


def test_a_message_that_is_late_is_overtaken_and_a_repeated_one_comes_twice():
    clock, made, heard, _ = session()
    made.tell("late", late_ns=500_000_000)
    made.tell("next")
    run_until(clock, 1)
    assert heard == ["next", "late"]
    clock, made, heard, _ = session(always("F09"))
    made.tell("again")
    run_until(clock, 10)
    assert heard == ["again", "again"]
