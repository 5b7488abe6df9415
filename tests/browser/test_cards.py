"""What a phone tells of an account, and what is told of one that holds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk


@pytest.fixture(scope="module")
def both() -> Iterator[Desk]:
    """An hedged account near its line, and one without a position."""
    hedged = {"BTCUSDT": ("1", "60000"), "ETHUSDT": ("-20", "3000")}
    made = [account("near", balance="1000", held=hedged), account("idle", held={})]
    with Desk(made) as running:
        yield running


@pytest.mark.parametrize("width", [390, 1440])
def test_an_account_with_nothing_open_is_not_drawn_as_safe(
    both: Desk, look: Opener, width: int
) -> None:
    both.live()
    page = look(both, width, 900).open("/")
    row = page.locator("[data-row='idle']")
    row.get_by_text("No position open").wait_for()
    assert row.locator("svg.pic .hull").count() == 0
    assert page.locator("[data-row='near'] svg.pic").count() > 0
    page.locator("[data-row='idle'] a.name").click()
    page.locator(".scales").get_by_text("No position open").wait_for()
    assert page.locator(".scales svg.pic .hull").count() == 0


def test_a_card_tells_which_price_leads_to_the_line_and_how_fast(both: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    both.live()
    page = look(both, 390, 844).open("/")
    figures = page.locator("[data-row='near'] dl.three > div")
    expect(figures.nth(1).locator(".sub", has_text="USDT")).to_be_visible()
    expect(figures.nth(2).locator(".sub")).to_be_attached()


def test_the_answer_to_what_if_tells_the_nearest_distance(both: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    both.live()
    page = look(both).open("/what-if?account=near&all=0.01")
    expect(page.locator(".verdict .say").get_by_text("moves alone")).to_be_visible()


def test_what_the_venue_agrees_with_fits_the_narrowest_screen(both: Desk, look: Opener) -> None:
    both.live()
    page = look(both, 320, 700).open("/accounts/near")
    counts = {"agrees": 135, "differs": 12, "not computable": 14}
    answer = {"as_of": "2026-11-20T14:00:00Z", "counts": counts, "lines": []}
    page.route("**/reconcile", lambda route: route.fulfill(json=answer))
    page.reload()
    page.get_by_text("135 of 161 fields agree with the venue, 14 not computable").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize("width", [768, 1024, 1440])
def test_between_phone_and_desk_no_figure_of_a_position_is_left_out(
    both: Desk, look: Opener, width: int
) -> None:
    from playwright.sync_api import expect

    both.live()
    page = look(both, width, 900).open("/accounts/near")
    line = page.locator(".pos tbody tr").first
    for figure in ("Mark", "Notional", "P&L", "Of requirement", "Tier", "Liquidation", "~ADL"):
        expect(line.locator(f'td[data-l="{figure}"]')).to_be_visible()
