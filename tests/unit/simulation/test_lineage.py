"""Births, deaths and meetings."""

from tests.support.world_bench import SPY, always, begun, run_until


def test_gateway_and_desk_meet_and_meet_again_after_their_channel_broke():
    made = begun()
    assert made.lineage.desk.desk.reconciled(SPY)
    made.lineage.break_channel()
    run_until(made.agenda, 0.1)
    assert not made.lineage.desk.desk.reconciled(SPY)
    run_until(made.agenda, 25)
    assert made.lineage.desk.desk.reconciled(SPY)


def test_a_second_instance_is_refused_while_the_first_lives_and_gets_the_lease_of_the_dead():
    made = begun()
    made.lineage.second_instance()
    assert made.timeline.reached["second instance refused"] == 1
    made.kit.gateway_life.alive = False
    made.lineage.second_instance()
    assert made.timeline.reached["second instance got the lease"] == 1


def test_a_desk_whose_journal_failed_is_restarted_by_a_person_once_there_is_room():
    made = begun()
    made.lineage.desk.journal_failure = "disk is full"
    epoch = made.kit.desk_life.epoch
    made.lineage.renew()
    run_until(made.agenda, 4)
    assert made.kit.desk_life.epoch == epoch + 1


def test_a_part_that_reaches_a_crash_point_is_counted_and_replaced():
    made = begun(always("F01"))
    made.lineage.died(made.kit.desk_life, "K7")
    run_until(made.agenda, 4)
    assert made.timeline.points == {"K7": 1} and made.kit.desk_life.epoch == 2
