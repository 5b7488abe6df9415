"""What is printed: a sheet is laid out once, and holds all that the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.accounts import crowd
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEEN = """
() => addEventListener('beforeprint', () => queueMicrotask(() => {
  const size = (each) => [each.style.width, each.style.height].map(parseFloat);
  globalThis.onSheet = {
    cards: document.querySelectorAll('.card').length,
    rows: document.querySelectorAll('.accounts tr').length,
    matrix: document.querySelectorAll('.mx table').length,
    canvases: [...document.querySelectorAll('.line-picture canvas')].map(size),
  };
}))
"""


def printed(page: Page, file: Path) -> tuple[int, dict[str, object]]:
    """The sheets of A4, and what stood on the page as they were laid out."""
    page.evaluate(SEEN)
    page.pdf(path=file, format="A4")
    sheets = len(re.findall(rb"/Type\s*/Page\b", file.read_bytes()))
    found: dict[str, object] = page.evaluate("globalThis.onSheet")
    return sheets, found


def test_every_account_is_on_paper(look: Opener, tmp_path: Path) -> None:
    """Four of twelve were: the cards of a narrow sheet came when its pages had been counted."""
    with Desk(crowd(12)) as running:
        page = look(running, theme="light").open("/")
        page.locator(".accounts tr[data-row]").nth(11).wait_for()
        sheets, found = printed(page, tmp_path / "overview.pdf")
        assert (found["cards"], found["rows"]) == (12, 0)
        assert sheets >= 2
        page.locator(".accounts tr[data-row]").nth(11).wait_for()  # the screen is as it was


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_picture_of_an_account_is_drawn_for_its_sheet(
    desk: Desk, look: Opener, theme: str, tmp_path: Path
) -> None:
    """It was drawn for the screen and cut at its edges, the axis of time with them."""
    page = look(desk, theme=theme).open("/accounts/far")
    page.locator(".line-picture canvas").first.wait_for()
    _, found = printed(page, tmp_path / "account.pdf")
    canvases = found["canvases"]
    assert isinstance(canvases, list)
    assert canvases
    assert all(width <= 600 and height <= 280 for width, height in canvases)


def test_what_was_asked_and_which_bands_hold_are_on_paper(desk: Desk, look: Opener) -> None:
    page = look(desk).open("/what-if?account=near&pay=500")
    page.emulate_media(media="print")
    assert page.locator("input[name=pay], .ctl .field input").last.is_visible()
    page.emulate_media(media="screen")
    page.goto(desk.url + "/alerts?account=near")
    page.locator(".field input").first.wait_for()
    page.emulate_media(media="print")
    assert page.locator(".opts .field input").first.is_visible()


def test_the_rules_begin_on_the_first_sheet_as_lists(
    desk: Desk, look: Opener, tmp_path: Path
) -> None:
    page = look(desk).open("/rules")
    page.locator(".mx table").wait_for()
    _, found = printed(page, tmp_path / "rules.pdf")
    assert found["matrix"] == 0
    page.emulate_media(media="print")
    assert page.locator(".study-form").is_hidden()
    assert page.locator(".words").evaluate("(e) => getComputedStyle(e).breakInside") == "auto"
