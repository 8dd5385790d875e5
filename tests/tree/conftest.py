"""One real Ray for all tests of this folder, and a namespace of its own for each.

Starting Ray takes seconds, so it is started once, when the first test asks for it, and ended with the last one of the folder. It has four processors
whatever the machine has: actors of tests ask for none. What a test leaves in its namespace is killed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from actors.local_ray import local_ray

CPUS = 4


@pytest.fixture(scope="package")
def ray_here() -> Iterator[None]:
    """A Ray of this process's own; children inherit its token by the environment."""
    with local_ray(CPUS):
        yield


@pytest.fixture
def namespace(ray_here: None) -> Iterator[str]:  # noqa: ARG001 - it must run first
    """A namespace that nobody else has: actors are made with `.options(namespace=namespace, name=..., num_cpus=0)`."""
    import ray  # noqa: PLC0415 - after its environment is set

    mine = f"test-{secrets.token_hex(4)}"
    yield mine
    for actor in ray.util.list_named_actors(all_namespaces=True):
        if actor["namespace"] == mine:
            ray.kill(ray.get_actor(actor["name"], namespace=mine))
