"""`robo-trader why`: why an order was sent, or was not, from the journal alone; while the system trades and long after."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from robo_trader.cli.halt_command import the_one
from robo_trader.desk.explanation import LAST_DEFAULT, LAST_MAX, Explanation, No, Question, Story
from robo_trader.desk.life_words import when
from robo_trader.errors import ConfigurationError
from robo_trader.risk.halt import Halt


def why(
    intent: Annotated[str | None, typer.Argument(help="An order's intent, its first digits, or its order reference.")] = None,
    symbol: Annotated[str | None, typer.Option(help="The newest orders and refusals of this symbol.")] = None,
    last: Annotated[int, typer.Option(help="How many of the newest.")] = LAST_DEFAULT,
    system: Annotated[str | None, typer.Option(help="The system; may be left out where there is only one, or only one runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Why an order was or was not sent: decision, what was known, each control's value and limit, the order's life, halts, and what to do."""
    question = asked(intent, symbol, last)
    directory = the_one(system)
    # Late: the calendar's and the journal's libraries take a second to load, which no other command should wait for.
    from robo_trader.desk.explaining import explain  # noqa: PLC0415
    from robo_trader.edge.journal_store import Journal  # noqa: PLC0415

    journal = Journal.open(directory.journal, create=False, read_only=True)
    try:
        told = explain(journal.read(), question)
    finally:
        journal.close()
    if as_json:
        typer.echo(json.dumps({"system": directory.name, **as_object(told)}))
    else:
        Console().print(drawing(told))


def asked(intent: str | None, symbol: str | None, last: int) -> Question:
    """The question that the options put; raises `ConfigurationError`."""
    if intent is not None and symbol is not None:
        raise ConfigurationError("INTENT and --symbol exclude each other", "ask for the one, then for the other")
    if not 1 <= last <= LAST_MAX:
        raise ConfigurationError(f"--last is {last}", f"give a number from 1 to {LAST_MAX}")
    if (intent is not None and not intent.strip()) or (symbol is not None and not symbol.strip()):
        raise ConfigurationError("what was asked for is empty", "name an intent or a symbol, or leave it out")
    return Question(intent=intent or "", symbol=(symbol or "").strip().upper(), last=last)


def as_object(told: Explanation) -> dict[str, object]:
    """The explanation for programs: instants in nanoseconds UTC, names of levels and books as people write them."""
    stories = [
        asdict(story) | {"book": str(story.book), "inputs": dict(story.inputs), "halts": [_halt_object(halt) for halt in story.halts]}
        for story in told.stories
    ]
    books = [asdict(book) | {"book": str(book.book)} for book in told.books]
    return {"events": told.events, "stories": stories, "books": books, "halts": [_halt_object(halt) for halt in told.halts]}


def _halt_object(halt: Halt) -> dict[str, object]:
    return asdict(halt) | {"level": halt.level.name}


def drawing(told: Explanation) -> RenderableType:
    """The explanation as panels, the newest story last, and where the books stand now."""
    parts: list[RenderableType] = [_story(story) for story in told.stories]
    if not parts:
        parts.append(Text(f"{told.events} events: nothing was sent, and nothing was refused"))
    books = Table("book", "holds", "wants", "now", title="Now", title_justify="left")
    for book in told.books:
        books.add_row(Text(str(book.book)), str(book.position), "-" if book.target is None else str(book.target), Text(book.sentence))
    return Group(*parts, books, *(Text(f"HALT {_halt_words(halt)}", style="bold red") for halt in told.halts))


def _story(story: Story) -> Panel:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("caused by", Text(f"{story.cause}: {story.because}"))
    if (made := story.decision) is not None:
        facts.add_row("decision", Text(f"row {made.seq}: stance {made.stance:+d}, target {made.target:+d}, bar ended {when(made.bar_end)}"))
    facts.add_row("known then", Text(", ".join(f"{name} {value}" for name, value in story.inputs)))
    for no in story.refusals:
        facts.add_row("refused by", _no(no))
    for step in story.life:
        facts.add_row("" if step.at is None else when(step.at), Text(f"row {step.seq}: {step.what}"))
    for halt in story.halts:
        facts.add_row("halt then", Text(_halt_words(halt)))
    if story.remedy:
        facts.add_row("remedy", Text(story.remedy, style="bold"))
    title = Text(story.headline, style="green" if story.sent else "red")
    return Panel(Group(title, facts), title=Text(f"{story.intent or 'no order'}  {story.book}"), title_align="left")


def _no(no: No) -> Text:
    compared = f" {no.value} against {no.limit}" if no.value else ""
    often = f", {no.times} times" if no.times > 1 else ""
    stays = ", for this decision" if no.latched else ""
    return Text(f"{no.control} {no.name}: {no.detail}{compared} (bar ended {when(no.bar_end)}{often}{stays}); {no.sentence}")


def _halt_words(halt: Halt) -> str:
    scope = f"{halt.scope} {halt.target}".rstrip()
    return f"{halt.id}  {halt.level.name} of {scope}: {halt.reason} (by {halt.by}) {halt.text}".rstrip()
