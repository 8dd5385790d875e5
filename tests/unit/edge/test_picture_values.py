"""The keys of each section, as the page and `status` read them."""

from __future__ import annotations

from typing import get_args, get_origin, get_type_hints, is_typeddict

import pytest

from robo_trader.edge.picture_values import VALUES, BookLine, HaltLine
from tests.support.pictures import HALT, section_values


@pytest.mark.parametrize("name", VALUES)
def test_every_section_is_described_key_by_key_down_to_its_lines(name: str):
    described = VALUES[name]
    written = section_values()[name]
    assert set(written) == set(get_type_hints(described))
    for key, kind in get_type_hints(described).items():
        if get_origin(kind) is list and is_typeddict(get_args(kind)[0]):
            for line in written[key]:
                assert set(line) == set(get_type_hints(get_args(kind)[0]))


def test_a_halt_is_told_with_who_and_why_and_a_book_with_what_covers_it():
    assert set(HALT) == set(get_type_hints(HaltLine))
    assert {"position", "covered", "stop"} <= set(get_type_hints(BookLine))
