"""The exchange's own log: what happened, in the order in which it happened, one JSON object a line.

It is the evidence that `verify` judges a trading day by, so it is written by the one who saw everything and only ever appended to. Every line has
`t` (CLOCK_BOOTTIME of the gateway, nanoseconds), `c` (the simulated clock, nanoseconds UTC) and `k`, the kind:

    start                account, cash, positions {symbol: shares}, seed, market    the books as they stand when the gateway opens;
                         commissions, if it is not the fixed plan
    open, close          conn, client
    in, out              conn, client, f: the fields of one frame
    order                perm_id, client, order_id, ref, symbol, side, total, filled, remaining, status, type, oca, oca_type
    match                exec_id, perm_id, client, order_id, ref, symbol, side, qty, price, at, commission; added: it gave liquidity
    split                symbol, new, old, price (of a new share, for fractions), paid, shares: what the account holds after it
    noted                name, symbol, borrow, per_share: whoever holds the symbol now (borrow: short) will be paid
    paid                 name, symbol, shares, amount: and is
    clock                to: the clock is about to move from `c` to here
    register, unregister client: a trading process joined or left the lockstep; `crash` says that it left without a word
    dropped              conn, client, waiting_bytes: a client that did not read was sent away
    fault                fault, step (befalls, begins, ends), and what it befell, or with what parameters it begins
    stall                ns: the gateway itself stood still this long (stopped, or starved), so what follows arrives in a burst

Lines are kept in memory until `flush`; a flushed line survives the death of this process, not that of the machine. Prices and money are text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Final

from robo_trader.errors import ConfigurationError, DataError

LINES_PENDING_MAX: Final = 4096
FLUSH_PERIOD_SECONDS: Final = 0.05
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class ExchangeLog:
    """An append-only file of JSON lines; opening one that exists continues it."""

    def __init__(self, path: Path, *, process_ns: Callable[[], int]) -> None:
        """`process_ns` reads CLOCK_BOOTTIME. Raises ConfigurationError where `path` cannot be appended to."""
        self.path = path
        self._process_ns = process_ns
        self._pending: list[str] = []
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._end_torn_line()
        except OSError as broken:
            raise ConfigurationError(f"the exchange log {path} cannot be opened ({broken.strerror})", "name a file in a writable directory") from None

    def _end_torn_line(self) -> None:
        """A gateway that was killed may have left half a line; what follows must not be glued to it."""
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            self._pending.append("")

    def record(self, kind: str, clock: int, **facts: object) -> None:
        """Append one line of any kind but `in` and `out`; `clock` in nanoseconds UTC."""
        told = _encode(facts)[1:-1]
        self._append(f'{{"t":{self._process_ns()},"c":{clock},"k":"{kind}"{"," if told else ""}{told}}}')

    def frame(self, kind: str, clock: int, conn: int, client: int | None, fields: Sequence[str]) -> None:
        """Append one frame, `kind` being `in` or `out`; `client` is None before the connection named itself."""
        who = "null" if client is None else client
        self._append(f'{{"t":{self._process_ns()},"c":{clock},"k":"{kind}","conn":{conn},"client":{who},"f":{_texts(fields)}}}')

    def _append(self, line: str) -> None:
        self._pending.append(line)
        if len(self._pending) >= LINES_PENDING_MAX:
            self.flush()

    @property
    def pending(self) -> bool:
        """Whether a line waits for `flush`."""
        return bool(self._pending)

    def flush(self) -> None:
        """Hand every line to the operating system. Raises DataError where the file cannot take them."""
        if not self._pending:
            return
        left = memoryview(("\n".join(self._pending) + "\n").encode())
        self._pending.clear()
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as broken:
            raise DataError(f"the exchange log {self.path} cannot be written ({broken.strerror})", "free space on its disk") from None

    def close(self) -> None:
        """Flush, and give the file back."""
        self.flush()
        os.close(self._file)


def _texts(fields: Sequence[str]) -> str:
    """A JSON list of texts: one escape over all of them, three times as fast as the general encoder."""
    joined = "\0".join(fields)
    if "\\" in joined or not fields:
        return _encode(list(fields))  # an escaped backslash before `u0000` would look like the separator
    return f"[{encode_basestring_ascii(joined)}]".replace("\\u0000", '","')
