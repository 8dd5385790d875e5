"""How much may wait, and what a Hello does not show."""

from __future__ import annotations

import pytest

from robo_trader.edge.channel_contract import BUFFER_BYTES_MAX, FRAME_BYTES_MAX, RESERVE_BYTES, Hello, Room

PLAIN_MAX = BUFFER_BYTES_MAX - RESERVE_BYTES


@pytest.mark.parametrize(
    ("pending", "size", "plain", "reserve"),
    [
        (0, 100, True, True),
        (PLAIN_MAX - 100, 100, True, True),
        (PLAIN_MAX - 99, 100, False, True),
        (BUFFER_BYTES_MAX - 100, 100, False, True),
        (BUFFER_BYTES_MAX - 99, 100, False, False),
        (1, FRAME_BYTES_MAX, False, False),
    ],
)
def test_the_last_part_is_for_cancels_and_reducing_orders(pending: int, size: int, plain: bool, reserve: bool):
    assert Room().takes(pending, size, reserve=False) is plain
    assert Room().takes(pending, size, reserve=True) is reserve


def test_behind_the_longest_frame_a_cancel_still_passes_and_nothing_else():
    room = Room()
    assert room.takes(0, FRAME_BYTES_MAX, reserve=False)
    assert not room.takes(FRAME_BYTES_MAX, 100, reserve=False)
    assert room.takes(FRAME_BYTES_MAX, 100, reserve=True)
    assert not room.takes(FRAME_BYTES_MAX + RESERVE_BYTES, 1, reserve=True)


def test_a_token_does_not_get_into_a_log():
    assert "secret" not in repr(Hello("desk", 1, "demo", "secret"))
