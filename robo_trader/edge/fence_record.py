"""The fence's bytes: 16 pages of 4 KiB, records of 256 bytes, each in two copies.

    page 0        lease (A, B)
    page 1        words, A and B each: all, overflow, lifted, seen
    pages 2-5     64 halts, copy A;   pages 6-9  the same, copy B
    pages 10-14   40 reserve records, copy A, then copy B
    page 15       the bell: 16 bytes that change after every change of a halt

A record is CRC-32C, magic, kind, index, sequence, then 240 bytes of payload. A writer overwrites the older copy first, so a torn write leaves the
other one as it was; what must survive a flipped bit as well is written to both copies before anyone is told. The valid copy with the higher
sequence holds. The copies of one record never share a sector. Both invalid = unreadable, and whoever asks must assume the worst.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from robo_trader.edge.crc32c import crc32c

PAGE: Final = 4096
FILE_SIZE: Final = 16 * PAGE
RECORD_SIZE: Final = 256
HALTS_MAX: Final = 64
RESERVES_MAX: Final = 40
BELL_OFFSET: Final = 15 * PAGE
BELL_SIZE: Final = 16

_CRC: Final = struct.Struct("<I")
_HEAD: Final = struct.Struct("<HBBQ")
_MAGIC: Final = 0x5254
_PREFIX_SIZE: Final = _CRC.size + _HEAD.size
PAYLOAD_SIZE: Final = RECORD_SIZE - _PREFIX_SIZE


class Kind(IntEnum):
    """What a record is; part of its bytes, so that no record can pass for another."""

    LEASE = 1
    ALL = 2
    OVERFLOW = 3
    LIFTED = 4
    SEEN = 5
    HALT = 6
    RESERVE = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """One record's two places in the file, as offsets in bytes."""

    kind: Kind
    index: int
    a: int
    b: int

    def __str__(self) -> str:
        """The name that people read."""
        return f"{self.kind.name.lower()} record {self.index}" if self.kind in (Kind.HALT, Kind.RESERVE) else f"{self.kind.name.lower()} word"


@dataclass(frozen=True, slots=True)
class Record:
    """A valid copy: its write count and its payload (padded with zeros to `PAYLOAD_SIZE`)."""

    sequence: int
    payload: bytes


def _word(kind: Kind, place: int) -> Cell:
    """One of the four words of page 1, two sectors apart from its copy."""
    return Cell(kind, 0, PAGE + place * 512, PAGE + 2048 + place * 512)


LEASE: Final = Cell(Kind.LEASE, 0, 0, 2048)
ALL: Final = _word(Kind.ALL, 0)
OVERFLOW: Final = _word(Kind.OVERFLOW, 1)
LIFTED: Final = _word(Kind.LIFTED, 2)
SEEN: Final = _word(Kind.SEEN, 3)
HALTS: Final = tuple(Cell(Kind.HALT, i, 2 * PAGE + i * RECORD_SIZE, 6 * PAGE + i * RECORD_SIZE) for i in range(HALTS_MAX))
_RESERVE_B: Final = 10 * PAGE + RESERVES_MAX * RECORD_SIZE
RESERVES: Final = tuple(Cell(Kind.RESERVE, i, 10 * PAGE + i * RECORD_SIZE, _RESERVE_B + i * RECORD_SIZE) for i in range(RESERVES_MAX))
CELLS: Final = (LEASE, ALL, OVERFLOW, LIFTED, SEEN, *HALTS, *RESERVES)


def pack(cell: Cell, sequence: int, payload: bytes) -> bytes:
    """The 256 bytes of one copy."""
    assert len(payload) <= PAYLOAD_SIZE, f"a payload of {len(payload)} bytes does not fit"
    body = _HEAD.pack(_MAGIC, cell.kind, cell.index, sequence) + payload.ljust(PAYLOAD_SIZE, b"\0")
    return _CRC.pack(crc32c(body)) + body


@lru_cache(maxsize=1024)
def _unpack(kind: Kind, index: int, raw: bytes) -> Record | None:
    """Remembers what it has read: a poll that finds the old bytes costs no checksum."""
    if len(raw) != RECORD_SIZE or _CRC.unpack_from(raw)[0] != crc32c(raw[_CRC.size :]):
        return None
    magic, found_kind, found_index, sequence = _HEAD.unpack_from(raw, _CRC.size)
    if (magic, found_kind, found_index) != (_MAGIC, kind, index):
        return None
    return Record(sequence, raw[_PREFIX_SIZE:])


def unpack(cell: Cell, raw: bytes) -> Record | None:
    """The record in these bytes; None unless every bit of them is this cell's."""
    return _unpack(cell.kind, cell.index, raw)


def latest(a: Record | None, b: Record | None) -> Record | None:
    """The copy that holds; of two equal ones, A."""
    if a is None or b is None:
        return a or b
    return b if b.sequence > a.sequence else a


def read(cell: Cell, image: bytes) -> Record | None:
    """The record of `cell` in the bytes of a whole file; None if both copies are bad."""
    return latest(unpack(cell, image[cell.a : cell.a + RECORD_SIZE]), unpack(cell, image[cell.b : cell.b + RECORD_SIZE]))


def blank_image() -> bytes:
    """A new file: every record valid and empty, in both copies."""
    image = bytearray(FILE_SIZE)
    for cell in CELLS:
        copy = pack(cell, 1, b"")
        image[cell.a : cell.a + RECORD_SIZE] = copy
        image[cell.b : cell.b + RECORD_SIZE] = copy
    return bytes(image)
