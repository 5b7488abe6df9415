"""By keyboard alone: what has the focus is in view, and what is covered is out of reach."""

from __future__ import annotations

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
