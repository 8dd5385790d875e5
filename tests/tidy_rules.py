"""The rules that a machine keeps: which way imports run, what the pure core may not touch, how long a piece may be, and the like.

Each rule is a function from a source file to complaints. tests/test_tidy.py runs it over the whole project, and over planted violations that it must
find. A rule that makes the code worse is changed here, with a decision record in docs/decisions/.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

PRODUCT = ("robo_trader", "actors", "ray_cluster")
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 300

# Pieces allowed over the limit, with their length today. The list may only shrink.
LONG_FUNCTIONS: dict[str, int] = {}
LONG_MODULES: dict[str, int] = {}

DOMAIN = {"errors", "values", "market", "strategies", "orders", "risk", "desk"}
# Part -> the parts of robo_trader it may import beside itself.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "values": {"errors"},
    "market": {"errors", "values"},
    "strategies": {"errors", "values", "market"},
    "orders": {"errors", "values", "market"},
    "risk": {"errors", "values", "market", "strategies", "orders"},
    "desk": DOMAIN,
    "backtest": DOMAIN,
    "walkforward": DOMAIN | {"backtest"},
    "supervision": set(),
    "simulated_gateway": {"errors", "values", "market"},
    "edge": DOMAIN,
    "production": DOMAIN | {"edge"},
    "dashboard": DOMAIN | {"edge", "production"},
    "simulation": DOMAIN | {"edge", "supervision", "simulated_gateway"},
    "cli": DOMAIN | {"edge", "production", "dashboard", "backtest", "walkforward", "simulated_gateway", "supervision", "simulation"},
}
EVERYWHERE = {"numpy", "pydantic"}
# Third-party package -> the files it may enter by (a prefix of their path).
DOORS: dict[str, tuple[str, ...]] = {
    "ib_insync": ("robo_trader/edge/interactive_brokers", "robo_trader/edge/ib_"),
    "eventkit": ("robo_trader/edge/interactive_brokers", "robo_trader/edge/ib_"),
    "sqlalchemy": ("robo_trader/edge/journal_store",),
    "pysqlite3": ("robo_trader/edge/journal_store",),
    "msgspec": ("robo_trader/edge/codec", "robo_trader/edge/channel", "robo_trader/simulated_gateway/saved"),
    "pyarrow": ("robo_trader/market/history", "robo_trader/edge/bar_catalog", "robo_trader/edge/recorder"),
    "exchange_calendars": ("robo_trader/market/calendar",),
    "pandas": ("robo_trader/market/calendar", "robo_trader/market/history", "robo_trader/backtest/report", "robo_trader/walkforward/"),
    "optuna": ("robo_trader/walkforward/search",),
    "numba": ("robo_trader/backtest/kernel",),
    "typer": ("robo_trader/cli/",),
    "rich": ("robo_trader/cli/",),
    "aiohttp": ("robo_trader/dashboard/", "robo_trader/edge/notifiers"),
    "tenacity": ("robo_trader/edge/",),
    "prometheus_client": ("robo_trader/edge/telemetry",),
    "fastapi": ("ray_cluster/",),
    "ray": ("actors/", "ray_cluster/", "robo_trader/cli/"),
}
NO_NUMPY = ("robo_trader/desk/", "robo_trader/orders/", "robo_trader/risk/")
PURE = tuple(
    f"robo_trader/{part}" for part in ("values.py", "errors.py", "market/", "strategies/", "orders/", "risk/", "desk/", "backtest/", "supervision/")
)
NOT_PURE = ("robo_trader/market/history", "robo_trader/market/calendar", "robo_trader/backtest/report")
IMPURE_MODULES = {
    *("ray", "asyncio", "selectors", "select", "socket", "socketserver", "ssl", "threading", "multiprocessing", "concurrent", "subprocess", "signal"),
    *("time", "random", "secrets", "uuid", "os", "io", "pathlib", "shutil", "tempfile", "glob", "sqlite3", "mmap", "fcntl"),
}
# `except Exception` is allowed to the supervisor, to the start and the end that it judges, to the host's symbol runner, and to the serving thread.
CATCH_ALL: set[str] = {"actors/root.py", "actors/shell.py", "actors/strategy_host.py", "ray_cluster/session.py"}


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the project, its text, and the syntax tree of it."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def part(self) -> str:
        """`robo_trader/desk/desk.py` -> `desk`; `actors/tree.py` -> `actors`."""
        first, _, rest = self.path.partition("/")
        return rest.split("/")[0].removesuffix(".py") if first == "robo_trader" else first


def imports(source: Source) -> Iterator[tuple[str, bool]]:
    """Every imported module (`a.b`, absolute) and whether its import runs when the file is loaded."""
    tree = source.tree
    top_level = set(map(id, tree.body))
    for node in ast.walk(tree):
        eager = id(node) in top_level
        if isinstance(node, ast.Import):
            yield from ((alias.name, eager) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.path}: imports are written in full"
            if node.module in {"robo_trader", "actors", "ray_cluster"}:
                yield from ((f"{node.module}.{alias.name}", eager) for alias in node.names)
            else:
                yield str(node.module), eager


def imports_follow_the_arrow(source: Source) -> Iterator[str]:
    if not source.path.startswith(PRODUCT):
        return
    for module, eager in imports(source):
        package, _, rest = module.partition(".")
        target = rest.split(".")[0]
        if package == "robo_trader" and source.path.startswith("robo_trader/"):
            if target != source.part and target not in ARROWS.get(source.part, set()):
                yield f"{source.part} may not import {module}"
        elif package == "actors" and not (source.part in {"actors", "ray_cluster"} or (source.part == "cli" and not eager)):
            yield f"{source.part} may not import {module} (cli may, inside a function)"
        elif package == "ray_cluster" and not (source.part == "ray_cluster" or (source.part == "cli" and not eager)):
            yield f"{source.part} may not import {module}"


def packages_enter_by_their_doors(source: Source) -> Iterator[str]:
    if not source.path.startswith(PRODUCT):
        return
    for module, eager in imports(source):
        package = module.split(".")[0]
        if package in sys.stdlib_module_names or package in PRODUCT:
            continue
        if package in EVERYWHERE:
            if package == "numpy" and source.path.startswith(NO_NUMPY):
                yield "no numpy in the exact part"
        elif not source.path.startswith(DOORS.get(package, ())):
            yield f"{package} enters by {DOORS.get(package, 'no door: add one here')}"
        elif package == "ray" and source.part == "cli" and eager:
            yield "cli imports ray inside a function only"
        if source.part == "supervision":
            yield f"supervision uses the standard library only, not {module}"


def the_pure_set_touches_nothing(source: Source) -> Iterator[str]:
    if not source.path.startswith(PURE) or source.path.startswith(NOT_PURE):
        return
    for module, _ in imports(source):
        if module.split(".")[0] in IMPURE_MODULES:
            yield f"pure code may not import {module}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)).split(".")[-1] in {"open", "input", "now", "utcnow", "today"}:
            yield f"line {node.lineno}: pure code may not call {called}()"


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def pieces_are_short(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > LONG_MODULES.get(source.path, MODULE_LINES_MAX):
        yield f"{lines} lines in a module"
    for name, function in functions(source.tree):
        if lines_of(function) > LONG_FUNCTIONS.get(f"{source.path}:{name}", FUNCTION_LINES_MAX):
            yield f"{lines_of(function)} lines in {name}"


def banned_words_stay_out(source: Source) -> Iterator[str]:
    in_tests = source.path.startswith("tests/")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and source.path not in CATCH_ALL:
            caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else {"Exception"}
            passed_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if caught & {"Exception", "BaseException"} and not passed_on:
                yield f"line {node.lineno}: catches everything"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "print" and not source.path.startswith("benchmarks/"):
                yield f"line {node.lineno}: print"
            if called in {"datetime.now", "datetime.datetime.now"} and not (node.args or node.keywords):
                yield f"line {node.lineno}: a datetime without a zone"
            if called.endswith(("datetime.utcnow", "datetime.today", "datetime.utcfromtimestamp")):
                yield f"line {node.lineno}: a datetime without a zone"
            if in_tests and called in {"time.sleep", "sleep"}:
                yield f"line {node.lineno}: a test that sleeps"
    for module, _ in imports(source):
        if module.startswith(("unittest", "mock")) or (in_tests and "MagicMock" in module):
            yield f"{module}: a stand-in for the thing under test"


def everything_is_explained_and_typed(source: Source) -> Iterator[str]:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "no module docstring"
    if not source.path.startswith(PRODUCT):
        return
    for name, function in functions(source.tree):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        untyped = [a.arg for a in arguments if a.annotation is None and a.arg not in {"self", "cls"}]
        if not name.startswith("_") and (untyped or function.returns is None):
            yield f"{name} is not typed: {untyped or 'return'}"


RULES: list[Callable[[Source], Iterator[str]]] = [
    imports_follow_the_arrow,
    packages_enter_by_their_doors,
    the_pure_set_touches_nothing,
    pieces_are_short,
    banned_words_stay_out,
    everything_is_explained_and_typed,
]


def orphans(files: set[str]) -> Iterator[str]:
    """Modules without their unit test, unit tests without their module, and modules hidden by a package of their name."""
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if folder.split("/")[0] == "robo_trader" and name != "__init__.py":
            test = f"tests/unit{folder.removeprefix('robo_trader')}/test_{name}"
            if test not in files:
                yield f"{path} has no {test}"
            if path.removesuffix(".py") + "/__init__.py" in files:
                yield f"{path} is hidden by a package of its name"
        if folder.startswith("tests/unit") and name.startswith("test_"):
            module = f"robo_trader{folder.removeprefix('tests/unit')}/{name.removeprefix('test_')}"
            if module not in files:
                yield f"{path} tests no module: there is no {module}"


def missing_from_the_drawn_tree(source: Source) -> Iterator[str]:
    """The exception tree in the docstring of errors.py and its classes name the same exceptions, under the same parents."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (ast.get_docstring(source.tree) or "").splitlines():
        name = line.lstrip("│├└─ ").split(" ")[0]
        if line.startswith(("├", "│", "└")) or name == "RoboTraderError":
            depth = (len(line) - len(line.lstrip("│├└─ "))) // 4
            above[depth:] = [name]
            drawn[name] = above[depth - 1] if depth else "Exception"
    written = {node.name: ast.unparse(node.bases[0]) for node in source.tree.body if isinstance(node, ast.ClassDef)}
    for name in sorted(drawn.keys() | written.keys()):
        if drawn.get(name) != written.get(name):
            yield f"{name}: drawn under {drawn.get(name)}, written under {written.get(name)}"
