"""A run on Ray, from the command that starts it: find or start the tree, show it, and end it; or leave it running.

`ray_cluster.connect.prepare` comes before this module is imported, because Ray reads the environment when it is.

The tree does not need us: its actors are detached, and a drain that was asked for goes on to its end without us. What we do that nobody else does is
at both ends: before, to work out the plan and to start what the tree lives on; after, to compare the books with the broker's.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

import ray
from ray.actor import ActorHandle
from ray.exceptions import GetTimeoutError, RayError

from actors import tree
from actors.day_end import Books, conclude, unread
from actors.market_side import Market, left_running, open_market
from actors.ops import keep_webhook
from actors.plan import limits_of
from actors.root import ROOT
from ray_cluster import connect
from ray_cluster.around import Failed, create_fence, interrupts, kill_named, listen, not_on_ray, with_ports, without_rays_messages
from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import View
from robo_trader.edge.clock import process_ns
from robo_trader.edge.picture import as_json, flatten
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import AlreadyRunning, NotConfirmed, UserError

READY_SECONDS_MAX: Final = 120.0
ANSWER_SECONDS_MAX: Final = 10.0
FINISH_SECONDS_MAX: Final = 60.0
STOP_SECONDS_MAX: Final = 40.0
SHOW_EVERY_SECONDS: Final = 0.5
SERVE_TRIES_MAX: Final = 3
SERVE_SECONDS_MAX: Final = 60.0
SERVE_PAUSE_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.1

logging.getLogger("ray").setLevel(logging.WARNING)  # what people should know we say ourselves


def run_tree(config: RunConfig, view: View) -> dict[str, Any]:
    """Trade until the close, an interrupt or a failure, then end the tree, with the summary; with `detach` only until it is ready.

    Raises `UserError` for what a person can put right.
    """
    directory = StateDirectory.of(config.system).make()
    if config.state_dir is not None:
        os.environ["ROBO_TRADER_STATE_DIR"] = str(config.state_dir.absolute())
    with without_rays_messages(directory), interrupts() as interrupted:
        session = _Session(config, directory, view, interrupted)
        if not session.attach():
            session.start()
        return session.detached() if config.detach else session.stay()


def end_tree(directory: StateDirectory, view: View) -> dict[str, Any]:
    """End a running system from outside: drain, compare the books, stop everything that belongs to it. Raises `NotRunning`."""
    with without_rays_messages(directory), interrupts() as interrupted:
        session = _Session(None, directory, view, interrupted)
        if not session.attach():
            raise not_on_ray(directory)
        return session.finish()


class _Session:
    """One command's hold on a tree; `config` is None where the tree is only to be ended."""

    def __init__(self, config: RunConfig | None, directory: StateDirectory, view: View, interrupted: threading.Event) -> None:
        self._config, self._directory, self._view, self._interrupted = config, directory, view, interrupted
        self._head: connect.Head | None = None
        self._market: Market | None = None
        self._root: ActorHandle[Any] | None = None
        self._serving: threading.Thread | None = None
        self._leaving = False

    # Beginning.

    def attach(self) -> bool:
        """Take hold of the tree if it runs. Raises `AlreadyRunning` if it runs with another configuration."""
        self._head = connect.head_of(self._directory)
        address = self._head.address if self._head is not None else connect.joined_address()
        if address is None:
            return False
        self._connect(address)
        self._root = tree.find(self._directory.name)
        if self._root is None:
            return False
        plan = self._plan = self._get(self._root.plan)
        if self._get(self._root.status)["leaving"]:
            self._view.note("the tree that ran here was ending: it is ended first")
            self._stop_tree()
            return False
        if self._config is not None and plan.config.digest() != self._config.digest():
            raise AlreadyRunning(
                f"system '{self._directory.name}' runs with another configuration", "end it with `robo-trader down`, or name another --system"
            )
        self._config = plan.config
        self._market = left_running(plan.config, self._directory)
        self._view.note(f"attached to system '{self._directory.name}'")
        return True

    def _connect(self, address: str) -> None:
        """Join the cluster, and keep the signals: Ray takes SIGTERM for itself when it connects, and would end us in the middle."""
        connect.connect(address, "robo-trader")
        listen(self._interrupted)

    def start(self) -> None:
        """Start the market, Ray and the tree, and wait until it is ready; nothing is left behind if that fails."""
        config = self._config
        assert config is not None, "a tree is started from a configuration"
        try:
            self._start(config)
        except BaseException:
            self._abandon()
            raise

    def _start(self, config: RunConfig) -> None:
        create_fence(self._directory)
        keep_webhook(self._directory.path)
        config = self._config = with_ports(config)
        self._market = open_market(config, self._directory)
        self._plan = self._market.plan(limits_of(config))
        if self._head is None and connect.joined_address() is None:
            self._view.note("starting Ray")
            self._head = connect.start_head(self._directory, config.ray_port)
        if not ray.is_initialized():
            address = self._head.address if self._head is not None else str(connect.joined_address())
            self._connect(address)
        self._view.note("starting the tree")
        self._root = tree.start(self._plan, broker_resource=connect.BROKER_RESOURCE)
        served: Future[str] = Future()
        # Serve takes seconds to start: meanwhile the tree does too.
        self._serving = threading.Thread(target=self._serve, args=(config, served), name="serve", daemon=True)
        self._serving.start()
        self._await_ready()
        deadline = time.monotonic() + SERVE_SECONDS_MAX
        while not self._interrupted.is_set() and not served.done() and time.monotonic() < deadline:
            self._interrupted.wait(_POLL_SECONDS)
        if not served.done():
            self._view.note("warning: no probes and no halt over HTTP yet: Serve has not started")
        else:
            self._view.note(f"probes on {served.result()}, dashboard on http://{config.dashboard_host}:{config.dashboard_port}")

    def _serve(self, config: RunConfig, served: Future[str]) -> None:
        try:
            served.set_result(self._deploy(config))
        except BaseException as broken:  # noqa: BLE001  # a thread of ours: whatever ends it is an answer for who waits
            served.set_result(f"nowhere: {broken}")

    def _deploy(self, config: RunConfig) -> str:
        """Serve probes and halt. Where Serve does not start the tree trades without it: halts have other roads."""
        from ray_cluster.serve_app import deploy  # noqa: PLC0415  # only who starts a tree needs it

        logging.getLogger("ray.serve").setLevel(logging.WARNING)  # as Ray's own, but set anew by its import
        directory, problem = self._directory, ""
        where = (directory.name, str(directory.path.parent), str(directory.fence), config.http_host, config.http_port)
        for _ in range(SERVE_TRIES_MAX):
            try:
                return deploy(*where, tree.namespace_of(self._plan))
            except (RayError, RuntimeError, TimeoutError) as broken:  # a predecessor of Serve may still be on its way out
                problem = f"{type(broken).__name__}: {str(broken).splitlines()[0] if str(broken) else ''}"
                if self._leaving or self._interrupted.wait(SERVE_PAUSE_SECONDS):
                    break
        self._view.note(f"warning: no probes and no halt over HTTP: {problem}")
        return "nowhere"

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline and not self._interrupted.is_set():
            status = self._get(self._tree.status)
            if status["failure"] is not None:
                raise Failed(status["failure"])
            if status["ready"]:
                return
            self._interrupted.wait(_POLL_SECONDS)
        if not self._interrupted.is_set():
            raise NotConfirmed(f"the tree was not ready after {READY_SECONDS_MAX:g} s", "look at `robo-trader status` and at Ray's logs")

    # The life.

    def detached(self) -> dict[str, Any]:
        """What to say of a tree that is left running."""
        self._end_serving()
        ray.shutdown()
        return {
            "system": self._directory.name,
            "detached": True,
            "reconciled": None,
            "ports": {"ray": self._head.dashboard_port if self._head else None},
        }

    def stay(self) -> dict[str, Any]:
        """Show the tree until it is to end."""
        try:
            self._watch()
        except Failed:
            self.finish()  # what still trades is drained like any other
            raise
        except UserError:
            self._abandon()
            raise
        return self.finish()

    def _watch(self) -> None:
        """Until an interrupt, the close if asked to, or a failure, which is raised."""
        assert self._config is not None, "attached or started"
        while not self._interrupted.wait(SHOW_EVERY_SECONDS):
            status = self._get(self._tree.status)
            if status["failure"] is not None:
                raise Failed(status["failure"])
            self._view.show(flatten(as_json(self._get(self._tree.sections), process_ns())))
            if self._config.until_close and status["closing"]:
                return

    # The end.

    def finish(self) -> dict[str, Any]:
        """Drain, compare the books, and stop everything."""
        self._view.note("draining: entries are cancelled, stops stay at the broker")
        try:
            look = self._get(self._tree.finish, FINISH_SECONDS_MAX)
            if isinstance(look, str):
                return unread(self._directory.name, look)
            snapshot, seen, digest = look
            assert self._market is not None, "attached or started"
            self._stop_tree()
            books = Books(snapshot, seen, self._market.starting_cash, self._plan.exchange_log)
            return conclude(books, self._directory.name, digest)
        finally:
            self._abandon()

    def _stop_tree(self) -> None:
        root, self._root = self._root, None
        if root is None:
            return
        try:
            ray.get(root.shut_down.remote(), timeout=ANSWER_SECONDS_MAX)
            ray.get(root.gone.remote(), timeout=STOP_SECONDS_MAX)
        except (RayError, GetTimeoutError):
            self._view.note("the tree did not stop in order")
        for name in [ROOT, *tree.names_of(self._plan)]:  # the supervisor first, or it restarts the others
            kill_named(name, tree.namespace_of(self._plan))

    def _end_serving(self) -> None:
        """Let Serve's start come to its end: a call after Ray's shutdown ends the whole process, with an exit code of Ray's."""
        self._leaving = True
        if self._serving is not None:
            self._serving.join(SERVE_SECONDS_MAX)

    def _abandon(self) -> None:
        """Leave nothing running that this system started."""
        if ray.is_initialized():
            if self._root is not None:
                self._stop_tree()
            self._end_serving()
            if self._head is None:
                self._undeploy()
            ray.shutdown()
        if self._head is not None:
            connect.stop_head(self._directory, self._head)
            self._head = None
        if self._market is not None:
            self._market.stop()
        self._directory.clear_running()

    def _undeploy(self) -> None:
        """On a cluster that is not ours Serve must be told; ours ends with everything on it."""
        from ray_cluster.serve_app import undeploy  # noqa: PLC0415  # as above

        with suppress(RayError):
            undeploy(self._directory.name)

    @property
    def _tree(self) -> ActorHandle[Any]:
        assert self._root is not None, "attached or started"
        return self._root

    def _get(self, method: Any, seconds_max: float = ANSWER_SECONDS_MAX) -> Any:  # noqa: ANN401  # Ray's methods have no types
        """Ask the root; while Ray restarts it, ask again."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                return ray.get(method.remote(), timeout=seconds_max)
            except (RayError, GetTimeoutError) as away:
                if time.monotonic() > deadline:
                    raise NotConfirmed(
                        f"the root of system '{self._directory.name}' does not answer: {type(away).__name__}", "look at Ray's dashboard"
                    ) from None
                time.sleep(_POLL_SECONDS)
