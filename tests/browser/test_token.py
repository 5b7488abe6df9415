"""A page beyond its own machine: the token is asked for once, and a wrong one is told."""

from __future__ import annotations

from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

TOKEN = "k" * 40


def test_a_page_without_its_token_waits_and_says_what_is_wrong(look: Opener) -> None:
    """It asked again and again, each time a wrong one, until the right one was refused, too."""
    with Desk([account("one")], token=TOKEN) as running:
        seen = look(running)
        seen.expected = ("403", "401", "handshake")  # the browser names every refused request
        asked: list[str] = []
        seen.page.on("request", lambda each: asked.append(each.url))
        page = seen.page
        page.goto(running.url)
        page.get_by_text("asks for a token").wait_for()
        field = page.get_by_label("Token", exact=True)
        before = len(asked)
        page.wait_for_timeout(4_000)
        assert len(asked) == before
        assert page.get_by_role("alert").count() == 0
        field.fill("x" * 40)
        field.press("Enter")
        page.get_by_text("That is not its token.").wait_for()
        field.fill(TOKEN)
        field.press("Enter")
        page.locator("[data-row='one']").first.wait_for()
