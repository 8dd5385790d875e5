"""The history of a world and its hash."""

from robo_trader.simulation.timeline import Timeline


def test_the_hash_is_of_every_line_in_its_order():
    def told(*lines: str) -> str:
        history = Timeline(0)
        for at, line in enumerate(lines):
            history.say(at, "desk", line)
        return history.hash

    assert told("a", "b") == told("a", "b") != told("b", "a")


def test_faults_and_crash_points_are_counted_and_kept_as_lines_for_who_asked():
    history = Timeline(0, keep=True)
    history.fault(2_500_000_000, "F16", "order 7 is swallowed")
    history.point(3_000_000_000, "K3", "desk 1")
    assert history.faults == {"F16": 1} and history.points == {"K3": 1}
    assert history.told()[0].split() == ["2.500", "fault", "F16", "order", "7", "is", "swallowed"]
