"""The picture of a system: what each source said last, or why it cannot be heard, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from actors.alert_log import AlertLog
from actors.family import Blueprint, Family
from actors.gallery import Gallery
from actors.messages import DESK, GATEWAY, HOST_PREFIX
from actors.plan import Plan
from actors.shell import Living
from robo_trader.desk.effects import Severity
from robo_trader.supervision.child import ChildState, Phase
from robo_trader.supervision.spec import Backoff, ChildSpec, GroupSpec, Intensity, Strategy
from robo_trader.values import NS_PER_SECOND

SPY_HOST, IBM_HOST = f"{HOST_PREFIX}SPY", f"{HOST_PREFIX}IBM"
NOW = 100 * NS_PER_SECOND
NO_ALERTS = AlertLog(lambda: 0, lambda _: None)


@pytest.fixture
def family(plan: Plan) -> Family:
    children = tuple(ChildSpec(name, start_seconds_max=1, heartbeat_seconds_max=1) for name in (GATEWAY, DESK, SPY_HOST, IBM_HOST))
    core = GroupSpec("core", Strategy.ONE_FOR_ONE, Intensity(1, 1), Backoff(1, 2, 60, 0), children)
    return Family(Blueprint(core, {}, frozenset()), plan, "test")


def child(name: str, epoch: int = 3) -> ChildState:
    return ChildState(name, Phase.RUNNING, epoch, 2, None, "", NOW - 5 * NS_PER_SECOND, None)


def answer(value: dict[str, Any], taken_ns: int = NOW, alerts: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"value": value, "taken_ns": taken_ns, "alerts": list(alerts)}


def picture(gallery: Gallery, family: Family) -> Any:
    return gallery.picture([child(DESK)], family, [], NOW, 1_700_000_000 * NS_PER_SECOND)


def test_a_source_that_was_never_heard_says_so_and_shows_nothing(family: Family):
    section = picture(Gallery("s", {}), family).sections["desk"]
    assert (section.value, section.taken_ns, section.problem) == ({}, 0, "nothing was heard of it yet")


def test_a_source_that_answered_is_shown_as_old_as_its_answer(family: Family):
    gallery = Gallery("s", {})
    gallery.heard(DESK, 1, answer({"fills": 3}, taken_ns=NOW - 7))
    section = picture(gallery, family).sections["desk"]
    assert (section.value, section.taken_ns, section.problem) == ({"fills": 3}, NOW - 7, "")


def test_a_source_that_fell_silent_keeps_what_it_said_beside_the_reason_until_it_speaks_again(family: Family):
    gallery = Gallery("s", {})
    gallery.heard(DESK, 1, answer({"fills": 3}))
    gallery.silent(DESK, "is being restarted")
    section = picture(gallery, family).sections["desk"]
    assert (section.value, section.problem) == ({"fills": 3}, "is being restarted")
    gallery.heard(DESK, 2, answer({"fills": 4}))
    assert picture(gallery, family).sections["desk"].problem == ""
    assert gallery.value(DESK) == {"fills": 4}
    assert gallery.value(GATEWAY) == {}


def test_the_hosts_are_one_section_as_old_as_the_oldest_of_them(family: Family):
    gallery = Gallery("s", {})
    gallery.heard(SPY_HOST, 1, answer({"hosts": [{"book": "a"}]}, taken_ns=NOW - 9))
    assert picture(gallery, family).sections["strategies"].taken_ns == 0, "one was never heard"
    gallery.heard(IBM_HOST, 1, answer({"hosts": [{"book": "b"}]}))
    gallery.silent(IBM_HOST, "hangs")
    section = picture(gallery, family).sections["strategies"]
    assert section.value == {"hosts": [{"book": "a"}, {"book": "b"}]}
    assert (section.taken_ns, section.problem) == (NOW - 9, f"{IBM_HOST} hangs")


def test_a_section_stands_only_for_who_belongs_to_the_tree(family: Family):
    assert set(picture(Gallery("s", {}), family).sections) == {"tree", "gateway", "desk", "strategies"}


def test_the_tree_names_each_child_its_process_and_its_ages(family: Family):
    gallery = Gallery("s", {})
    gallery.heard(DESK, 3, answer({}, taken_ns=NOW - NS_PER_SECOND))
    family.take(DESK, 3, None, Living(4711, 1, "node-1", 3))  # type: ignore[arg-type]  # no handle is asked for
    made = picture(gallery, family)
    (actor,) = made.sections["tree"].value["actors"]
    assert (actor["name"], actor["group"], actor["pid"], actor["epoch"], actor["restarts"], actor["phase"]) == (DESK, "core", 4711, 3, 2, "running")
    assert (actor["since_seconds"], actor["heartbeat_age_seconds"]) == (5.0, 1.0)
    assert made.taken_at == "2023-11-14T22:13:20.000+00:00"


def test_alerts_of_all_incarnations_are_given_once_to_who_says_how_far_it_is():
    gallery, own = Gallery("s", {}), AlertLog(lambda: 0, lambda _: None)
    own.say(Severity.INFO, "k", "the root's")
    gallery.heard(DESK, 1, answer({}, alerts=({"number": 1, "text": "a"}, {"number": 2, "text": "b"})))
    gallery.heard(DESK, 2, answer({}, alerts=({"number": 1, "text": "c"},)))
    told = gallery.alerts({}, own, 3)
    assert [(alert["source"], alert["number"]) for alert in told] == [(f"{DESK}#1", 1), (f"{DESK}#1", 2), (f"{DESK}#2", 1), ("root#3", 1)]
    rest = gallery.alerts({f"{DESK}#1": 1, "root#3": 1}, own, 3)
    assert [(alert["source"], alert["number"]) for alert in rest] == [(f"{DESK}#1", 2), (f"{DESK}#2", 1)]


def test_nothing_said_is_no_alert():
    assert Gallery("s", {}).alerts({}, NO_ALERTS, 1) == []
