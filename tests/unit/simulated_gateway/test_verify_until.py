"""An exchange log up to an instant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.verify_until import up_to


def line(at: int) -> str:
    return f'{{"t":{at},"c":0,"k":"clock","to":{at}}}\n'


@given(st.lists(st.integers(0, 99)).map(sorted), st.integers(0, 99))
def test_what_was_written_later_is_left_out(times: list[int], instant: int) -> None:
    assert list(up_to(map(line, times), instant)) == [line(at) for at in times if at <= instant]


def test_lines_of_an_earlier_boot_stay_whatever_their_clock_said() -> None:
    log = [line(900), line(950), line(3), line(40), line(41)]
    assert list(up_to(log, 40)) == log[:4]


def test_a_torn_line_goes_with_those_before_it() -> None:
    assert list(up_to([line(1), '{"t":'], 5)) == [line(1), '{"t":']
    assert list(up_to([line(1), line(9), '{"t":'], 5)) == [line(1)]
