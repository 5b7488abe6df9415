"""`marginline liquidation` and `explain`: prices with their picture, numbers with their tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import process, run, sample, write


@pytest.fixture
def account(tmp_path: Path) -> Path:
    return write(tmp_path, sample("coins-as-collateral"))


def test_each_instrument_alone_with_distances_and_reasons(account: Path) -> None:
    shown = run("liquidation", account).stdout
    assert "BTCUSDT long 2.4  in USD" in shown
    assert "below  74,673.7  -15.5 %" in shown
    assert "no price of BTCUSDT alone above liquidates this pool" in shown


def test_the_ruler_shows_mark_liquidation_and_bankruptcy_in_order(account: Path) -> None:
    lines = run("liquidation", account).stdout.splitlines()
    rulers = [line.strip() for line in lines if line.count("─") > 20]
    assert len(rulers) == 2
    falling, rising = rulers
    assert falling.index("B") < falling.index("L") < falling.index("M")
    assert rising.index("M") < rising.index("L") < rising.index("B")
    assert set(falling[: falling.index("B")]) == {"░"}
    assert all(len(line) == 72 for line in rulers)


def test_the_ruler_is_ascii_where_it_must_be(account: Path) -> None:
    result = process("liquidation", account, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "xxxBxL----" in result.stdout


def test_all_prices_together_with_collateral_standing_and_moving(account: Path) -> None:
    shown = " ".join(run("liquidation", account).stdout.split())
    assert "down, collateral stands: liquidation at -18.6 %" in shown
    assert "down, collateral moves: liquidation at -15.0 %" in shown
    assert "lost by BTCUSDT/both 97 % and collateral 19 %; won back by ETHUSDT/both 16 %" in shown


def test_betas_bend_the_joint_path(account: Path) -> None:
    plain = run("liquidation", account).stdout
    bent = run("liquidation", account, "--beta", "ETHUSDT=0").stdout
    assert plain != bent
    assert "down, collateral stands: liquidation at -15.5 %" in bent


@pytest.mark.parametrize("beta", ["BTCUSDT", "=1", "NOSUCH=1", "BTCUSDT=much"])
def test_a_beta_that_cannot_be_is_wrong_use(beta: str, account: Path) -> None:
    result = run("liquidation", account, "--beta", beta)
    assert result.exit_code == 64
    assert result.stderr.startswith("marginline: ")


def test_where_the_venue_calls_there_is_no_liquidation(tmp_path: Path) -> None:
    result = run("liquidation", write(tmp_path, sample("hedged-but-called")))
    assert result.exit_code == 2
    assert "BTCUSDT long 2 and BTCUSDT short -2" in result.stdout


def test_explain_shows_rules_inputs_and_numbered_sources(account: Path) -> None:
    shown = run("explain", account, "USD", "maintenance_margin", columns=200).stdout
    assert "USD maintenance_margin = 991.1354746 USD" in shown
    assert "BTCUSDT/both maintenance_margin = 848.73792 USDT" in shown
    assert "rate of tier 1: 0.004" in shown
    assert "[1] Binance: " in shown


def test_explain_takes_a_measure_with_dashes_too(account: Path) -> None:
    assert run("explain", account, "USD", "margin-ratio").exit_code == 0


def test_explain_tells_a_number_once(account: Path) -> None:
    shown = run("explain", account, "USD", "available_balance", columns=200).stdout
    assert shown.count("BTCUSDT/both unrealized_pnl = ") >= 1
    assert shown.count("entry price: 91,240.5") == 1


@pytest.mark.parametrize(("where", "measure"), [("EUR", "equity"), ("USD", "equality")])
def test_explain_names_what_there_is(where: str, measure: str, account: Path) -> None:
    result = run("explain", account, where, measure)
    assert result.exit_code == 64
    assert "one of: " in result.stderr
