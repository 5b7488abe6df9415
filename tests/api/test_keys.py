"""Keys on the page: probed before they are kept; what goes in never comes out again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from marginline.api.settings import ApiSettings
from marginline.feeds.opening import Feeds
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.connecting.roster import Roster
from marginline.sandbox import Sandbox
from marginline.sandbox.wire.keys import Credentials
from marginline.store.secrets.records import KeyRecord
from marginline.store.secrets.sealed import SealedKeys
from tests.api.served import Served, account
from tests.api.test_security import TOKEN
from tests.sandbox.serving import served as sandbox_served

PASS = "a passphrase of tests"


@pytest.fixture(scope="module")
def venue() -> Iterator[Sandbox]:
    with sandbox_served() as sandbox:
        yield sandbox


class Page:
    """An app with a place for keys, and everything that it ever said."""

    def __init__(self, folder: Path, venue: Sandbox, **more: Any) -> None:
        self.kept = SealedKeys(folder / "keys.sealed", lambda _: PASS)
        self.desk = KeyDesk(lambda: self.kept, venue.rest_url)
        self.served = Served([account("one")], key_desk=self.desk, **more)
        self.venue = venue
        self.said = ""

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        found = self.served.ask(method, f"/api/v1/{path}", **more)
        self.said += f"{found.headers} {found.text}"
        return found

    def add(self, of: Credentials, **more: object) -> httpx.Response:
        body = {"name": "main", "venue": of.venue, "key": of.key, "secret": of.secret, **more}
        return self.ask("POST", "keys", json=body)


@pytest.fixture
def page(tmp_path: Path, venue: Sandbox) -> Iterator[Page]:
    found = Page(tmp_path, venue)
    yield found
    found.served.close()


def test_a_key_is_added_listed_tested_and_removed_and_its_secret_comes_out_nowhere(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = page.venue.key("gambler")
    assert page.ask("GET", "keys").json()["keys"] == []
    row = page.add(key).json()
    assert (row["ends_in"], row["trading"], row["withdrawal"]) == (f"…{key.key[-4:]}", [], [])
    assert page.add(key).status_code == 422, "a name is not taken twice"
    assert page.add(key, replace=True).status_code == 200
    listed = page.ask("GET", "keys").json()
    assert [each["name"] for each in listed["keys"]] == ["main"]
    assert {"venue": "okx", "title": "OKX", "passphrase": True} in listed["venues"]
    tested = page.ask("POST", "keys/main/test").json()
    assert (tested["accepted"], tested["may"], tested["beyond"]) == (True, "read only", [])
    kept = page.kept.get("main")
    assert kept is not None
    assert (kept.secret, kept.url) == (key.secret, page.venue.rest_url)
    wrong = page.add(key, name="x", secret=f"{key.secret}x")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "key")
    for body in ({"secret": key.secret}, f'{{"secret": "{key.secret}"', {"key": key.key, "a": 1}):
        more = {"content": body} if isinstance(body, str) else {"json": body}
        assert page.ask("POST", "keys", **more).status_code == 422
    for path in ("connections", "snapshot", "openapi.json", "accounts"):
        page.ask("GET", path)
    assert page.ask("DELETE", "keys/main").json()["keys"] == []
    assert page.ask("DELETE", "keys/main").status_code == 404
    assert page.ask("POST", "keys/main/test").status_code == 404
    for canary in (key.secret, key.key, PASS):
        assert canary not in page.said
        assert canary not in caplog.text


def test_a_key_that_may_trade_is_refused_with_the_remedy_unless_accepted(page: Page) -> None:
    key = page.venue.key("gambler", trading=True)
    refused = page.add(key)
    said = refused.json()
    assert (refused.status_code, said["field"]) == (422, "rights")
    assert "trade" in said["detail"]
    assert "allow-list" in said["remedy"]
    assert page.add(key, accept_withdrawal=True).status_code == 422
    assert page.kept.get("main") is None
    row = page.add(key, accept_trading=True).json()
    assert row["trading"], "what it may do stays in sight"
    assert key.secret not in page.said


def test_rights_that_a_key_was_given_later_are_told_and_not_accepted(page: Page) -> None:
    key = page.venue.key("gambler", trading=True)
    page.kept.put(
        KeyRecord(name="main", venue=key.venue, key=key.key, secret=key.secret,
                  url=page.venue.rest_url)
    )  # fmt: skip
    tested = page.ask("POST", "keys/main/test").json()
    assert not tested["accepted"]
    assert "trade" in tested["may"]
    assert tested["beyond"]
    kept = page.kept.get("main")
    assert kept is not None
    assert kept.trading == (), "what was accepted stays what it was"


@pytest.mark.parametrize(("body", "field"), [
    ({"venue": "okx"}, "passphrase"),
    ({"venue": "nowhere"}, "exchange"),
    ({"key": " "}, "key"),
    ({"name": "-x"}, "key.name"),
    ({"name": "a\nb"}, "key.name"),
])  # fmt: skip
def test_what_is_wrong_is_named_before_anything_is_asked(
    page: Page, body: dict[str, object], field: str
) -> None:
    found = page.add(page.venue.key("gambler"), **body)
    assert (found.status_code, found.json()["field"]) == (422, field), found.text


def test_a_venue_that_does_not_answer_keeps_nothing(page: Page) -> None:
    fault = {"kind": "status", "path": "/fapi/v1/time", "status": 418, "code": -1003}
    row = page.venue.faults.add({**fault, "retry_after": 90, "message": "banned"})
    try:
        found = page.add(page.venue.key("gambler"))
    finally:
        page.venue.faults.remove(row)
    assert (found.status_code, found.headers["retry-after"]) == (503, "90")
    assert page.kept.get("main") is None


def test_keys_need_the_token_and_our_own_origin(tmp_path: Path, venue: Sandbox) -> None:
    page = Page(tmp_path, venue, settings=ApiSettings(token=TOKEN))
    try:
        evil = {"origin": "https://evil.example", "authorization": f"Bearer {TOKEN}"}
        for method, path in (("GET", "keys"), ("POST", "keys"), ("POST", "keys/main/test"),
                             ("DELETE", "keys/main")):  # fmt: skip
            assert page.ask(method, path).status_code == 401
            assert page.ask(method, path, headers=evil).status_code == 403
    finally:
        page.served.close()


def test_a_run_without_a_place_for_keys_says_so_and_takes_none(served: Served) -> None:
    listed = served.get("/api/v1/keys").json()
    assert listed["place"] is None
    assert "keeps no keys" in listed["reason"]
    body = {"name": "x", "venue": "okx", "key": "k", "secret": "s"}
    assert served.post("/api/v1/keys", json=body).status_code == 422


def test_a_file_whose_passphrase_nobody_gave_is_told(tmp_path: Path, venue: Sandbox) -> None:
    from marginline.cli.live.asking import _nobody

    page = Page(tmp_path, venue)
    try:
        page.add(page.venue.key("gambler"))
        page.kept = SealedKeys(tmp_path / "keys.sealed", _nobody)
        listed = page.ask("GET", "keys").json()
    finally:
        page.served.close()
    assert listed["place"] is None
    assert "MARGINLINE_PASSPHRASE" in listed["reason"]


def test_a_key_is_watched_where_that_is_asked_and_left_where_it_is_removed(page: Page) -> None:
    key, monitor = page.venue.key("gambler"), page.served.monitor
    assert not page.ask("GET", "keys").json()["watches"]
    refused = page.add(key, watch=True)
    assert (refused.status_code, refused.json()["field"]) == (422, "watch")
    assert page.kept.get("main") is None, "it is refused before the key is kept"
    page.desk.watching = Roster(monitor, Feeds(monitor.queue))
    assert page.add(key, name="one", watch=True).json()["field"] == "key.name"
    assert page.add(key).json()["accounts"] == []
    assert page.ask("POST", "keys/nobody/watch").status_code == 404
    for _ in range(2):
        assert page.ask("POST", "keys/main/watch").json()["accounts"] == ["main"]
    assert monitor.state.accounts["main"].watching.venue == key.venue
    assert page.add(key, replace=True).json()["accounts"] == ["main"], "with the new key"
    assert page.add(key, name="two", watch=True).json()["accounts"] == ["two"]
    listed = page.ask("GET", "keys").json()
    assert listed["watches"]
    assert [each["accounts"] for each in listed["keys"]] == [["main"], ["two"]]
    page.ask("DELETE", "keys/main")
    page.served.step()
    row = page.ask("GET", "accounts/main").json()
    assert row["status"] == "unknown"
    assert "its key was removed" in str(row)
    assert key.secret not in page.said
