"""Tables of the documentation in Chromium: no word of code is broken, nothing is cut off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
SITE, STYLE = ROOT / "site", ROOT / "docs" / "stylesheets" / "tables.css"
WIDEST = ("account-format", "reference/measures", "how-to/read-the-monitor", "how-to/command-line")
MEASURE = """() => [...document.querySelectorAll('.md-typeset table:not([class])')].map((table) => {
  const box = table.closest('.md-typeset__scrollwrap');
  return {
    broken: [...table.querySelectorAll('code')].filter((c) => c.getClientRects().length > 1)
      .map((c) => c.textContent),
    cut: !box ||
      (table.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX !== 'auto'),
  };
})"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are not news."""


@pytest.fixture
def address() -> Iterator[str]:
    if not (SITE / "index.html").is_file():
        pytest.skip("the documentation is not built; make docs builds it")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_site_has_the_style_of_tables() -> None:
    assert "stylesheets/tables.css" in (ROOT / "mkdocs.yml").read_text("utf-8")


@pytest.mark.parametrize("width", [1440, 390])
def test_no_table_breaks_a_word_of_code_or_is_cut_off(
    width: int, browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for place in WIDEST:
        page.goto(f"{address}/{place}/", wait_until="domcontentloaded")
        page.add_style_tag(path=STYLE)  # the style of now, also over a site built before
        page.locator(".md-typeset__scrollwrap").first.wait_for(state="attached")
        tables = page.evaluate(MEASURE)
        assert tables
        assert [table for table in tables if table["broken"] or table["cut"]] == [], place
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
