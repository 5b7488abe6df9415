from __future__ import annotations

from pathlib import Path

import pytest

from marginline import web


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>")
    (static / "built-from.txt").write_text("0")
    (static / "assets" / "index-B1.js").write_text("1")
    (tmp_path / "secret.js").write_text("2")
    monkeypatch.setattr(web, "files", lambda _: tmp_path)
    web._assets.cache_clear()
    monkeypatch.setattr(web, "_assets", web._assets.__wrapped__)
    return static


@pytest.mark.usefixtures("page")
def test_files_are_found_by_their_exact_name() -> None:
    assert web.names() == {"index.html", "assets/index-B1.js"}
    script = web.asset("assets/index-B1.js")
    assert script is not None
    assert script.body == b"1"
    assert script.media_type == "text/javascript; charset=utf-8"
    assert script.lasting


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "name",
    ["../secret.js", "assets/../../secret.js", "/index.html", "", "built-from.txt", "assets"],
)
def test_there_is_no_way_to_any_other_file(name: str) -> None:
    assert web.asset(name) is None


def test_the_entry_is_asked_for_anew_and_its_tag_follows_its_content(page: Path) -> None:
    before = web.asset("index.html")
    (page / "index.html").write_text("<!doctype html>2")
    after = web.asset("index.html")
    assert before is not None
    assert after is not None
    assert not before.lasting
    assert before.etag != after.etag


def test_an_installation_without_a_page_says_why(page: Path) -> None:
    (page / "index.html").unlink()
    (page / "not-built.txt").write_text("npm found nobody\n")
    with pytest.raises(web.PageMissingError, match=r"npm found nobody.*make page"):
        web.asset("index.html")


def test_the_policy_lets_nothing_inline_run_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in web.POLICY
    assert "default-src 'none'" in web.POLICY
    assert "http" not in web.POLICY
