"""`marginline health DIR`: many accounts in one table, for people, programs and files."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from marginline.cli.commands.stories import STORIES
from marginline.cli.exits import Exit
from tests.cli.running import liquidated, run, sample, write
from tests.cli.test_json import misfits

ANSWERS = Path(__file__).parents[2] / "docs/examples/answers"
HOSTILE = "=cmd|'<script>alert(1)</script>' `x` | **b**"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six accounts, one of raw answers, one that cannot be read."""
    found = tmp_path / "accounts"
    found.mkdir()
    for story in STORIES:
        write(found, sample(story), f"{story}.json")
    (found / "binance").mkdir()
    for name in ("account", "position_risk", "symbol_config", "account_config", "brackets"):
        shutil.copy(ANSWERS / f"{name}.json", found / "binance")
    (found / "broken.json").write_text('{"schema": "marginline/account/1", "venue"')
    return found


def document(*words: object) -> Any:
    result = run("health", *words, "--json")
    assert not result.stderr, result.stderr
    found = json.loads(result.stdout)
    assert misfits(found, "accounts") == []
    return found


def test_a_folder_is_a_table_the_gravest_and_nearest_first(folder: Path) -> None:
    found = document(folder)
    assert [row["name"] for row in found["accounts"]] == [
        "hedged but called", "broken", "one move away", "strained", "coins as collateral",
        "rich on paper", "comfortable", "binance",
    ]  # fmt: skip
    page = run("health", folder, columns=120)
    assert "8 accounts: 1 margin call, 1 unknown, 2 watch, 4 healthy" in page.stdout
    assert page.exit_code == Exit.MARGIN_CALL


def test_an_unreadable_account_is_unknown_with_its_reason_and_keeps_its_row(folder: Path) -> None:
    row = next(row for row in document(folder)["accounts"] if row["name"] == "broken")
    assert row["status"] == "unknown"
    assert "is not JSON" in row["why"]
    assert "is not JSON" in row["not_in_totals"]
    for path in folder.iterdir():
        if path.name not in ("broken.json", "comfortable.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run("health", folder).exit_code == Exit.UNKNOWN


def test_the_exit_code_is_that_of_the_worst(folder: Path) -> None:
    write(folder, liquidated(), "over.json")
    assert run("health", folder).exit_code == Exit.LIQUIDATION
    (folder / "over.json").unlink()
    assert run("health", folder, "--shock", "BTC=-20%").exit_code == Exit.LIQUIDATION


def test_totals_are_sums_of_what_is_known_and_never_of_buffers(folder: Path) -> None:
    found = document(folder)
    known = [row for row in found["accounts"] if row["not_in_totals"] is None]
    for name in ("equity_usd", "unrealized_usd", "requirement_usd", "gross_notional_usd"):
        assert Decimal(found["totals"][name]) == sum(Decimal(row[name]) for row in known)
    assert found["totals"]["accounts"] == len(known) == 7
    assert "buffer" not in found["totals"]
    assert "does not save another" in found["totals"]["note"]


def test_an_unknown_account_has_no_ratio_that_would_read_as_safe(tmp_path: Path) -> None:
    document = sample("comfortable")
    del document["positions"]
    write(tmp_path, document, "untold.json")
    row = json.loads(run("health", tmp_path, "--table", "--json").stdout)["accounts"][0]
    assert row["status"] == "unknown"
    assert row["margin_ratio"] is None
    assert row["equity_usd"] is None
    assert "0.0 %" not in run("health", tmp_path, "--table").stdout


def test_totals_of_nothing_known_are_unknown_not_zero(tmp_path: Path) -> None:
    document_of = sample("strained")
    del document_of["market"]["asset_rate"]
    found = document(write(tmp_path, document_of), "--table")
    assert found["totals"]["equity_usd"] is None
    assert found["accounts"][0]["not_in_totals"] == "no rate of USDT in USD"
    assert "equity          ?" in run("health", tmp_path / "account.json", "--table").stdout


def test_exposure_nets_positions_and_balances_of_a_coin_across_venues(folder: Path) -> None:
    coins = {row["coin"]: row for row in document(folder)["exposure"]}
    held = sum(
        Decimal(wallet["balance"])
        for story in STORIES
        for wallet in sample(story)["wallets"]
        if wallet["asset"] == "BTC"
    )
    assert Decimal(coins["BTC"]["held"]) == held == Decimal("0.5")
    assert Decimal(coins["BTC"]["net"]) == Decimal(coins["BTC"]["positions"]) + held
    assert "USDT" not in coins


def test_one_shock_is_what_a_what_if_of_each_account_says(folder: Path) -> None:
    (folder / "broken.json").unlink()
    found = document(folder, "--shock", "all=-10%")
    for row in found["accounts"]:
        alone = run("whatif", row["source"], "--shock", "all:-10%", "--json")
        assert row["after_shock"] == json.loads(alone.stdout)["after"]["status"]
    fell = [r["name"] for r in found["accounts"] if r["after_shock"] != r["status"]]
    assert sorted(found["shock"]["fell"]) == sorted(fell)
    assert fell


def test_a_shock_of_a_coin_moves_all_its_instruments_and_the_coin_itself(folder: Path) -> None:
    by_coin = document(folder, "--shock", "BTC=-20%")
    by_symbol = document(folder, "--shock", "BTCUSDT:-20%")
    assert [r["after_shock"] for r in by_coin["accounts"]] == [
        r["after_shock"] for r in by_symbol["accounts"]
    ]
    assert "coins as collateral" in by_coin["shock"]["fell"]


@pytest.mark.parametrize(
    ("shock", "why"),
    [
        ("NOPE=-5%", "no account holds or trades this coin"),
        ("BTC=-100%", "cannot fall by 100 %"),
        ("all=-100%", "cannot fall by 100 %"),
        ("BTC", "write BTC=-20% or all=-10%"),
        ("BTC=5", "may mean a share or per cent"),
    ],
)
def test_what_is_no_shock_is_wrong_use(shock: str, why: str, folder: Path) -> None:
    result = run("health", folder, "--shock", shock)
    assert result.exit_code == Exit.USAGE
    assert why in result.stderr


@pytest.mark.parametrize("form", ["csv", "markdown", "html"])
def test_a_hostile_name_is_text_in_every_form(form: str, folder: Path, tmp_path: Path) -> None:
    write(folder, sample("comfortable") | {"name": HOSTILE}, "comfortable.json")
    out = tmp_path / f"table.{form}"
    assert run("health", folder, f"--{form}", out).exit_code == Exit.MARGIN_CALL
    text = out.read_text("utf-8")
    if form == "csv":
        names = [row["name"] for row in csv.DictReader(io.StringIO(text))]
        assert "'" + HOSTILE in names
        assert not any(cell[:1] in "=+@" for cell in names if cell)
    else:
        assert "<script>" not in text
    if form == "markdown":
        assert "\\`x\\` \\| \\*\\*b\\*\\*" in text
        rows = [line for line in text.splitlines() if line.startswith("| HEALTHY")]
        assert {line.count(" | ") for line in rows} == {6}
    again = run("health", folder, f"--{form}", out)
    assert again.exit_code == Exit.USAGE
    assert "--force replaces it" in again.stderr


class _Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_runs_nothing_and_fetches_nothing(folder: Path) -> None:
    write(folder, sample("comfortable") | {"name": '"><img src=x onerror=alert(1)>'}, "x.json")
    text = run("health", folder, "--html", "-").stdout
    tags = _Tags()
    tags.feed(text)
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "img", "link", "iframe", "object", "a", "form", "base"}
    attributes = {name for _, given in tags.seen for name in given}
    assert attributes <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "scope", "data-of",
    }  # fmt: skip
    policy = next(g["content"] for _, g in tags.seen if g.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_stdout_holds_one_document(folder: Path) -> None:
    assert run("health", folder, "--csv", "-", "--html", "-").exit_code == Exit.USAGE
    assert run("health", folder, "--csv", "-", "--json").exit_code == Exit.USAGE
    assert run("health", folder, "--csv", "-").stdout.startswith("status,name,source")


def test_an_account_that_is_too_old_is_unknown_in_the_table(folder: Path) -> None:
    result = run("--max-age", "1h", "health", folder, "--json")
    assert {row["status"] for row in json.loads(result.stdout)["accounts"]} <= {
        "unknown", "margin_call",
    }  # fmt: skip


def test_files_make_a_table_when_asked_and_a_folder_makes_pages_when_asked(folder: Path) -> None:
    files = [folder / f"{story}.json" for story in STORIES]
    assert len(document(*files, "--table")["accounts"]) == 6
    assert "exposure by coin" not in run("health", *files).stdout
    pages = run("health", folder, "--all")
    assert "exposure by coin" not in pages.stdout
    assert "one move away" in pages.stdout


def test_a_folder_of_answers_alone_is_one_account_as_before() -> None:
    page = run("health", ANSWERS / "account.json", ANSWERS / "position_risk.json").stdout
    assert "exposure by coin" not in page


@pytest.mark.slow
def test_three_hundred_accounts_take_seconds_not_minutes(tmp_path: Path) -> None:
    samples = [sample(story) for story in STORIES]
    for number in range(300):
        write(tmp_path, samples[number % 6] | {"name": f"a{number}"}, f"a{number:03}.json")
    began = time.process_time()  # its own work: a machine that is busy otherwise is no fault
    found = document(tmp_path, "--shock", "all=-10%")
    assert time.process_time() - began < 60  # 4 s on an idle core
    assert len(found["accounts"]) == 300
