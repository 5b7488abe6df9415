"""Each place, in both themes and four sizes: readable by everybody, and inside its frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from marginline.core.account.file import load
from tests.browser.accounts import account
from tests.browser.conftest import AXE, Opener
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTLED_MS = 400
SAMPLES = Path(__file__).resolve().parents[2] / "src" / "marginline" / "cli" / "samples"
PLACES = {
    "overview": "/",
    "account": "/accounts/strained",
    "what if": "/what-if?account=strained&all=-0.3",
    "alerts": "/alerts?account=strained",
    "rules": "/rules",
    "connections": "/connections",
    "an unknown account": "/accounts/late",
}
FINE = [(1920, 1080), (1440, 900), (768, 1024)]
TOUCH = [(390, 844), (320, 700)]
CUT_OFF = """
() => [...document.querySelectorAll('main td, main th, main dd, main h1, main h2, main .btn')]
  .filter((el) => el.offsetParent !== null && !el.closest('.unseen, thead.unseen'))
  .filter((el) => el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).display !== 'inline')
  .map((el) => `${el.tagName}.${el.className}: ${el.textContent.slice(0, 60)}`)
"""
CUT_FIGURES = """
() => [...document.querySelectorAll('main .num, main td.mono, main dd')].flatMap((el) => {
  if (el.offsetParent === null || el.closest('.unseen')) return [];
  if (el.closest('thead')?.clientWidth === 1) return [];
  const text = document.createRange();
  text.selectNodeContents(el);
  const inside = text.getBoundingClientRect();
  for (let box = el; box && box !== document.documentElement; box = box.parentElement) {
    if (getComputedStyle(box).overflowX === 'visible') continue;
    const frame = box.getBoundingClientRect();
    if (inside.right > frame.right + 1 || inside.left < frame.left - 1)
      return [`cut by ${box.className}: ${el.textContent.slice(0, 60)}`];
  }
  return [];
})
"""


@pytest.fixture(scope="module")
def samples() -> Iterator[Desk]:
    from dataclasses import replace

    made = [replace(load(path), name=path.stem) for path in sorted(SAMPLES.glob("*.json"))]
    files = frozenset(each.name or "" for each in made)
    with Desk([*made, account("late")], files) as running:
        running.jump(60)  # what is fed by streams is late now
        yield running


@pytest.fixture(autouse=True)
def fresh(samples: Desk) -> None:
    """Files are read again, as their feed does; the account on streams stays late."""
    samples.put(*(samples.snapshot(name) for name in samples.accounts if name != "late"))


def test_what_a_coin_counts_for_is_told_in_that_coin(samples: Desk, look: Opener) -> None:
    """Half a bitcoin counts 0.475 BTC after its haircut, which is no 0.475 dollars."""
    page = look(samples).open("/accounts/coins-as-collateral")
    row = page.locator("table.coll tbody tr", has_text="BTC")
    row.wait_for()
    assert [cell.strip("0") for cell in row.locator("td").all_inner_texts()] == [
        "BTC", ".5", ".475",
    ]  # fmt: skip
    head = page.locator("table.coll thead th").all_inner_texts()
    assert "USD" not in " ".join(head), head


@pytest.mark.parametrize("sizes", [FINE, TOUCH], ids=["pointer", "touch"])
@pytest.mark.parametrize("place", PLACES)
def test_a_place_has_no_accessibility_finding_and_no_sideways_scroll(
    samples: Desk, look: Opener, place: str, sizes: list[tuple[int, int]]
) -> None:
    page = look(samples, *sizes[0]).open(PLACES[place])
    unfold(page)
    assert every_way(page, sizes) == {}


@pytest.mark.parametrize("sizes", [FINE, TOUCH], ids=["pointer", "touch"])
def test_an_explanation_has_no_accessibility_finding(
    samples: Desk, look: Opener, sizes: list[tuple[int, int]]
) -> None:
    page = look(samples, *sizes[0]).open("/accounts/strained")
    page.locator(".five .fig").nth(2).click()
    page.locator("dialog .tree li").first.wait_for()
    assert every_way(page, sizes) == {}


def unfold(page: Page) -> None:
    """Everything that waits behind a summary is there to be read, and all answers have come."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")


def as_system(page: Page, theme: Literal["dark", "light"]) -> None:
    """The system turns to a theme; the page hears of it with a frame, and one is asked for here.

    A busy machine draws none by itself.
    """
    page.emulate_media(color_scheme=theme)
    page.screenshot(
        clip={"x": 0, "y": 0, "width": 1, "height": 1}, caret="initial", animations="allow"
    )


def every_way(page: Page, sizes: list[tuple[int, int]]) -> dict[str, list[str]]:
    """What is wrong with the page as it is open, by size and theme."""
    from playwright.sync_api import expect

    wrong: dict[str, list[str]] = {}
    themes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for theme in themes:
            as_system(page, theme)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            page.wait_for_timeout(SETTLED_MS)
            found = [*page.evaluate(CUT_OFF), *page.evaluate(CUT_FIGURES), *findings(page)]
            if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
                found.append("scrolls sideways")
            if found:
                wrong[f"{width}, {theme}"] = found
    return wrong


def findings(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA and best practice."""
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched; make browser fetches it")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
