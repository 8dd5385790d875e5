"""The page is complete, small, and asks nobody else for anything."""

from __future__ import annotations

import re

from robo_trader.dashboard.files import PAGE, page_files
from robo_trader.edge.picture import SECTIONS

PAGE_BYTES_MAX = 80_000


def text(name: str) -> str:
    return page_files()[name][0].decode()


def test_every_file_that_the_page_and_its_scripts_name_is_there():
    files = page_files()
    asked = set(re.findall(r'"/static/([^"]+)"', text(PAGE)))
    asked |= {name for file in files if file.endswith(".js") for name in re.findall(r'from "\./([^"]+)"', text(file))}
    assert asked | {PAGE} == set(files), "nothing is missing and nothing lies about"


def test_no_file_names_another_host():
    for name in page_files():
        assert re.findall(r"(?:https?:)?//[a-z0-9]+\.[a-z]", text(name).replace("http://www.w3.org/2000/svg", "")) == [], name


def test_the_page_has_no_inline_script_or_style_because_the_policy_forbids_them():
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", text(PAGE))
    for name in page_files():
        assert "innerHTML" not in text(name), f"{name}: text of others would become markup"


def test_every_panel_names_sections_that_exist():
    named = re.findall(r'data-sections="([^"]+)"', text(PAGE))
    assert len(named) >= 7
    assert {section for names in named for section in names.split()} == set(SECTIONS)


def test_no_figure_is_written_into_the_page():
    body = re.sub(r"<[^>]*>", " ", text(PAGE))
    assert not re.search(r"\d", body.partition("</head>")[2] or body)


def test_the_page_is_small():
    assert sum(len(body) for body, _ in page_files().values()) < PAGE_BYTES_MAX
