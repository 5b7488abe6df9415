"""Why an account moved, and who drains whom, on its place: parts that sum, in both widths."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from marginline.monitor.settings import MonitorSettings
from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PATIENT = MonitorSettings(hold_ms=1_000, marks_ms=600_000, account_ms=600_000)
"""What a slow machine takes to look is no age of data."""
HELD = {"BTCUSDT": ("1", "60000"), "ETHUSDT": ("-10", "3000")}


def figures(cells: Locator) -> list[float]:
    texts = [each.inner_text() for each in cells.all()]
    return [float(text.replace(",", "").replace("\u2212", "-")) for text in texts]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_waterfall_sums_and_the_positions_have_their_parts(look: Opener, width: int) -> None:
    with Desk([account("one", held=HELD)], settings=PATIENT) as desk:
        desk.jump(10)
        desk.live()
        desk.put(desk.mark("BTCUSDT", "59000"), desk.mark("ETHUSDT", "3010"))
        end = time.monotonic() + 60
        while not desk.monitor.causes("one", 600_000).parts[:-1]:
            assert time.monotonic() < end
            time.sleep(0.1)
        page = look(desk, width, 900).open("/accounts/one")
        falls = page.locator(".causes .wf tbody tr")
        falls.nth(3).wait_for()
        names = [
            each.inner_text() for each in page.locator(".causes .wf tbody td:first-child").all()
        ]
        assert names == ["Before", "BTCUSDT long", "ETHUSDT short", "Unexplained", "Now"]
        before, *parts, after = figures(page.locator(".causes .wf tbody td.num"))
        assert (parts, before + sum(parts)) == ([-1000, -100, 0], after)
        page.get_by_role("heading", name=re.compile("Why it fell by 1,100.00 USDT")).wait_for()
        requirement = page.locator(".causes .requirement").inner_text()
        assert requirement.startswith("Requirement fell")
        drains = page.locator(".contagion")
        drains.get_by_role("cell", name="BTCUSDT", exact=True).wait_for()
        assert "all 2 fall" in drains.inner_text()
        days = page.locator(".days tbody tr")
        days.first.wait_for()
        tall = "rows => rows.every(r => [...r.querySelectorAll('rect')].every(b =>"
        assert days.evaluate_all(f"{tall} b.getBoundingClientRect().height < r.offsetHeight))")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_odds_are_withheld_with_the_word_why(look: Opener) -> None:
    with Desk([account("one", held=HELD)]) as desk:
        page = look(desk).open("/accounts/one")
        page.get_by_text("need 7 days of hourly marks;").first.wait_for()
        assert page.get_by_text("Touches the line in").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_a_declared_hedge_is_told_apart_and_remembered(look: Opener, width: int) -> None:
    with Desk([account("one", held=HELD)], settings=PATIENT) as desk:
        desk.jump(10)
        desk.live()
        desk.put(desk.mark("BTCUSDT", "59000"), desk.mark("ETHUSDT", "2960"))
        page = look(desk, width, 900).open("/accounts/one")
        groups = page.locator(".causes .groups")
        groups.locator("summary").click()
        groups.get_by_role("group", name="BTCUSDT").get_by_label("covered").check()
        groups.get_by_role("group", name="ETHUSDT").get_by_label("hedge").check()
        groups.get_by_label("Ratio").fill("0.3")
        groups.get_by_role("button", name="Tell this hedge apart").click()
        table = page.locator(".causes .wf tbody")
        table.get_by_text("hedge residual").wait_for()
        names = [each.inner_text() for each in table.locator("td:first-child").all()]
        told = dict(zip(names, figures(table.locator("td.num")), strict=True))
        assert (told["Hedge"], told["Hedge residual"], told["Unexplained"]) == (300, 100, 0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.reload()
        table.get_by_text("hedge residual").wait_for()
        groups.locator("summary").click()
        assert "BTCUSDT, hedged by ETHUSDT at 0.3" in groups.inner_text()
        groups.get_by_role("button", name="Remove BTCUSDT, hedged by ETHUSDT at 0.3").click()
        table.get_by_text("ETHUSDT short").wait_for()
        assert table.get_by_text("hedge residual").count() == 0
