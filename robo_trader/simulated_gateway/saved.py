"""The exchange's records as JSON-able data and back: dataclasses as mappings, decimals as text, nothing rounded."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind")


def saved(record: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """A dataclass, or a list of them, as mappings, lists, text and numbers."""
    return msgspec.to_builtins(record)


def encoded(record: object) -> bytes:
    """As JSON; at once, and not piece by piece, because clients wait meanwhile."""
    return msgspec.json.encode(record)


def loaded(data: object, kind: type[Kind]) -> Kind:
    """What `saved` made of a `kind`; ValueError where it is not of that kind."""
    return msgspec.convert(data, kind)
