"""One client's conversation, without a socket: bytes in, requests out.

A conversation goes one way through four stages. The client says `API` and NUL, then which versions it speaks; the session answers with a greeting and
then is silent, because clients read exactly one frame there and drop whatever else came with it. The client's first message must be startApi.
After that everything it says is a request, a second startApi one that is answered by an error. What is not in the table of stages, and bytes that are
no message, are a breach of the protocol, and the session is broken for good; the only thing left to do with it is to close its socket. Before the
session runs a breach raises ProtocolError. Later it is a `complaint`: the client is still there to hear it, and what came before it is answered.

A client that speaks less than the newest version is told its own highest one, as a real gateway would, and from then on its messages are read and
written by that version's tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.frames import FrameReader, decode, encode
from robo_trader.simulated_gateway.messages import NEWEST, OLDEST
from robo_trader.simulated_gateway.requests import Malformed, Request, StartApi
from robo_trader.simulated_gateway.requests_parse import parse

SERVER_VERSION: Final = NEWEST
CLIENT_VERSION_MIN: Final = OLDEST
PREFIX: Final = b"API\0"
START_API: Final = 71
STARTED_ALREADY: Final = (321, "Error validating request.-'bW' : cause - The API was started already")

_HELLO: Final = re.compile(rb"v([0-9]{1,5})(?:\.\.([0-9]{1,5}))?(?: (.*))?", re.DOTALL)
_PACE_API: Final = b"+PACEAPI"


class Stage(Enum):
    """How far the conversation has come."""

    AWAITING_PREFIX = auto()
    AWAITING_HELLO = auto()
    AWAITING_START = auto()
    RUNNING = auto()
    BROKEN = auto()


class Said(Enum):
    """What a client can say."""

    PREFIX = auto()
    HELLO = auto()
    START_API = auto()
    REQUEST = auto()


NEXT: Final[dict[tuple[Stage, Said], Stage]] = {
    (Stage.AWAITING_PREFIX, Said.PREFIX): Stage.AWAITING_HELLO,
    (Stage.AWAITING_HELLO, Said.HELLO): Stage.AWAITING_START,
    (Stage.AWAITING_START, Said.START_API): Stage.RUNNING,
    (Stage.RUNNING, Said.REQUEST): Stage.RUNNING,
}


class Session:
    """The gateway's side of one conversation; `time_text` gives the greeting's time when it is asked for."""

    def __init__(self, time_text: Callable[[], str], server_version: int = SERVER_VERSION) -> None:
        """`server_version` is the highest version announced."""
        self._time_text = time_text
        self._server_version = server_version
        self._stage = Stage.AWAITING_PREFIX
        self._prefix = b""
        self._reader = FrameReader()
        self._outgoing = bytearray()
        self.client_id: int | None = None
        """Known once startApi came."""
        self.pace_api = False
        """Whether the client asks to be slowed down rather than refused when it sends too fast."""
        self.version = server_version
        """What the greeting announced, once it did."""
        self.frames: list[tuple[str, ...]] = []
        """The fields behind each request that `receive` returned last, in the same order."""
        self.complaint: str | None = None
        """What broke a session that was running; None while nothing did."""

    @property
    def stage(self) -> Stage:
        """How far the conversation has come."""
        return self._stage

    def receive(self, data: bytes) -> list[Request]:
        """The requests that `data` completes, in order, up to a breach; before the session runs a breach is a ProtocolError."""
        self.frames = []
        requests: list[Request] = []
        try:
            self._read(data, requests)
        except ProtocolError as breach:
            running, self._stage = self._stage is Stage.RUNNING, Stage.BROKEN
            if not running:
                raise
            self.complaint = str(breach)
        return requests

    def outgoing(self) -> bytes:
        """Take what the session itself has to say: the greeting, once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def _read(self, data: bytes, requests: list[Request]) -> None:
        if self._stage is Stage.BROKEN:
            raise ProtocolError("the session has ended")
        for payload in self._reader.cut(self._after_prefix(data)):
            if self._stage is Stage.AWAITING_HELLO:
                self._hear_hello(payload)
            else:
                requests.append(self._hear(payload))

    def _after_prefix(self, data: bytes) -> bytes:
        """What is left of `data` behind the prefix."""
        if self._stage is not Stage.AWAITING_PREFIX:
            return data
        missing = len(PREFIX) - len(self._prefix)
        self._prefix += data[:missing]
        if not PREFIX.startswith(self._prefix):
            raise ProtocolError("the client does not begin with API")
        if self._prefix == PREFIX:
            self._step(Said.PREFIX)
        return data[missing:]

    def _hear_hello(self, payload: bytes) -> None:
        """Settle the version and queue the greeting."""
        hello = _HELLO.fullmatch(payload)
        if hello is None:
            raise ProtocolError("the client's hello names no versions")
        lowest, highest, options = hello.groups()
        version = min(int(highest or lowest), self._server_version)
        if version < CLIENT_VERSION_MIN:
            raise ProtocolError(f"the client speaks version {version} at most, {CLIENT_VERSION_MIN} is the oldest served")
        self._step(Said.HELLO)
        self.version = version
        self.pace_api = _PACE_API in (options or b"").split()
        self._outgoing += encode(replies.greeting(version, self._time_text()))

    def _hear(self, payload: bytes) -> Request:
        fields = decode(payload)
        request = parse(fields, self.version)
        if isinstance(request, StartApi) and self._stage is Stage.RUNNING:
            request = Malformed(START_API, None, *STARTED_ALREADY)
        self._step(Said.START_API if isinstance(request, StartApi) else Said.REQUEST)
        if isinstance(request, StartApi):
            self.client_id = request.client_id
        self.frames.append(fields)
        return request

    def _step(self, said: Said) -> None:
        try:
            self._stage = NEXT[self._stage, said]
        except KeyError:
            raise ProtocolError(f"{said.name} does not belong where the session is {self._stage.name}") from None
