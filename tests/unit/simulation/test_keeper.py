"""The supervisor of a world."""

from robo_trader.simulation.kit import DESK, GATEWAY, HOST
from robo_trader.supervision.spec import Cause
from tests.support.world_bench import begun as in_service
from tests.support.world_bench import run_until


def begun():
    made = in_service()
    return made, made.lineage.keeper


def test_everybody_is_started_and_a_death_is_answered_by_a_restart():
    made, keeper = begun()
    assert set(made.kit.lives) == {GATEWAY, DESK, HOST}
    keeper.kill(DESK, made.kit.desk_life.epoch, "test")
    run_until(made.agenda, 3)
    (death,) = keeper.deaths
    assert death.part == DESK and death.restarted is not None and made.kit.desk_life.alive


def test_a_part_that_dies_too_often_is_given_up_with_a_halt_and_a_person_called_and_comes_back_when_revived():
    made, keeper = begun()
    for _ in range(50):
        if made.kit.lives[HOST].alive:
            keeper.ended(made.kit.lives[HOST], Cause.CRASH, "test")
        run_until(made.agenda, 0 if HOST in keeper.lost else 1)
    assert HOST in keeper.lost and any(death.escalated is not None for death in keeper.deaths) and made.witness.calls.critical[f"given-up/{HOST}"]
    assert {halt.reason for halt in made.halts.standing()} == {"gave up"}
    keeper.revive(HOST)
    run_until(made.agenda, 3)
    assert made.kit.lives[HOST].alive and not keeper.lost
