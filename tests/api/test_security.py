"""Who may ask and how much: Host, Origin, token, bodies, paths; and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marginline.api.settings import ApiSettings, asked_by
from marginline.errors import InputError
from marginline.web import POLICY
from tests.api.served import Served, account

TOKEN = "t" * 40


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    """An app that needs a token."""
    found = Served([account("one")], ApiSettings(token=TOKEN))
    yield found
    found.close()


HOSTS = ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "", "[::2]:8765", "0.0.0.0"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/api/v1/accounts", "/metrics", "/api/v1/openapi.json"])
def test_another_host_is_refused_everywhere(served: Served, host: str, path: str) -> None:
    answer = served.get(path, headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["field"] == "Host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_our_own_names_are_let_in(served: Served, host: str) -> None:
    assert served.get("/api/v1/health", headers={"host": host}).status_code == 200


ORIGINS = ["https://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:8765"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_origin_is_refused(served: Served, origin: str, method: str) -> None:
    answer = served.ask(method, "/api/v1/bands", headers={"origin": origin}, content=b"{}")
    assert answer.status_code == 403
    assert answer.json()["field"] == "Origin"


def test_our_own_origin_is_let_in(served: Served) -> None:
    headers = {"origin": "http://127.0.0.1:8765", "host": "127.0.0.1:8765"}
    assert served.get("/api/v1/bands", headers=headers).status_code == 200


def test_another_sites_request_without_an_origin_is_refused(served: Served) -> None:
    """An image or a script tag sends no Origin, but browsers say where it comes from."""
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert served.get("/api/v1/accounts", headers=headers).status_code == 403


def test_a_link_from_elsewhere_may_open_the_page(served: Served) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert served.get("/", headers=headers).status_code in (200, 503)


PRIVATE = ["/api/v1/accounts", "/api/v1/health", "/metrics", "/accounts/one.json", "/alerts.json"]


@pytest.mark.parametrize("path", PRIVATE)
def test_without_the_token_nothing_of_anybody_is_told(guarded: Served, path: str) -> None:
    answer = guarded.get(path)
    assert answer.status_code in (401, 429)
    assert "one" not in answer.json()["detail"]


def test_a_places_json_needs_the_token_too() -> None:
    found = Served([account("one")], ApiSettings(token=TOKEN))
    for path in ("/", "/accounts/one", "/connections"):
        answer = found.get(path, headers={"accept": "application/json"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    found.close()


def test_the_token_lets_in_and_guessing_is_slowed() -> None:
    found = Served([account("one")], ApiSettings(token=TOKEN))
    right = {"authorization": f"Bearer {TOKEN}"}
    assert found.get("/api/v1/accounts", headers=right).status_code == 200
    wrong = {"authorization": "Bearer " + "x" * 40}
    codes = [found.get("/api/v1/accounts", headers=wrong).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    found.close()


def test_who_brings_no_token_guesses_nothing() -> None:
    """A page that was opened without one shut itself out before it could be typed."""
    found = Served([account("one")], ApiSettings(token=TOKEN))
    codes = {found.get("/api/v1/accounts").status_code for _ in range(15)}
    assert codes == {401}
    right = {"authorization": f"Bearer {TOKEN}"}
    assert found.get("/api/v1/accounts", headers=right).status_code == 200
    found.close()


def test_who_guesses_shuts_out_nobody_but_himself() -> None:
    """Ten wrong tokens a minute from anywhere kept the owner out of his own page."""
    found = Served([account("one")], ApiSettings(token=TOKEN))
    right, wrong = ({"authorization": f"Bearer {t}"} for t in (TOKEN, "x" * 40))
    found.peer = "192.0.2.7"
    codes = {found.get("/api/v1/accounts", headers=wrong).status_code for _ in range(12)}
    assert codes == {401, 429}
    refused = found.get("/api/v1/accounts", headers=right)
    assert (refused.status_code, refused.json()["remedy"]) == (429, "wait a minute")
    found.peer = "127.0.0.1"
    assert found.get("/api/v1/accounts", headers=right).status_code == 200
    found.close()


UNSAFE: list[tuple[dict[str, object], str]] = [
    ({"host": "0.0.0.0"}, "host"),
    ({"host": "192.168.1.5", "token": TOKEN}, "host"),
    ({"host": "192.168.1.5", "insecure": True}, "host"),
    ({"token": "short"}, "token"),
    ({"port": 70000}, "port"),
]


@pytest.mark.parametrize(("given", "field"), UNSAFE)
def test_an_unsafe_bind_is_refused(given: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        ApiSettings(**given)  # type: ignore[arg-type]
    assert caught.value.problems[0].path == field
    assert caught.value.problems[0].remedy


def test_a_bind_elsewhere_with_token_and_word_is_allowed() -> None:
    settings = ApiSettings(host="192.168.1.5", token=TOKEN, insecure=True)
    assert settings.allows("192.168.1.5:8765")
    assert not settings.allows("192.168.1.6:8765")


@pytest.mark.parametrize(
    ("host", "asked"),
    [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("fe80::1", "[fe80::1]"), ("desk", "desk")],
)
def test_the_address_that_is_told_is_one_that_is_answered(host: str, asked: str) -> None:
    """A bind to every address was told as http://0.0.0.0, which is no name of ours: 403."""
    settings = ApiSettings(host=host, token=TOKEN, insecure=True)
    assert asked_by(host) == asked
    assert settings.allows(f"{asked}:8765")
    assert not settings.allows("evil.example:8765")


def test_a_body_beyond_the_limit_is_refused(served: Served) -> None:
    content = b'{"changes": [' + b" " * 1_100_000 + b"]}"
    answer = served.post("/api/v1/accounts/strained/what-if", content=content)
    assert answer.status_code == 413


def test_a_body_that_lies_about_its_length_is_cut_off(served: Served) -> None:
    async def endless() -> object:
        for _ in range(40):
            yield b" " * 65_536

    answer = served.post("/api/v1/accounts/strained/what-if", content=endless())
    assert answer.status_code == 413


def test_a_body_nested_too_deep_is_refused(served: Served) -> None:
    answer = served.post("/api/v1/accounts/strained/what-if", content=b"[" * 5000)
    assert answer.status_code == 422
    assert "deep" in answer.json()["detail"]


BODIES = [b"", b"{", b"\xff\xfe", b"null", b'{"changes": 1}', b"[" * 31, b'"' + b"\\" * 99]


@pytest.mark.parametrize("content", BODIES)
def test_a_body_that_is_no_question_is_a_problem(served: Served, content: bytes) -> None:
    answer = served.post("/api/v1/accounts/strained/what-if", content=content)
    assert answer.status_code == 422


def test_every_answer_carries_the_policy(served: Served) -> None:
    for path in ("/", "/api/v1/accounts", "/nothing", "/api/v1/accounts/nobody", "/metrics"):
        headers = served.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert served.get("/api/v1/accounts").headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY


def test_a_wrong_method_says_which_are_right(served: Served) -> None:
    answer = served.ask("DELETE", "/api/v1/accounts")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"
