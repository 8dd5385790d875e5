"""The HTTP side as it runs: real Serve, real HTTP, a scripted root, and a fence that somebody watches.

The figures that a person wants to know are logged (`--log-cli-level=INFO`) and none of them is asserted tightly: the machine has other things to do.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from robo_trader.edge import clock
from robo_trader.edge.access_token import AccessTokens
from robo_trader.edge.fence import Fence
from robo_trader.edge.picture import as_json
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory
from robo_trader.errors import ConfigurationError
from robo_trader.production.halting import Place
from tests.support.asgi import JSON
from tests.support.pictures import full_picture
from tests.support.processes import descendants

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
DEADLINE_SECONDS = 40
HALTS = 20


class ScriptedRoot:
    """A plain class, as every actor of ours is: it tells a full picture."""

    async def picture(self) -> dict[str, Any]:
        now = clock.process_ns()
        return as_json(full_picture(now), now)


class Supervisor:
    """Deploys from inside an async actor, as the root does."""

    async def deploy(self, served: Served) -> str:
        return await asyncio.to_thread(served.deploy)


@dataclass
class Served:
    """A system that is served, and how to ask it."""

    directory: StateDirectory
    port: int
    namespace: str

    def deploy(self) -> str:
        from ray_cluster.serve_app import deploy  # noqa: PLC0415 - after Ray's environment is set

        return deploy("demo", str(self.directory.path.parent), str(self.directory.fence), HOST, self.port, self.namespace)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, None if body is None else json.dumps(body), named | (JSON if body is not None else {}))
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def json(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        status, text = self.ask(method, path, body, **headers)
        return status, json.loads(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], bool]) -> float:
    """Seconds until it held; a connection that is refused or cut is no answer yet."""
    begun = time.monotonic()
    while time.monotonic() - begun < DEADLINE_SECONDS:
        try:
            if holds():
                return time.monotonic() - begun
        except (OSError, http.client.HTTPException, ValueError):
            pass
        threading.Event().wait(0.02)
    raise AssertionError("it did not come to hold")


def start_root(namespace: str) -> Any:
    import ray  # noqa: PLC0415

    return ray.remote(ScriptedRoot).options(name="root", namespace=namespace, num_cpus=0, lifetime="detached").remote()


@pytest.fixture(scope="module")
def served(ray_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:  # noqa: ARG001 - it must run first
    import ray  # noqa: PLC0415

    from ray_cluster.serve_app import undeploy  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(ENVIRONMENT_VARIABLE, str(tmp_path_factory.mktemp("state")))
        directory = StateDirectory.of("demo").make()
        Fence.open(directory.fence, create=True).close()
        found = Served(directory, free_port(), "robo-trader/demo")
        root = start_root(found.namespace)
        begun = time.monotonic()
        assert found.deploy() == f"http://{HOST}:{found.port}"
        LOG.info("deployed in %.1f s", time.monotonic() - begun)
        yield found
        begun = time.monotonic()
        undeploy("demo")
        LOG.info("undeployed in %.1f s", time.monotonic() - begun)
        ray.kill(root)


@contextmanager
def trading(directory: StateDirectory) -> Iterator[None]:
    """This process holds the lease and notes every halt within 5 ms, as the trading one does."""
    ended = threading.Event()
    fence = Fence.open(directory.fence, create=False)
    epoch = fence.take_lease(os.getpid())

    def note() -> None:
        renewed = 0.0
        while not ended.wait(0.005):
            fence.write_seen(fence.sequence(), epoch, clock.process_ns())
            if time.monotonic() - renewed > 1:
                fence.renew()
                renewed = time.monotonic()

    thread = threading.Thread(target=note)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        fence.release()
        fence.close()


def processes() -> dict[str, int]:
    """Pid of each of Serve's processes, by what it is."""
    kinds = {"ray::ServeReplica": "replica", "ray::ProxyActor": "proxy", "ray::ServeController": "controller"}
    return {kind: pid for pid, command in descendants().items() for begin, kind in kinds.items() if command.startswith(begin)}


def pss_megabytes(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def test_a_halt_over_http_is_on_record_confirmed_and_lifted_by_token_only(served: Served) -> None:
    place = Place(served.directory)
    times = []
    with trading(served.directory):
        for _ in range(HALTS):
            begun = time.perf_counter()
            status, told = served.json("POST", "/halt", {"by": "ann", "reason": "drill"})
            times.append((time.perf_counter() - begun) * 1000)
            assert (status, told["confirmed"], told["epoch"]) == (200, True, place.open(create=False).lease().epoch)  # type: ignore[union-attr]
            assert told["id"] in {halt.id for halt in place.standing()}
            wanted = {"id": told["id"], "by": "ann", "reason": "calm"}
            assert served.ask("POST", "/resume", wanted)[0] == 401
            token = AccessTokens.at(served.directory.path).read()["resume"]
            assert served.json("POST", "/resume", wanted, authorization=f"Bearer {token}") == (200, {"system": "demo", "resumed": [told["id"]]})
            assert place.standing() == ()
    LOG.info("POST /halt to confirmed: p50 %.1f ms, worst %.1f ms", median(times), max(times))


def test_probes_and_metrics_tell_what_the_root_told(served: Served) -> None:
    eventually(lambda: served.json("GET", "/health/ready")[0] == 200)
    assert served.json("GET", "/health")[1]["components"]["broker_gateway"]["status"] == "up"
    assert served.json("GET", "/status")[1]["system"] == "demo"
    found = {family.name: family for family in text_string_to_metric_families(served.ask("GET", "/metrics")[1].decode())}
    assert found["robo_trader_gateway_connected"].samples[0].value == 1
    times = []
    for _ in range(100):
        begun = time.perf_counter()
        assert served.ask("GET", "/health/live")[0] == 200
        times.append((time.perf_counter() - begun) * 1000)
    LOG.info("GET /health/live: p50 %.1f ms, p99 %.1f ms", median(times), sorted(times)[98])
    LOG.info("memory (PSS): %s", {kind: f"{pss_megabytes(pid):.0f} MB" for kind, pid in processes().items()})


def test_a_browser_s_other_sites_and_other_machines_are_kept_out_by_the_real_server(served: Served) -> None:
    for forged in ({"Origin": "http://evil.example"}, {"Content-Type": "text/plain"}, {"Host": "evil.example"}, {"X-Forwarded-For": "127.0.0.1"}):
        line = http.client.HTTPConnection(HOST, served.port, timeout=5)
        line.request("POST", "/halt", "{}", JSON | {"Host": f"localhost:{served.port}"} | forged)
        assert line.getresponse().status in {401, 403, 415}, forged
        line.close()
    assert Place(served.directory).standing() == ()


def test_damaged_tokens_open_nothing_and_a_halt_from_this_machine_works_all_the_same(served: Served) -> None:
    tokens = AccessTokens.at(served.directory.path)
    secrets = tokens.path.read_text()
    tokens.path.write_text("{")
    try:
        os.kill(processes()["replica"], signal.SIGKILL)
        eventually(lambda: served.ask("GET", "/health/live")[0] == 200)
        status, told = served.json("POST", "/halt", {"timeout_seconds": 0})
        assert (status, told["recorded"]) == (202, True)
        wanted = {"id": told["id"], "by": "ann", "reason": "calm"}
        assert served.ask("POST", "/resume", wanted, authorization=f"Bearer {json.loads(secrets)['resume']}")[0] == 503
    finally:
        tokens.path.write_text(secrets)
    assert served.ask("POST", "/resume", wanted, authorization=f"Bearer {json.loads(secrets)['resume']}")[0] == 200


def test_with_the_root_dead_a_halt_works_and_health_says_what_is_not_known(served: Served) -> None:
    import ray  # noqa: PLC0415

    ray.kill(ray.get_actor("root", namespace=served.namespace))
    try:
        with trading(served.directory):
            status, told = served.json("POST", "/halt", {"reason": "drill"})
            assert (status, told["confirmed"]) == (200, True)
            Place(served.directory).open(create=False).resume(told["id"], "ann", clock.wall())
        eventually(lambda: served.json("GET", "/health")[0] == 503)
        assert served.ask("GET", "/health/live")[0] == 200
        reasons = served.json("GET", "/health/ready")[1]["reasons"]
        assert any("root" in reason for reason in reasons), reasons
    finally:
        start_root(served.namespace)
    LOG.info("a new root is told of after %.1f s", eventually(lambda: served.json("GET", "/health/ready")[0] == 200))


def test_deploying_again_changes_nothing_and_a_port_that_is_taken_is_named_before_serve_starts(served: Served) -> None:
    import ray  # noqa: PLC0415

    from ray_cluster.serve_app import deploy  # noqa: PLC0415

    before = processes()
    assert ray.get(ray.remote(Supervisor).options(num_cpus=0).remote().deploy.remote(served)) == f"http://{HOST}:{served.port}"
    assert processes() == before
    with pytest.raises(ConfigurationError, match="choose one between"):
        deploy("demo", "/nowhere", "/nowhere/demo/fence", HOST, 0, served.namespace)
    with pytest.raises(ConfigurationError, match="the file `fence`"):
        deploy("demo", "/nowhere", "/nowhere/demo/lock", HOST, served.port, served.namespace)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["replica", "controller", "proxy"])
def test_each_of_serve_s_processes_may_be_killed(served: Served, kind: str) -> None:
    eventually(lambda: served.ask("GET", "/health/live")[0] == 200)
    old = processes()[kind]
    os.kill(old, signal.SIGKILL)
    eventually(lambda: old not in descendants())
    back = eventually(lambda: served.ask("GET", "/health/live")[0] == 200)
    again = eventually(lambda: served.json("GET", "/health")[1]["components"]["risk_desk"]["status"] == "up")
    LOG.info("%s killed: answers after %.1f s, knows the system after %.1f s more", kind, back, again)
    with trading(served.directory):
        assert served.json("POST", "/halt", {"reason": "drill"})[0] == 200


@pytest.mark.long
def test_undeployed_the_port_is_free_and_one_that_is_taken_is_named(served: Served) -> None:
    from ray_cluster.serve_app import deploy, undeploy  # noqa: PLC0415

    undeploy("demo")
    undeploy("demo")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, served.port))
        taken.listen(1)
        with pytest.raises(ConfigurationError, match=rf"port {served.port} of 127\.0\.0\.1, for the probes, is in use; stop what listens there"):
            deploy("demo", str(served.directory.path.parent), str(served.directory.fence), HOST, served.port, served.namespace)
        assert processes() == {}
    served.deploy()
    assert served.ask("GET", "/health/live")[0] == 200
