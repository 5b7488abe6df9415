"""`marginline whatif`, `size` and `reduce`: what would be, and how much of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from marginline.cli.input.changes import FORMS, described, parsed
from tests.cli.running import run, sample, write


@pytest.fixture
def account(tmp_path: Path) -> Path:
    return write(tmp_path, sample("strained"))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("order", "BTCUSDT:0.5@60000", "buy 0.5 BTCUSDT at 60,000"),
        ("order", "BTCUSDT:-0.5", "sell 0.5 BTCUSDT at the mark"),
        ("order", "BTCUSDT/long#7:1", "buy 1 BTCUSDT/long#7 at the mark"),
        ("rest", "BTCUSDT:0.5@55000", "buy 0.5 BTCUSDT at 55,000, resting"),
        ("close", "BTCUSDT", "close BTCUSDT at the mark"),
        ("close", "BTCUSDT:50%@61000", "close 50 % of BTCUSDT at 61,000"),
        ("deposit", "USDT:500", "deposit 500 USDT"),
        ("withdraw", "USDT:500.50", "withdraw 500.5 USDT"),
        ("shock", "BTCUSDT:-10%", "BTCUSDT moves by -10 %"),
        ("shock", "all:-0.5%", "every price moves by -0.5 %"),
        ("leverage", "BTCUSDT:10x", "leverage of BTCUSDT to 10x"),
        ("margin_mode", "BTCUSDT:isolated@300", "BTCUSDT to isolated margin"),
        ("add_margin", "BTCUSDT/both:-100", "take out 100 margin, BTCUSDT/both"),
        ("funding", "BTCUSDT:0.01%", "funding of BTCUSDT at 0.01 %"),
    ],
)
def test_changes_are_read_and_told_again(name: str, text: str, words: str) -> None:
    assert described(parsed(name, text)) == words


@pytest.mark.parametrize(
    ("option", "text", "wrong"),
    [
        ("--order", "BTCUSDT", "write SYMBOL:SIZE[@PRICE]"),
        ("--order", "BTCUSDT:half", "size: "),
        ("--order", "BTCUSDT:0", "an order of size 0 does nothing"),
        ("--close", "BTCUSDT:0.5", "a size is closed by an order against it"),
        ("--shock", "BTCUSDT:5", "may mean a share or per cent; write 5%"),
        ("--shock", "BTCUSDT:x%", "not a number"),
        ("--shock", "BTCUSDT:NaN%", "not a number"),
        ("--shock", "BTCUSDT:-100%", "cannot fall by 100 % or more"),
        ("--deposit", "USDT:-5", "amount: "),
        ("--leverage", "BTCUSDT:0", "leverage: "),
        ("--order", "NOSUCH:1", "does not know this instrument"),
    ],
)
def test_a_change_that_cannot_be_is_wrong_use(
    option: str, text: str, wrong: str, account: Path
) -> None:
    result = run("whatif", account, f"{option}={text}")
    assert result.exit_code == 64
    assert wrong in result.stderr
    assert result.stderr.startswith("marginline: ")


def test_without_a_change_it_is_wrong_use(account: Path) -> None:
    assert "nothing to change" in run("whatif", account).stderr


def changes(account: Path, *options: str) -> list[Any]:
    document = json.loads(run("whatif", account, *options, "--json").stdout)
    listed: list[Any] = [each["change"] for each in document["changes"]]
    return listed


def test_changes_are_applied_in_the_order_given(account: Path) -> None:
    mixed = (
        "--shock",
        "all:-0.1%",
        "--deposit",
        "USDT:5",
        "--shock=all:0.1%",
        "--close",
        "ETHUSDT",
    )
    assert changes(account, *mixed) == ["shock_all", "transfer", "shock_all", "close"]
    assert changes(account, *mixed[2:4], *mixed[:2]) == ["transfer", "shock_all"]


def test_the_order_makes_a_difference(account: Path) -> None:
    sell, fall = ("--order", "XRPUSDT:-500000"), ("--shock", "XRPUSDT:-0.5%")
    wallets = [
        json.loads(run("whatif", account, *a, *b, "--json").stdout)["after"]["pools"][0][
            "measures"
        ]["margin_balance"]
        for a, b in ((sell, fall), (fall, sell))
    ]
    assert wallets[0] > wallets[1]


def test_the_exit_code_is_that_of_the_account_after(account: Path) -> None:
    assert run("whatif", account, "--deposit", "USDT:300000").exit_code == 0
    assert run("whatif", account, "--shock", "all:-5%").exit_code == 3


def test_before_after_and_difference_stand_side_by_side(account: Path) -> None:
    shown = run("whatif", account, "--deposit", "USDT:1000", "--close", "ETHUSDT").stdout
    assert "  1. deposit 1,000 USDT" in shown
    assert "  2. close ETHUSDT at the mark" in shown
    assert "WATCH → WATCH" in shown
    assert "wallet balance 238,500.00 240,088.90 +1,588.90" in " ".join(shown.split())
    assert "ETHUSDT short size -60 0 +60" in " ".join(shown.split())


def test_what_does_not_move_is_not_shown(account: Path) -> None:
    shown = run("whatif", account, "--deposit", "USDT:1000").stdout
    assert "maintenance margin" not in shown
    assert "wallet balance" in shown


def test_size_finds_the_largest_order(tmp_path: Path) -> None:
    path = write(tmp_path, sample("comfortable"))
    result = run("size", path, "BTCUSDT", "buy", "--stop", "84000", "--risk", "500")
    assert result.exit_code == 0
    assert "largest buy of BTCUSDT at 88,410.2: 0.111" in result.stdout
    assert "by risk at the stop" in result.stdout


def test_size_says_where_nothing_fits(account: Path) -> None:
    result = run("size", account, "XRPUSDT", "buy")
    assert result.exit_code == 1
    assert "largest buy of XRPUSDT at 2.1824: 0\n" in result.stdout


def test_size_refuses_what_cannot_be(account: Path) -> None:
    result = run("size", account, "XRPUSDT", "up")
    assert result.exit_code == 64
    assert "side: is none of the choices (found up)" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("size --price 0", "price: must be greater than 0 (found 0); unit: the instrument's"),
        ("size --leverage x", "leverage: must be a number (found x); unit: times"),
        ("size --keep-buffer nan", "keep_buffer: must be finite (found nan); unit: the pool's"),
        ("size --stop 1 --risk x", "risk: must be a number (found x); unit: the pool's asset"),
        ("reduce nan", "ratio: must be finite (found nan); unit: fraction, 0.8 is 80 %; write"),
    ],
)
def test_a_number_that_cannot_be_is_told_with_its_unit(
    account: Path, words: str, said: str
) -> None:
    """NaN was to be left out "if it is unknown"; a leverage of 0 had neither unit nor remedy."""
    command, *options = words.split()
    of = ("XRPUSDT", "buy") if command == "size" else ()
    result = run(command, account, *of, *options)
    assert result.exit_code == 64
    assert said in result.stderr
    assert "if it is unknown" not in result.stderr


def test_reduce_shows_both_ways_back(account: Path) -> None:
    result = run("reduce", account, "0.5")
    assert result.exit_code == 0
    assert "USDT  now 86.8 %, back to 50.0 % of its support" in result.stdout
    assert "sell 420,750.1 XRPUSDT/both at the mark" in result.stdout
    assert "deposit 107,428.6528 USDT" in result.stdout


def test_a_ratio_is_told_as_a_fraction_or_in_per_cent(account: Path) -> None:
    assert run("reduce", account, "50%").stdout == run("reduce", account, "0.5").stdout
    words = ("size", account, "XRPUSDT", "sell", "--keep-ratio")
    assert run(*words, "90%").stdout == run(*words, "0.9").stdout
    refused = run(*words, "90")
    assert refused.exit_code == 64
    assert "0.9 is 90 %" in refused.stderr


def test_reduce_of_a_pool_that_is_there_already(tmp_path: Path) -> None:
    result = run("reduce", write(tmp_path, sample("comfortable")), "0.5")
    assert result.exit_code == 0
    assert "the pool is there already" in result.stdout


def test_reduce_names_the_pools_there_are(account: Path) -> None:
    result = run("reduce", account, "0.5", "--pool", "EUR")
    assert result.exit_code == 64
    assert "there is no such pool (found EUR); one of: USDT" in result.stderr


@pytest.mark.parametrize("command", [("size", "BTCUSDT", "buy"), ("reduce", "0.5")])
def test_what_cannot_be_said_exits_with_4(command: tuple[str, ...], tmp_path: Path) -> None:
    document = sample("one-move-away")
    del document["wallets"][0]["balance"]
    name, *rest = command
    result = run(name, write(tmp_path, document), *rest)
    assert result.exit_code == 4
    assert "the balance of USDT is not given" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("option", "text", "why"),
    [
        ("--order", "BTCUSDT:NaN@1", "size: must be finite (found NaN); unit: the instrument's"),
        ("--order", "BTCUSDT:0", "size: an order of size 0 does nothing"),
        ("--order", "BTCUSDT:1@-5", "price: must be greater than 0 (found -5); unit: the"),
        ("--rest", "BTCUSDT:1@nan", "price: must be finite (found nan); unit: the instrument's"),
        ("--leverage", "BTCUSDT:0", "leverage: must be greater than 0 (found 0); unit: times;"),
        ("--leverage", "BTCUSDT:x", "leverage: must be a number (found x); unit: times"),
        ("--deposit", "USDT:inf", "amount: must be finite (found inf); unit: the asset; write a"),
        ("--withdraw", "USDT:0", "amount: must be greater than 0 (found 0); unit: the asset;"),
        ("--add-margin", "BTCUSDT/both:x", "amount: must be a number (found x); unit: the asset"),
        ("--shock", "BTCUSDT:-110%", "change: a price cannot fall by 100 % or more"),
        ("--leverage", "BTCUSDT:-3", "leverage: must be greater than 0 (found -3)"),
        ("--deposit", "USDT:-1", "amount: must be greater than 0 (found -1)"),
        ("--margin-mode", "BTCUSDT:half", "mode: is none of the choices (found half)"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_option(
    account: Path, option: str, text: str, why: str
) -> None:
    result = run("whatif", account, "--deposit", "USDT:1", option, text)
    assert result.exit_code == 64
    said = " ".join(result.stderr.split())
    assert f"{option} {text}: {why}" in said
    assert said.endswith(FORMS[option.removeprefix("--").replace("-", "_")]), "how it is written"
