"""The page's files by their exact names, its places as JSON, and nothing else of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from marginline.api.app import create_app
from marginline.api.page import Files
from tests.api.served import Served, account

INDEX = b"<!doctype html><title>marginline</title>" + b" " * 2000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app with a page of three files, a secret beside its folder."""
    root: Path = tmp_path_factory.mktemp("built")
    static = root / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_bytes(INDEX)
    (static / "assets" / "app-1a2b.js").write_text("let a = 1;\n" * 200)
    (static / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (root / "secret.txt").write_text("secret")
    found = Served([account("one"), account("a.json")])
    found.app = create_app(found.monitor, files=Files(static))
    yield found
    found.close()


PLACES = ["/", "/accounts/one", "/what-if?account=one", "/alerts", "/rules", "/connections"]
HTML = {"accept": "text/html,application/xhtml+xml"}
JSON = {"accept": "application/json"}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_the_one_document(page: Served, place: str) -> None:
    answer = page.get(place, headers=HTML)
    assert (answer.status_code, answer.content) == (200, INDEX)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_json_at_its_own_address(page: Served, place: str) -> None:
    answer = page.get(place, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()


SUFFIXED = ["/overview.json", "/accounts/one.json", "/alerts.json", "/rules.json", "/what-if.json"]


@pytest.mark.parametrize("place", SUFFIXED)
def test_every_place_is_json_by_its_suffix(page: Served, place: str) -> None:
    assert page.get(place, headers=HTML).json()


def test_an_account_whose_name_ends_in_json_is_itself(page: Served) -> None:
    assert page.get("/accounts/a.json", headers=HTML).content == INDEX
    assert page.get("/accounts/a.json", headers=JSON).json()["name"] == "a.json"


def test_assets_last_and_are_compressed(page: Served) -> None:
    answer = page.get("/assets/app-1a2b.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("let a = 1;")
    plain = page.get("/assets/app-1a2b.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


STEPS = ["..", "%2e%2e", "%2e.", "..%00", "....", "%252e%252e", "..;", "\\..", "%5c.."]
ELSEWHERE = [
    *(f"/{step}/secret.txt" for step in STEPS),
    *(f"/assets/{step}/{step}/secret.txt" for step in STEPS),
    *(f"/{step}%2fsecret.txt" for step in STEPS),
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/assets",
    "/assets/",
    "/index.html/",
    "/INDEX.HTML",
    "/assets/app-1a2b.js%00.html",
    "/file:///etc/passwd",
    "/accounts/../../secret.txt",
    "/C:/windows/win.ini",
    f"/{quote('․․')}/secret.txt",
    "/" + "a/" * 500,
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nothing_outside_the_page_is_read(page: Served, path: str) -> None:
    answer = page.get(path, headers=HTML)
    assert answer.status_code in (200, 400, 404)
    assert b"secret" not in answer.content.replace(b"secret.txt", b"")
    if answer.status_code == 200:
        assert answer.content == INDEX


def test_a_range_is_not_an_invitation(page: Served) -> None:
    """A crafted Range must not cost more than the file; it is ignored."""
    ranges = "bytes=" + ",".join(f"{n}-" for n in range(2000))
    answer = page.get("/assets/app-1a2b.js", headers={"range": ranges})
    assert answer.status_code == 200


def test_a_page_that_is_not_built_says_so() -> None:
    found = Served([account("one")])
    found.app = create_app(found.monitor, files=Files(Path(__file__).parent / "nowhere"))
    answer = found.get("/", headers=HTML)
    assert answer.status_code == 503
    assert "not built" in answer.text
    assert found.get("/api/v1/accounts").status_code == 200
    found.close()
