"""The link to the broker."""

from robo_trader.desk.news import Connected, Disconnected, Sweep
from tests.support.world_bench import run_until, world


def linked():
    made = world()
    lines = []
    made._start()
    made.kit.signalled = lambda _: None
    made.kit.heard = lines.append
    run_until(made.agenda, 3)
    return made, made.lineage.gateway.link, lines


def news(lines, kind):
    return [line.news for line in lines if isinstance(line.news, kind)]


def test_a_sweep_is_told_every_ten_seconds_and_soon_when_wished():
    made, link, lines = linked()
    run_until(made.agenda, 21)
    assert 3 <= len(news(lines, Sweep)) <= 5
    before = len(news(lines, Sweep))
    link.ask_sweep()
    run_until(made.agenda, 1)
    assert len(news(lines, Sweep)) == before + 1


def test_no_answer_is_not_an_empty_answer():
    made, _, lines = linked()
    made.kit.broker.answer_gate = lambda topic, items: None if topic == "open" else items
    run_until(made.agenda, 20)
    sweep = news(lines, Sweep)[-1]
    assert sweep.open_orders is None and sweep.positions == ()


def test_a_notice_of_a_lost_way_ends_the_session_and_a_new_one_begins():
    made, _, lines = linked()
    made.troubles._notice(1100)
    run_until(made.agenda, 10)
    assert len(news(lines, Disconnected)) == 1 and len(news(lines, Connected)) >= 2


def test_a_connection_that_died_without_a_word_is_given_up_when_it_does_not_answer():
    made, link, lines = linked()
    link.session.deaf = True
    run_until(made.agenda, 15)
    assert "silent" in news(lines, Disconnected)[0].reason
