"""Where marginline is gone, nothing on any place reads as if it were of now."""

from __future__ import annotations

import re

from tests.browser.conftest import Opener
from tests.browser.desk import Desk


def test_what_is_told_without_marginline_is_told_as_of_then(desk: Desk, look: Opener) -> None:
    account = look(desk).open("/accounts/far")
    streams = look(desk).open("/connections")
    phone = look(desk, 390, 844).open("/")
    account.get_by_text("Nothing to do").wait_for()
    phone.locator("[data-row='far'] dl.three").wait_for()
    desk.close()
    account.get_by_text("Nothing was to do at").wait_for()
    account.locator(".stand .say b").get_by_text("At ").first.wait_for()
    streams.locator(".headline").get_by_text("as last told at").wait_for()
    assert "all live" not in streams.locator(".headline").inner_text()
    phone.locator("[data-row='far'] dl.three .sub", has_text="at ").first.wait_for()


def test_who_needs_you_is_told_as_of_then_and_no_time_breaks_its_row(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    here = look(desk)
    page = here.open("/")
    row = page.locator("tr[data-row='far']")
    before = row.bounding_box()
    desk.close()
    expect(page.locator("p.say b").first).to_contain_text(re.compile(r"^At \d\d:\d\d:\d\d: 1 of 3"))
    expect(row.locator(".c-use .sub")).to_contain_text("at ")
    after = row.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == before["height"]
