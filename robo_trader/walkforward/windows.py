"""Where learning ends and judgement begins: rolling windows of train, gap and test, counted in bars.

A parameter set is chosen on `train` and judged on `test`, which lies after it. The gap between them is used by neither, so that what is open or
still echoes in the market at the end of the training cannot reach into the test. The next window begins one test later: tests follow each other
without overlap and together are one stretch of out-of-sample time. Before each stretch lie warm-up bars, the same number for every parameter set;
those of a test may be taken from its own train and gap, since they are past by then.
"""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Shape:
    """Lengths in bars. A stretch needs two bars: one to decide on and one to fill in."""

    train: int
    gap: int
    test: int

    def __post_init__(self) -> None:
        """Refuse what leaves nothing to learn from or to judge by."""
        for name, value, least in (("train", self.train, 2), ("gap", self.gap, 0), ("test", self.test, 2)):
            if value < least:
                raise ConfigurationError(f"--{name} is {value} bars", f"give {least} or more")


@dataclass(frozen=True, slots=True)
class Window:
    """One window by bar indices; ends are exclusive."""

    number: int
    train_first: int
    train_end: int
    test_first: int
    test_end: int


def rolling(bars: int, shape: Shape, warm_up: int) -> tuple[Window, ...]:
    """All whole windows in a series of `bars`, after `warm_up` bars; what is too short for another test at the end is not used.

    Raises `ConfigurationError` where not even one fits.
    """
    whole = warm_up + shape.train + shape.gap + shape.test
    if bars < whole:
        raise ConfigurationError(
            f"{bars} bars are too few: warm-up {warm_up}, train {shape.train}, gap {shape.gap} and test {shape.test} need {whole}",
            "make --train or --test shorter",
        )
    count = (bars - whole) // shape.test + 1
    return tuple(_window(number, warm_up + number * shape.test, shape) for number in range(count))


def _window(number: int, first: int, shape: Shape) -> Window:
    train_end = first + shape.train
    test_first = train_end + shape.gap
    return Window(number, first, train_end, test_first, test_first + shape.test)
