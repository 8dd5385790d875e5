"""The researcher: a walk-forward study as Ray tasks, a window each.

Tasks need no memory of each other and may run twice, so Ray may retry them; a result is written down by this side alone, under its key, and a
window whose result exists is not computed again. That is all there is to resuming. At most a bounded number of tasks is out at any time
(`ray.wait`), so that neither Ray's queue nor its store grows with the study and a killed driver loses no more than those. Research is a guest: it
runs at a low priority, and never on the node that talks to the broker unless that is the only one, where it leaves a processor free.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ray

from robo_trader.edge.result_files import ResultFiles
from robo_trader.errors import ConfigurationError
from robo_trader.walkforward.code_version import code_version
from robo_trader.walkforward.study import Result, Task, run

BROKER: Final = "broker"
"""The custom resource of the node that talks to the broker."""
NICENESS: Final = 19  # Ray itself starts every worker, those that trade included, at 15
RETRIES_MAX: Final = 3
TASKS_PER_CPU_OUT_MAX: Final = 2
STOP_ASKED_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Done:
    """A window's result, and whether it was computed now or found."""

    result: Result
    computed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where research may run: the nodes to stay away from, and how many processors there are for it."""

    shunned: tuple[str, ...]
    cpus: int


def place_of(nodes: Sequence[Mapping[str, Any]]) -> Place:
    """Decide from what `ray.nodes()` says."""
    alive = [node for node in nodes if node["Alive"]]
    broker = [node for node in alive if node["Resources"].get(BROKER)]
    others = [node for node in alive if not node["Resources"].get(BROKER) and node["Resources"].get("CPU")]
    if broker and others:
        return Place(tuple(sorted(node["NodeID"] for node in broker)), _cpus(others))
    return Place((), max(_cpus(alive) - bool(broker), 1))


def study(
    tasks: Iterable[Task],
    results: ResultFiles,
    workers: int | None = None,
    tell: Callable[[Done], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> list[Result]:
    """Have every task's result, computed or found, in the order of the tasks; needs a connected Ray.

    `workers` bounds how many are computed at a time (None: as many as there are processors for it); `tell` hears of each as it is done; `stopping`
    is asked every second and answered with `KeyboardInterrupt`, what is done being kept. Raises `ConfigurationError` where the workers run other
    code or libraries than this process.
    """
    place = place_of(ray.nodes())  # type: ignore[no-untyped-call]
    # Ray starts as many at once as there are processors, so a bound below that must bound what is out.
    out_max = TASKS_PER_CPU_OUT_MAX * place.cpus if workers is None or workers >= place.cpus else workers
    work = _Work(_submitter(place), results, tell, stopping)
    order: list[str] = []
    for task in tasks:
        work.stop_if_asked()
        key = task.key
        order.append(key)
        kept = Result.of_text(results.read(key) or "", key)
        if kept is not None:
            work.found[key] = kept
            tell(Done(kept, computed=False))
            continue
        if len(work.out) >= out_max:
            work.collect_one()
        work.submit(task, key)
    while work.out:
        work.collect_one()
    return [work.found[key] for key in order]


Answer = tuple[str, Result]
"""The worker's code version, and its result."""


@dataclass(slots=True)
class _Work:
    """What is out, what came back."""

    remote: Callable[[Task], ray.ObjectRef[Answer]]
    results: ResultFiles
    tell: Callable[[Done], None]
    stopping: Callable[[], bool]
    out: dict[ray.ObjectRef[Answer], str] = field(default_factory=dict)
    found: dict[str, Result] = field(default_factory=dict)

    def stop_if_asked(self) -> None:
        """Between two steps, never within one."""
        if self.stopping():
            raise KeyboardInterrupt

    def submit(self, task: Task, key: str) -> None:
        """Send a task out."""
        self.out[self.remote(task)] = key

    def collect_one(self) -> None:
        """Wait for one task, whichever is first, and keep its result."""
        ready: list[ray.ObjectRef[Answer]] = []
        while not ready:  # ends when a task does; Ray runs a lost one again, and gives up after `RETRIES_MAX`
            self.stop_if_asked()
            ready, _ = ray.wait(list(self.out), num_returns=1, timeout=STOP_ASKED_SECONDS)
        (reference,) = ready
        key = self.out.pop(reference)
        version, result = ray.get(reference)
        if version != code_version() or result.key != key:
            raise ConfigurationError(
                "the workers run other code or other libraries than this command", "use one image on all nodes, and submit from it"
            )
        self.results.write(key, result.text())
        self.found[key] = result
        self.tell(Done(result, computed=True))


def _submitter(place: Place) -> Callable[[Task], ray.ObjectRef[Answer]]:
    options: dict[str, Any] = {"num_cpus": 1, "max_retries": RETRIES_MAX}
    if place.shunned:
        options["label_selector"] = {"ray.io/node-id": f"!in({','.join(place.shunned)})"}
    submit: Callable[[Task], ray.ObjectRef[Answer]] = ray.remote(**options)(_run_as_guest).remote
    return submit


def _run_as_guest(task: Task) -> Answer:
    """In a worker process: behind everything else that wants the processor."""
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), NICENESS))
    return code_version(), run(task)


def _cpus(nodes: Sequence[Mapping[str, Any]]) -> int:
    return int(sum(node["Resources"].get("CPU", 0) for node in nodes))
