"""A source may hang, fail, be late or talk nonsense: there is always a picture to show, and it says what is wrong with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from robo_trader.dashboard.latest import LatestPicture
from robo_trader.edge.picture import SECTIONS, Picture
from tests.support.pictures import ScriptedSource, full_picture


def problems(picture: Picture) -> set[str]:
    return {section.problem for section in picture.sections.values()}


async def test_a_source_that_answers_is_shown_as_it_says():
    picture = await LatestPicture(ScriptedSource()).within(1.0)
    assert picture.system == "demo"
    assert problems(picture) == {""}


async def test_before_the_first_answer_nothing_is_known():
    source = ScriptedSource(hangs=True)
    latest = LatestPicture(source)
    assert (await latest.within(0.01)).sections == {}
    await latest.close()


@pytest.mark.parametrize("failure", [RuntimeError("the desk is gone"), KeyError("books"), ConnectionError("refused")])
async def test_a_failure_of_any_kind_becomes_the_problem_of_every_section_beside_what_was_said_last(failure: Exception):
    source = ScriptedSource()
    latest = LatestPicture(source)
    before = await latest.within(1.0)
    source.failure = failure
    after = await latest.within(1.0)
    assert problems(after) == {f"{type(failure).__name__}: {failure}"}
    assert after.sections["desk"].value == before.sections["desk"].value
    assert after.sections["desk"].taken_ns == before.sections["desk"].taken_ns
    source.failure = None
    assert problems(await latest.within(1.0)) == {""}


async def test_a_source_that_fails_before_it_waits_is_a_failure_too():
    def broken() -> asyncio.Future[Picture]:
        raise TypeError("not today")

    picture = await LatestPicture(broken).within(1.0)
    assert set(picture.sections) == set(SECTIONS)
    assert problems(picture) == {"TypeError: not today"}


async def test_a_late_answer_is_waited_for_without_asking_again_and_then_given_up():
    source = ScriptedSource()
    latest = LatestPicture(source, answer_seconds_max=0.05)
    await latest.within(1.0)
    source.hangs = True
    assert problems(await latest.within(0.001)) == {""}
    while problems(await latest.within(0.01)) == {""}:
        pass
    assert source.asked == 2, "one question at a time"
    assert problems(latest.as_it_stands()) == {"no answer within 0.05 s"}
    await latest.within(0.001)
    await latest.within(0.001)
    assert source.asked == 3, "the next question goes out once the given-up one has ended"
    assert problems(latest.as_it_stands()) == {"no answer within 0.05 s"}
    await latest.close()


async def test_a_question_that_cannot_be_withdrawn_is_not_followed_by_others_until_it_ends():
    end, asked = asyncio.Event(), 0

    async def stubborn() -> Picture:
        nonlocal asked
        asked += 1
        while not end.is_set():
            with suppress(asyncio.CancelledError):
                await end.wait()
        return full_picture(1)

    latest = LatestPicture(stubborn, answer_seconds_max=0.001)
    try:
        for _ in range(5):
            await latest.within(0.005)
        assert asked == 1
        assert problems(latest.as_it_stands()) == {"no answer within 0.001 s"}
    finally:
        end.set()
    assert (await latest.within(1.0)).system == "demo", "an answer is welcome however late; its age tells"


async def test_many_who_ask_at_once_share_one_question_and_a_young_answer_serves_all():
    source = ScriptedSource()
    latest = LatestPicture(source)
    await asyncio.gather(*(latest.within(1.0) for _ in range(50)))
    assert source.asked == 1
    for _ in range(50):
        await latest.not_older_than(60.0)
    assert source.asked == 1
    await latest.not_older_than(0.0)
    assert source.asked == 2


async def test_closing_withdraws_the_question():
    source = ScriptedSource(hangs=True)
    latest = LatestPicture(source)
    await latest.within(0.001)
    await latest.close()
    assert len(asyncio.all_tasks()) == 1
