"""A bench for the supervisor's policy: say what the shell sees, see what the policy wants. Nothing is answered unless the test says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robo_trader.supervision.child import ChildState, Phase
from robo_trader.supervision.effects import Effect
from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, StartFailed, StopAsked, Tick
from robo_trader.supervision.policy import Policy
from robo_trader.supervision.spec import NS_PER_SECOND, Backoff, Cause, ChildSpec, GroupSpec, Intensity, Restart, Strategy

AT_ONCE = Backoff(0, 2, 10, 0.2)
GROWING = Backoff(0.2, 2, 10, 0.2)
THREE_A_MINUTE = Intensity(3, 60)
START_SECONDS = 10
HEARTBEAT_SECONDS = 3


def child(name: str, restart: Restart = Restart.PERMANENT, scope: str | None = None) -> ChildSpec:
    return ChildSpec(name, restart, start_seconds_max=START_SECONDS, heartbeat_seconds_max=HEARTBEAT_SECONDS, scope=scope)


def group(
    strategy: Strategy,
    *members: ChildSpec | GroupSpec | str,
    name: str = "root",
    intensity: Intensity = THREE_A_MINUTE,
    backoff: Backoff = AT_ONCE,
) -> GroupSpec:
    return GroupSpec(name, strategy, intensity, backoff, tuple(child(m) if isinstance(m, str) else m for m in members))


class Bench:
    """One policy and its clock."""

    def __init__(self, root: GroupSpec, *, adopted: Mapping[str, int] | None = None, last_epochs: Mapping[str, int] | None = None) -> None:
        self.policy = Policy(root, adopted=adopted or {}, last_epochs=last_epochs or {})
        self.now_ns = 1_000 * NS_PER_SECOND

    def tell(self, event: Event, chance: float = 0.0) -> list[Effect]:
        return self.policy.handle(event, self.now_ns, chance)

    def begin(self) -> list[Effect]:
        return self.tell(Begin())

    def all_running(self) -> Bench:
        """Begin, and answer every start."""
        self.settle(self.begin())
        assert set(self.phases().values()) == {Phase.RUNNING}
        return self

    def settle(self, effects: Sequence[Effect]) -> list[Effect]:
        """Answer each start and each stop at once, until nothing more is asked; everything that was asked, in order."""
        todo, seen = list(effects), []
        while todo:
            seen.append(effect := todo.pop(0))
            match type(effect).__name__:
                case "Start":
                    todo += self.started(effect.child)
                case "Stop":
                    todo += self.ended(effect.child, Cause.NORMAL)
                case "Kill":
                    todo += self.ended(effect.child, Cause.CRASH, "killed")
        return seen

    def started(self, name: str) -> list[Effect]:
        return self.tell(Started(name, self.state(name).epoch))

    def failed(self, name: str, cause: Cause = Cause.CRASH, chance: float = 0.0) -> list[Effect]:
        return self.tell(StartFailed(name, self.state(name).epoch, cause, "no start"), chance)

    def ended(self, name: str, cause: Cause = Cause.CRASH, reason: str = "broken", chance: float = 0.0) -> list[Effect]:
        return self.tell(Ended(name, self.state(name).epoch, cause, reason), chance)

    def after(self, seconds: float, *, beating: Sequence[str] = ()) -> list[Effect]:
        """Time passes; `beating` children give a sign of life at its end."""
        self.now_ns += round(seconds * NS_PER_SECOND)
        asked = [effect for name in beating for effect in self.tell(Beat(name, self.state(name).epoch))]
        return asked + self.tell(Tick())

    def stop(self) -> list[Effect]:
        return self.tell(StopAsked())

    def revive(self, name: str) -> list[Effect]:
        return self.tell(ReviveAsked(name))

    def state(self, name: str) -> ChildState:
        return next(state for state in self.policy.children() if state.name == name)

    def phases(self) -> dict[str, Phase]:
        return {state.name: state.phase for state in self.policy.children()}

    def due_in_seconds(self) -> float | None:
        due_ns = self.policy.next_due_ns()
        return None if due_ns is None else (due_ns - self.now_ns) / NS_PER_SECOND
