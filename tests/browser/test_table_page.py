"""The page of `marginline health --html` in Chromium, from disk: nothing cut, nothing run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marginline.cli.commands.stories import STORIES
from tests.cli.running import run, sample, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
_CUT = """() => [...document.querySelectorAll('td, th')].filter(
  (cell) => cell.offsetParent !== null && cell.scrollWidth > cell.clientWidth + 1
).map((cell) => cell.textContent)"""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_from_disk_and_cuts_nothing(
    width: int, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    for story in STORIES:
        write(tmp_path, sample(story), f"{story}.json")
    write(tmp_path, sample("strained") | {"name": "<script>alert(1)</script>" * 6}, "named.json")
    out = tmp_path / "table.html"
    run("health", tmp_path, "--shock", "all=-10%", "--html", out)
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(out.as_uri())
    scrolled, shown = page.evaluate(_WIDTHS)
    assert scrolled <= shown
    assert page.evaluate(_CUT) == []
    assert page.locator("tbody tr").first.is_visible()
    weight = "(cell) => getComputedStyle(cell).fontWeight"
    assert page.locator(".s").first.evaluate(weight) == "700"  # the policy allows its style
    assert said == []
    context.close()
