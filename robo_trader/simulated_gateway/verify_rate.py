"""How fast a client spoke: the most frames in any one second of process time, for each connection.

Frames are counted when the gateway reads them. A gateway that stood still reads what was sent meanwhile in one burst, so the second after a stall
is counted but not judged: it says nothing about how fast the client wrote.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from robo_trader.simulated_gateway.verify_records import FrameIn, Slowed, Stall
from robo_trader.values import NS_PER_SECOND

FRAMES_PER_SECOND_MAX: Final = 50


class Rate:
    """Sliding windows over the frames of each connection."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.most: defaultdict[int, int] = defaultdict(int)
        self.most_judged: defaultdict[int, int] = defaultdict(int)
        self._recent: defaultdict[int, deque[int]] = defaultdict(deque)
        self._judged_from = 0
        self._slowed: set[int] = set()

    def stalled(self, stall: Stall) -> None:
        """The gateway stood still until `stall.at`."""
        self._judged_from = stall.at + NS_PER_SECOND

    def slowed(self, record: Slowed) -> None:
        """A connection's pace is the gateway's affair: it is counted and not judged."""
        self._slowed.add(record.conn)

    def take(self, frame: FrameIn) -> None:
        """Count one frame."""
        recent = self._recent[frame.conn]
        recent.append(frame.at)
        while frame.at - recent[0] >= NS_PER_SECOND:
            recent.popleft()
        self.most[frame.conn] = max(self.most[frame.conn], len(recent))
        if frame.at >= self._judged_from:
            judged = sum(1 for at in recent if at >= self._judged_from) if recent[0] < self._judged_from else len(recent)
            self.most_judged[frame.conn] = max(self.most_judged[frame.conn], judged)

    def violations(self) -> list[str]:
        """One line for each connection that spoke too fast."""
        return [
            f"connection {conn} sent {most} messages within one second, {FRAMES_PER_SECOND_MAX} are allowed"
            for conn, most in sorted(self.most_judged.items())
            if most > FRAMES_PER_SECOND_MAX and conn not in self._slowed
        ]
