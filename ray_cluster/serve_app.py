"""The HTTP side on Ray Serve: one application for a system, one replica, on the broker's node.

Serve keeps the replica alive and gives it a port; that is all that is asked of it. It is a convenience and never the only road to a halt: the fence
works without it. The replica is made of plain strings, so that Serve can make it anew anywhere, and asks the root actor by name.

    base = deploy("main", state_root, fence_path, "127.0.0.1", 8080, "robo-trader/main")  # http://127.0.0.1:8080
    ...
    undeploy("main")
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import http.client
import json
import logging
import os
import socket
import warnings
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import RayError

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # Serve's own, of pydantic
    from ray import serve

from ray_cluster.connect import BROKER_RESOURCE
from ray_cluster.http_app import Probes
from ray_cluster.http_guard import Application, guarded
from ray_cluster.http_watch import Watch
from robo_trader.edge.access_token import FILE_NAME, AccessTokens
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, StateDirectory, code_hash
from robo_trader.errors import ConfigurationError, NotRunning, StateUnreadable
from robo_trader.production.halting import Place
from robo_trader.production.health_machine import Machine

ROOT: Final = "root"
PORT: Final = 8080
PORT_MAX: Final = 65_535
LOOKUP_SECONDS_MAX: Final = 2.0
BROKER_SHARE: Final = 0.001
CONSTRUCTOR_TRIES_MAX: Final = 3
_LOG: Final = logging.getLogger("robo_trader.http")


class Replica:
    """One replica of the HTTP side of `system`, whose fence is at `fence_path` below `state_root`; the root lives in Ray's `namespace`."""

    def __init__(self, system: str, state_root: str, fence_path: str, namespace: str) -> None:
        os.environ[ENVIRONMENT_VARIABLE] = state_root  # the audit trail and the fence of all systems are there
        self._place = Place(StateDirectory(system, Path(fence_path).parent))
        self._tokens = _tokens_in(Path(fence_path).parent)
        self._probes = Probes(self._place, Watch(RootActor(namespace).picture, Machine(Path(state_root))))

    def __serve_build_asgi_app__(self) -> Application:
        """What Serve serves."""
        return guarded(self._probes.application(), self._tokens)

    async def check_health(self) -> None:
        """Asked by Serve; raises what makes this replica useless, which has it replaced."""
        self._probes.check()


class RootActor:
    """The root of a system, found by its name each time it was lost."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._root: Any = None

    async def picture(self) -> object:
        """What the root tells of the system; raises `NotRunning` while it cannot be asked."""
        try:
            if self._root is None:
                lookup = asyncio.to_thread(ray.get_actor, ROOT, namespace=self._namespace)  # it blocks, for long without a cluster
                self._root = await asyncio.wait_for(lookup, LOOKUP_SECONDS_MAX)
            return await self._root.picture.remote()
        except (RayError, ValueError, TimeoutError) as lost:
            self._root = None
            first = (str(lost).splitlines() or [""])[0]
            raise NotRunning(f"the root cannot be asked: {type(lost).__name__} {first}".strip(), "start the system with `robo-trader run`") from None


def deploy(system: str, state_root: str, fence_path: str, host: str, port: int, namespace: str) -> str:
    """Serve `system` on `host`:`port` of the head node and return the base URL; a second call for the same system changes nothing.

    `namespace` is that of the root actor. Raises `ConfigurationError` if the port is taken, Serve listens elsewhere already, or no
    replica comes up. Blocks for seconds: inside an actor, call it in a thread.
    """
    if not 0 < port <= PORT_MAX:
        raise ConfigurationError(f"the port of the probes is {port}", f"choose one between 1 and {PORT_MAX}")
    if Path(fence_path).name != "fence":
        raise ConfigurationError(f"the fence is at {fence_path}", "a system's fence is the file `fence` of its directory")
    name = _name(system)
    if not _serve_runs():
        _require_free(host, port)
        serve.start(proxy_location="HeadOnly", http_options={"host": host, "port": port}, logging_config={"enable_access_log": False})
    arguments = (system, state_root, fence_path, namespace)
    made_of = _made_of(*arguments)
    if not _is_served(name, made_of):
        _serve(name, made_of, arguments)
    _require_ours(host, port, name)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def undeploy(system: str) -> None:
    """Stop serving `system`, and Serve with it if it served nothing else. Does nothing where it is not served."""
    name = _name(system)
    others = [known for known in serve.status().applications if known != name]
    if others:
        serve.delete(name)
    else:
        serve.shutdown()  # type: ignore[no-untyped-call]


def _tokens_in(folder: Path) -> AccessTokens:
    """The system's tokens; damaged ones open nothing, and must not take the halt from this machine with them, which needs none."""
    try:
        return AccessTokens.at(folder)
    except StateUnreadable as lost:
        _LOG.error("%s", lost)
        return AccessTokens(folder / FILE_NAME)


def _name(system: str) -> str:
    """The application's name in Serve."""
    return f"robo-trader-{system}"


def _serve(name: str, made_of: str, arguments: tuple[str, ...]) -> None:
    """Start the application, or replace the one of its name."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    deployment: Any = serve.deployment(
        serve.ingress()(Replica),
        name=made_of,
        num_replicas=1,
        ray_actor_options={"num_cpus": 0, "resources": {BROKER_RESOURCE: BROKER_SHARE} if BROKER_RESOURCE in resources else {}},
        max_ongoing_requests=100,
        max_constructor_retry_count=CONSTRUCTOR_TRIES_MAX,
        health_check_period_s=1,
        health_check_timeout_s=2,
        graceful_shutdown_timeout_s=1,
        graceful_shutdown_wait_loop_s=0.1,
        logging_config={"enable_access_log": False},
    )
    try:
        serve.run(deployment.bind(*arguments), name=name, route_prefix="/", blocking=False)
    except RuntimeError as failed:
        raise ConfigurationError(f"Serve could not start {name}: {failed}", "look at Serve's logs in Ray's session directory") from None


def _is_served(name: str, made_of: str) -> bool:
    """Whether this very application runs: Serve would replace a living replica by its like."""
    known = serve.status().applications.get(name)
    return known is not None and known.status == "RUNNING" and made_of in known.deployments


def _made_of(*arguments: str) -> str:
    """The deployment's name: it changes with the code and the arguments of a replica."""
    code = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return f"http-{code_hash()[:6]}-{hashlib.sha256(b'|'.join((*code, *map(os.fsencode, arguments)))).hexdigest()[:6]}"


def _serve_runs() -> bool:
    """Whether Serve has a proxy in this cluster already."""
    return bool(serve.status().proxies)


def _require_free(host: str, port: int) -> None:
    """Raise `ConfigurationError` if nobody could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as refused:
            what = "is in use" if refused.errno == errno.EADDRINUSE else f"cannot be had: {refused.strerror}"
            raise ConfigurationError(f"port {port} of {host}, for the probes, {what}", "stop what listens there, or choose another port") from None


def _require_ours(host: str, port: int, name: str) -> None:
    """Raise `ConfigurationError` unless it is Serve with our application that answers there: Serve keeps the port that it was started with."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not bound
    line = http.client.HTTPConnection(reached, port, timeout=5.0)
    try:
        line.request("GET", "/-/routes")
        routes = json.loads(line.getresponse().read(65_536))
    except (OSError, http.client.HTTPException, ValueError) as silent:
        raise ConfigurationError(f"Serve does not answer on {host} port {port}: {silent}", "end the Serve that runs on another port") from None
    finally:
        line.close()
    if not isinstance(routes, dict) or name not in routes.values():
        raise ConfigurationError(f"what answers on {host} port {port} does not serve {name}", "choose another port")
