"""The loop that the client library wants while it is imported."""

import asyncio
import threading

import pytest

from robo_trader.edge.ib_event_loop import loop_for_import


def current_loop():
    return asyncio.get_event_loop_policy().get_event_loop()


def test_a_thread_without_a_loop_has_one_inside_the_block_and_none_after():
    seen = []

    def work():
        with loop_for_import():
            seen.append(current_loop())
        with pytest.raises(RuntimeError):
            current_loop()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen[0].is_closed()


async def test_a_running_loop_is_still_the_current_one_afterwards():
    mine = asyncio.get_running_loop()
    with loop_for_import():
        pass
    assert current_loop() is mine


def test_the_policy_comes_back_even_when_the_import_fails():
    policy = asyncio.get_event_loop_policy()
    with pytest.raises(ImportError), loop_for_import():
        raise ImportError
    assert asyncio.get_event_loop_policy() is policy
