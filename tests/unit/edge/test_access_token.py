"""Tokens open their own scope and no other, and a file that others can read opens nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robo_trader.edge.access_token import FILE_NAME, SCOPES, AccessTokens, bearer
from robo_trader.errors import StateUnreadable


def test_the_first_start_makes_a_token_for_each_scope_that_only_the_user_can_read(tmp_path: Path) -> None:
    found = AccessTokens.at(tmp_path).read()
    assert set(found) == {"read", "halt", "resume"}
    assert len(set(found.values())) == 3
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_later_starts_keep_the_tokens(tmp_path: Path) -> None:
    assert AccessTokens.at(tmp_path).read() == AccessTokens.at(tmp_path).read()


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_its_own_scope_alone(tmp_path: Path, scope: str) -> None:
    tokens = AccessTokens.at(tmp_path)
    assert tokens.scopes_of(json.loads((tmp_path / FILE_NAME).read_text())[scope]) == {scope}


@pytest.mark.parametrize("guess", ["", "x" * 43, "häh", "\ud800"])
def test_a_guess_opens_nothing(tmp_path: Path, guess: str) -> None:
    assert AccessTokens.at(tmp_path).scopes_of(guess) == frozenset()


def test_a_token_that_was_replaced_opens_nothing_from_that_moment(tmp_path: Path) -> None:
    tokens = AccessTokens.at(tmp_path)
    old = tokens.read()["halt"]
    tokens.path.unlink()
    AccessTokens.at(tmp_path)
    assert tokens.scopes_of(old) == frozenset()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"read": "", "halt": "", "resume": ""}', '{"read": 1, "halt": 2, "resume": 3}', "\x00" * 50, '{"a": "' + "x" * 9000],
)
def test_a_damaged_file_opens_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(StateUnreadable, match=r"http\.tokens.*remove the file"):
        AccessTokens.at(tmp_path)
    with pytest.raises(StateUnreadable):
        AccessTokens(path).scopes_of("")


def test_a_file_that_others_can_read_opens_nothing(tmp_path: Path) -> None:
    tokens = AccessTokens.at(tmp_path)
    halt = tokens.read()["halt"]
    tokens.path.chmod(0o640)
    with pytest.raises(StateUnreadable, match="others can read it; chmod 600"):
        tokens.scopes_of(halt)


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateUnreadable, match="cannot be made: No such file"):
        AccessTokens.at(tmp_path / "gone")


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("", ""), ("abc", ""), ("Bearer", "")]
)
def test_a_bearer_token_is_taken_from_its_header(header: str, token: str) -> None:
    assert bearer(header) == token
