"""`marginline stress`: the days as a table: the exit code is the gravest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run, sample, write


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
