"""The page in Debian's Chromium, over a monitor that the tests feed by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.browser.accounts import account
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "src" / "marginline" / "web" / "static" / "index.html"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LISTEN = """
globalThis.reports = [];
document.addEventListener('securitypolicyviolation', (e) =>
  globalThis.reports.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""
WAIT_MS = 15_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without its own network talk."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium; make browser installs it where it may")
    if not BUILT.is_file():
        pytest.skip("the page is not built; make page builds it")
    api.expect.set_options(timeout=WAIT_MS)
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=False, args=FLAGS
        )
        yield launched
        launched.close()


class Look:
    """A page that is looked at, and what the browser had to complain of."""

    def __init__(self, page: Page, served: HasUrl) -> None:
        self.page, self.base, self.served = page, served.url, served
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("console", self._console)
        page.add_init_script(LISTEN)

    def _console(self, message: Any) -> None:
        if any(each in message.text for each in self.expected):
            return
        if not self.served.url and "ERR_CONNECTION_REFUSED" in message.text:
            return  # the desk is closed and the page was still asking
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, place: str) -> Page:
        """Go to a place and wait until it shows what it has."""
        self.page.goto(self.base + place)
        self.page.locator("main h1").first.wait_for(state="attached")
        self.page.locator("[aria-busy=true]").first.wait_for(state="detached")
        return self.page

    def reports(self) -> list[str]:
        """What the Content-Security-Policy stopped."""
        found: list[str] = self.page.evaluate("globalThis.reports")
        return found


class HasUrl(Protocol):
    """What serves a page."""

    url: str


Opener = Callable[..., Look]


@pytest.fixture
def look(browser: Browser) -> Iterator[Opener]:
    """Makes a page over a desk; at the end nobody may have complained."""
    made: list[Look] = []

    def make(desk: HasUrl, width: int = 1440, height: int = 900, theme: str = "dark") -> Look:
        scheme: Any = theme
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            has_touch=width < 800,
            permissions=["clipboard-read", "clipboard-write"],
        )
        made.append(Look(page, desk))
        return made[-1]

    yield make
    found = [(each.complaints, each.reports()) for each in made]
    for each in made:
        each.page.close()
    assert all(complaints == [] and reports == [] for complaints, reports in found), found


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Three accounts: one near its line, two far from it."""
    made = [
        account("near", balance="310"),
        account("middle", balance="20000"),
        account(
            "far", balance="90000", held={"ETHUSDT": ("10", "3000"), "BTCUSDT": ("0.1", "60000")}
        ),
    ]
    with Desk(made) as running:
        yield running
