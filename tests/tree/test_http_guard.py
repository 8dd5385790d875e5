"""Who may ask what over HTTP, judged as pure questions; no server and no Ray."""

from __future__ import annotations

from pathlib import Path

import pytest

from ray_cluster.http_guard import BODY_BYTES_MAX, FORWARDED, guarded, refusal
from robo_trader.edge.access_token import AccessTokens
from tests.support.asgi import JSON, LOCAL, Message, ask

HERE = ("127.0.0.1", LOCAL)
ELSEWHERE = ("10.0.0.7", {"host": "trader.lan:8080"})
READS = ["/health", "/health/ready", "/metrics", "/status", "/openapi.json", "/nothing"]


@pytest.fixture
def tokens(tmp_path: Path) -> AccessTokens:
    return AccessTokens.at(tmp_path)


def status(tokens: AccessTokens, method: str, path: str, where: tuple[str, dict[str, str]], **more: str) -> int:
    client, headers = where
    named = headers | (JSON if method == "POST" else {}) | {name.replace("_", "-"): value for name, value in more.items()}
    refused = refusal(method, path, client, named, tokens)
    return refused.status if refused else 200


@pytest.mark.parametrize("path", READS)
def test_who_is_here_reads_without_a_token_and_who_is_elsewhere_does_not(tokens: AccessTokens, path: str) -> None:
    assert status(tokens, "GET", path, HERE) == 200
    assert status(tokens, "GET", path, ELSEWHERE) == 401
    assert status(tokens, "GET", path, ELSEWHERE, authorization=f"Bearer {tokens.read()['read']}") == 200


def test_that_it_answers_may_be_known_to_everybody(tokens: AccessTokens) -> None:
    assert status(tokens, "GET", "/health/live", ELSEWHERE) == 200


def test_a_halt_from_here_needs_no_token_and_a_wrong_one_does_not_stop_it(tokens: AccessTokens) -> None:
    assert status(tokens, "POST", "/halt", HERE) == 200
    assert status(tokens, "POST", "/halt", HERE, authorization="Bearer nonsense") == 200
    assert status(tokens, "POST", "/halt", ("::1", {"host": "[::1]:8080"})) == 200
    assert status(tokens, "POST", "/halt", ("127.0.0.1", {"host": "127.0.0.1"})) == 200


def test_a_halt_from_elsewhere_needs_the_token_of_halts(tokens: AccessTokens) -> None:
    assert status(tokens, "POST", "/halt", ELSEWHERE) == 401
    assert status(tokens, "POST", "/halt", ELSEWHERE, authorization="Bearer nonsense") == 401
    assert status(tokens, "POST", "/halt", ELSEWHERE, authorization=f"Bearer {tokens.read()['read']}") == 403
    assert status(tokens, "POST", "/halt", ELSEWHERE, authorization=f"Bearer {tokens.read()['halt']}") == 200


@pytest.mark.parametrize("where", [HERE, ELSEWHERE])
def test_a_resume_always_needs_its_own_token(tokens: AccessTokens, where: tuple[str, dict[str, str]]) -> None:
    assert status(tokens, "POST", "/resume", where) == 401
    assert status(tokens, "POST", "/resume", where, authorization=f"Bearer {tokens.read()['halt']}") == 403
    assert status(tokens, "POST", "/resume", where, authorization=f"Bearer {tokens.read()['resume']}") == 200


@pytest.mark.parametrize("header", FORWARDED)
def test_what_a_proxy_here_passed_on_is_from_elsewhere(tokens: AccessTokens, header: str) -> None:
    assert refusal("POST", "/halt", "127.0.0.1", {**LOCAL, **JSON, header: "127.0.0.1"}, tokens) is not None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", ""])
def test_a_site_that_points_its_own_name_here_is_elsewhere(tokens: AccessTokens, host: str) -> None:
    assert status(tokens, "GET", "/status", ("127.0.0.1", {"host": host})) == 401
    assert status(tokens, "POST", "/halt", ("127.0.0.1", {"host": host})) == 401


@pytest.mark.parametrize("client", ["", "unknown", "192.168.1.4", "::ffff:10.0.0.1"])
def test_an_address_that_is_not_the_loopback_is_elsewhere(tokens: AccessTokens, client: str) -> None:
    assert status(tokens, "POST", "/halt", (client, LOCAL)) == 401


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain; application/json"])
def test_a_form_of_another_site_cannot_halt(tokens: AccessTokens, kind: str) -> None:
    refused = refusal("POST", "/halt", "127.0.0.1", {**LOCAL, "content-type": kind}, tokens)
    assert refused is not None
    assert (refused.status, "application/json" in refused.remedy) == (415, True)


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://localhost:5555", "http://localhost", "https://localhost:8080.evil.example"]
)
def test_a_script_of_another_site_cannot_halt(tokens: AccessTokens, origin: str) -> None:
    assert status(tokens, "POST", "/halt", HERE, origin=origin) == 403
    assert status(tokens, "POST", "/halt", HERE, origin="http://localhost:8080") == 200


def test_tokens_that_others_can_read_open_nothing_and_a_halt_from_here_still_works(tokens: AccessTokens) -> None:
    secret = tokens.read()["halt"]
    tokens.path.chmod(0o644)
    assert status(tokens, "POST", "/halt", ELSEWHERE, authorization=f"Bearer {secret}") == 503
    assert status(tokens, "POST", "/halt", HERE) == 200


async def echo(_: Message, receive: object, send: object) -> None:
    body = b""
    while True:
        message = await receive()  # type: ignore[operator]
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": body})  # type: ignore[operator]


async def test_a_body_passes_whole_and_one_that_is_too_long_does_not(tokens: AccessTokens) -> None:
    app = guarded(echo, tokens)
    most = b"x" * BODY_BYTES_MAX
    assert (await ask(app, "POST", "/halt", JSON, most[:7], most[7:])).body == most
    longer = await ask(app, "POST", "/halt", JSON, most, b"x", whole=False)
    assert (longer.status, set(longer.json)) == (413, {"error", "remedy"})


async def test_a_body_whose_end_does_not_come_is_given_up(tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_cluster.http_guard.BODY_SECONDS_MAX", 0.01)
    assert (await ask(guarded(echo, tokens), "POST", "/halt", JSON, b"{", whole=False)).status == 408


async def test_no_answer_may_be_kept_or_guessed_at_by_a_browser(tokens: AccessTokens) -> None:
    for client, path in (("127.0.0.1", "/status"), ("10.0.0.7", "/status")):
        answer = await ask(guarded(echo, tokens), "GET", path, client=client)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (answer.status == 401) == ("www-authenticate" in answer.headers)
