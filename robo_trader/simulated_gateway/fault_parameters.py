"""What a parameter of a fault may be, with its bounds in a person's words, and what may set a fault off.

`fault_kinds` and its neighbours write their faults with these; `scenario` checks files against them, and the table in docs/simulated_gateway.md is
made of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, cast

TIMES_MAX: Final = 1000
DAY_SECONDS: Final = 86_400
WEEKEND_SECONDS: Final = 4 * DAY_SECONDS
HOUR_SECONDS: Final = 3_600
COPIES_MAX: Final = 5
CODE_MAX: Final = 99_999
TEXT_LENGTH_MAX: Final = 200
SHARES_MAX: Final = 1_000_000
CLIENT_MAX: Final = 2**31 - 1
SEED_MAX: Final = 2**31 - 1
REJECTED_CODE: Final = 201
NOT_CANCELLABLE_CODE: Final = 161

ORDER, CANCEL, FILL, MARKET_TIME, WALL_SECONDS = "order", "cancel", "fill", "market_time", "wall_seconds"
ANYTHING: Final = frozenset({ORDER, CANCEL, FILL, MARKET_TIME, WALL_SECONDS})


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter's bounds, both included; `whole` takes no fractions."""

    least: float
    most: float
    whole: bool = True

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        fits = isinstance(value, int) if self.whole else isinstance(value, int | float)
        return fits and not isinstance(value, bool) and self.least <= cast("float", value) <= self.most

    def __str__(self) -> str:
        return f"{self.least:.15g} to {self.most:.15g}"


@dataclass(frozen=True, slots=True)
class Word:
    """A parameter that is one of a few words."""

    words: tuple[str | int, ...]

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return any(value == word and type(value) is type(word) for word in self.words)

    def __str__(self) -> str:
        return " or ".join(map(str, self.words))


@dataclass(frozen=True, slots=True)
class Text:
    """A parameter that is text of a shape, in a person's words."""

    shape: re.Pattern[str]
    said: str

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return isinstance(value, str) and self.shape.fullmatch(value) is not None

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class YesNo:
    """A parameter that is true or false."""

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


Takes = Number | Word | Text | YesNo
REQUIRED: Final = object()
TICKER: Final = Text(re.compile(r"[A-Z][A-Z0-9.]{0,11}"), "an upper-case ticker")
WORDS: Final = Text(re.compile(rf"[ -~]{{1,{TEXT_LENGTH_MAX}}}"), f"1 to {TEXT_LENGTH_MAX} ASCII characters")


def given(takes: Takes, default: object) -> Any:  # noqa: ANN401 - stands for a value of the field's own type
    """A parameter of a fault: what it takes, and what it is where nothing is said (`REQUIRED`: it must be said)."""
    return field(metadata={"takes": takes}) if default is REQUIRED else field(default=default, metadata={"takes": takes})


class Fault:
    """Base of all faults; `triggers` may set it off, the first line of the docstring tells people what it does."""

    __slots__ = ()
    triggers: ClassVar[frozenset[str]] = ANYTHING
