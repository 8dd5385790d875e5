"""CRC-32C against published answers, and against its own promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.crc32c import crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0x00000000),
        (b"123456789", 0xE3069283),  # the check value of the catalogue of CRCs
        (bytes(32), 0x8A9136AA),  # RFC 3720, B.4: zeros, ones, rising, falling
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_known_answers_hold(data: bytes, expected: int):
    assert crc32c(data) == expected


@given(st.binary(min_size=1, max_size=252), st.sets(st.integers(0, 10_000), min_size=1, max_size=3))
def test_up_to_three_flipped_bits_never_pass(data: bytes, places: set[int]):
    bad = bytearray(data)
    for bit in {place % (8 * len(data)) for place in places}:
        bad[bit // 8] ^= 1 << (bit % 8)
    assert crc32c(bytes(bad)) != crc32c(data)
