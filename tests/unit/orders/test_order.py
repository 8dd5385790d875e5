"""The life-cycle, as the full product of stages and steps: each pair is in the table, or raises."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import ImpossibleStep
from robo_trader.orders.order import NEXT, Stage, Step, after

PAIRS = list(itertools.product(Stage, Step))

# What evidence can never say: written down a second time, so that a row added to the table by mistake is seen here.
IMPOSSIBLE = {
    (Stage.INTENDED, Step.CANCEL_FAILED),
    (Stage.INTENDED, Step.TWIN_SEEN),  # the first one acknowledges it
    (Stage.WORKING, Step.CANCEL_FAILED),
    (Stage.WORKING, Step.NOT_SENT),
    (Stage.FILLED, Step.CANCEL_ASKED),
    (Stage.FILLED, Step.REJECTED),
    (Stage.FILLED, Step.SILENT),
    (Stage.FILLED, Step.NOT_SENT),
    (Stage.CANCELLED, Step.CANCEL_ASKED),
    (Stage.CANCELLED, Step.SILENT),
    (Stage.CANCELLED, Step.NOT_SENT),
    (Stage.REJECTED, Step.CANCEL_ASKED),
    (Stage.REJECTED, Step.SILENT),
    (Stage.REJECTED, Step.NOT_SENT),
    (Stage.NEVER_SENT, Step.CANCEL_ASKED),
    (Stage.NEVER_SENT, Step.SILENT),
}

# The only evidence that brings a finished order back to life: the broker itself says that it lives, or that it made two of it.
BACK_TO_LIFE = {
    *((stage, Step.TWIN_SEEN) for stage in (Stage.FILLED, Stage.CANCELLED, Stage.REJECTED, Stage.NEVER_SENT)),
    (Stage.REJECTED, Step.ACKNOWLEDGED),
    (Stage.REJECTED, Step.FILLED_IN_PART),
    (Stage.NEVER_SENT, Step.ACKNOWLEDGED),
    (Stage.NEVER_SENT, Step.FILLED_IN_PART),
}

FILLS = (Step.FILLED_IN_PART, Step.FILLED_WHOLE)
TERMINAL = {Stage.FILLED, Stage.CANCELLED, Stage.REJECTED, Stage.NEVER_SENT}


@pytest.mark.parametrize(("stage", "step"), PAIRS)
def test_each_pair_is_in_the_table_or_raises(stage: Stage, step: Step) -> None:
    if (stage, step) in IMPOSSIBLE:
        with pytest.raises(ImpossibleStep, match=f"{stage} cannot be moved by '{step}'"):
            after(stage, step)
    else:
        assert after(stage, step) in Stage


def test_the_table_and_the_impossible_are_the_whole_product() -> None:
    assert set(NEXT) | IMPOSSIBLE == set(PAIRS)
    assert not set(NEXT) & IMPOSSIBLE


def test_four_stages_are_terminal() -> None:
    assert {stage for stage in Stage if stage.terminal} == TERMINAL


def test_a_finished_order_comes_back_only_by_the_evidence_listed() -> None:
    assert {pair for pair, to in NEXT.items() if pair[0].terminal and not to.terminal} == BACK_TO_LIFE


@pytest.mark.parametrize("stage", Stage)
def test_no_stage_turns_a_fill_away(stage: Stage) -> None:
    assert after(stage, Step.FILLED_WHOLE) is Stage.FILLED
    assert after(stage, Step.FILLED_IN_PART) in Stage


@pytest.mark.parametrize("stage", Stage)
def test_a_part_fill_never_ends_an_order_and_never_un_fills_one(stage: Stage) -> None:
    to = after(stage, Step.FILLED_IN_PART)
    assert to.terminal == (stage in {Stage.FILLED, Stage.CANCELLED})


def test_the_unknown_ends_only_by_evidence() -> None:
    leaving = {step for (stage, step), to in NEXT.items() if stage is Stage.UNKNOWN and to is not Stage.UNKNOWN}
    assert leaving == {Step.ACKNOWLEDGED, Step.TWIN_SEEN, *FILLS, Step.CANCELLED, Step.REJECTED, Step.NOT_SENT}


@given(st.lists(st.sampled_from(Step), max_size=40))
def test_however_evidence_comes_a_whole_fill_is_final_and_repeating_evidence_changes_nothing(steps: list[Step]) -> None:
    stage, filled = Stage.INTENDED, False
    for step in steps:
        if (stage, step) not in NEXT:
            continue
        stage = after(stage, step)
        filled = (filled or step is Step.FILLED_WHOLE) and step is not Step.TWIN_SEEN  # then only half of the story was told
        assert not filled or stage is Stage.FILLED
        if (stage, step) in NEXT:
            assert after(stage, step) is stage
