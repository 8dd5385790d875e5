"""The dashboard's page in a real browser, over real HTTP: what a person sees, and that it never shows the past as the present."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from robo_trader.dashboard.server import DashboardServer
from tests.support.pictures import HALT, ScriptedSource, order

try:
    from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
except ImportError:
    pytest.skip("no playwright: .venv/bin/pip install 'playwright>=1.49'", allow_module_level=True)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install -y chromium"),
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all of them
]

SEEN_MILLISECONDS_MAX = 2_000  # news is on the page within this
WAIT_MILLISECONDS_MAX = 15_000
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 400, "height": 860}


class Visit:
    """A page, and what it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(WAIT_MILLISECONDS_MAX)

    async def open(self, server: DashboardServer) -> Page:
        await self.page.goto(f"http://127.0.0.1:{server.port}/")
        await expect(self.page.locator("#tree tbody tr")).to_have_count(9, timeout=WAIT_MILLISECONDS_MAX)
        return self.page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])  # in a container root has no sandbox
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that remembers nothing of the test before."""
    async with await chromium.new_context() as fresh:
        yield fresh


@asynccontextmanager
async def served(source: ScriptedSource, port: int = 0) -> AsyncIterator[DashboardServer]:
    server = DashboardServer(source, port=port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def seconds(text: str) -> float:
    """An age as the page writes it, below a minute."""
    found = re.search(r"([\d.]+) s", text)
    assert found, text
    return float(found[1])


async def grows_beyond(page: Page, selector: str, age: float) -> None:
    """Wait until the age at `selector` is more than `age` seconds."""
    await page.wait_for_function("([selector, age]) => parseFloat(document.querySelector(selector).textContent) > age", arg=[selector, age])


async def row(page: Page, panel: str, name: str) -> dict[str, str]:
    """A row of a panel's first table, cell by cell under its name."""
    line = page.locator(f"#{panel} tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)).first
    cells = await line.locator("td").all()
    return {str(await cell.get_attribute("data-label")): (await cell.text_content() or "") for cell in cells}


async def shown(page: Page, panel: str) -> str:
    return " ".join((await page.locator(f"#{panel}").inner_text()).split())


def in_trouble() -> ScriptedSource:
    """Shares without a stop, a halt, an order nobody knows of, an actor that came back."""
    source = ScriptedSource()
    desk, controller = source.values["desk"], source.values["stop_controller"]
    desk["books"][0]["covered"] = 60
    desk["orders_live"].append(order("c9902a3377aa", "IBM", "exit", "181.95", stage="unknown"))
    desk |= {"state": "halted", "unknown": 1, "halts": [HALT], "alerts": [*desk["alerts"], "critical: SPY: 40 shares have no stop"]}
    controller["symbols"][0] |= {"covered": 60, "uncovered_seconds": 3.2}
    controller["halts"] = [HALT]
    source.restart("strategy_host/AAPL")
    return source


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_every_panel_is_filled_from_its_source_and_nothing_leaves_the_machine(browser: BrowserContext, size: dict[str, int]):
    async with served(ScriptedSource()) as server:
        visit = Visit(await browser.new_page())
        await visit.page.set_viewport_size(size)
        page = await visit.open(server)
        assert await page.title() == "trading \u00b7 demo"
        assert "2013-10-07" in await page.locator("#head").inner_text()
        spy = await row(page, "positions", "SPY")
        assert (spy["Held"], spy["Covered"], spy["Uncovered"], spy["Stop"], spy["Last"]) == ("100", "100", "0", "166.01", "167.69")
        assert (await row(page, "positions", "IBM"))["Stop"] == "\u2014", "no stop is a dash, not a zero"
        entry = await row(page, "orders", "AAPL")
        assert (entry["Purpose"], entry["Filled"], entry["Price"], entry["Stage"]) == ("enter", "40 / 100", "market", "working")
        desk = await row(page, "tree", "risk_desk")
        assert (desk["Phase"], desk["Epoch"], desk["Restarts"]) == ("running", "12", "0")
        assert (await row(page, "strategies", "IBM"))["Last bar"] == "14:31:00"
        expected = {
            "money": ("1,000,012.50", "983,231.00", "\u221212.34", "\u221216,769.00", "3.5125"),
            "halts": ("No halts.", "reconciled after start", "trading starts"),
            "broker": ("127.0.0.1:4002", "connected", "held", "DU1234567"),
            "freshness": ("risk_desk", "supervisor", "585 MiB", "7.4 %"),
            "positions": ("External, never traded here: IBM 200",),
        }
        for panel, words in expected.items():
            text = await shown(page, panel)
            assert [word for word in words if word not in text] == [], panel
        assert await page.locator("#alarms li").count() == 0, "a calm system raises no alarm"
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], "nobody scrolls sideways"
        tallest = await page.evaluate("Math.max(...Array.from(document.querySelectorAll('tbody tr'), (row) => row.offsetHeight))")
        assert tallest < 130, "a row is a line, or a small card on a telephone"
        cells = "Array.from(document.querySelectorAll('tbody td'), (cell) => cell.offsetWidth).filter(Boolean)"
        assert await page.evaluate(f"Math.min(...{cells})") > 20, "no column is squeezed away"
        assert visit.complaints == []
        assert {url for url in visit.asked if not url.startswith(f"http://127.0.0.1:{server.port}/")} == set()


async def test_an_actor_that_restarts_is_seen_within_two_seconds(browser: BrowserContext):
    source = ScriptedSource()
    async with served(source) as server:
        page = await Visit(await browser.new_page()).open(server)
        source.restart("risk_desk")
        line = page.locator("#tree tbody tr.new")
        await expect(line.get_by_role("rowheader")).to_have_text("risk_desk", timeout=SEEN_MILLISECONDS_MAX)
        desk = await row(page, "tree", "risk_desk")
        assert (desk["Epoch"], desk["Restarts"], desk["Last end"]) == ("13", "1", "crashed: killed by signal 9")


async def test_uncovered_shares_and_halts_stand_on_top_of_everything(browser: BrowserContext):
    async with served(in_trouble()) as server:
        page = await Visit(await browser.new_page()).open(server)
        alarms = await page.locator("#alarms li").all_inner_texts()
        assert "SPY: 40 of 100 shares have no stop" in alarms[0]
        assert seconds(alarms[0].rsplit("stop", 1)[1]) >= 3.2
        assert "no new for symbol IBM: earnings tonight (by ann)" in alarms[1]
        assert any("1 with unknown outcome" in alarm for alarm in alarms)
        assert (await row(page, "positions", "SPY"))["Uncovered"] == "40"
        assert (await page.locator("#state").text_content(), await page.locator("#state").get_attribute("class")) == ("halted", "pill bad")
        assert await page.locator("#alarms").get_attribute("role") == "alert"


async def test_a_desk_that_says_trading_under_a_halt_of_the_fence_is_not_believed(browser: BrowserContext):
    source = ScriptedSource()
    source.values["stop_controller"]["halts"] = [HALT]
    async with served(source) as server:
        page = await Visit(await browser.new_page()).open(server)
        await expect(page.locator("#state")).to_have_text("halted")


async def test_one_source_that_falls_silent_takes_only_its_own_figures_with_it(browser: BrowserContext):
    source = ScriptedSource()
    async with served(source) as server:
        page = await Visit(await browser.new_page()).open(server)
        source.silent = {"desk": "ActorDied: no answer"}
        await expect(page.locator("#state")).to_have_text("desk unavailable", timeout=SEEN_MILLISECONDS_MAX)
        assert "risk_desk: ActorDied: no answer" in await page.locator("#alarms li").first.inner_text()
        assert "unavailable: last known" in await shown(page, "orders")
        assert "unavailable" not in await shown(page, "tree")
        source.silent = {}
        await expect(page.locator("#state")).to_have_text("trading", timeout=SEEN_MILLISECONDS_MAX)


async def test_ages_grow_when_the_source_hangs_and_the_page_says_why(browser: BrowserContext):
    source = ScriptedSource()
    async with served(source) as server:
        page = await Visit(await browser.new_page()).open(server)
        source.hangs = True
        await expect(page.locator("#alarms")).to_contain_text("no source can be heard: no answer within 2 s")
        before = seconds((await row(page, "freshness", "risk_desk"))["Age"])
        assert before >= 2.0
        await grows_beyond(page, "#freshness tbody td.age", before + 1)
        assert seconds((await row(page, "orders", "SPY"))["Age"]) >= 43.0, "41 s when its section was told, and the section's own age"
        await expect(page.locator("#silence")).to_be_hidden()


async def test_when_the_server_dies_the_whole_page_says_how_old_it_is_and_comes_back_with_it(browser: BrowserContext):
    async with served(ScriptedSource()) as server:
        page = await Visit(await browser.new_page()).open(server)
    await expect(page.locator("#silence")).to_contain_text(
        re.compile(r"No data for [\d.]+ s\s+The dashboard does not answer. Everything below is old.")
    )
    assert await page.locator("body").get_attribute("class") == "silent"
    assert await page.locator("#state").text_content() == "desk unavailable", "a dead system does not say 'trading'"
    assert (await page.title()).startswith("\u26a0 no data")
    first = seconds(await page.locator("#silence-age").inner_text())
    await grows_beyond(page, "#silence-age", first + 1)
    assert seconds((await row(page, "orders", "SPY"))["Age"]) >= 43.0, "41 s and the silence"
    async with served(ScriptedSource(), server.port):
        await expect(page.locator("#silence")).to_be_hidden()
        await expect(page.locator("#state")).to_have_text("trading")


async def test_what_others_wrote_is_text_and_never_markup(browser: BrowserContext):
    source = ScriptedSource()
    evil = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"
    source.values["desk"]["halts"] = [HALT | {"reason": evil}]
    source.values["desk"]["alerts"] = [evil]
    async with served(source) as server:
        visit = Visit(await browser.new_page())
        page = await visit.open(server)
        assert evil in await page.locator("#alarms").inner_text()
        assert await page.locator("img, b").count() == 0
        assert visit.complaints == []


MONEY = {
    "983231.00": "983,231.00",
    "-12.34": "\u221212.34",
    "0": "0.00",
    "-0.00": "0.00",
    "0E-7": "0.00",
    "1E+3": "1,000.00",
    "3.5125": "3.5125",
    "12345678901234567890.129": "12,345,678,901,234,567,890.129",
    "1.5E-3": "0.0015",
    "999": "999.00",
    "1000": "1,000.00",
    "NaN": "NaN",
    ".5": "0.50",
}


async def test_money_keeps_every_digit_that_the_ledger_wrote(browser: BrowserContext):
    async with served(ScriptedSource()) as server:
        page = await Visit(await browser.new_page()).open(server)
        written = await page.evaluate("async (texts) => { const f = await import('/static/format.js'); return texts.map(f.money); }", list(MONEY))
        assert dict(zip(MONEY, written, strict=True)) == MONEY
        assert await page.evaluate("async () => (await import('/static/format.js')).money(null)") == "\u2014"
