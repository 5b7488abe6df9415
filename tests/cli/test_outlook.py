"""`health --outlook`, and prices of the past from a history or a venue: what the page says, too."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `live` is not installed")

import ccxt

import marginline as ml
from marginline.core.account.moments import milliseconds
from marginline.store.opening import open_store
from marginline.store.rows import AssessmentRow, MarkRow, Row
from tests.cli.running import run, sample, write
from tests.cli.test_json import misfits

EXAMPLE = Path(__file__).parents[2] / "docs/examples/comfortable.json"
HOUR = 3_600_000


def rows(hours: int) -> list[Row]:
    """A history of the example: hourly marks, its buffer each hour, its document an hour ago."""
    account = ml.load(EXAMPLE)
    end = milliseconds(account.as_of)
    found: list[Row] = []
    for n in range(hours, 0, -1):
        at = end - n * HOUR
        mark = Decimal(repr(round(60_000 * (1 + 0.01 * math.sin(n * 1.7)), 1)))
        found.append(
            MarkRow(venue=account.venue, symbol="BTCUSDT", hour=at // HOUR, at=at, mark=mark)
        )
        found.append(kept(at, Decimal(25_900 + n), None))
    document = json.loads(EXAMPLE.read_text())
    document["market"]["mark"]["BTCUSDT"] = "60100"
    found.append(kept(end - HOUR + 1, Decimal(25_800), json.dumps(document).encode()))
    return found


def kept(at: int, buffer: Decimal, document: bytes | None) -> AssessmentRow:
    return AssessmentRow(
        account="comfortable", run="r", sequence=at // 1000 + (document is not None), at=at,
        cause="account", status="healthy", judged_by="rules", pool="USDT", asset="USDT",
        buffer=buffer, document=document,
    )  # fmt: skip


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    found = {}
    for hours in (24, 24 * 9):
        found[hours] = f"sqlite:///{tmp_path_factory.mktemp('kept') / 'history.db'}"
        with open_store(found[hours]) as store:
            store.write(rows(hours)).result(20)
    return found


def test_with_a_history_health_says_speed_odds_and_what_it_is_made_of(urls: dict[int, str]) -> None:
    url = urls[216]
    result = run("health", EXAMPLE, "--outlook", "--history", url, columns=200)
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert "buffer -49" in text, "half a coin, 100 dollars lower than an hour ago"
    assert "an hour, over 60 min (usually -1.0" in text
    assert "at that speed it is gone in" in text
    assert "a normal day moves it by" in text
    assert "recorded hourly marks, 9 days" in text
    assert "touches the line within 1 h < 0.1 %" in text
    assert "a move of 1, 2, 3 sigma reaches it in" in text
    assert "made of own money 96.2 %, unrealized profit 3.8 %" in text


def test_the_document_holds_the_page_s_own_parts(urls: dict[int, str]) -> None:
    words = ("health", EXAMPLE, "--outlook", "--history", urls[216], "--json")
    document = json.loads(run(*words).output)
    assert misfits(document, "outlook") == []
    assert document["assessment"]["status"] == "healthy"
    assert document["speed"]["per_hour"].startswith("-49")
    assert document["sigma"]["days"] == "9"
    assert document["reasons"] == []


def test_below_seven_days_odds_are_withheld_and_the_speed_is_told(urls: dict[int, str]) -> None:
    result = run("health", EXAMPLE, "--outlook", "--history", urls[24], columns=200)
    assert "need 7 days of hourly marks; 23 hours are recorded" in result.output
    assert "touches the line" not in result.output
    assert "an hour, over 60 min" in result.output


def test_without_a_history_it_says_why_and_what_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("MARGINLINE_HISTORY", raising=False)
    path = write(tmp_path, sample("strained"))
    result = run("health", path, "--outlook", columns=200)
    text = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "no speed and no odds are told" in text
    assert "there is no history" in text
    assert "Back to 60.0 %: pay in" in text
    assert ", or close " in text
    document = json.loads(run("health", path, "--outlook", "--json").output)
    assert misfits(document, "outlook") == []
    assert (document["speed"], document["odds"]) == (None, None)
    assert document["plan"]["pay_in"]["asset"] == "USDT"


def test_who_owes_with_nothing_open_is_told_what_pays_it(tmp_path: Path) -> None:
    owing = sample("strained") | {"positions": [], "orders": []}
    owing["wallets"] = [wallet | {"balance": "-665.02"} for wallet in owing["wallets"]]
    result = run("health", write(tmp_path, owing), "--outlook", columns=200)
    text = " ".join(result.output.split())
    assert "To owe nothing: pay in 665.02 USDT" in text
    assert "Back to" not in text


def test_headroom_reads_the_recorded_marks(urls: dict[int, str]) -> None:
    words = ("headroom", EXAMPLE, "--paths", "50", "--candles")
    result = run(*words, f"history:{urls[216]}")
    assert result.exit_code == 0, result.output
    assert "50 paths from 9.0 days of prices" in result.output
    assert run(*words, f"history:{urls[24]}").exit_code == 4, "a day alone tells no chance"


def test_of_two_venues_the_account_s_own_marks_are_taken_and_a_study_asks_which(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with open_store(url) as store:
        store.write(rows(216)).result(20)
        end = milliseconds(ml.load(EXAMPLE).as_of) // HOUR
        other = [
            MarkRow(venue="bybit_unified", symbol="BTCUSDT", hour=n, at=n * HOUR, mark=Decimal(1))
            for n in range(end - 3, end)
        ]
        store.write(other).result(20)
    result = run("headroom", EXAMPLE, "--paths", "50", "--candles", f"history:{url}")
    assert "50 paths from 9.0 days of prices" in result.output
    refused = run("study", f"history:{url}", "--symbol", "BTCUSDT")
    assert refused.exit_code == 64
    assert "BTCUSDT is recorded of" in refused.stderr
    assert "bybit_unified" in refused.stderr


class Recorded(ccxt.binanceusdm):  # type: ignore[misc]
    """An unmodified client but for its wire: it answers Binance's klines as they are shaped."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config | {"enableRateLimit": False})
        market = self.safe_market_structure({
            "id": "BTCUSDT", "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT",
            "settle": "USDT", "type": "swap", "swap": True, "contract": True, "linear": True,
            "inverse": False, "spot": False, "option": False, "future": False,
        })  # fmt: skip
        self.set_markets([market])

    def fetch(self, url: str, *_: object, **__: object) -> Any:
        if "/klines?" not in url:
            raise ccxt.NetworkError("no route")
        query = dict(part.split("=") for part in url.partition("?")[2].split("&"))
        first = -(-int(query["startTime"]) // HOUR) * HOUR
        rows = []
        for at in range(first, min(first + 500 * HOUR, self.milliseconds()), HOUR):
            close = str(60_000 + at // HOUR * 37 % 900)
            rows.append([at, close, close, close, close, "1", at + HOUR - 1, "1", 1, "1", "1", "0"])
        return rows


@pytest.mark.parametrize("name", ["BTC/USDT", "BTC/USDT:USDT", "BTCUSDT", ""])
def test_a_venue_is_asked_for_candles_by_ccxt_without_a_key(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccxt, "binanceusdm", Recorded)
    result = run("headroom", EXAMPLE, "--paths", "50", "--candles", f"binanceusdm:{name}")
    assert result.exit_code == 0, result.output
    assert "50 paths from 29.9 days of prices" in result.output
    studied = run("study", f"binanceusdm:{name or 'BTCUSDT'}")
    assert "BTCUSDT" in studied.output, studied.output


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("nosuch:BTC/USDT", 64, "ccxt knows no nosuch"),
        ("binanceusdm:NOPE", 64, "is no market of binanceusdm"),
        ("history:sqlite:///nowhere/history.db", 64, "there is no history"),
        ("nowhere.csv", 64, "--candles nowhere.csv"),
    ],
)
def test_a_source_that_is_none_is_told(
    source: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccxt, "binanceusdm", Recorded)
    result = run("headroom", EXAMPLE, "--candles", source)
    assert result.exit_code == code, result.output + result.stderr
    assert said in " ".join(result.stderr.split())


def test_thresholds_of_account_files_are_those_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, sample("comfortable"))
    settings = tmp_path / "marginline.toml"
    settings.write_text('[judging]\nwatch = "90%"\n')
    monkeypatch.setenv("MARGINLINE_CONFIG", str(settings))
    assert run("health", path).exit_code == 1, "watch begins 90 % from the line"
    assert run("--watch", "1%", "health", path).exit_code == 0, "the option goes before"
    settings.write_text('[judging]\nmax_age = "1s"\n')
    assert run("health", path).exit_code == 4
    settings.write_text('[judging]\nwatch = "far"\n')
    assert run("health", path).exit_code == 64


def test_plain_health_names_the_outlook_of_an_account_that_the_history_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    file = tmp_path / "marginline" / "history.db"
    said = "speed, time left and odds, from its history: --outlook"
    assert said not in run("health", EXAMPLE).output, "there is no history"
    file.parent.mkdir()
    with open_store(f"sqlite:///{file}") as store:
        store.write([kept(1, Decimal(1), None)]).result(20)
    assert run("health", EXAMPLE).output.splitlines()[-1] == said
    for other in (("--brief",), ("--json",), ("--outlook",)):
        assert said not in run("health", EXAMPLE, *other).output
    stranger = json.loads(EXAMPLE.read_text()) | {"name": "stranger"}
    assert said not in run("health", write(tmp_path, stranger)).output
    file.write_bytes(b"no history")
    assert run("health", EXAMPLE).exit_code == 0
