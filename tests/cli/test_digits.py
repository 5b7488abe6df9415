"""Numbers and times of options are in ASCII digits: Python reads those of every script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
ACCOUNT = EXAMPLES / "comfortable.json"
CANDLES = EXAMPLES / "candles.csv"
THREE = "\u0663"  # ARABIC-INDIC DIGIT THREE
WIDE = "\uff13"  # FULLWIDTH DIGIT THREE

ASKED = [
    "sandbox --port 0 --for 3s",
    "sandbox --port 3 --for 1s",
    "sandbox --port 0 --for 1s --speed 3",
    "sandbox --port 0 --for 1s --seed 3",
    "demo --for 3s --port 0",
    "demo --speed 3 --for 1s --port 0",
    "monitor ACCOUNT --for 3s",
    "monitor ACCOUNT --for 1s --port 3",
    "record --for 3s --sandbox calm",
    "record --for 1s --sandbox calm --most 3MB",
    "record --for 1s --sandbox calm --keep 3d",
    "replay nowhere --speed 3x",
    "replay nowhere --day 3026-01-01",
    "history main --url none --span 3h",
    "--max-age 3m health ACCOUNT",
    "--watch 3% health ACCOUNT",
    "--watch 0.3 health ACCOUNT",
    "whatif ACCOUNT --shock all:-3%",
    "whatif ACCOUNT --shock BTCUSDT:-0.3",
    "whatif ACCOUNT --order BTCUSDT:3",
    "whatif ACCOUNT --order BTCUSDT:1@3",
    "whatif ACCOUNT --deposit USDT:3",
    "whatif ACCOUNT --leverage BTCUSDT:3",
    "size ACCOUNT BTCUSDT buy --price 3",
    "size ACCOUNT BTCUSDT buy --keep-buffer 3",
    "reduce ACCOUNT 0.3",
    "liquidation ACCOUNT --beta BTCUSDT=3",
    "stress ACCOUNT --map BTCUSDT@3%",
    "headroom ACCOUNT --candles CANDLES --funding-cap 0.3%",
    "headroom ACCOUNT --candles CANDLES --seed 3",
    "size ACCOUNT BTCUSDT buy --candles CANDLES --touch 3%",
    "headroom ACCOUNT --candles CANDLES --paths 3000",
    "headroom ACCOUNT --candles CANDLES --within 3h",
    "study BTCUSDT=CANDLES --coverage 0.93",
    "study BTCUSDT=CANDLES --close-out 3h",
    "study BTCUSDT=CANDLES --depth 0.1%=3",
    "study BTCUSDT=CANDLES --depth 3%=100",
    "book sweep --accounts 3 --instruments 3",
    "book stress --accounts 20 --instruments 3 --shock all:-3%",
]


@pytest.mark.parametrize("digit", [THREE, WIDE], ids=["arabic", "wide"])
@pytest.mark.parametrize("asked", ASKED)
def test_digits_that_are_not_ascii_are_refused(asked: str, digit: str) -> None:
    words = asked.replace("3", digit).replace("ACCOUNT", str(ACCOUNT))
    result = run(*words.replace("CANDLES", str(CANDLES)).split())
    assert result.exit_code == 64, result.output
    assert len(result.stderr.strip().splitlines()) <= 3
    assert "Traceback" not in result.stderr
    assert digit in result.stderr, result.stderr


def test_prices_of_candles_are_in_ascii_digits(tmp_path: Path) -> None:
    for line in (f"{THREE}700000000,1", f"1700000000,{THREE}"):
        (tmp_path / "c.csv").write_text(f"time,close\n{line}\n", encoding="utf-8")
        assert run("study", f"BTCUSDT={tmp_path}/c.csv").exit_code == 64


@pytest.mark.parametrize(
    "line", [f'{{"C0000USDT": "{THREE}"}}', f"symbol,price\nC0000USDT,{THREE}"]
)
def test_marks_are_in_ascii_digits(tmp_path: Path, line: str) -> None:
    (tmp_path / "marks").write_text(line + "\n", encoding="utf-8")
    book = ("--accounts", "20", "--instruments", "3", "--marks", tmp_path / "marks")
    result = run("book", "watch", *book)
    assert result.exit_code == 64
    assert "is no price" in result.stderr
