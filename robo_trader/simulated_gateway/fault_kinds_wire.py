"""Faults of the connection itself: bytes in pieces or in a clog, a gateway that does not read, one that babbles, one that is strict about the pace.

All seconds here are process time (CLOCK_BOOTTIME), for a connection belongs to the machine; in lockstep the market waits until clients have read what
was said, and have been heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.simulated_gateway.fault_parameters import CLIENT_MAX, HOUR_SECONDS, SEED_MAX, Fault, Number, Word, given

PIECE_BYTES_MAX: Final = 65_536
PAUSE_MS_MAX: Final = 1_000
CLOG_SECONDS_MAX: Final = 60
NOISE_BYTES_MAX: Final = 65_536
RATE_MAX: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFrames(Fault):
    """What is said comes in pieces of so many bytes, wherever frames begin and end, with a pause after each."""

    client: int | None = given(Number(0, CLIENT_MAX), None)
    seconds: float = given(Number(0.1, HOUR_SECONDS, whole=False), 10.0)
    piece_bytes: int = given(Number(1, PIECE_BYTES_MAX), 1)
    pause_milliseconds: float = given(Number(0, PAUSE_MS_MAX, whole=False), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clog(Fault):
    """What is said waits, and then comes all in one piece."""

    client: int | None = given(Number(0, CLIENT_MAX), None)
    seconds: float = given(Number(0.1, CLOG_SECONDS_MAX, whole=False), 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReading(Fault):
    """The gateway does not read: what clients say waits in their sockets, and then is heard all at once."""

    client: int | None = given(Number(0, CLIENT_MAX), None)
    seconds: float = given(Number(0.1, HOUR_SECONDS, whole=False), 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage(Fault):
    """One frame that no gateway should send: of noise, of an unknown message, too short, empty, announced as two GiB, or broken off by a reset."""

    client: int | None = given(Number(0, CLIENT_MAX), None)
    form: str = given(Word(("noise", "unknown", "short", "empty", "oversize", "truncated")), "noise")
    noise_bytes: int = given(Number(1, NOISE_BYTES_MAX), 64)
    seed: int = given(Number(0, SEED_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing(Fault):
    """More messages a second than so many are told 100 and carried out, told 100 and not, or cut the connection."""

    seconds: float = given(Number(0.1, HOUR_SECONDS, whole=False), 60.0)
    messages_per_second: int = given(Number(1, RATE_MAX), RATE_MAX)
    breach: str = given(Word(("told", "refused", "cut")), "cut")
