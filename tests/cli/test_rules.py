"""`marginline rules`: the matrix, one rulebook, and what changed between two days."""

from __future__ import annotations

import json

import pytest

from marginline.venues import all_rulebooks
from tests.cli.running import run


def test_the_matrix_asks_every_rulebook() -> None:
    shown = run("rules", "matrix", columns=120).stdout
    for book in all_rulebooks():
        assert book.code in shown
    assert "withdrawable_balance" in shown


def test_the_matrix_of_one_venue_marks_what_is_approximate_or_missing() -> None:
    lines = run("rules", "matrix", "binance_usdm").stdout.splitlines()
    withdrawable = next(line for line in lines if "withdrawable_balance" in line)
    assert withdrawable.split() == ["withdrawable_balance", "≈", "✗"]


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_the_matrix_fits_its_width(columns: int) -> None:
    shown = run("rules", "matrix", columns=columns).stdout
    table = shown[shown.index("of a pool") :].splitlines()
    assert max(len(line) for line in table if line.strip()) <= columns


def test_a_rulebook_shows_codes_formulas_words_evidence_sources_and_gaps() -> None:
    shown = run("rules", "show", "binance_usdm", "--mode", "multi_assets").stdout
    assert "Binance USDS-M futures, multi-assets mode  BNUM-MULTI-2020-08" in shown
    assert 'BNMA-MM-001  maintenance_margin  "totalMaintMargin"' in shown
    assert "UNSUPPORTED: Binance does not publish how much may leave" in shown
    assert "reproduced [" in shown
    assert "[1] Binance: multi-assets mode, https://" in shown


def test_without_a_mode_every_mode_is_shown() -> None:
    shown = run("rules", "show", "binance_usdm").stdout
    assert "BNUM-SINGLE-2020-08" in shown
    assert "BNUM-MULTI-2020-08" in shown


def test_the_rulebook_is_that_of_the_day() -> None:
    old = run("rules", "show", "binance_pm_pro", "--at", "2024-01-01").stdout
    new = run("rules", "show", "binance_pm_pro", "--at", "2025-01-01").stdout
    assert "BNPP-2022-04" in old
    assert "BNPP-2024-09" in new


def test_a_day_without_a_rulebook_names_the_spans_there_are() -> None:
    result = run("rules", "show", "binance_pm_pro", "--at", "2019-01-01")
    assert result.exit_code == 64
    assert "there is: BNPP-2022-04 from 2022-04-18 until 2024-09-11" in result.stderr


def test_standard_rules_are_named_and_shown_on_request() -> None:
    folded = run("rules", "show", "textbook").stdout
    assert "by our own definition (--all shows them)" in folded
    assert "CORE-EQUITY" not in folded
    assert "CORE-EQUITY" in run("rules", "show", "textbook", "--all").stdout


def test_a_diff_names_the_books_and_the_rules_that_differ() -> None:
    days = ("--from", "2024-01-01", "--to", "2025-01-01")
    shown = run("rules", "diff", "binance_pm_pro", *days).stdout
    assert "BNPP-2022-04 → BNPP-2024-09" in shown


def test_a_diff_of_two_days_under_one_book_says_so() -> None:
    days = ("--from", "2025-06-01", "--to", "2025-07-01")
    shown = run("rules", "diff", "binance_usdm", *days).stdout
    assert "single_asset  BNUM-SINGLE-2020-08  no change" in shown


def test_packaged_parameters_that_run_out_are_told() -> None:
    days = ("--from", "2024-11-01", "--to", "2026-01-01")
    result = run("rules", "diff", "binance_usdm", *days, "--json")
    tiers = [c for c in json.loads(result.stdout)["parameters"] if c["table"] == "tiers"]
    assert {change["key"] for change in tiers} >= {"BTCUSDT"}
    assert all(change["before"]["source"] for change in tiers)


def test_a_diff_shows_each_rule_before_and_after() -> None:
    days = ("--from", "2025-08-01", "--to", "2025-10-01", "--mode", "cross")
    shown = " ".join(run("rules", "diff", "bybit_unified", *days).stdout.split())
    assert "BYCR-2022-07 → BYCR-2025-09" in shown
    assert "maintenance_margin of a position code: BYCR-MM-101 → BYCR-MM-102" in shown
    assert "- q E r - D" in shown
    assert "+ q M r - D" in shown
    assert "evidence: reproduced → documented" in shown


def test_a_mode_that_had_no_rulebook_yet_says_so() -> None:
    days = ("--from", "2019-01-01", "--to", "2025-10-01")
    result = run("rules", "diff", "bybit_unified", *days, "--mode", "cross")
    assert "no rulebook → BYCR-2025-09" in result.stdout


def test_a_closed_venue_shows_its_last_rulebook() -> None:
    shown = run("rules", "show", "bitmex", "--mode", "single_asset").stdout
    assert "BMEX-SINGLE-2024-01" in shown
