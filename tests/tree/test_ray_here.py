"""The shared Ray of this folder: named async actors answer, by `await`, in a namespace that no other test sees."""

from __future__ import annotations

import asyncio

import pytest


class Echo:
    """A plain class, as every actor of ours is."""

    async def say(self, word: str) -> str:
        return word


async def test_a_named_async_actor_answers_in_its_own_namespace(namespace: str) -> None:
    import ray  # noqa: PLC0415

    made = ray.remote(Echo).options(name="echo", namespace=namespace, num_cpus=0, max_restarts=0, lifetime="detached").remote()
    assert await asyncio.wait_for(made.say.remote("one"), 20) == "one"
    found = ray.get_actor("echo", namespace=namespace)
    assert await asyncio.wait_for(found.say.remote("two"), 20) == "two"
    with pytest.raises(ValueError, match="echo"):
        ray.get_actor("echo", namespace="another")
