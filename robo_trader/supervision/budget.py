"""The budget of restarts: so many in any window, then somebody is called.

Entries age as in OTP (older than the window is forgotten, the edge still counts), with one difference: they age only for a child that came into
service again. A start that fails slowly, time-out after time-out, would otherwise stay below any intensity and be repeated for ever, in silence.
"""

from __future__ import annotations

from robo_trader.supervision.spec import NS_PER_SECOND, Intensity


class Budget:
    """The restarts that are not forgotten yet: never more than `intensity.restarts_max`."""

    def __init__(self, intensity: Intensity) -> None:
        """A full budget."""
        self._intensity = intensity
        self._spent_ns: list[int] = []

    def spend(self, now_ns: int, *, was_in_service: bool) -> int | None:
        """Take one restart at `now_ns`: its number in the window (1 = first), or None if there is none left.

        `was_in_service`: whether the incarnation that ended had come so far.
        """
        if was_in_service:
            window_ns = round(self._intensity.window_seconds * NS_PER_SECOND)
            self._spent_ns = [spent_ns for spent_ns in self._spent_ns if now_ns - spent_ns <= window_ns]
        if len(self._spent_ns) >= self._intensity.restarts_max:
            return None
        self._spent_ns.append(now_ns)
        return len(self._spent_ns)

    def refill(self) -> None:
        """Forget all restarts: a person says that the reason is gone."""
        self._spent_ns.clear()
