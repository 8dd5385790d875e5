"""Which question an answer belongs to."""

import asyncio

import pytest

from robo_trader.edge.ib_requests import Answer, Requests, Topic


async def test_items_and_their_end_make_the_answer():
    requests = Requests()
    question = requests.open(Topic.POSITIONS)
    assert requests.item(Topic.POSITIONS, "a")
    assert requests.item(Topic.POSITIONS, "b")
    requests.end(Topic.POSITIONS)
    assert await question.answered == Answer(("a", "b"))


async def test_what_nobody_asked_for_is_dropped_and_said_so():
    requests = Requests()
    assert not requests.item(5, "x")
    assert not requests.refuse(5, 200, "no")
    requests.end(Topic.OPEN_ORDERS)


async def test_a_late_answer_ends_the_question_it_belongs_to_and_not_the_next_one():
    requests = Requests()
    first = requests.open(Topic.CURRENT_TIME)
    first.answered.cancel()  # its asker gave up
    requests.forget(first)
    second = requests.open(Topic.CURRENT_TIME)
    requests.end(Topic.CURRENT_TIME)
    assert not second.answered.done()
    requests.end(Topic.CURRENT_TIME)
    assert await second.answered == Answer()


async def test_a_forgotten_question_with_an_id_takes_nothing_any_more():
    requests = Requests()
    question = requests.open(7)
    question.answered.cancel()
    requests.forget(question)
    assert not requests.item(7, "late")
    assert requests.unanswered(7) == 0


async def test_a_refusal_is_an_answer_with_code_and_text():
    requests = Requests()
    question = requests.open(7)
    assert requests.refuse(7, 200, "No security definition has been found")
    assert (await question.answered).refusal == (200, "No security definition has been found")


async def test_one_unreadable_item_makes_every_list_under_way_incomplete_and_no_later_one():
    requests = Requests()
    first, second = requests.open(Topic.OPEN_ORDERS), requests.open(7)
    requests.spoil()
    later = requests.open(8)
    for key in (Topic.OPEN_ORDERS, 7, 8):
        requests.end(key)
    assert [(await q.answered).whole for q in (first, second, later)] == [False, False, True]


async def test_the_end_of_the_session_ends_all_questions_without_an_answer():
    requests = Requests()
    questions = [requests.open(key) for key in (Topic.POSITIONS, Topic.POSITIONS, 7)]
    requests.end_all()
    assert requests.closed
    assert [await question.answered for question in questions] == [None, None, None]


@pytest.mark.parametrize("answer", [None, Answer()])
async def test_a_question_counts_as_abandoned_until_it_is_answered(answer):
    question = Requests().open(1)
    assert question.abandoned
    question.settle(answer)
    assert not question.abandoned
    await asyncio.sleep(0)
