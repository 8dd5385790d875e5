"""An exchange log up to an instant: what a run that ended then can be judged by, while the market goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_AT: Final = re.compile(r'{"t":(\d+),')


def up_to(lines: Iterable[str], process_ns: int) -> Iterator[str]:
    """The lines but those at the end that were written after an instant of this boot; process time of an earlier boot may be later than any."""
    later: list[str] = []
    for line in lines:
        at = _AT.match(line)
        if (later and at is None) or (at is not None and int(at[1]) > process_ns):  # a torn line goes with those before it
            later.append(line)
            continue
        yield from later
        later.clear()
        yield line
