"""The dashboard's HTTP side: one page, its files, one picture as JSON, and the stream of pictures. It only reads.

It shows what the source says and keeps nothing of its own; it can die, or be slow, without trade noticing. While anybody watches, a picture goes out
each period whether or not the source answered, because a page that stands still must never look like a market that does. Watchers are bounded and
one that does not read is dropped.

    server = DashboardServer(source)
    await server.start()  # http://127.0.0.1:5555
    ...
    await server.stop()
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from robo_trader.dashboard.audience import Audience
from robo_trader.dashboard.files import PAGE, page_files
from robo_trader.dashboard.frames import frame, text_of
from robo_trader.dashboard.guard import HEADERS, is_ours
from robo_trader.dashboard.latest import LatestPicture, Source
from robo_trader.edge.clock import process_ns
from robo_trader.errors import AlreadyRunning, ConfigurationError, UserError

HOST: Final = "127.0.0.1"
PORT: Final = 5555
PORT_MAX: Final = 65_535
PERIOD_SECONDS: Final = 0.5
WRITE_SECONDS_MAX: Final = 5.0
"""A watcher that takes longer to accept a frame does not read any more."""
CLOSE_SECONDS_MAX: Final = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DashboardServer:
    """Serves pictures of `source` on `host`:`port` (0 picks a free one). Build it inside a running loop; `start`, then `stop` once.

    Raises `ConfigurationError` for a port or period that cannot be.
    """

    def __init__(self, source: Source, host: str = HOST, port: int = PORT, period_seconds: float = PERIOD_SECONDS) -> None:
        if not 0 <= port <= PORT_MAX:
            raise ConfigurationError(f"the dashboard's port is {port}", f"choose one between 0 and {PORT_MAX}")
        if not period_seconds > 0:
            raise ConfigurationError(f"the dashboard's period is {period_seconds:g} s", "choose one above 0")
        self.host = host
        self.port = port
        self._period_seconds = period_seconds
        self._latest = LatestPicture(source)
        self._audience = Audience()
        self._files = page_files()
        self._publishing: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises `AlreadyRunning` if the port is taken, `ConfigurationError` if the address cannot be listened on."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=CLOSE_SECONDS_MAX)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError as refused:
            await runner.cleanup()
            raise cannot_listen(refused, self.host, self.port) from None
        self._runner = runner
        self.port = runner.addresses[0][1]
        self._publishing = asyncio.create_task(self._publish())

    async def stop(self) -> None:
        """Send everyone away and close the port; safe to call when it never started."""
        self._audience.close()
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.wait({self._publishing})
        if self._runner is not None:
            await self._runner.cleanup()
        await self._latest.close()

    @property
    def watchers(self) -> int:
        """How many follow the stream of pictures now."""
        return self._audience.watchers

    def application(self) -> web.Application:
        """The routes, each of them GET."""
        app = web.Application(middlewares=[self._only_for_us])
        app.on_response_prepare.append(_add_headers)
        app.router.add_get("/", self._page)
        app.router.add_get("/events", self._events, allow_head=False)
        app.router.add_get("/api/picture", self._picture)
        app.router.add_get("/static/{name}", self._file)
        return app

    async def _publish(self) -> None:
        """A frame each period while anybody watches."""
        clock = asyncio.get_running_loop().time
        while True:
            await self._audience.somebody()
            due = clock() + self._period_seconds
            picture = await self._latest.within(self._period_seconds)
            self._audience.publish(frame(self._audience.next_number, text_of(picture, process_ns())))
            await asyncio.sleep(max(0.0, due - clock()))

    @web.middleware
    async def _only_for_us(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a request that was made for another name."""
        if not is_ours(request.headers.get("Host", ""), self.host):
            return web.Response(status=421, text=f"this is the dashboard of RoboTrader; open http://localhost:{self.port}\n")
        return await handler(request)

    async def _page(self, _: web.Request) -> web.Response:
        return self._sent(PAGE)

    async def _file(self, request: web.Request) -> web.Response:
        return self._sent(request.match_info["name"])

    async def _picture(self, _: web.Request) -> web.Response:
        picture = await self._latest.not_older_than(self._period_seconds)
        return web.Response(text=text_of(picture, process_ns()), content_type="application/json")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Frames until the watcher leaves, does not read, or the show is over."""
        if self._audience.is_full:
            return web.Response(status=503, text="too many watchers; close another dashboard\n", headers={"Retry-After": "5"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        seen = 0
        with self._audience.seat():
            await response.prepare(request)
            while (published := await self._audience.after(seen)) is not None:
                seen, line = published
                try:
                    async with asyncio.timeout(WRITE_SECONDS_MAX):
                        await response.write(line)
                except (TimeoutError, ConnectionError):
                    _drop(request)
                    break
        return response

    def _sent(self, name: str) -> web.Response:
        """A file of the page, or 404."""
        if name not in self._files:
            raise web.HTTPNotFound
        body, kind = self._files[name]
        return web.Response(body=body, content_type=kind, charset="utf-8")


def cannot_listen(refused: OSError, host: str, port: int) -> UserError:
    """What a person can do about a port that cannot be had."""
    if refused.errno == errno.EADDRINUSE:
        return AlreadyRunning(f"port {port} of {host}, for the dashboard, is in use", "stop what listens there, or choose another port")
    return ConfigurationError(f"the dashboard cannot listen on {host} port {port}: {refused.strerror}", "choose another host or port")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """On every answer, errors too."""
    response.headers.update(HEADERS)


def _drop(request: web.Request) -> None:
    """Cut the connection: what its buffer holds would only be read late."""
    if request.transport is not None:
        request.transport.abort()
