"""The operator's line over a real unix socket: answers, silence and absence are three different things."""

from __future__ import annotations

import asyncio
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from robo_trader.edge import operator_socket
from robo_trader.edge.operator_socket import Json, ask, serve
from robo_trader.errors import NotConfirmed, NotRunning


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as short:  # tmp_path may be longer than a socket's path
        yield Path(short) / "operator.sock"


def mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def echo(request: Json) -> Json:
    return {"heard": request}


async def test_a_question_is_answered_by_the_loop(path: Path):
    async with serve(path, echo):
        assert mode(path) == 0o600
        for number in range(3):
            assert await asyncio.to_thread(ask, path, {"n": number}, 5.0) == {"heard": {"n": number}}
    assert mode(path) is None


async def test_a_loop_that_hangs_does_not_answer(path: Path):
    asked, give_up = threading.Event(), threading.Event()
    seen: list[BaseException] = []

    def operator() -> None:
        asked.set()
        try:
            ask(path, {}, 0.2)
        except NotConfirmed as silent:
            seen.append(silent)
        give_up.set()

    async with serve(path, echo):
        thread = threading.Thread(target=operator)
        thread.start()
        asked.wait(5)
        give_up.wait(5)  # blocks the loop on purpose
        thread.join()
    assert "did not answer within 0.2 s" in str(seen[0])


def test_nobody_there_and_a_name_left_by_the_dead_are_not_running(path: Path):
    with pytest.raises(NotRunning):
        ask(path, {}, 1.0)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(NotRunning):
        ask(path, {}, 1.0)


async def test_a_name_left_by_the_dead_is_taken_over(path: Path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with serve(path, echo):
        assert await asyncio.to_thread(ask, path, {}, 5.0) == {"heard": {}}


async def answered_in_the_end(path: Path) -> Json:
    for _ in range(1000):  # the server notices those who left in its own time
        try:
            return await asyncio.to_thread(ask, path, {}, 5.0)
        except NotConfirmed:
            await asyncio.sleep(0)
    raise AssertionError("the line stayed busy")


async def test_a_line_without_end_and_too_many_visitors_cost_only_themselves(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(operator_socket, "LINE_BYTES_MAX", 1000)
    monkeypatch.setattr(operator_socket, "CONNECTIONS_MAX", 2)
    async with serve(path, echo):
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"x" * 5000)
        assert await reader.read() == b""
        writer.close()
        visitors = [await asyncio.open_unix_connection(str(path)) for _ in range(2)]
        for _, other in visitors:
            other.write(b"{}\n")
        assert [await one.readline() for one, _ in visitors] == [b'{"heard": {}}\n'] * 2
        refused, third = await asyncio.open_unix_connection(str(path))
        assert await asyncio.wait_for(refused.read(), 5) == b""
        for _, other in [*visitors, (refused, third)]:
            other.close()
        assert await answered_in_the_end(path) == {"heard": {}}
