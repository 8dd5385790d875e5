"""The project keeps its own rules (tests/tidy_rules.py), and each rule finds the violation it is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy_rules import (
    LONG_FUNCTIONS,
    LONG_MODULES,
    PRODUCT,
    RULES,
    Source,
    banned_words_stay_out,
    everything_is_explained_and_typed,
    functions,
    imports_follow_the_arrow,
    lines_of,
    missing_from_the_drawn_tree,
    orphans,
    packages_enter_by_their_doors,
    pieces_are_short,
    the_pure_set_touches_nothing,
)

ROOT = Path(__file__).resolve().parent.parent


@cache
def project() -> list[Source]:
    found = [path for top in (*PRODUCT, "tests", "benchmarks") for path in sorted((ROOT / top).rglob("*.py"))]
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in found]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule: Callable[[Source], Iterator[str]]) -> None:
    assert [f"{source.path}: {complaint}" for source in project() for complaint in rule(source)] == []


def test_every_module_has_its_unit_test_and_no_test_is_an_orphan() -> None:
    assert list(orphans({source.path for source in project()})) == []


def test_the_exception_tree_is_drawn_as_it_is_written() -> None:
    assert list(missing_from_the_drawn_tree(Source("", (ROOT / "robo_trader/errors.py").read_text(encoding="utf-8")))) == []


def test_the_lists_of_long_pieces_only_shrink() -> None:
    lengths = {source.path: source.text.count("\n") for source in project()}
    lengths |= {f"{s.path}:{name}": lines_of(f) for s in project() for name, f in functions(s.tree)}
    allowed = LONG_MODULES | LONG_FUNCTIONS
    assert {piece: lengths.get(piece) for piece in allowed} == allowed, "write the present length, or strike the piece out"


DOC = '"""Why."""\n'
LONG_BODY = "def long() -> None:\n" + "    x = 1\n" * 40
PLANTED = [
    (imports_follow_the_arrow, "robo_trader/orders/x.py", "from robo_trader.desk.news import Signal"),
    (imports_follow_the_arrow, "robo_trader/values.py", "from robo_trader.market.bar import Bar"),
    (imports_follow_the_arrow, "robo_trader/strategies/x.py", "from robo_trader.orders.order import Stage"),
    (imports_follow_the_arrow, "robo_trader/simulated_gateway/x.py", "from robo_trader.orders import ledger"),
    (imports_follow_the_arrow, "robo_trader/supervision/x.py", "from robo_trader.values import Now"),
    (imports_follow_the_arrow, "robo_trader/desk/x.py", "def late() -> None:\n    from robo_trader.edge import fence"),
    (imports_follow_the_arrow, "robo_trader/desk/x.py", "from robo_trader import edge"),
    (imports_follow_the_arrow, "robo_trader/cli/x.py", "from actors.tree import run_one_process"),
    (imports_follow_the_arrow, "robo_trader/edge/x.py", "def late() -> None:\n    import actors.tree"),
    (imports_follow_the_arrow, "actors/x.py", "import ray_cluster.connect"),
    (packages_enter_by_their_doors, "robo_trader/edge/fence.py", "import ib_insync"),
    (packages_enter_by_their_doors, "robo_trader/desk/x.py", "from sqlalchemy import text"),
    (packages_enter_by_their_doors, "robo_trader/market/bar.py", "import pyarrow.parquet as pq"),
    (packages_enter_by_their_doors, "actors/x.py", "import typer"),
    (packages_enter_by_their_doors, "robo_trader/orders/x.py", "import numpy as np"),
    (packages_enter_by_their_doors, "robo_trader/edge/x.py", "import requests"),
    (packages_enter_by_their_doors, "robo_trader/supervision/x.py", "import pydantic"),
    (packages_enter_by_their_doors, "robo_trader/edge/x.py", "def late() -> None:\n    import ray"),
    (packages_enter_by_their_doors, "robo_trader/cli/x.py", "import ray"),
    (the_pure_set_touches_nothing, "robo_trader/desk/x.py", "import asyncio"),
    (the_pure_set_touches_nothing, "robo_trader/risk/x.py", "from time import monotonic"),
    (the_pure_set_touches_nothing, "robo_trader/values.py", "import random"),
    (the_pure_set_touches_nothing, "robo_trader/strategies/x.py", "def late() -> None:\n    import pathlib"),
    (the_pure_set_touches_nothing, "robo_trader/market/bar.py", "text = open('a').read()"),
    (the_pure_set_touches_nothing, "robo_trader/orders/x.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
    (pieces_are_short, "robo_trader/x.py", LONG_BODY),
    (pieces_are_short, "tests/unit/test_x.py", "\n" * 301),
    (banned_words_stay_out, "robo_trader/x.py", "try:\n    pass\nexcept Exception:\n    pass"),
    (banned_words_stay_out, "robo_trader/x.py", "try:\n    pass\nexcept:\n    pass"),
    (banned_words_stay_out, "robo_trader/x.py", "try:\n    pass\nexcept (ValueError, Exception):\n    pass"),
    (banned_words_stay_out, "actors/x.py", "print('hello')"),
    (banned_words_stay_out, "robo_trader/edge/x.py", "from datetime import datetime\nx = datetime.now()"),
    (banned_words_stay_out, "robo_trader/edge/x.py", "import datetime\nx = datetime.datetime.utcnow()"),
    (banned_words_stay_out, "tests/e2e/test_x.py", "import time\ntime.sleep(1)"),
    (banned_words_stay_out, "tests/unit/test_x.py", "from unittest.mock import MagicMock"),
    (banned_words_stay_out, "tests/unit/test_x.py", "import unittest.mock"),
    (everything_is_explained_and_typed, "robo_trader/x.py", "X = 1"),
    (everything_is_explained_and_typed, "robo_trader/x.py", DOC + "def f(a) -> None: ..."),
    (everything_is_explained_and_typed, "robo_trader/x.py", DOC + "def f(a: int): ..."),
]
HARMLESS = [
    (imports_follow_the_arrow, "robo_trader/cli/x.py", "def late() -> None:\n    from actors.tree import run_one_process"),
    (imports_follow_the_arrow, "actors/x.py", "from robo_trader.desk import news"),
    (packages_enter_by_their_doors, "robo_trader/cli/x.py", "def late() -> None:\n    import ray"),
    (packages_enter_by_their_doors, "robo_trader/edge/interactive_brokers.py", "import ib_insync"),
    (the_pure_set_touches_nothing, "robo_trader/edge/x.py", "import asyncio"),
    (pieces_are_short, "robo_trader/x.py", LONG_BODY.replace("    x = 1\n", '    """Why."""\n', 1)),
    (banned_words_stay_out, "robo_trader/edge/x.py", "try:\n    pass\nexcept BaseException:\n    x = 1\n    raise"),
    (banned_words_stay_out, "robo_trader/edge/x.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", None) or str(value)[-60:])
def test_a_planted_violation_is_found(rule: Callable[[Source], Iterator[str]], path: str, text: str) -> None:
    assert list(rule(Source(path, text))) != []


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS, ids=lambda value: getattr(value, "__name__", None) or str(value)[-60:])
def test_what_is_allowed_is_left_alone(rule: Callable[[Source], Iterator[str]], path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_a_missing_test_an_orphan_and_a_hidden_module_are_found() -> None:
    assert len(list(orphans({"robo_trader/desk/x.py"}))) == 1
    assert len(list(orphans({"tests/unit/desk/test_x.py"}))) == 1
    assert len(list(orphans({"robo_trader/x.py", "tests/unit/test_x.py", "robo_trader/x/__init__.py"}))) == 1
    assert list(orphans({"robo_trader/x.py", "tests/unit/test_x.py"})) == []


def test_an_exception_that_is_not_drawn_is_found() -> None:
    drawn = '"""RoboTraderError\n├── UserError\n│   └── DataError\n"""\n'
    written = "class RoboTraderError(Exception): ...\nclass UserError(RoboTraderError): ...\n"
    assert list(missing_from_the_drawn_tree(Source("", drawn + written + "class DataError(UserError): ..."))) == []
    assert len(list(missing_from_the_drawn_tree(Source("", drawn + written + "class DataError(RoboTraderError): ...")))) == 1
    assert len(list(missing_from_the_drawn_tree(Source("", drawn + written)))) == 1
