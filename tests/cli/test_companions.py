"""An option that would do nothing is refused, with what it needs or what it stands beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from marginline.cli.exits import Exit
from tests.cli.running import run, sample, write

ALONE = [
    ("size a BTCUSDT buy --candles x", "--candles", "--touch or --edge"),
    ("size a BTCUSDT buy --within 8h", "--within", "--touch or --edge"),
    ("size a BTCUSDT buy --candles x --touch 1% --kelly 0.3", "--kelly", "--edge"),
    ("size a BTCUSDT buy --maintenance-rate 1%", "--maintenance-rate", "--edge"),
    ("health --exchange bybit --venue x", "--venue", "FILE"),
    ("health --exchange bybit --mode x", "--mode", "FILE"),
    ("health --exchange bybit --as-of x", "--as-of", "FILE"),
    ("health --exchange bybit --kind x", "--kind", "FILE"),
    ("health a --url x", "--url", "--exchange or --key"),
    ("health a --force", "--force", "--csv or --markdown or --html"),
    ("study x --force", "--force", "--tiers or --svg"),
    ("attribute a b --until x", "--until", "--since"),
    ("attribute a b --history x", "--history", "--since"),
    ("attribute a b --config x", "--config", "--since"),
    ("attribute a b --candles x", "--candles", "--hedge"),
    ("attribute a b --venue x", "--venue", "--log"),
    ("attribute a b --owner x", "--owner", "--log"),
    ("attribute a b --force", "--force", "--svg"),
    ("demo --force", "--force", "--save"),
    ("history --span 1h", "--span", "ACCOUNT or --parameters"),
    ("history --until x", "--until", "ACCOUNT or --parameters"),
    ("history --step 1h", "--step", "ACCOUNT"),
    ("history --csv x", "--csv", "ACCOUNT"),
    ("history --parquet x", "--parquet", "ACCOUNT"),
    ("history --exact", "--exact", "ACCOUNT"),
    ("history a --by-day", "--by-day", "--parquet"),
    ("history a --venue x", "--venue", "--parameters"),
    ("history a --force", "--force", "--csv or --parquet"),
    ("record a --seed 3", "--seed", "--sandbox"),
    ("record a --speed 3", "--speed", "--sandbox"),
    ("record a --port 0", "--port", "--serve"),
    ("record a --no-open", "--no-open", "--serve"),
    ("replay a --run x", "--run", "--history"),
    ("replay a --for 1s", "--for", "--serve"),
    ("replay a --port 0", "--port", "--serve"),
    ("replay a --no-open", "--no-open", "--serve"),
    ("rules diff textbook --symbol x", "--symbol", "--tiers"),
    ("rules diff textbook --account x", "--account", "--tiers"),
    ("rules diff textbook --all", "--all", "--tiers"),
    ("rules diff textbook --exact", "--exact", "--tiers"),
    ("book sweep --terms x", "--terms", "FILE"),
    ("book watch --collateral x", "--collateral", "FILE"),
    ("book stress --key x", "--key", "FILE"),
    ("book map BTCUSDT --asset BTC", "--asset", "FILE"),
    ("book sweep --force", "--force", "--out"),
    ("book stress --force", "--force", "--out"),
    ("book map BTCUSDT --force", "--force", "--svg"),
    ("book stress --volatility 5%", "--volatility", "--paths"),
]
BESIDE = [
    ("health a --table --all", "--all", "--table"),
    ("health a --shock BTC=-1% --exact", "--exact", "--shock"),
    ("health a --csv - --outlook", "--outlook", "--csv"),
    ("health a --html x --history y", "--history", "--html"),
    ("health a --markdown x --venue-words", "--venue-words", "--markdown"),
    ("health a --json --venue-words", "--venue-words", "--json"),
    ("health a --json --brief", "--brief", "--json"),
    ("health a --brief --outlook", "--outlook", "--brief"),
    ("health a --brief --all", "--all", "--brief"),
    ("health a --brief --venue-words", "--venue-words", "--brief"),
    ("attribute a --since 1h --history x --config y", "--config", "--history"),
    ("demo comfortable --scenario calm", "--scenario", "STORY"),
    ("demo --print --seed 3", "--seed", "--print"),
    ("demo --json --speed 3", "--speed", "--json"),
    ("demo --exact --port 0", "--port", "--exact"),
    ("demo --save x --for 1s", "--for", "--save"),
    ("demo --print --no-open", "--no-open", "--print"),
    ("demo --save x --print", "--print", "--save"),
    ("demo --save x --json", "--json", "--save"),
    ("demo --save x --exact", "--exact", "--save"),
    ("history a --check", "ACCOUNT", "--check"),
    ("history --check --parameters", "--parameters", "--check"),
    ("history a --parameters --step 1h", "--step", "--parameters"),
    ("history a --parameters --exact", "--exact", "--parameters"),
    ("history a --parameters --csv x", "--csv", "--parameters"),
    ("history a --json --csv x", "--csv", "--json"),
    ("history a --json --parquet x", "--parquet", "--json"),
    ("history a --history x --config y", "--config", "--history"),
    ("top a --config x", "--config", "FILE"),
    ("rules diff --tiers a b --mode x", "--mode", "--tiers"),
    ("book sweep a --accounts 3", "--accounts", "FILE"),
    ("book stress a --instruments 3", "--instruments", "FILE"),
    ("book map BTCUSDT a --seed 3", "--seed", "FILE"),
    ("book watch --marks x --ticks 3", "--ticks", "--marks"),
    ("book watch --marks x --volatility 1%", "--volatility", "--marks"),
    ("book watch a --marks x --seed 3", "--seed", "--marks and FILE"),
]


@pytest.mark.parametrize(("words", "option", "wanted"), ALONE)
def test_an_option_that_does_nothing_alone_names_what_it_needs(
    words: str, option: str, wanted: str
) -> None:
    result = run(*words.split())
    assert result.exit_code == Exit.USAGE
    assert result.stdout == ""
    head = f"marginline: {option} does nothing without {wanted}; give {wanted.split(maxsplit=1)[0]}"
    assert result.stderr.startswith(head)
    assert result.stderr.endswith(f", or leave {option} out\n")


@pytest.mark.parametrize(("words", "option", "other"), BESIDE)
def test_an_option_that_another_silences_names_it(words: str, option: str, other: str) -> None:
    result = run(*words.split())
    assert result.exit_code == Exit.USAGE
    assert result.stdout == ""
    said = f"marginline: {option} does nothing beside {other}; leave one of them out\n"
    assert result.stderr == said


@pytest.mark.parametrize(
    "told", [("--mode", "x"), ("--as-of", "2026-09-01T00:00:00Z")], ids=lambda each: each[0]
)
@pytest.mark.parametrize("several", [False, True])
def test_what_is_said_of_raw_answers_is_refused_where_none_is_read(
    tmp_path: Path, told: tuple[str, str], several: bool
) -> None:
    names = ("a.json", "b.json") if several else ("a.json",)
    files = [write(tmp_path, sample("comfortable"), each) for each in names]
    result = run("health", *files, *told, "--json")
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert f"{told[0]} is of raw answers, and {files[-1]} is none" in result.stderr
    assert f"leave {told[0]} out" in result.stderr


@pytest.mark.parametrize("told", [("--terms", "x"), ("--collateral", "x"), ("--asset", "BTC")])
def test_what_is_said_of_a_table_is_refused_of_account_files(
    tmp_path: Path, told: tuple[str, str]
) -> None:
    pytest.importorskip("numba")
    result = run("book", "sweep", write(tmp_path, sample("comfortable")), *told)
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert f"{told[0]} {told[1]}: is of a .parquet of positions" in result.stderr
    assert result.stderr.endswith(f"leave {told[0]} out\n")


def test_candles_that_no_hedge_asks_for_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path, sample("comfortable"))
    hedge = ("--hedge", "BTCUSDT/both:BTCUSDT/both", "--candles", "none.csv")
    result = run("attribute", file, file, *hedge)
    assert result.exit_code == Exit.USAGE
    assert "--candles: no --hedge asks for a ratio from the past" in result.stderr
