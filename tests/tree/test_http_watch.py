"""What the root told last: kept, aged, and never waited for. No server and no Ray."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ray_cluster.http_watch import Watch
from robo_trader.edge.clock import process_ns
from robo_trader.edge.picture import as_json
from robo_trader.errors import NotRunning
from robo_trader.production.health_machine import Machine
from tests.support.asgi import until
from tests.support.pictures import full_picture

PERIOD = 0.01


class Script:
    """A root that tells, hangs, fails or talks nonsense, as the test says."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self.hangs = False
        self.nonsense: object = None
        self.asked = 0

    async def __call__(self) -> object:
        self.asked += 1
        if self.failure:
            raise self.failure
        if self.hangs:
            await asyncio.Event().wait()
        return self.nonsense or as_json(full_picture(process_ns()), process_ns())


@asynccontextmanager
async def watching(source: Script) -> AsyncIterator[Watch]:
    watch = Watch(source, Machine(Path("/tmp")), PERIOD)
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.wait({running})


def desk(watch: Watch) -> dict[str, Any]:
    section: dict[str, Any] = watch.told()["sections"]["desk"]
    return section


async def test_before_the_first_answer_nothing_is_known() -> None:
    watch = Watch(Script(), Machine(Path("/tmp")))
    assert (desk(watch)["state"], watch.age_seconds, watch.machine) == ("unavailable", None, {})


async def test_the_last_answer_is_kept_and_renewed() -> None:
    source = Script()
    async with watching(source) as watch:
        await until(lambda: desk(watch)["state"] == "value")
        asked = source.asked
        await until(lambda: source.asked > asked + 2)
        assert watch.age_seconds is not None
        assert set(watch.machine) == {"cpu_percent", "memory_percent", "disk_percent"}


async def test_a_root_that_cannot_be_asked_is_a_problem_until_it_can() -> None:
    source = Script()
    async with watching(source) as watch:
        await until(lambda: desk(watch)["state"] == "value")
        source.failure = NotRunning("the root is dead", "start it")
        await until(lambda: desk(watch)["state"] == "unavailable")
        assert "the root is dead" in desk(watch)["problem"]
        assert desk(watch)["value"]["fills"] == 6
        source.failure = None
        await until(lambda: desk(watch)["state"] == "value")


async def test_an_answer_that_is_no_picture_is_a_problem() -> None:
    source = Script()
    source.nonsense = {"sections": 3}
    async with watching(source) as watch:
        await until(lambda: "no picture" in desk(watch)["problem"])


async def test_a_root_that_hangs_has_one_question_out_is_told_as_silent_and_is_asked_anew_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_cluster.http_watch.ANSWER_SECONDS_MAX", 0.05)
    monkeypatch.setattr("ray_cluster.http_watch.QUESTION_SECONDS_MAX", 0.5)
    source = Script()
    async with watching(source) as watch:
        await until(lambda: desk(watch)["state"] == "value")
        source.hangs = True
        await until(lambda: "did not answer within 0.05 s" in desk(watch)["problem"])
        hung = source.asked
        assert source.asked == hung
        await until(lambda: source.asked == hung + 1)
        source.hangs = False
        await until(lambda: desk(watch)["state"] == "value")


async def test_a_bug_ends_the_watch_so_that_it_is_seen() -> None:
    source = Script()
    source.failure = ZeroDivisionError("a bug")
    running = asyncio.create_task(Watch(source, Machine(Path("/tmp")), PERIOD).run())
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, 10)
