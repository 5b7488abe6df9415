"""Keys on Connections: added by the form, refused with the way to a better one, never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marginline.feeds.opening import Feeds
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.connecting.roster import Roster
from marginline.sandbox import Sandbox
from marginline.sandbox.wire.keys import Credentials
from marginline.store.secrets.sealed import SealedKeys
from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk
from tests.browser.test_places import findings
from tests.sandbox.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def venue() -> Iterator[Sandbox]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def desk(tmp_path: Path, venue: Sandbox) -> Iterator[Desk]:
    kept = SealedKeys(tmp_path / "keys.sealed", lambda _: "a passphrase of tests")
    keys = KeyDesk(lambda: kept, venue.rest_url)
    running = Desk([account("one")], key_desk=keys)
    keys.watching = Roster(running.monitor, Feeds(running.monitor.queue))
    with running:
        yield running


def fill(page: Page, key: Credentials, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Key", exact=True).fill(key.key)
    page.get_by_label("Secret", exact=True).fill(key.secret)


def test_a_key_is_added_tested_and_removed_and_one_that_trades_is_refused(
    desk: Desk, venue: Sandbox, look: Opener
) -> None:
    from playwright.sync_api import expect

    looked = look(desk)
    looked.expected = ("status of 422",)  # the refusal, which is what is asked for
    page = looked.open("/connections")
    reads, trades = (venue.key("gambler", trading=each) for each in (False, True))
    page.get_by_role("button", name="Add a key").click()
    fill(page, trades, "main")
    page.get_by_role("button", name="Check and keep it").click()
    refusal = page.locator(".form [role=alert]")
    expect(refusal).to_contain_text("may trade")
    expect(refusal).to_contain_text("allow-list")
    assert findings(page) == []
    fill(page, reads, "main")
    page.get_by_role("button", name="Check and keep it").click()
    row = page.locator('[data-key="main"]')
    expect(row).to_contain_text("read only")
    expect(row).to_contain_text(f"…{reads.key[-4:]}")
    expect(row.get_by_role("cell").nth(5)).to_have_text("main")
    assert findings(page) == []
    for canary in (reads.secret, trades.secret, reads.key):
        assert canary not in page.content()
    page.get_by_role("button", name="Test key main").click()
    expect(row).to_contain_text("read only")
    page.get_by_role("button", name="Remove key main").click()
    expect(row).to_contain_text("main will be watched no longer.")
    page.get_by_role("button", name="Forget key main").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Add a key").click()
    fill(page, reads, "later")
    page.get_by_label("Watch its account at once").uncheck()
    page.get_by_role("button", name="Check and keep it").click()
    page.get_by_role("button", name="Watch the account of key later now").click()
    expect(page.locator('[data-key="later"]').get_by_role("cell").nth(5)).to_have_text("later")
    assert findings(page) == []
    page.goto(f"{desk.url.rstrip('/')}/")
    expect(page.get_by_role("main")).to_contain_text("later")
    expect(page.get_by_role("main")).to_contain_text("main")
