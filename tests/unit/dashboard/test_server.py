"""What can be said of the server without a socket; the rest is in tests/wire and, with a browser, in tests/e2e."""

from __future__ import annotations

import errno

import pytest

from robo_trader.dashboard.server import DashboardServer, cannot_listen
from robo_trader.errors import AlreadyRunning, ConfigurationError
from tests.support.pictures import ScriptedSource


async def test_the_dashboard_can_only_be_read():
    routes = DashboardServer(ScriptedSource()).application().router.routes()
    assert {route.method for route in routes} <= {"GET", "HEAD"}
    assert {route.resource.canonical for route in routes if route.resource} == {"/", "/events", "/api/picture", "/static/{name}"}


async def test_it_stays_on_this_machine_unless_told_otherwise():
    server = DashboardServer(ScriptedSource())
    assert (server.host, server.port) == ("127.0.0.1", 5555)


@pytest.mark.parametrize("port", [-1, 65_536])
async def test_a_port_that_cannot_be_is_refused(port: int):
    with pytest.raises(ConfigurationError, match=str(port)):
        DashboardServer(ScriptedSource(), port=port)


@pytest.mark.parametrize("period_seconds", [0.0, -1.0, float("nan")])
async def test_a_period_that_cannot_be_is_refused(period_seconds: float):
    with pytest.raises(ConfigurationError, match="period"):
        DashboardServer(ScriptedSource(), period_seconds=period_seconds)


def test_a_port_that_is_taken_and_one_that_is_forbidden_are_two_mistakes_with_two_remedies():
    taken = cannot_listen(OSError(errno.EADDRINUSE, "in use"), "127.0.0.1", 5555)
    assert isinstance(taken, AlreadyRunning)
    assert "5555" in taken.cause
    assert "another port" in taken.remedy
    forbidden = cannot_listen(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert isinstance(forbidden, ConfigurationError)
    assert "Permission denied" in forbidden.cause


async def test_a_server_that_never_started_can_be_stopped():
    await DashboardServer(ScriptedSource()).stop()
