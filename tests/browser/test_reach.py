"""By keyboard alone: what has the focus is in view, and what is covered is out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Opener
from tests.browser.desk import Desk

HIDDEN = """
() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  if (at === document.body || at.closest('header.bar, .tabs')) return null;
  if (!box.height || box.height > 300) return null;
  const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const bar = above?.closest('header.bar, .tabs');
  return bar ? `${at.tagName} ${at.getAttribute('aria-label') ?? at.textContent}` : null;
}
"""
SIDEWAYS = """
() => [...document.querySelectorAll('main .scroll')]
  .filter((el) => el.offsetParent !== null && el.scrollWidth > el.clientWidth + 1)
  .map((el) => `${el.getAttribute('aria-label')}: ${el.scrollWidth} > ${el.clientWidth}`)
"""
INSIDE = """
() => document.activeElement === document.body || !!document.activeElement.closest('dialog')
"""


@pytest.mark.parametrize("place", ["/accounts/near", "/alerts?account=near", "/connections"])
def test_no_bar_covers_what_has_the_focus(desk: Desk, look: Opener, place: str) -> None:
    page = look(desk, 390, 600).open(place)
    page.wait_for_load_state("networkidle")
    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(HIDDEN))
    assert [each for each in hidden if each] == []


def test_a_full_sheet_keeps_the_focus_and_gives_it_back(desk: Desk, look: Opener) -> None:
    page = look(desk, 390, 844).open("/accounts/near")
    figure = page.locator(".five .fig").nth(1)
    figure.focus()
    page.keyboard.press("Enter")
    page.locator("dialog .tree li").first.wait_for()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(INSIDE)
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert figure.evaluate("each => each === document.activeElement")


def test_an_explanation_does_not_outlive_its_place(desk: Desk, look: Opener) -> None:
    page = look(desk).open("/accounts/near")
    page.locator(".five .fig").nth(1).click()
    page.locator("dialog .tree li").first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.locator("h1", has_text="Alerts").wait_for()
    assert page.locator("dialog").count() == 0
    page.go_back()
    page.locator("h1", has_text="near").wait_for()
    assert page.locator("dialog").count() == 0


@pytest.mark.parametrize("width", [768, 390, 320])
def test_where_the_matrix_has_no_place_each_rulebook_has_its_list(
    desk: Desk, look: Opener, width: int
) -> None:
    from playwright.sync_api import expect

    page = look(desk, width, 844).open("/rules")
    books = page.locator(".by-book details")
    expect(books.first).to_have_attribute("open", "")
    assert page.locator(".mx table").count() == 0
    assert page.evaluate(SIDEWAYS) == []
    last = books.last
    assert last.locator("li").count() == 0
    last.locator("summary").click()
    expect(last.locator("li").first).to_be_visible()
    books.first.locator("li button").first.click()
    expect(page.locator("dialog")).to_contain_text("Wallet balance")


@pytest.mark.parametrize("width", [1024, 900, 768, 390, 320])
def test_no_figure_of_a_study_is_beyond_the_edge(
    desk: Desk, look: Opener, width: int, tmp_path: Path
) -> None:
    hours = [f"{1_780_000_000_000 + 3_600_000 * n}" for n in range(24 * 90)]
    rows = [f"{at},{60000 + 700 * ((n * 37) % 11)}" for n, at in enumerate(hours)]
    candles = tmp_path / "BTCUSDT.csv"
    candles.write_text("\n".join(["time,close", *rows]))
    page = look(desk, width, 844).open("/rules")
    page.locator(".study input[type=file]").set_input_files(candles)
    page.get_by_role("button", name="Study it").click()
    page.locator(".study table.early td").first.wait_for()
    assert page.evaluate(SIDEWAYS) == []


def test_the_matrix_of_rules_is_one_stop_and_arrows_go_within(desk: Desk, look: Opener) -> None:
    page = look(desk).open("/rules")
    page.locator(".mx td button").first.wait_for()
    stop = page.locator(".mx td button[tabindex='0']")
    assert stop.count() == 1
    stop.focus()
    first = stop.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    at = page.locator(".mx tbody tr").nth(1).locator("td button").nth(1)
    assert at.evaluate("each => each === document.activeElement")
    assert stop.count() == 1
    assert stop.get_attribute("aria-label") != first
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert stop.get_attribute("aria-label") == first
