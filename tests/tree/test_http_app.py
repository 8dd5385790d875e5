"""The endpoints, asked without a server and without Ray: what each answers while the root tells, hangs or is dead."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ray_cluster.http_app import WAITING_MAX, Probes
from ray_cluster.http_watch import Watch
from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.edge.picture import as_json
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory
from robo_trader.production.audit import AuditTrail
from robo_trader.production.halting import Place
from robo_trader.production.health_machine import MachineUse
from tests.support.asgi import JSON, Answer, Application, ask, serving, until
from tests.support.pictures import full_picture, section_values


class QuietMachine:
    """A machine with nothing to do, whatever else runs on this one."""

    def use(self) -> MachineUse:
        return MachineUse(1.0, 2.0, 3.0, 4, 5)


class Bench:
    """A system on disk, a root to script, and the application that tells of both."""

    def __init__(self, directory: StateDirectory) -> None:
        self.place = Place(directory)
        self.root_tells = True
        self.failure: Exception | None = None
        self.values: dict[str, Any] = section_values()
        self.watch = Watch(self.picture, QuietMachine(), 0.02)  # type: ignore[arg-type]
        self.probes = Probes(self.place, self.watch)
        self.app: Application = self.probes.application()

    async def picture(self) -> object:
        if self.failure:
            raise self.failure
        if not self.root_tells:
            await asyncio.Event().wait()
        told = as_json(full_picture(clock.process_ns()), clock.process_ns())
        for name, value in self.values.items():
            told["sections"][name]["value"] = value
        return told

    async def get(self, path: str) -> Answer:
        return await ask(self.app, "GET", path)

    async def post(self, path: str, body: object) -> Answer:
        return await ask(self.app, "POST", path, JSON, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDirectory:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    made = StateDirectory.of("demo").make()
    Fence.open(made.fence, create=True).close()
    return made


@asynccontextmanager
async def heard(directory: StateDirectory) -> AsyncIterator[Bench]:
    """The application after the root told once."""
    bench = Bench(directory)
    async with serving(bench.app):
        await until(lambda: bench.watch.age_seconds is not None)
        yield bench


@contextmanager
def trading(directory: StateDirectory, *, confirms: bool = True) -> Iterator[None]:
    """This process holds the lease, as the trading one does, and notes every halt at once."""
    ended = threading.Event()
    fence = Fence.open(directory.fence, create=False)
    epoch = fence.take_lease(os.getpid())

    def note() -> None:
        while not ended.wait(0.001):
            if confirms:
                fence.write_seen(fence.sequence(), epoch, clock.process_ns())

    thread = threading.Thread(target=note)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        fence.release()
        fence.close()


async def test_a_system_that_does_its_work_is_healthy_ready_and_alive(directory: StateDirectory) -> None:
    async with heard(directory) as bench:
        live, health, ready = [await bench.get(path) for path in ("/health/live", "/health", "/health/ready")]
    assert (live.status, live.json["status"]) == (200, "ok")
    assert (health.status, health.json["status"], health.json["http_status"]) == (200, "healthy", 200)
    assert (ready.status, ready.json["status"], ready.json["reasons"]) == (200, "ready", [])


async def test_before_the_root_told_anything_it_is_alive_and_neither_healthy_nor_ready(directory: StateDirectory) -> None:
    bench = Bench(directory)
    bench.root_tells = False
    async with serving(bench.app):
        assert (await bench.get("/health/live")).status == 200
        health = await bench.get("/health")
        assert (health.status, health.json["status"], health.json["http_status"]) == (503, "unhealthy", 503)
        ready = await bench.get("/health/ready")
        assert (ready.status, ready.json["status"]) == (503, "not_ready")
        assert ready.json["reasons"]


async def test_what_keeps_it_from_being_ready_is_said(directory: StateDirectory) -> None:
    bench = Bench(directory)
    bench.values["gateway"]["connected"] = False
    async with serving(bench.app):
        await until(lambda: bench.watch.age_seconds is not None)
        assert (await bench.get("/health/ready")).json["reasons"] == ["there is no session with the broker's gateway at 127.0.0.1:4002"]
        assert (await bench.get("/health")).json["components"]["broker_gateway"]["status"] == "down"


async def test_the_picture_is_told_whole(directory: StateDirectory) -> None:
    async with heard(directory) as bench:
        status = (await bench.get("/status")).json
    assert (status["system"], status["sections"]["desk"]["value"]["fills"]) == ("demo", 6)


async def test_metrics_can_be_read_by_prometheus(directory: StateDirectory) -> None:
    async with heard(directory) as bench:
        await bench.post("/halt", {"timeout_seconds": 0})
        answer = await bench.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {family.name: family for family in text_string_to_metric_families(answer.body.decode())}
    assert len(found) >= 12
    assert found["robo_trader_halt_requests"].samples[0].value == 1
    assert found["system_cpu_percent"].samples[0].value == 1.0


async def test_a_halt_is_on_record_and_confirmed(directory: StateDirectory) -> None:
    with trading(directory):
        async with heard(directory) as bench:
            words = {"level": "halt_cancel", "scope": "symbol", "target": "spy", "reason": "storm", "by": "ann", "text": "wind", "until_minutes": 5}
            answer = await bench.post("/halt", words)
    told = answer.json
    assert (answer.status, told["recorded"], told["confirmed"], told["epoch"]) == (200, True, True, 1)
    assert told["confirmed_ns"] >= told["recorded_ns"] > 0
    assert told["ms"] >= 0
    (halt,) = bench.place.standing()
    assert (halt.id, halt.level.name, halt.target, halt.reason, halt.by, halt.text) == (told["id"], "HALT_CANCEL", "SPY", "storm", "ann", "wind")
    assert halt.until is not None
    assert [line["event"]["metadata"]["halt_id"] for line in AuditTrail().lines()] == [told["id"]]


@pytest.mark.parametrize("body", [{}, b""])
async def test_without_a_word_everything_is_halted(directory: StateDirectory, body: object) -> None:
    bench = Bench(directory)
    answer = await bench.post("/halt", body)
    (halt,) = bench.place.standing()
    assert (answer.status, halt.level.name, halt.scope, halt.until) == (202, "REDUCE_ONLY", "all", None)
    assert answer.json["outcome"] == "recorded for the next start; nothing runs now"


async def test_a_halt_that_nobody_confirms_stands_and_says_so(directory: StateDirectory) -> None:
    bench = Bench(directory)
    with trading(directory, confirms=False):
        answer = await bench.post("/halt", {"timeout_seconds": 0.05})
    told = answer.json
    assert (answer.status, told["recorded"], told["confirmed"], told["outcome"]) == (202, True, False, "recorded, NOT confirmed")
    assert (told["confirmed_ns"], told["ms"]) == (None, None)
    assert len(bench.place.standing()) == 1


async def test_probes_are_answered_while_halts_wait_and_no_halt_waits_for_another(directory: StateDirectory) -> None:
    bench = Bench(directory)
    with trading(directory, confirms=False):
        waiting = [asyncio.create_task(bench.post("/halt", {"timeout_seconds": 3})) for _ in range(WAITING_MAX)]
        while bench.probes._waiting < WAITING_MAX:
            assert (await bench.get("/health/live")).status == 200
        one_more = await asyncio.wait_for(bench.post("/halt", {"timeout_seconds": 10}), 3)
        assert (one_more.status, one_more.json["recorded"]) == (202, True)
        standing = {halt.id for halt in bench.place.standing()}
        assert one_more.json["id"] in standing or any(one.startswith("overflow") for one in standing)  # a slow disk: no place in time
        await asyncio.wait(waiting)


async def test_a_halt_that_cannot_be_recorded_says_so_and_what_to_do(directory: StateDirectory) -> None:
    bench = Bench(directory)
    directory.journal.write_bytes(b"a journal, so its fence must have been lost")
    directory.fence.unlink()
    answer = await bench.post("/halt", {})
    assert answer.status == 503
    assert "NOT recorded" in answer.json["error"]
    assert "robo-trader halt" in answer.json["remedy"]


async def test_a_halt_for_a_loss_stands_without_an_end_and_says_so(directory: StateDirectory) -> None:
    answer = await Bench(directory).post("/halt", {"reason": "max_loss", "until_minutes": 1})
    assert answer.json["notes"] == ["a halt for max_loss never ends by itself: a person must lift it"]


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"level": "total"}, 422, "level"),
        ({"scope": "symbol"}, 422, "target"),
        ({"scope": "planet", "target": "SPY"}, 422, "scope"),
        ({"until_minutes": 0}, 422, "until_minutes"),
        ({"until_minutes": "soon"}, 422, "until_minutes"),
        ({"timeout_seconds": 60}, 422, "timeout_seconds"),
        ({"by": ""}, 422, "by"),
        ({"levle": "no_new"}, 422, "levle"),
        ([], 422, "the body"),
        (b"{", 400, "JSON"),
    ],
)
async def test_words_that_make_no_halt_are_named_and_nothing_is_recorded(directory: StateDirectory, body: object, status: int, word: str) -> None:
    bench = Bench(directory)
    answer = await bench.post("/halt", body)
    assert (answer.status, set(answer.json)) == (status, {"error", "remedy"})
    assert word in answer.json["error"]
    assert bench.place.standing() == ()


async def test_a_resume_lifts_the_halt_it_names(directory: StateDirectory) -> None:
    bench = Bench(directory)
    halt_id = (await bench.post("/halt", {})).json["id"]
    answer = await bench.post("/resume", {"id": halt_id, "by": "ann", "reason": "calm"})
    assert (answer.status, answer.json) == (200, {"system": "demo", "resumed": [halt_id]})
    assert bench.place.standing() == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [({"id": "halt-0", "by": "ann", "reason": "calm"}, 404), ({"id": "halt-0", "by": "ann"}, 422), ({"by": "ann", "reason": "calm"}, 422)],
)
async def test_a_resume_that_names_no_halt_lifts_none(directory: StateDirectory, body: object, status: int) -> None:
    bench = Bench(directory)
    await bench.post("/halt", {})
    answer = await bench.post("/resume", body)
    assert (answer.status, set(answer.json)) == (status, {"error", "remedy"})
    assert len(bench.place.standing()) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/halt", 405), ("POST", "/status", 405), ("PUT", "/halt", 405)]
)
async def test_what_is_not_there_is_said_with_what_is(directory: StateDirectory, method: str, path: str, status: int) -> None:
    answer = await ask(Bench(directory).app, method, path)
    assert (answer.status, set(answer.json)) == (status, {"error", "remedy"})
    assert "/health/ready" in answer.json["remedy"]


async def test_a_replica_whose_watch_ended_by_a_bug_is_found_useless(directory: StateDirectory) -> None:
    bench = Bench(directory)
    bench.failure = ZeroDivisionError("a bug")
    async with serving(bench.app):
        await until(lambda: bench.probes._watching is not None and bench.probes._watching.done())
        with pytest.raises(ZeroDivisionError):
            bench.probes.check()
