"""Where a monitor is asked, by the option or by the settings: of `top` and of `alerts` alike."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("msgspec", reason="the extra `live` is not installed")

from marginline.cli.exits import UsageProblem
from marginline.cli.live.addresses import monitor_address
from marginline.cli.live.config import PageTable
from tests.cli.running import run


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765"),
        ("localhost:8765", "http://localhost:8765"),
        ("https://desk.example/m/", "https://desk.example/m"),
        ("[::1]:8765", "http://[::1]:8765"),
    ],
)
def test_an_address_is_one_with_and_without_http(given: str, found: str) -> None:
    assert monitor_address(given, PageTable()) == found


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (PageTable(), "http://127.0.0.1:8765"),
        (PageTable(host="0.0.0.0", port=81), "http://127.0.0.1:81"),
        (PageTable(host="desk", certificate="c.pem"), "https://desk:8765"),
    ],
)
def test_the_address_of_the_settings_is_one_that_is_answered(page: PageTable, found: str) -> None:
    """`alerts` asked at http://0.0.0.0, and by http where the page is served by https."""
    assert monitor_address(None, page) == found


NONE = ["nonsense://", "http://", "", "http://exa mple", "http://a:b", "ftp://a", "http://[::1"]


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_is_told_as_that(url: str) -> None:
    """ "No monitor answers at nonsense:" sent people to start one."""
    with pytest.raises(UsageProblem, match=r"must be an address such as http://127\.0\.0\.1:8765"):
        monitor_address(url, PageTable())


DOORS = (
    "top",
    "alerts list",
    "health --exchange bybit",
    "keys add a --exchange bybit",
    "keys test a",
)


@pytest.mark.parametrize("door", DOORS)
def test_every_door_says_so(door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("textual", reason="the extra `live` is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    result = run(*door.split(), "--url", "nonsense://")
    assert (result.exit_code, result.stdout) == (64, "")
    assert result.stderr.startswith("marginline: --url nonsense://: must be an address such as")
