"""The composition root: which actors there are, who supervises whom, and how a tree is started, found and ended.

    system   one_for_one
    ├── core        one_for_one   broker_gateway · risk_desk · stop_controller
    │   └── strategies  one_for_one   strategy/SPY/moving_average_cross, ...   one process a symbol, up to 8; sharded above
    └── ops         one_for_one   alerting · health · dashboard

Every pair finds its place again by epoch and number when either side returns, so one_for_one is enough everywhere.
"""

from __future__ import annotations

from typing import Any, Final

import ray
from ray.actor import ActorHandle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from actors.family import Blueprint
from actors.messages import DESK, GATEWAY, HOST_PREFIX, STOPS
from actors.ops import AlertingActor, DashboardActor, HealthActor
from actors.parts import BrokerGatewayActor, RiskDeskActor, StopControllerActor, StrategyHostActor
from actors.plan import Plan
from actors.root import ROOT, Root
from robo_trader.supervision.spec import Backoff, ChildSpec, GroupSpec, Intensity, Strategy

HOSTS_MAX: Final = 8
START_SECONDS_MAX: Final = 60.0
HEARTBEAT_SECONDS_MAX: Final = 15.0
_INTENSITY: Final = Intensity(5, 60.0)
_PAUSES: Final = Backoff(0.05, 2.0, 5.0, 0.2)


def namespace_of(plan: Plan) -> str:
    """Where the actors of a system are named."""
    return f"robo-trader/{plan.directory.name}"


def blueprint_of(plan: Plan) -> Blueprint:
    """The tree for a plan."""
    shards = _shards(plan)
    makers: dict[str, tuple[type[Any], tuple[Any, ...]]] = {
        GATEWAY: (BrokerGatewayActor, ()),
        DESK: (RiskDeskActor, ()),
        STOPS: (StopControllerActor, ()),
        **{name: (StrategyHostActor, (symbols,)) for name, symbols in shards.items()},
        "alerting": (AlertingActor, ()),
        "health": (HealthActor, ()),
        "dashboard": (DashboardActor, ()),
    }
    children = tuple(_child(name, symbols[0] if len(symbols) == 1 else None) for name, symbols in shards.items())
    hosts = GroupSpec("strategies", Strategy.ONE_FOR_ONE, _INTENSITY, _PAUSES, children)
    core = GroupSpec("core", Strategy.ONE_FOR_ONE, _INTENSITY, _PAUSES, (_child(GATEWAY), _child(DESK), _child(STOPS), hosts))
    ops = GroupSpec("ops", Strategy.ONE_FOR_ONE, _INTENSITY, _PAUSES, (_child("alerting"), _child("health"), _child("dashboard")))
    root = GroupSpec("system", Strategy.ONE_FOR_ONE, _INTENSITY, _PAUSES, (core, ops))
    return Blueprint(root, makers, frozenset({GATEWAY, DESK, STOPS, *shards}))


def start(plan: Plan, *, broker_resource: str) -> ActorHandle[Any]:
    """Start a system's root, or find the one that runs."""
    resources = {broker_resource: 0.001} if broker_resource in ray.cluster_resources() else None  # type: ignore[no-untyped-call]  # Ray's own
    options: dict[str, Any] = {
        "name": ROOT,
        "namespace": namespace_of(plan),
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "max_task_retries": 0,
        "num_cpus": 0,
        "enable_task_events": False,
    }
    if resources is not None:
        options["resources"] = resources
    else:
        options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    make: Any = ray.remote(Root)  # Any: Ray's wrapper of a class has no type that fits
    return make.options(**options).remote(plan, namespace_of(plan), blueprint_of(plan))  # type: ignore[no-any-return]  # as above


def find(system: str) -> ActorHandle[Any] | None:
    """The root of a running system."""
    try:
        handle: ActorHandle[Any] = ray.get_actor(ROOT, namespace=f"robo-trader/{system}")
    except ValueError:
        return None
    return handle


def names_of(plan: Plan) -> tuple[str, ...]:
    """Every actor below the root."""
    return tuple(blueprint_of(plan).makers)


def _shards(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Hosts by name, with their symbols: one each up to `HOSTS_MAX`, evenly shared above."""
    strategy, symbols = plan.config.strategy, plan.symbols
    if len(symbols) <= HOSTS_MAX:
        return {f"{HOST_PREFIX}{symbol}/{strategy}": (symbol,) for symbol in symbols}
    return {f"{HOST_PREFIX}shard-{n + 1}/{strategy}": symbols[n::HOSTS_MAX] for n in range(HOSTS_MAX)}


def _child(name: str, scope: str | None = None) -> ChildSpec:
    return ChildSpec(name, start_seconds_max=START_SECONDS_MAX, heartbeat_seconds_max=HEARTBEAT_SECONDS_MAX, scope=scope)
