"""Watchers get the newest frame, whatever they missed, and the show can end."""

from __future__ import annotations

import asyncio

import pytest

from robo_trader.dashboard.audience import Audience


async def test_a_watcher_waits_for_the_next_frame():
    audience = Audience()
    waiting = asyncio.create_task(audience.after(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    audience.publish(b"one")
    assert await waiting == (1, b"one")


async def test_a_watcher_that_fell_behind_gets_only_the_newest():
    audience = Audience()
    for text in (b"one", b"two", b"three"):
        audience.publish(text)
    assert await audience.after(1) == (3, b"three")
    assert audience.next_number == 4


async def test_frames_reach_everyone_who_waits():
    audience = Audience()
    waiting = [asyncio.create_task(audience.after(0)) for _ in range(5)]
    await asyncio.sleep(0)
    audience.publish(b"one")
    assert await asyncio.gather(*waiting) == [(1, b"one")] * 5


async def test_seats_are_bounded_and_given_back():
    audience = Audience(watchers_max=2)
    with audience.seat():
        with audience.seat():
            assert audience.is_full
            with pytest.raises(AssertionError, match="more watchers"), audience.seat():
                pass
        assert not audience.is_full


async def test_somebody_is_there_exactly_while_a_seat_is_taken():
    audience = Audience()
    with audience.seat():
        await asyncio.wait_for(audience.somebody(), 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(audience.somebody(), 0.01)


async def test_the_end_of_the_show_wakes_everyone_and_is_final():
    audience = Audience()
    waiting = asyncio.create_task(audience.after(0))
    await asyncio.sleep(0)
    audience.close()
    assert await waiting is None
    audience.publish(b"late")
    assert await audience.after(0) is None
