"""What befalls connections: reset, half open, chopped, clogged, unread, babbled at, cut for their pace.

A fault concerns the connections that exist when it begins, all of them or one client's; the pace alone is kept by whoever comes later, too.
Where several of a kind concern a connection, the latest of those that last is what it meets.
"""

from __future__ import annotations

from random import Random
from typing import Final

from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.fault_kinds import Cut, HalfOpen
from robo_trader.simulated_gateway.fault_kinds_wire import Clog, Garbage, Pacing, SplitFrames, StopReading
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.frames import encode
from robo_trader.simulated_gateway.trouble_hub import Hub
from robo_trader.values import NS_PER_SECOND

MS_PER_SECOND: Final = 1000
UNKNOWN_MESSAGE: Final = ("999", "1", "from another time")
TOO_SHORT: Final = ("3", "1")
WHOLE: Final = ("4", "2", "-1", "2104", "Market data farm connection is OK:usfarm", "")
ANNOUNCED_BYTES: Final = 2**31 - 1


class WireTrouble:
    """Done to the connections of `hub`."""

    def __init__(self, hub: Hub) -> None:
        """Nothing is wrong yet."""
        self._pacings: list[Pacing] = []
        self._hub = hub
        self._deaf: list[Connection] = []
        self._touched: list[tuple[Fault, list[Connection]]] = []

    @property
    def pacing(self) -> Pacing | None:
        """How strict the gateway is about the pace, if stricter than ever; the latest word counts."""
        return self._pacings[-1] if self._pacings else None

    def begin(self, fault: Fault) -> None:
        """Do it, or begin to."""
        match fault:
            case Cut():
                self.cut(fault.client)
            case HalfOpen():
                self._go_deaf(fault)
            case Garbage():
                self._babble(fault)
            case Pacing():
                self._pacings.append(fault)
            case SplitFrames() | Clog() | StopReading():
                self._touch(fault, fault.client)

    def end(self, fault: Fault) -> None:
        """Let it be good again."""
        match fault:
            case Pacing():
                self._pacings.remove(fault)
            case SplitFrames() | Clog() | StopReading():
                self._let_go(fault)

    def cut(self, client_id: int | None) -> None:
        """Reset one client, or everybody."""
        for connection in self._chosen(client_id):
            connection.abort()
            self._hub.dismiss(connection)

    def close(self) -> None:
        """End the silent connections."""
        for connection in self._deaf:
            connection.abort()
        self._deaf.clear()

    def _touch(self, fault: Fault, client_id: int | None) -> None:
        self._touched.append((fault, self._chosen(client_id)))
        for connection in self._touched[-1][1]:
            _touch(connection, fault, on=True)

    def _let_go(self, fault: Fault) -> None:
        place = next(place for place, (lasting, _) in enumerate(self._touched) if lasting is fault)
        _, touched = self._touched.pop(place)
        for connection in (each for each in touched if each not in self._deaf):
            others = [lasting for lasting, concerned in self._touched if type(lasting) is type(fault) and connection in concerned]
            _touch(connection, others[-1] if others else fault, on=bool(others))

    def _go_deaf(self, fault: HalfOpen) -> None:
        for connection in self._chosen(fault.client):
            named = connection.client_id if connection.named else None
            connection.deafen()
            connection.listen(on=False)
            self._deaf.append(connection)
            self._hub.dismiss(connection)
            if named is not None:
                self._hub.ids.hold(named, self._hub.process_ns() + round(fault.zombie_seconds * NS_PER_SECOND))

    def _babble(self, fault: Garbage) -> None:
        for connection in self._chosen(fault.client):
            connection.babble(garbage(fault))
            if fault.form == "truncated":
                connection.flush()
                connection.abort()
                self._hub.dismiss(connection)

    def _chosen(self, client_id: int | None) -> list[Connection]:
        return [connection for connection in self._hub.connections.values() if client_id is None or connection.client_id == client_id]


def _touch(connection: Connection, fault: Fault, *, on: bool) -> None:
    """Let a connection meet a fault, or meet it no longer."""
    match fault:
        case SplitFrames() if on:
            connection.chop(fault.piece_bytes, fault.pause_milliseconds / MS_PER_SECOND)
        case SplitFrames():
            connection.chop(0, 0)
        case Clog():
            connection.clogged = on
        case StopReading():
            connection.listen(on=not on)


def garbage(fault: Garbage) -> bytes:
    """The bytes that no gateway should send; the same for the same fault."""
    noise = Random(f"garbage:{fault.seed}").randbytes(fault.noise_bytes)  # noqa: S311 - a market, not secrets
    whole = encode(WHOLE)
    return {
        "noise": len(noise).to_bytes(4, "big") + noise,
        "unknown": encode(UNKNOWN_MESSAGE),
        "short": encode(TOO_SHORT),
        "empty": bytes(4),
        "oversize": ANNOUNCED_BYTES.to_bytes(4, "big") + noise,
        "truncated": whole[: len(whole) // 2],
    }[fault.form]
