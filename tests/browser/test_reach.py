"""By keyboard alone: what has the focus is in view, and what is covered is out of reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def test_who_acknowledges_by_keyboard_stays_at_the_alert_and_at_the_row(
    desk: Desk, look: Opener
) -> None:
    """The button goes with what it did; the focus does not go to the top of the page."""
    from playwright.sync_api import expect

    page = look(desk).open("/")
    row = page.locator("tbody", has=page.locator("tr[data-row='near']"))
    row.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(row.locator("a.name")).to_be_focused()


def test_an_alert_that_moves_to_the_acknowledged_takes_the_focus_along(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/alerts")
    alert = page.locator(".alert[data-account='near'][data-state='firing']").first
    key = alert.get_attribute("data-row")
    alert.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    same = page.locator(f".alert[data-row='{key}']")
    expect(same).to_have_attribute("data-state", "acknowledged")
    expect(same.locator("a.name")).to_be_focused()


def test_bands_that_are_typed_stay_those_of_their_account_when_another_alert_comes(
    desk: Desk, look: Opener
) -> None:
    """Of two firing the newest stands first; what was typed for the other is not its own."""
    from playwright.sync_api import expect

    page = look(desk).open("/alerts")
    of = page.get_by_label("Bands", exact=True).get_by_label("Account")
    expect(of).to_have_value("near")
    warn = page.get_by_label("Warn in %")
    warn.fill("66")
    desk.put(desk.mark("BTCUSDT", "40500"))
    expect(page.locator(".alert[data-account='middle'][data-state='firing']")).to_be_visible()
    expect(of).to_have_value("near")
    expect(warn).to_have_value("66")
    expect(warn).to_be_focused()


def test_a_list_that_was_opened_is_closed_again_and_keeps_the_focus(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    stream: dict[str, Any] = {
        "venue": "binance_usdm",
        "account": None,
        "state": "live",
        "age": "1",
        "limit": "9",
    }
    stream |= {"reason": "", "retries": 0, "since": "2026-11-20T14:00:00Z", "gaps": 0}

    def answer(route: Any) -> None:
        found = route.fetch().json()
        found["streams"] = [stream | {"name": f"stream {n}"} for n in range(20)]
        route.fulfill(json=found)

    page = look(desk).open("/rules")
    page.route("**/api/v1/connections", answer)
    page.goto(desk.url + "/connections")
    button = page.get_by_label("Streams", exact=True).get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Fewer")
    expect(button).to_be_focused()
