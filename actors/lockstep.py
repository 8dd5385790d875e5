"""Our side of the simulated clock: the market waits until we say that we have read everything and owe nothing (DESIGN 6)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import ConfigurationError

_ANSWER_SECONDS_MAX: Final = 5.0


class Lockstep:
    """A registered trading process at the gateway's control socket. Reports are sent only when they differ from the last."""

    def __init__(self, path: Path, client_id: int) -> None:
        self._path, self._client_id = path, client_id
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None
        self._said: tuple[int, int, bool] | None = None

    async def register(self) -> None:
        """Hold the clock from now on; `ConfigurationError` if there is no control socket."""
        try:
            self._reader, self._writer = await asyncio.open_unix_connection(str(self._path))
            self._write({"op": "register", "client_id": self._client_id})
            answer = json.loads(await asyncio.wait_for(self._reader.readline(), _ANSWER_SECONDS_MAX))
        except (OSError, TimeoutError, ValueError) as problem:
            raise ConfigurationError(f"no lockstep control at {self._path}: {problem}", "start sim-gateway with --lockstep --control PATH") from None
        if not answer.get("ok"):
            raise ConfigurationError(f"the gateway refused the registration: {answer}", "choose a --client-id that no other process uses")

    def report(self, received_bytes: int, sent_bytes: int, *, idle: bool) -> None:
        """Tell the gateway how far we have read and written, and whether we owe anything."""
        said = (received_bytes, sent_bytes, idle)
        if self._writer is None or said == self._said:
            return
        self._said = said
        self._write(
            {"op": "report", "client_id": self._client_id, "received": received_bytes, "sent": sent_bytes, "idle": idle, "deadline_ns": None},
        )

    async def unregister(self) -> None:
        """Stop the clock and leave."""
        if self._writer is None:
            return
        with contextlib.suppress(OSError):
            self._write({"op": "unregister", "client_id": self._client_id})
            await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()
        self._writer = None

    def _write(self, message: dict[str, Any]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")
