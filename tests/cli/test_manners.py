"""What a person may write in more than one way, and what every document and command has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from marginline.cli.app import app
from marginline.cli.exits import Exit
from marginline.venues import folders
from tests.cli.running import run, sample, unknown, write


@pytest.fixture
def account(tmp_path: Path) -> Path:
    return write(tmp_path, sample("comfortable"))


def commands(group: object, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in getattr(group, "commands", {}).items():
        yield (*before, name)
        yield from commands(command, (*before, name))


PROGRAM = typer.main.get_command(app)


@pytest.mark.parametrize("words", [(), *commands(PROGRAM)], ids=" ".join)
def test_every_command_helps_with_h(words: tuple[str, ...]) -> None:
    short, long = run(*words, "-h"), run(*words, "--help")
    assert short.exit_code == 0
    assert short.stdout == long.stdout
    assert "-h, --help" in short.stdout


WITHOUT_JSON = {  # they print no figures, or write documents or serve anyway
    ("convert",), ("schema",), ("monitor",), ("top",), ("init",), ("rules",),
    ("book",), ("book", "generate"), ("alerts",), ("keys",), ("keys", "add"), ("keys", "remove"),
    ("keys", "test"),
}  # fmt: skip


@pytest.mark.parametrize("words", [*commands(PROGRAM)], ids=" ".join)
def test_every_command_that_prints_figures_writes_json(words: tuple[str, ...]) -> None:
    assert ("\n  --json " in run(*words, "--help").stdout) == (words not in WITHOUT_JSON)


@pytest.mark.parametrize(
    "words",
    [
        "health ACCOUNT",
        "liquidation ACCOUNT",
        "whatif ACCOUNT --shock all:-1%",
        "size ACCOUNT BTCUSDT buy",
        "reduce ACCOUNT 0.1",
        "reconcile ACCOUNT",
        "explain ACCOUNT USDT margin_ratio",
    ],
)
def test_every_document_names_its_account_and_where_it_came_from(words: str, account: Path) -> None:
    document = json.loads(run(*words.replace("ACCOUNT", str(account)).split(), "--json").stdout)
    about = document["account"] if words.startswith("explain") else document
    assert about["name"] == "comfortable"
    assert about["source"] == str(account)


@pytest.mark.parametrize(
    "shock", ["all:-10%", "all=-10%", "*:-10%", "*=-10%", "ALL:-0.1", "*=-0.1", "all: -10 %"]
)
def test_a_move_is_read_in_every_way_it_is_written(shock: str, account: Path) -> None:
    expected = run("whatif", account, "--shock", "all:-10%", "--json")
    assert expected.exit_code == 0
    assert run("whatif", account, "--shock", shock, "--json").stdout == expected.stdout


@pytest.mark.parametrize("shock", ["BTCUSDT=-10%", "BTCUSDT:-0.1", "BTCUSDT=-0.1"])
def test_a_move_of_one_instrument_too(shock: str, account: Path) -> None:
    expected = run("whatif", account, "--shock", "BTCUSDT:-10%", "--json")
    assert run("whatif", account, "--shock", shock, "--json").stdout == expected.stdout


@pytest.mark.parametrize("shock", ["contract=BTCUSDT:-10%", "contract:BTCUSDT=-0.1"])
def test_parts_of_a_move_are_named_in_either_way(shock: str, account: Path) -> None:
    document = json.loads(run("whatif", account, "--shock", shock, "--json").stdout)
    assert document["changes"][0]["only"] == "contract"


@pytest.mark.parametrize("move", ["5", "-10", "1", "x", "", "nan", "inf%"])
def test_a_number_that_may_mean_two_things_is_asked_about(move: str, account: Path) -> None:
    result = run("whatif", account, "--shock", f"BTCUSDT:{move}")
    assert result.exit_code == Exit.USAGE
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "shock",
    ["all:-30%", "*=-30%", "all=-0.3", "fall:*=-30%", "fall:all:-0.3"],
)
def test_the_book_reads_moves_alike(shock: str) -> None:
    pytest.importorskip("numba")
    crowd = ("--accounts", "20", "--instruments", "3", "--json")
    expected = json.loads(run("book", "stress", *crowd, "--shock", "*=-30%").stdout)
    found = json.loads(run("book", "stress", *crowd, "--shock", shock).stdout)
    assert found["scenarios"][0].pop("scenario") in ("fall", "shock 1")
    del expected["scenarios"][0]["scenario"]
    assert found == expected


def test_betas_are_read_with_a_colon_too(account: Path) -> None:
    told = [run("liquidation", account, "--beta", f"BTCUSDT{by}2", "--json") for by in ":="]
    assert told[0].stdout == told[1].stdout
    assert told[0].exit_code == 0


def test_a_symbol_names_its_only_position(account: Path) -> None:
    by_key = run("explain", account, "BTCUSDT/both", "liquidation_price")
    assert by_key.exit_code == 0
    assert run("explain", account, "BTCUSDT", "liquidation_price").stdout == by_key.stdout


def test_a_symbol_of_two_positions_asks_which(tmp_path: Path) -> None:
    path = write(tmp_path, sample("hedged-but-called"))
    rows = sample("hedged-but-called")["positions"]
    symbols = [row["instrument"] for row in rows]
    twice = next((s for s in symbols if symbols.count(s) > 1), None)
    if twice is None:
        document = sample("comfortable")
        document["positions"] = [
            document["positions"][0] | {"side": "long", "size": "0.5"},
            document["positions"][0] | {"side": "short", "size": "0.1"},
        ]
        path, twice = write(tmp_path, document), document["positions"][0]["instrument"]
    result = run("explain", path, twice, "liquidation_price")
    assert result.exit_code == Exit.USAGE
    assert "several positions are open" in result.stderr


@pytest.mark.parametrize(
    ("word", "measure"),
    [
        ("ratio", "margin_ratio"),
        ("used", "margin_ratio"),
        ("available", "available_balance"),
        ("margin-balance", "margin_balance"),
        ("Wallet balance", "wallet_balance"),
        ("unrealized P&L", "unrealized_pnl"),
    ],
)
def test_the_words_on_the_screen_name_their_measures(
    word: str, measure: str, account: Path
) -> None:
    expected = run("explain", account, "USDT", measure)
    assert expected.exit_code == 0
    assert run("explain", account, "USDT", word).stdout == expected.stdout


def test_a_slip_is_guessed(account: Path) -> None:
    result = run("explain", account, "USDT", "maintenence_margin")
    assert result.exit_code == Exit.USAGE
    assert "did you mean maintenance_margin?" in result.stderr


@pytest.mark.parametrize("name", ["binance", "Binance", "binance-futures", "bybit", "bitget"])
def test_a_brand_asks_which_of_its_accounts(name: str) -> None:
    result = run("rules", "show", name)
    assert result.exit_code == Exit.USAGE
    brand = name.lower().partition("-")[0]
    family = [venue for venue in folders() if venue.startswith(brand + "_")]
    assert "margins each kind of account by rules of its own" in result.stderr
    for venue in family:
        assert venue in result.stderr


def test_an_account_file_of_a_brand_is_asked_the_same(tmp_path: Path) -> None:
    result = run("health", write(tmp_path, sample("comfortable") | {"venue": "binance"}))
    assert result.exit_code == Exit.USAGE
    assert "binance_usdm (USDS-M futures)" in result.stderr


def test_a_venue_that_is_not_built_is_not_offered(tmp_path: Path) -> None:
    result = run("health", write(tmp_path, sample("comfortable") | {"venue": "nowhere"}))
    offered = result.stderr.partition("there is: ")[2].strip().split(", ")
    assert sorted(offered) == sorted(folders())


def test_brief_is_a_line_an_account(tmp_path: Path) -> None:
    files = [
        write(tmp_path, sample("comfortable"), "a.json"),
        write(tmp_path, sample("strained"), "b.json"),
        write(tmp_path, unknown(), "c.json"),
    ]
    result = run("health", *files, "--brief")
    first, second, third = result.stdout.splitlines()
    assert first.split()[:2] == ["HEALTHY", "comfortable"]
    assert second.startswith("WATCH  strained  nearest ")
    assert "USDT 86.8 %" in second
    assert "buffer " in second
    assert third.startswith("UNKNOWN  ")
    assert result.exit_code == Exit.UNKNOWN
