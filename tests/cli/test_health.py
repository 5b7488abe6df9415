"""`marginline health`: what a person reads, at any width, and what a program reads."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marginline.cli.input.sources import watched
from tests.cli.running import liquidated, run, sample, unknown, write
from tests.fuzz.told import told

EXAMPLES = Path(__file__).parents[2] / "docs/examples"


@pytest.fixture(autouse=True)
def _a_fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    monkeypatch.setattr("marginline.cli.commands.health.now", lambda: moment)


def health(tmp_path: Path, name: str, *options: str, columns: int = 80) -> str:
    result = run("health", write(tmp_path, sample(name)), *options, columns=columns)
    return result.stdout


def test_the_head_says_whose_account_by_which_rules_and_how_old(tmp_path: Path) -> None:
    shown = health(tmp_path, "strained")
    assert "strained  Binance USDS-M futures, single-asset mode" in shown
    assert "as of 2026-11-20 14:00 UTC, 9 hours ago" in shown


def test_the_status_names_the_pool_the_ratio_and_the_drain(tmp_path: Path) -> None:
    shown = " ".join(health(tmp_path, "strained").split())
    assert "WATCH USDT uses 86.8 % of its support; liquidation comes at 100 %" in shown
    assert "XRPUSDT long drains it most: 72,150.00 USDT lost and 105,680.00 USDT required" in shown
    assert "Nearest liquidation: a fall of all prices by 0.47 %." in shown


def test_the_nearest_move_of_one_price_alone_says_that_the_others_stay(tmp_path: Path) -> None:
    """It read as if nothing else moved the account; where nothing else does, there is no more."""
    several = " ".join(health(tmp_path, "coins-as-collateral").split())
    nearest = "BTCUSDT long, 12.9 % below its mark, the other prices as they are"
    assert f"Nearest liquidation: {nearest}." in several
    (tmp_path / "one.json").write_bytes((EXAMPLES / "comfortable.json").read_bytes())
    one = " ".join(run("health", tmp_path / "one.json").stdout.split())
    assert "Nearest liquidation: BTCUSDT long, 86.6 % below its mark." in one


def test_a_pool_shows_what_supports_it_and_what_it_must_hold(tmp_path: Path) -> None:
    shown = health(tmp_path, "strained")
    for figure in ("wallet balance  238,500.00", "unrealized P&L  -92,672.60", "126,628.03"):
        assert figure in shown
    assert "[█████████████████───] 86.8 % used" in shown


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_no_number_is_cut_at_any_width(columns: int, tmp_path: Path) -> None:
    shown = health(tmp_path, "strained", columns=columns)
    assert "…" not in shown
    for number in ("3,273,600.00", "-72,150.00", "1,500,000", "2.1690", "-0.61 %", "2.0852"):
        assert number in shown


@pytest.mark.parametrize("columns", [80, 120])
def test_lines_keep_to_the_width(columns: int, tmp_path: Path) -> None:
    for name in ("strained", "coins-as-collateral", "hedged-but-called"):
        shown = health(tmp_path, name, columns=columns)
        assert max(len(line) for line in shown.splitlines()) <= columns


def test_a_position_takes_two_lines_at_80_columns_and_one_at_120(tmp_path: Path) -> None:
    narrow, wide = (health(tmp_path, "one-move-away", columns=c) for c in (80, 120))
    assert "position          size        entry      mark    notional      P&L\n" in narrow
    assert "leverage  liquidation  distance  bankruptcy     tier\n" in narrow
    assert "P&L  leverage  liquidation  distance  bankruptcy  tier\n" in wide


def test_exact_shows_every_digit(tmp_path: Path) -> None:
    shown = health(tmp_path, "one-move-away", "--exact")
    ratio = json.loads(health(tmp_path, "one-move-away", "--json"))
    measures = ratio["pools"][0]["measures"]
    assert measures["maintenance_margin"] in shown
    assert measures["effective_leverage"] in shown


def test_prices_are_rounded_towards_the_mark(tmp_path: Path) -> None:
    exact = json.loads(health(tmp_path, "one-move-away", "--json"))
    price = exact["pools"][0]["positions"][0]["measures"]["liquidation_price"]
    assert price.startswith("88331.576")
    assert "88,331.6" in health(tmp_path, "one-move-away")


def test_quality_of_equity_is_said_where_profit_or_credit_is_in_it(tmp_path: Path) -> None:
    shown = " ".join(health(tmp_path, "rich-on-paper").split())
    assert "quality of equity: 93.8 % is unrealized profit and 1.0 % is credit" in shown
    assert "quality of equity" not in health(tmp_path, "strained")


def test_the_venues_own_words_stand_beside_ours(tmp_path: Path) -> None:
    shown = health(tmp_path, "strained", "--venue-words")
    assert "the venue's word" in shown
    assert "maintenance margin  126,628.03  maintMargin" in shown


def test_technical_findings_are_folded_unless_all_are_asked_for(tmp_path: Path) -> None:
    assert "2 APPROXIMATE and 9 NOT_APPLICABLE not shown; --all" in health(tmp_path, "strained")
    shown = " ".join(health(tmp_path, "strained", "--all").split())
    assert "no price of ETHUSDT alone below liquidates this pool (ETHUSDT/both" in shown


def test_findings_alike_are_told_once(tmp_path: Path) -> None:
    document = sample("strained")
    for position in document["positions"]:
        del position["fees"]
    shown = " ".join(run("health", write(tmp_path, document)).stdout.split())
    assert "the fees paid for … are not given; give fees (XRPUSDT/both, SOLUSDT/both" in shown


def test_unknown_says_what_is_missing_and_never_reads_as_a_number(tmp_path: Path) -> None:
    shown = " ".join(run("health", write(tmp_path, unknown())).stdout.split())
    assert "UNKNOWN It cannot be assessed: the mark price of BTCUSDT is not given" in shown
    assert "maintenance margin ?" in shown


def test_liquidation_says_by_how_much(tmp_path: Path) -> None:
    shown = " ".join(run("health", write(tmp_path, liquidated())).stdout.split())
    assert "LIQUIDATION USDT: the requirement of 282.91 USDT is above what supports it" in shown


def test_a_margin_call_says_what_brings_it_back(tmp_path: Path) -> None:
    shown = " ".join(health(tmp_path, "hedged-but-called").split())
    assert "32,000.00 USDT brings it back to initial margin" in shown


def test_assets_of_a_joint_pool_stand_in_their_own_units(tmp_path: Path) -> None:
    shown = health(tmp_path, "coins-as-collateral")
    assert "BTC          0.500000        0.000000   0.500000          0.475000  0.025000" in shown
    assert "~ approximate   n/s not supported" in shown


def test_pools_where_nothing_is_open_take_a_line(tmp_path: Path) -> None:
    document = sample("comfortable")
    document["wallets"].append({"asset": "BNB", "balance": "1.25"})
    shown = run("health", write(tmp_path, document)).stdout
    assert "nothing open\n  BNB  wallet balance  1.250000  withdrawable  1.250000  BNB" in shown


def test_resting_orders_without_a_position_are_not_nothing(tmp_path: Path) -> None:
    document = sample("comfortable") | {"positions": []}
    assert document["orders"]
    shown = run("health", write(tmp_path, document)).stdout
    assert "No position is open; resting orders may open one." in shown
    assert "no position open, orders rest\n" in shown
    quiet = run("health", write(tmp_path, document | {"orders": []})).stdout
    assert "Nothing is open.\n" in quiet
    assert "nothing open\n" in quiet


def test_several_accounts_end_with_a_summary_gravest_first(tmp_path: Path) -> None:
    names = ("comfortable", "strained")
    files = [write(tmp_path, sample(name), f"{name}.json") for name in names]
    shown = run("health", *files).stdout
    summary = shown[shown.index("all accounts") :]
    assert summary.index("strained") < summary.index("comfortable")


def test_several_accounts_of_one_status_stand_nearest_to_the_line_first(tmp_path: Path) -> None:
    names = ("one-move-away", "strained")
    files = [write(tmp_path, sample(name), f"{name}.json") for name in names]
    shown = run("health", *files).stdout
    summary = shown[shown.index("all accounts") :]
    assert summary.index("one move away") < summary.index("strained")


def test_stdin_is_read_as_json_or_toml(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    as_toml = tmp_path / "account.toml"
    run("convert", path, "-o", as_toml)
    for source in (path, as_toml):
        result = run("health", "-", stdin=source.read_text("utf-8"))
        assert result.exit_code == 1, result.stderr
        assert "strained" in result.stdout


def test_stdin_is_read_once() -> None:
    result = run("health", "-", "-", stdin="{}")
    assert result.exit_code == 64
    assert "stdin (-) can be read only once" in result.stderr


def test_json_is_a_document_for_one_file_and_an_array_for_several(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    assert json.loads(run("health", path, "--json").stdout)["status"] == "watch"
    several = json.loads(run("health", path, path, "--json").stdout)
    assert [document["status"] for document in several] == ["watch", "watch"]


def test_json_of_several_stays_an_array_where_one_fails(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    result = run("health", path, tmp_path / "none.json", "--json")
    assert len(json.loads(result.stdout)) == 1
    assert result.exit_code == 64


def test_a_file_that_is_nothing_we_know_is_explained(tmp_path: Path) -> None:
    path = write(tmp_path, {"hello": "world"})
    result = run("health", path)
    assert result.exit_code == 64
    assert "is neither an account file nor an answer that a reader knows" in result.stderr
    assert str(path) in result.stderr


def test_risk_units_show_requirements_part_by_part(tmp_path: Path) -> None:
    document = {
        "schema": "marginline/account/1",
        "venue": "bybit_unified",
        "mode": "portfolio",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [{"instrument": "BTCUSDT", "size": "0.5", "entry_price": "50000"}],
        "instruments": {"BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT"}},
        "market": {"mark": {"BTCUSDT": "50500"}, "asset_rate": {"USDT": "1"}},
        "parameters": {
            "collateral": {"USDT": {"ratio": "1"}},
            "venue": {
                "risk_units": {
                    "BTC": {"max_loss": "2500", "contingency": "100", "initial_factor": "1.2"}
                },
                "haircut_loss": "0",
                "order_loss": "0",
            },
        },
    }
    shown = run("health", write(tmp_path, document)).stdout
    unit = shown[shown.index("BTC  risk unit in USD\n") :]
    assert "maintenance margin  2,600.00" in unit
    assert "max_loss" in unit
    assert "support" not in unit.split("findings")[0]
    assert "HEALTHY" not in unit.split("findings")[0]


def test_what_one_gap_makes_unknown_is_told_once(tmp_path: Path) -> None:
    document = sample("strained")
    document["positions"][2] |= {"margin_mode": "isolated"}
    shown = run("health", write(tmp_path, document)).stdout
    findings = " ".join(shown[shown.index("findings") :].split())
    assert findings.count("the isolated margin of ETHUSDT/both is not given") == 1


def test_many_files_show_progress_to_a_person_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write(tmp_path, sample("strained")))] * 25
    assert list(watched(files)) == files
    assert not capsys.readouterr().err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert list(watched(files)) == files
    assert "reading" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_the_assets_of_a_joint_pool_say_why_a_figure_is_absent(
    columns: int, tmp_path: Path
) -> None:
    document = sample("coins-as-collateral")
    del document["market"]["asset_rate"]["BTC"]
    shown = run("health", write(tmp_path, document), columns=columns).stdout
    after = shown[shown.index("collateral value", shown.index("asset")) :]
    words = " ".join(after.split())
    assert "BTC: the bid rate of BTC in USD is not given; give market.asset_rate.BTC.bid" in words
    assert "-8,139.77" in after


def test_where_the_venue_printed_the_end_or_bounds_are_known_the_distance_stands_beside_them(
    tmp_path: Path,
) -> None:
    told_by_name = {each.name: each for each in told()}

    def shown(name: str, *without: str) -> str:
        base = told_by_name[name]
        folder = tmp_path / base.venue
        folder.mkdir()
        for kind, answer in base.answers.items():
            if kind not in without:
                (folder / f"{kind}.json").write_text(json.dumps(answer), encoding="utf-8")
        account = base.read(base.answers)
        moment = account.as_of.isoformat()
        words = ("--venue", base.venue, "--mode", account.mode, "--as-of", moment)
        return run("health", folder, *words, columns=200).stdout

    printed = shown("binance USDS-M", "brackets", "symbol_config")
    assert re.search(r"43,172\.69 v +-30\.3 % v", printed)
    bounded = shown("bybit cross, coins as collateral", "collateral_tiers")
    assert re.search(r"≤ 30,413\.79 +≤ -39\.7 %", bounded)


def test_what_keeps_the_venues_own_figures_from_being_judged_by_is_the_reason(
    tmp_path: Path,
) -> None:
    """Without tiers the venue's own figures say healthy: the mode is what nobody told."""
    answers = next(each for each in told() if each.name == "binance USDS-M").answers
    files = [
        write(tmp_path, answers[kind], f"{kind}.json") for kind in ("account", "position_risk")
    ]
    brief = run("health", *files, "--brief", columns=300).stdout
    assert "It cannot be assessed: no answer tells the asset mode" in brief
    known = run("health", *files, "--mode", "single_asset", "--brief", columns=300).stdout
    assert known.startswith("HEALTHY")
    assert "by the venue's own figures, 124 required of 9500 USDT; ours are not known" in known
