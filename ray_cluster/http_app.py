"""The HTTP side of one system: probes, metrics, the picture, and the halt.

Nothing here decides about trade. Probes are answered from what the root told last, so they cost nothing and never wait; a halt goes to the fence by a
thread of its own, so it is on record with Ray, the root, the desk and the journal dead. A replica can be killed at any moment: it keeps nothing.

Answers are JSON (`/metrics` is text). A request that is refused is answered with {"error", "remedy"}.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from ray_cluster.http_watch import Watch
from robo_trader.edge import clock
from robo_trader.edge.telemetry import CONTENT_TYPE, exposition
from robo_trader.edge.verdict import judge, not_ready
from robo_trader.errors import ConfigurationError, NotConfirmed, NotFound, StateUnreadable, UserError
from robo_trader.production import halting, stopping
from robo_trader.production.halt_words import MINUTES_MAX, halt_of, lift_in
from robo_trader.production.halting import Halted, Place
from robo_trader.values import NS_PER_SECOND

HALTS_AT_ONCE_MAX: Final = 100
WAITING_MAX: Final = 32
"""So many halts wait for their confirmation at once; one more is recorded all the same, and answered at once."""
WAIT_SECONDS: Final = 2.0
WAIT_SECONDS_MAX: Final = 10.0
_STATUS: Final[dict[type[UserError], int]] = {NotFound: 404, ConfigurationError: 422, NotConfirmed: 503, StateUnreadable: 503}
T = TypeVar("T")
_LOG: Final = logging.getLogger("robo_trader.http")

Json = dict[str, Any]


class HaltAsked(BaseModel):
    """What to halt. Without a word of it: everything, new exposure only, exits stay possible, until it is lifted."""

    model_config = ConfigDict(extra="forbid")

    level: Literal["no_new", "reduce_only", "halt_cancel"] = "reduce_only"  # selling everything is not the safe direction: the command line does that
    scope: str = "all"
    target: str = ""
    reason: str = Field("operator", min_length=1, max_length=200)
    by: str = Field("http", min_length=1, max_length=200)
    text: str = Field("", max_length=2000)
    until_minutes: float | None = Field(None, gt=0, le=MINUTES_MAX)
    timeout_seconds: float = Field(WAIT_SECONDS, ge=0, le=WAIT_SECONDS_MAX)


class ResumeAsked(BaseModel):
    """Which halt to lift, who says so, and why."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=100)
    by: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=200)


class Probes:
    """The endpoints of the system whose fence is in `place`; a picture comes from `watch`."""

    def __init__(self, place: Place, watch: Watch) -> None:
        self._place = place
        self._watch = watch
        self._hands = ThreadPoolExecutor(HALTS_AT_ONCE_MAX, thread_name_prefix="halt")
        self._waiting = 0
        self._halt_requests = 0
        self._watching: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Raise what ended the watch, if something did: then this replica is of no use any more."""
        if self._watching is not None and self._watching.done():
            self._watching.result()

    def application(self) -> FastAPI:
        """The routes."""

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            self._watching = asyncio.create_task(self._watch.run())
            yield
            self._watching.cancel()
            self._hands.shutdown(wait=False)

        app = FastAPI(title="RoboTrader", docs_url=None, redoc_url=None, lifespan=lifespan)
        for path, ask in (("/health", self.health), ("/health/live", self.live), ("/health/ready", self.ready), ("/status", self.status)):
            app.add_api_route(path, ask, methods=["GET"], response_model=None)
        app.add_api_route("/metrics", self.metrics, methods=["GET"], response_model=None)
        app.add_api_route("/halt", self.halt, methods=["POST"], response_model=None)
        app.add_api_route("/resume", self.resume, methods=["POST"], response_model=None)
        app.add_exception_handler(RequestValidationError, _invalid)
        app.add_exception_handler(HTTPException, _refused)
        app.add_exception_handler(404, _refused)
        app.add_exception_handler(405, _refused)
        app.add_exception_handler(UserError, _mistaken)
        return app

    async def live(self) -> JSONResponse:
        """Whether this replica's loop answers. Touches nothing else."""
        return JSONResponse({"status": "ok", "timestamp": _now(), "http_status": 200})

    async def health(self) -> JSONResponse:
        """How the system and its parts are: 200 while healthy or degraded, else 503."""
        health = judge(self._watch.told(), self._watch.machine)
        return JSONResponse(health.as_json(_now()), health.http_status)

    async def ready(self) -> JSONResponse:
        """Whether the system can be counted on to trade; 503 with the reasons against it."""
        reasons = not_ready(self._watch.told())
        status = 503 if reasons else 200
        return JSONResponse({"status": "not_ready" if reasons else "ready", "reasons": reasons, "timestamp": _now(), "http_status": status}, status)

    async def status(self) -> JSONResponse:
        """The whole picture, each section with its source and age."""
        return JSONResponse(self._watch.told())

    async def metrics(self) -> Response:
        """Prometheus text."""
        told, machine = self._watch.told(), self._watch.machine
        health, reasons, age = judge(told, machine), not_ready(told), self._watch.age_seconds
        text = exposition(told, health, machine, reasons=len(reasons), halt_requests=self._halt_requests, picture_age=age)
        return Response(text, media_type=CONTENT_TYPE)

    async def halt(self, asked: HaltAsked | None = None) -> JSONResponse:
        """Halt now: 200 once the trading process and the broker have confirmed it, 202 if it is recorded and they have not, 503 if it is not.

        Who sends no body at all is in a hurry, and halts everything.
        """
        asked = asked or HaltAsked.model_validate({})
        wanted, notes = halt_of(asked.level, asked.scope, asked.target, asked.reason, asked.by, asked.text, asked.until_minutes)
        self._halt_requests += 1
        wait_seconds = asked.timeout_seconds if self._waiting < WAITING_MAX else 0.0
        self._waiting += 1
        try:
            event, (halted,) = await self._by_hand(lambda: stopping.stop([self._place], wanted, wait_seconds, notes=notes, message=asked.text))
        finally:
            self._waiting -= 1
        _LOG.warning("%s", halted.line())
        if halted.outcome == halting.NOT_RECORDED:
            raise NotConfirmed(f"halt {halted.id} is NOT recorded: {halted.problem}", "use `robo-trader halt`, or end the trading process by its pid")
        return _halted(halted, event.metadata["notes"])

    async def resume(self, asked: ResumeAsked) -> JSONResponse:
        """Lift one halt by its id; positions grow again only on a signal from a newer bar."""
        lifted = await self._by_hand(lambda: lift_in(self._place, asked.id, asked.by, asked.reason))
        _LOG.warning("resumed %s, by %s", ", ".join(lifted), asked.by)
        return JSONResponse({"system": self._place.name, "resumed": lifted})

    async def _by_hand(self, deed: Callable[[], T]) -> T:
        """Do what touches the disk in a thread, so that this loop goes on answering."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, deed)


def _halted(halted: Halted, notes: list[str]) -> JSONResponse:
    """What became of a halt."""
    confirmed = halted.confirmed_ns is not None
    told = {name: getattr(halted, name) for name in ("system", "id", "level", "scope", "target", "outcome", "recorded_ns", "confirmed_ns", "epoch")}
    return JSONResponse({**told, "recorded": True, "confirmed": confirmed, "ms": halted.milliseconds, "notes": notes}, 200 if confirmed else 202)


def _now() -> str:
    """The instant as people read it."""
    return datetime.fromtimestamp(clock.wall() / NS_PER_SECOND, UTC).isoformat(timespec="milliseconds")


async def _invalid(_: Request, broken: Exception) -> JSONResponse:
    """A body whose fields do not fit, field by field; one that is no JSON is 400."""
    assert isinstance(broken, RequestValidationError)
    found = broken.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return JSONResponse({"error": "the body is not JSON", "remedy": "send one JSON object, {} at least"}, 400)
    fields = ["/".join(str(part) for part in error["loc"][1:]) or "the body" for error in found]
    causes = [f"{name}: {error['msg']}" for name, error in zip(fields, found, strict=True)]
    return JSONResponse({"error": " · ".join(causes), "remedy": f"correct {', '.join(fields)}"}, 422)


async def _mistaken(_: Request, mistake: Exception) -> JSONResponse:
    """Something that a person can put right."""
    assert isinstance(mistake, UserError)
    return JSONResponse({"error": mistake.cause, "remedy": mistake.remedy}, _STATUS.get(type(mistake), 400))


async def _refused(request: Request, refused: Exception) -> JSONResponse:
    """No such path, or not with this method."""
    status = getattr(refused, "status_code", 404)
    remedy = "ask GET /health /health/live /health/ready /metrics /status, or POST /halt /resume"
    return JSONResponse({"error": f"{request.method} {request.url.path}: {getattr(refused, 'detail', 'not found')}", "remedy": remedy}, status)
