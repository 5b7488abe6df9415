"""`marginline stress`: the days as a table: the exit code is the gravest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import marginline as ml
from tests.cli.running import run, sample, write
from tests.cli.test_json import misfits


@pytest.fixture
def account(tmp_path: Path) -> Path:
    return write(tmp_path, sample("coins-as-collateral"))


def test_the_table_names_days_and_positions(account: Path) -> None:
    result = run("stress", account, columns=120)
    assert result.exit_code == 3, result.output
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "LIQUIDATION" in lines["march-2020"]
    assert "HEALTHY" in lines["rise-10"]
    assert "BTCUSDT/both  in USD" in result.stdout
    assert "closing frees" in result.stdout


def test_one_day_alone_decides_the_exit_code(account: Path) -> None:
    assert run("stress", account, "--scenario", "rise-10").exit_code == 0
    assert run("stress", account, "--scenario", "fall-30").exit_code == 3


def test_an_unknown_day_names_those_there_are(account: Path) -> None:
    result = run("stress", account, "--scenario", "doom")
    assert result.exit_code == 64
    assert "no scenario is called doom; there is: fall-10, rise-10" in result.stderr


def test_the_map_of_two_moves_says_where_the_venue_acts(account: Path) -> None:
    asked = ("stress", account, "--scenario", "rise-10", "--map", "BTCUSDT@30%")
    result = run(*asked, columns=120)
    lines = result.stdout[result.stdout.index("two moves") :].splitlines()
    assert lines[1].split("  ")[-1] == "+30.0 %"
    assert lines[2].split()[:2] == ["+30.0", "%"]
    assert "over" in lines[2]
    found = json.loads(run(*asked, "--json").output)
    assert misfits(found, "stress") == []
    loaded = ml.load(account)
    field = ml.two_moves(loaded, "BTCUSDT", span="0.3", steps=21)
    assert found["map"] == field.to_dict()
    middle = len(field.moves) // 2
    ratio = ml.assess(loaded).pools[0].measures[ml.Measure.MARGIN_RATIO]
    assert field.ratio[middle][middle] == pytest.approx(float(ratio or 0))
    for wrong, said in (("DOGEUSDT", "nothing of it is open"), ("BTCUSDT@x", "--map")):
        refused = run("stress", account, "--map", wrong)
        assert refused.exit_code == 64
        assert said in " ".join(refused.stderr.split())


def test_a_map_that_cannot_be_told_reads_neither_as_safe_nor_as_over(tmp_path: Path) -> None:
    document = sample("comfortable")
    del document["market"]["mark"]["ETHUSDT"]
    result = run("stress", write(tmp_path, document), "--map", "BTCUSDT", columns=120)
    told = result.stdout[result.stdout.index("two moves") :]
    assert "give market.mark.ETHUSDT" in " ".join(told.split())
    assert "over" not in told
    assert told.count(" ?") == 49


@pytest.mark.parametrize(("left_out", "said"), [(None, "none"), ("wallets", "?")])
def test_where_no_line_is_known_nobody_says_that_none_is_there(
    left_out: str | None, said: str, tmp_path: Path
) -> None:
    document = sample("comfortable")
    document["positions"] = [{**document["positions"][0], "size": "0.0005"}]
    document["wallets"] = [] if left_out else document["wallets"]
    file = write(tmp_path, document)
    for words in (("stress", file, "--scenario", "fall-10"), ("contagion", file)):
        lines = run(*words, columns=160).stdout.splitlines()
        head = next(line for line in lines if "alone to the line" in line)
        end = head.index("alone to the line") + len("alone to the line")
        row = next(line for line in lines if line.strip().startswith("BTCUSDT/both"))
        assert row[:end].split()[-1] == said, row
