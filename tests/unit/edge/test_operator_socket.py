"""Lines in, lines out; what a real socket adds is proven in tests/e2e."""

from __future__ import annotations

import json

import pytest

from robo_trader.edge.operator_socket import Json, reply_to
from robo_trader.errors import ConfigurationError


def echo(request: Json) -> Json:
    return {"heard": request}


def refuse(request: Json) -> Json:
    raise ConfigurationError(f"no such command '{request['command']}'", "try status")


def test_an_object_is_answered_by_an_object_on_one_line():
    reply = reply_to(b'{"command": "status", "text": "a\\nb"}\n', echo)
    assert reply.endswith(b"\n")
    assert reply.count(b"\n") == 1
    assert json.loads(reply) == {"heard": {"command": "status", "text": "a\nb"}}


def test_a_users_mistake_is_answered_with_cause_remedy_and_exit_code():
    assert json.loads(reply_to(b'{"command": "dance"}\n', refuse)) == {"error": "no such command 'dance'", "remedy": "try status", "exit_code": 4}


@pytest.mark.parametrize("line", [b"\n", b"status\n", b"[1]\n", b'"a"\n', b"{\n", b"\xff\xfe\n", b"null\n"])
def test_a_line_that_is_no_object_is_answered_and_never_reaches_the_system(line: bytes):
    assert "not a JSON object" in json.loads(reply_to(line, refuse))["error"]
