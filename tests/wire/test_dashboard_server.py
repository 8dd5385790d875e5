"""The dashboard over real HTTP: who is answered, with what, for how long; and what a bad source or a bad watcher costs the others."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientPayloadError, ClientResponse, ClientSession

from robo_trader.dashboard import server as serving
from robo_trader.dashboard.guard import HEADERS
from robo_trader.dashboard.server import DashboardServer
from robo_trader.edge.picture import SECTIONS
from robo_trader.errors import AlreadyRunning, ConfigurationError
from tests.support.pictures import ScriptedSource

WAIT_SECONDS = 10
PERIOD_SECONDS = 0.02


@asynccontextmanager
async def dashboard(source: ScriptedSource, host: str = "127.0.0.1") -> AsyncIterator[tuple[DashboardServer, ClientSession]]:
    server = DashboardServer(source, host=host, port=0, period_seconds=PERIOD_SECONDS)
    await server.start()
    try:
        async with asyncio.timeout(WAIT_SECONDS), ClientSession(f"http://127.0.0.1:{server.port}") as client:
            yield server, client
    finally:
        await server.stop()


async def event(stream: ClientResponse) -> dict[str, str]:
    """The next event of a stream, field by field."""
    fields: dict[str, str] = {}
    while (line := (await stream.content.readline()).decode().rstrip("\n")) or not fields:
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields


async def sections_once(stream: ClientResponse, state: str) -> dict[str, Any]:
    """The first sections told in which the desk is in `state`."""
    while True:
        sections: dict[str, Any] = json.loads((await event(stream))["data"])["sections"]
        if sections["desk"]["state"] == state:
            return sections


async def until(happened: Callable[[], bool]) -> None:
    """Look once a period; the test's own time-out is the end."""
    for _ in range(int(WAIT_SECONDS / PERIOD_SECONDS)):
        if happened():
            return
        await asyncio.sleep(PERIOD_SECONDS)
    raise AssertionError("it never happened")


async def test_the_page_its_files_and_one_picture_are_served_with_strict_headers():
    async with dashboard(ScriptedSource()) as (_, client):
        kinds = {"/": "text/html", "/static/dashboard.js": "text/javascript", "/static/dashboard.css": "text/css", "/api/picture": "application/json"}
        for path, kind in kinds.items():
            async with client.get(path) as answer:
                assert (answer.status, answer.content_type) == (200, kind)
                assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        async with client.get("/api/picture") as answer:
            told = await answer.json()
        assert told["system"] == "demo"
        assert {section["state"] for section in told["sections"].values()} == {"value"}


@pytest.mark.parametrize("path", ["/static/server.py", "/static/..%2fserver.py", "/static/%2e%2e/server.py", "/static/", "/docs", "/static/a/b"])
async def test_nothing_else_is_there_and_even_that_has_the_headers(path: str):
    async with dashboard(ScriptedSource()) as (_, client), client.get(path) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_can_be_changed(method: str):
    async with dashboard(ScriptedSource()) as (_, client):
        for path in ("/", "/events", "/api/picture"):
            async with client.request(method, path) as answer:
                assert answer.status == 405


@pytest.mark.parametrize("path", ["/", "/events", "/api/picture", "/static/dashboard.js"])
async def test_a_site_that_points_its_name_here_reads_nothing(path: str):
    source = ScriptedSource()
    async with dashboard(source) as (server, client):
        async with client.get(path, headers={"Host": f"evil.example:{server.port}"}) as answer:
            assert answer.status == 421
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert source.asked == 0
        async with client.get("/", headers={"Host": f"localhost:{server.port}"}) as answer:
            assert answer.status == 200


async def test_the_stream_is_one_full_picture_a_period_with_numbers_that_count():
    async with dashboard(ScriptedSource()) as (_, client), client.get("/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        events = [await event(stream) for _ in range(4)]
        first = int(events[0]["id"])
        assert [int(one["id"]) for one in events] == [first, first + 1, first + 2, first + 3]
        assert {one["retry"] for one in events} == {"1000"}
        assert set(json.loads(events[0]["data"])["sections"]) == set(SECTIONS)


async def test_while_nobody_watches_the_source_is_left_alone():
    source = ScriptedSource()
    async with dashboard(source) as (server, client):
        async with client.get("/") as page:
            await page.read()
        assert source.asked == 0
        async with client.get("/events") as stream:
            await event(stream)
        await until(lambda: not server.watchers)  # it notices those who left at its next frame
        asked = source.asked
        await asyncio.sleep(3 * PERIOD_SECONDS)
        assert source.asked <= asked + 1


async def test_a_source_that_fails_costs_no_frame_and_says_what_is_wrong():
    source = ScriptedSource()
    async with dashboard(source) as (_, client), client.get("/events") as stream:
        before = await sections_once(stream, "value")
        source.failure = RuntimeError("the tree is gone")
        after = await sections_once(stream, "unavailable")
        assert {section["problem"] for section in after.values()} == {"RuntimeError: the tree is gone"}
        assert after["desk"]["value"] == before["desk"]["value"]
        async with client.get("/") as page:
            assert page.status == 200
        async with client.get("/api/picture") as picture:
            assert picture.status == 200
        source.failure = None
        assert (await sections_once(stream, "value"))["desk"]["problem"] == ""


async def test_while_a_source_hangs_frames_go_on_and_their_ages_grow():
    source = ScriptedSource()
    async with dashboard(source) as (_, client), client.get("/events") as stream:
        await event(stream)
        source.hangs = True
        ages = [json.loads((await event(stream))["data"])["sections"]["desk"]["age_seconds"] for _ in range(8)][2:]
        assert ages == sorted(ages)
        assert ages[-1] > ages[0] + 3 * PERIOD_SECONDS
        assert source.asked < 12, "a source that hangs is not asked again and again"


async def test_the_thirty_third_watcher_is_sent_away_and_a_free_seat_is_given():
    async with dashboard(ScriptedSource()) as (server, client):
        watchers = [await ClientSession(f"http://127.0.0.1:{server.port}").__aenter__() for _ in range(32)]
        streams = [await watcher.get("/events") for watcher in watchers]
        assert [stream.status for stream in streams] == [200] * 32
        async with client.get("/events") as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        async with client.get("/api/picture") as picture:
            assert picture.status == 200
        for watcher, seen in zip(watchers, streams, strict=True):
            seen.close()
            await watcher.close()
        while True:  # each leaves at its next frame
            async with client.get("/events") as stream:
                if stream.status == 200:
                    break


async def test_a_watcher_that_does_not_read_is_dropped_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serving, "WRITE_SECONDS_MAX", 0.1)
    source = ScriptedSource()
    source.values["alerting"]["last"] = [{"at": "", "severity": "info", "key": "k", "text": "x" * 200_000}]
    async with dashboard(source) as (server, client):
        deaf = socket.create_connection(("127.0.0.1", server.port))
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with client.get("/events", read_bufsize=1 << 20) as stream:
            while server.watchers < 2:
                await event(stream)
            while server.watchers > 1:
                await event(stream)
        deaf.close()


async def test_stopping_ends_every_stream_and_frees_the_port():
    source = ScriptedSource()
    async with dashboard(source) as (server, client):
        async with client.get("/events") as stream:
            await event(stream)
            await server.stop()
            with suppress(ClientPayloadError, ClientConnectionError):  # cut in the middle of a frame: ended all the same
                while await stream.content.readline():
                    pass
        again = DashboardServer(source, port=server.port)
        await again.start()
        await again.stop()


async def test_a_taken_port_and_a_foreign_address_are_refused_with_a_remedy():
    async with dashboard(ScriptedSource()) as (server, _):
        with pytest.raises(AlreadyRunning, match=rf"port {server.port} .* is in use; .*another port"):
            await DashboardServer(ScriptedSource(), port=server.port).start()
    with pytest.raises(ConfigurationError, match="another host"):
        await DashboardServer(ScriptedSource(), host="192.0.2.1", port=0).start()
