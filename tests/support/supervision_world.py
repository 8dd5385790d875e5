"""A faulty world around the supervisor's policy: trees of all shapes, children that fail in every way, and a shell that checks what it is asked.

What is checked is what the world sees, never what the policy remembers: how many incarnations live, what was started when, who was called for whom.
"""

from __future__ import annotations

import itertools
from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from robo_trader.supervision.child import ChildState, Phase
from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, StartFailed, StopAsked, Tick
from robo_trader.supervision.policy import Policy
from robo_trader.supervision.spec import NS_PER_SECOND, Backoff, Cause, ChildSpec, GroupSpec, Intensity, Restart, Strategy

WINDOW_SECONDS = 20
START_SECONDS = 4
HEARTBEAT_SECONDS = 2
PAUSE_SECONDS_MAX = 3
TURNS_MAX = 2_000
PICKS = st.integers(0, 99)
IN_TRANSIT = {Phase.WAITING, Phase.STARTING, Phase.STOPPING}


@st.composite
def trees(draw: st.DrawFn) -> GroupSpec:
    """Two to four members at the root, some of them groups of up to three, some of those with a group in them."""
    numbers = itertools.count()

    def group(depth: int) -> GroupSpec:
        members = tuple(member(depth) for _ in range(draw(st.integers(1 if depth else 2, 4 - depth))))
        intensity = Intensity(draw(st.integers(0, 3)), WINDOW_SECONDS)
        backoff = Backoff(draw(st.sampled_from([0, 0.5])), 2, PAUSE_SECONDS_MAX, 0.2)
        return GroupSpec(f"group {next(numbers)}", draw(st.sampled_from(Strategy)), intensity, backoff, members)

    def member(depth: int) -> ChildSpec | GroupSpec:
        if depth < 2 and draw(st.integers(0, 3)) == 0:
            return group(depth + 1)
        restart = draw(st.sampled_from([Restart.PERMANENT, Restart.PERMANENT, *Restart]))
        return ChildSpec(f"child {next(numbers)}", restart, start_seconds_max=START_SECONDS, heartbeat_seconds_max=HEARTBEAT_SECONDS)

    return group(0)


def leaves(group: GroupSpec) -> list[ChildSpec]:
    return [leaf for member in group.children for leaf in (leaves(member) if isinstance(member, GroupSpec) else [member])]


def restarts_bound(group: GroupSpec) -> dict[str, int]:
    """For each child, how often its own group and the groups that take it along can restart it in one window."""
    bounds: dict[str, int] = {}
    for member in group.children:
        if isinstance(member, ChildSpec):
            bounds[member.name] = group.intensity.restarts_max
            continue
        taken_along = 0 if group.strategy is Strategy.ONE_FOR_ONE else group.intensity.restarts_max
        bounds |= {name: bound + taken_along for name, bound in restarts_bound(member).items()}
    return bounds


class FaultyWorld(RuleBasedStateMachine):
    """Children that start, hang, crash, lie and die as they please; the policy is told late, twice or not at all."""

    @initialize(root=trees(), data=st.data())
    def make(self, root: GroupSpec, data: st.DataObject) -> None:
        self.specs = leaves(root)
        self.order = [spec.name for spec in self.specs]
        self.bounds = restarts_bound(root)
        self.now_ns = 7
        adopted = {name: 5 for name in self.order if data.draw(st.booleans())} if data.draw(st.booleans()) else {}
        self.living: dict[str, int] = dict(adopted)
        self.epochs = {name: adopted.get(name, 0) for name in self.order}
        self.asked_to_stop: set[tuple[str, int]] = set()
        self.starts_ns: dict[str, list[int]] = defaultdict(list)
        self.called_for: dict[str, int] = {}  # child -> how often a person had asked to revive something when it was given up
        self.revivals = 0
        self.stopping = False
        self.is_stopped_once = data.draw(st.booleans())
        self.policy = Policy(root, adopted=adopted)
        self.tell(Begin())

    def tell(self, event: Event) -> None:
        effects = self.policy.handle(event, self.now_ns, 0.5)
        halts = [isinstance(effect, GaveUp) for effect in effects]
        assert halts == sorted(halts, reverse=True), "halts come first"
        for effect in effects:
            self.carry_out(effect)

    def carry_out(self, effect: Effect) -> None:
        match effect:
            case Start(name, epoch):
                assert not self.stopping, "a start after the stop"
                assert name not in self.living, f"{name} lives twice"
                assert epoch == self.epochs[name] + 1, "an epoch was skipped or used again"
                assert self.revivals > self.called_for.pop(name, -1), "given up, and started though nobody asked"
                self.living[name] = self.epochs[name] = epoch
                self.note_start(name)
            case Stop(name, epoch):
                assert self.living[name] == epoch
                assert (name, epoch) not in self.asked_to_stop, "asked twice"
                self.asked_to_stop.add((name, epoch))
                after = self.order[self.order.index(name) + 1 :]
                assert not self.stopping or all(self.state(late).phase not in {Phase.STARTING, Phase.RUNNING} for late in after)
            case Kill(name, epoch):
                assert self.living[name] == epoch
            case GaveUp(name):
                assert self.revivals > self.called_for.get(name, -1), "a person is called once"
                self.called_for[name] = self.revivals

    def note_start(self, name: str) -> None:
        starts = self.starts_ns[name]
        starts.append(self.now_ns)
        in_window = sum(self.now_ns - at <= WINDOW_SECONDS * NS_PER_SECOND for at in starts)
        assert in_window <= 1 + self.bounds[name], f"{in_window} starts of {name} in one window"

    def state(self, name: str) -> ChildState:
        return next(state for state in self.policy.children() if state.name == name)

    def one_alive(self, pick: int) -> str:
        return sorted(self.living)[pick % len(self.living)]

    @precondition(lambda self: self.living)
    @rule(pick=PICKS)
    def answers_the_start(self, pick: int) -> None:
        name = self.one_alive(pick)
        self.tell(Started(name, self.living[name]))

    @precondition(lambda self: self.living)
    @rule(pick=PICKS, cause=st.sampled_from([*Cause, Cause.CRASH, Cause.CRASH]), at_start=st.booleans())
    def ends(self, pick: int, cause: Cause, at_start: bool) -> None:
        name = self.one_alive(pick)
        epoch = self.living.pop(name)
        news = StartFailed if at_start and self.state(name).phase is Phase.STARTING else Ended
        self.tell(news(name, epoch, cause, "it ended"))

    @precondition(lambda self: self.living)
    @rule(cause=st.sampled_from([Cause.NODE_LOST, Cause.CRASH]))
    def all_end(self, cause: Cause) -> None:
        for name, epoch in list(self.living.items()):
            del self.living[name]
            self.tell(Ended(name, epoch, cause, "the node is gone"))

    @rule(seconds=st.sampled_from([0.25, 0.5, 1, HEARTBEAT_SECONDS, START_SECONDS, 7]), beating=st.booleans())
    def time_passes(self, seconds: float, beating: bool) -> None:
        self.now_ns += round(seconds * NS_PER_SECOND)
        if beating:
            self.all_beat()
        self.tell(Tick())

    @rule()
    def time_passes_until_something_is_due(self) -> None:
        self.now_ns = self.policy.next_due_ns() or self.now_ns
        self.tell(Tick())

    @rule()
    def the_world_is_quick(self) -> None:
        """So that worlds come into service at all: every start and every end is reported."""
        self.answer_everything()

    @precondition(lambda self: any(self.epochs.values()))
    @rule(pick=PICKS, back=st.integers(0, 2), event=st.sampled_from([Started, Beat, Ended, StartFailed]))
    def stale_news_comes(self, pick: int, back: int, event: type[Started | Beat | Ended | StartFailed]) -> None:
        """Of incarnations that are gone: all but the living one."""
        name = self.order[pick % len(self.order)]
        epoch = self.epochs[name] - back
        if self.living.get(name) == epoch:
            return
        before = self.policy.children()
        ended = event in {Ended, StartFailed}
        assert self.policy.handle(event(name, epoch, Cause.CRASH, "again") if ended else event(name, epoch), self.now_ns, 0.5) == []
        assert self.policy.children() == before

    @rule(pick=PICKS)
    def a_person_revives(self, pick: int) -> None:
        if (name := self.order[pick % len(self.order)]) in self.called_for:
            self.revivals += 1
            self.starts_ns.clear()  # a fresh window
        self.tell(ReviveAsked(name))

    @precondition(lambda self: self.is_stopped_once)
    @rule()
    def everything_is_stopped(self) -> None:
        self.stopping = True
        self.tell(StopAsked())

    @invariant()
    def a_child_is_alive_for_the_policy_as_for_the_world(self) -> None:
        for state in self.policy.children() if hasattr(self, "policy") else ():
            assert state.phase not in {Phase.STARTING, Phase.RUNNING, Phase.STOPPING} or self.living[state.name] == state.epoch
            assert state.name not in self.living or state.phase not in {Phase.WAITING, Phase.STOPPED}
            assert state.phase is not Phase.GIVEN_UP or state.name in self.called_for, "given up in silence"

    @invariant()
    def who_is_in_transit_has_an_alarm_set_and_it_is_not_late(self) -> None:
        if not hasattr(self, "policy"):
            return
        self.tell(Tick())
        due_ns = self.policy.next_due_ns()
        assert due_ns is None or due_ns > self.now_ns
        assert due_ns is not None or not any(state.phase in IN_TRANSIT for state in self.policy.children())

    def all_beat(self) -> None:
        for name, epoch in list(self.living.items()):
            self.tell(Beat(name, epoch))

    def answer_everything(self) -> None:
        for _ in range(TURNS_MAX):
            starting = [state for state in self.policy.children() if state.phase is Phase.STARTING]
            ending = [state for state in self.policy.children() if state.name in self.living and state.phase in {Phase.STOPPING, Phase.GIVEN_UP}]
            if not starting and not ending:
                return
            for state in starting:
                self.tell(Started(state.name, state.epoch))
            for state in ending:
                if self.living.get(state.name) == state.epoch:
                    del self.living[state.name]
                    self.tell(Ended(state.name, state.epoch, Cause.NORMAL, "asked to"))
        raise AssertionError(f"no rest after {TURNS_MAX} turns")

    def teardown(self) -> None:
        """The faults end; then everybody is in service, at rest or given up, and soon."""
        if not hasattr(self, "policy"):
            return
        begun_ns, bound_ns = self.now_ns, (PAUSE_SECONDS_MAX * len(self.order)) * NS_PER_SECOND
        for _ in range(TURNS_MAX):
            self.all_beat()
            self.answer_everything()
            if not any(state.phase in IN_TRANSIT for state in self.policy.children()):
                break
            self.now_ns = self.policy.next_due_ns() or self.now_ns
            self.all_beat()
            self.tell(Tick())
        assert self.now_ns - begun_ns <= bound_ns
        for spec in self.specs:
            at_rest = {Phase.STOPPED, Phase.GIVEN_UP}
            in_service = {Phase.RUNNING, Phase.GIVEN_UP} | (set() if spec.restart is Restart.PERMANENT else {Phase.STOPPED})
            assert self.state(spec.name).phase in (at_rest if self.stopping else in_service)
