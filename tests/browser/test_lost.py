"""Where marginline is gone, nothing on any place reads as if it were of now."""

from __future__ import annotations

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
