"""Ray may try a call again whose answer it lost, and an order would leave twice: no actor of ours lets it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted(path for folder in ("actors", "ray_cluster") for path in (ROOT / folder).rglob("*.py"))
MADE_WITH_RETRIES_NAMED_MIN = 2


def retries(source: str) -> list[ast.expr]:
    """What the source says of `max_task_retries`, as an argument or as a key of options."""
    said: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "max_task_retries":
            said.append(node.value)
        elif isinstance(node, ast.Dict):
            said += [value for key, value in zip(node.keys, node.values, strict=True) if _named(key, "max_task_retries")]
    return said


def _named(key: ast.expr | None, name: str) -> bool:
    return isinstance(key, ast.Constant) and key.value == name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_call_is_ever_retried(path: Path):
    source = path.read_text()
    assert [ast.unparse(value) for value in retries(source) if ast.unparse(value) != "0"] == []
    assert "retry_exceptions" not in source


def test_the_actors_say_so_rather_than_rely_on_a_default():
    assert sum(len(retries(path.read_text())) for path in SOURCES) >= MADE_WITH_RETRIES_NAMED_MIN
