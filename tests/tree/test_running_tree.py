"""One tree that trades freely, as `run --detach` leaves it: what its page shows, what its API answers, what Ray's own tools say, what it costs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ray_cluster import connect
from robo_trader.edge.state_directory import StateDirectory
from tests.support.trees import PORTS, Tree

try:
    from playwright.async_api import Page, async_playwright, expect
except ImportError:
    pytest.skip("no playwright: .venv/bin/pip install 'playwright>=1.49'", allow_module_level=True)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SYSTEM = "free"
HOST_ACTOR = "strategy/SPY/moving_average_cross"
PANELS = ("tree", "positions", "orders", "money", "halts", "strategies", "freshness")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install -y chromium")
pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    made = Tree(tmp_path_factory.mktemp("free") / "state")
    done = made.run("run", "--system", SYSTEM, "--detach", "--speed", "20", *PORTS, timeout=240)
    assert done.returncode == 0, done.stderr
    made.until(SYSTEM, lambda told: told["state"] == "trading" and (told["fills"] or 0) > 0)
    yield made
    end = made.run("down", "--system", SYSTEM, "--json", timeout=120)
    assert end.returncode == 0, end.stdout + end.stderr
    assert json.loads(end.stdout)["reconciled"]


def port(tree: Tree, name: str) -> int:
    running = StateDirectory(SYSTEM, tree.state / SYSTEM).read_running()
    assert running is not None
    return running.ports[name]


@pytest_asyncio.fixture
async def page(tree: Tree) -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])  # in a container root has no sandbox
        page = await browser.new_page(viewport={"width": 1280, "height": 1100})
        await page.goto(f"http://127.0.0.1:{port(tree, 'dashboard')}/")
        yield page
        await browser.close()


@needs_browser
async def test_every_panel_is_filled_and_a_restart_is_seen_within_two_seconds(tree: Tree, page: Page):
    await expect(page.locator("#tree tbody tr")).to_have_count(len(tree.told(SYSTEM)["actors"]), timeout=15_000)
    for panel in PANELS:
        text = await page.locator(f"#{panel}").inner_text()
        assert len(text.split()) > 2, f"{panel} says {text!r}"
    before = tree.actor(SYSTEM, HOST_ACTOR)
    tree.kill(SYSTEM, HOST_ACTOR)
    tree.until(SYSTEM, lambda told: any(a["name"] == HOST_ACTOR and a["epoch"] > before["epoch"] for a in told["actors"]))
    row = page.locator("#tree tbody tr", has_text=HOST_ACTOR)
    await expect(row).to_contain_text(str(before["epoch"] + 1), timeout=2_000)
    if shots := os.environ.get("ROBO_TRADER_SCREENSHOTS"):
        await page.screenshot(path=str(Path(shots) / "dashboard.png"), full_page=True)


@needs_browser
async def test_ages_grow_while_the_gateway_is_stopped(tree: Tree, page: Page):
    import signal  # noqa: PLC0415 - this test alone stops a process

    pid = int(tree.actor(SYSTEM, "broker_gateway")["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        await expect(page.locator("#freshness tr", has_text="broker_gateway")).to_contain_text("stale", timeout=10_000, ignore_case=True)
    finally:
        os.kill(pid, signal.SIGCONT)
    tree.until(SYSTEM, lambda told: told["state"] == "trading")


def test_rays_own_tools_tell_name_incarnation_and_reason(tree: Tree):
    before = tree.actor(SYSTEM, "stop_controller")
    tree.kill(SYSTEM, "stop_controller")
    tree.until(
        SYSTEM, lambda told: any(a["name"] == "stop_controller" and a["epoch"] > before["epoch"] and a["phase"] == "running" for a in told["actors"])
    )
    directory = StateDirectory(SYSTEM, tree.state / SYSTEM)
    command = [sys.executable, "-m", "ray.scripts.scripts", "list", "actors", "--detail", "--format", "json", "--limit", "1000"]
    where = ["--address", f"http://127.0.0.1:{port(tree, 'ray')}"]
    done = subprocess.run([*command, *where], capture_output=True, text=True, env=connect.environment(directory), timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout[done.stdout.index("[") :])
    mine: list[dict[str, Any]] = [actor for actor in told if actor["name"] == "stop_controller"]
    alive = next(actor for actor in mine if actor["state"] == "ALIVE")
    assert alive["repr_name"].startswith(f"stop_controller epoch {before['epoch'] + 1}, restarts 1, last crash")
    assert any(actor["state"] == "DEAD" and actor["death_cause"] for actor in mine)


def test_the_names_of_the_operators_api_answer_against_the_running_system(tree: Tree):
    script = Path(__file__).with_name("names_of_production.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, env=tree.environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "27 names answered"


def test_the_probes_answer(tree: Tree):
    base = f"http://127.0.0.1:{port(tree, 'http')}"
    with urllib.request.urlopen(f"{base}/health", timeout=10) as answer:
        assert json.load(answer)["status"] in {"healthy", "degraded"}
    with urllib.request.urlopen(f"{base}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}
    assert len(names) >= 12
    assert {"trading_active_positions", "component_risk_desk_up", "robo_trader_gateway_connected"} <= names
