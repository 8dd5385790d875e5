"""The documents name what there is: every option with its default, every short name, no page that is not there, no command that only fails."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from robo_trader.cli.app import app
from robo_trader.cli.optimize_config import OptimizeConfig
from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.control_words import CONTROLS
from robo_trader.simulation.checkers import CHECKERS
from robo_trader.simulation.plan import KINDS, POINTS

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
NAMES = (ROOT / "docs/identifiers.md").read_text(encoding="utf-8")
PAGES = sorted(path for top in (ROOT, ROOT / "deploy", ROOT / "docs") for path in (top.glob("*.md") if top == ROOT else top.rglob("*.md")))


def commands(group: Any, before: str = "") -> dict[str, list[Any]]:
    """The parameters of each command, by what a person types."""
    found: dict[str, list[Any]] = {}
    for name, command in group.commands.items():
        found |= commands(command, f"{before}{name} ") if hasattr(command, "commands") else {f"{before}{name}": command.params}
    return found


COMMANDS = commands(get_command(app))


def typed(parameter: Any) -> str:
    """`--option`, or an argument's name in capitals."""
    return str(parameter.opts[0]) if parameter.param_type_name == "option" else str(parameter.name).upper()


def rows(command: str) -> dict[str, str]:
    """Option or argument -> its default, as the tables of a command's section have them."""
    section = OPTIONS.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    return {row[1]: row[2] for row in re.finditer(r"^\| `([^`\s]+)(?: [^`]*)?` \| ((?:[^|\\]|\\.)*?) ?\|", section, re.MULTILINE)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_stands_in_its_table_and_no_other(command: str) -> None:
    assert set(rows(command)) == {typed(parameter) for parameter in COMMANDS[command]}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_default_in_the_table_is_that_of_the_command(command: str) -> None:
    given = {typed(parameter): parameter.default for parameter in COMMANDS[command] if not parameter.required}
    expected = {name: str(default) for name, default in given.items() if default not in (None, False, "")}
    assert {name: rows(command)[name] for name in expected} == expected


@pytest.mark.parametrize(("command", "model"), [("run", RunConfig), ("optimize", OptimizeConfig)])
def test_what_holds_without_an_option_is_that_of_the_configuration(command: str, model: type[BaseModel]) -> None:
    for parameter in COMMANDS[command]:
        held = model.model_fields[parameter.name].default if parameter.name in model.model_fields and parameter.default is None else None
        if held is not None and not parameter.required:
            assert rows(command)[typed(parameter)] == f"({','.join(held) if isinstance(held, tuple) else held})", parameter.name


def test_every_short_name_is_explained_in_the_words_of_the_code() -> None:
    wanted = [f"| {name} | {what} |" for name, what in {**KINDS, **POINTS}.items()]
    wanted += [f"| {name} | {words.name} | {words.sentence}" for name, words in CONTROLS.items()]
    assert [row for row in wanted if row not in NAMES] == []
    explained = {name for row in NAMES.splitlines() if row.startswith("| ") for name in row.split(" | ")[0].removeprefix("| ").split(", ")}
    assert {name for name, _ in CHECKERS} - explained == set()


def headings(page: Path) -> set[str]:
    """The anchors that a page has."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_make_lists_no_command_that_only_fails() -> None:
    listed = subprocess.run(["make", "-s", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^  make (\S+)", listed, re.MULTILINE):
        recipe = re.search(rf"^{name}:.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert recipe is not None, name
        assert "not built" not in recipe[1], name
