"""Margin-rate studies: closed forms found again, rates that held, tiers that load, real months."""

from __future__ import annotations

import csv
import gzip
import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marginline as ml
from marginline.cli.input.tier_files import read_tiers
from marginline.risk.odds.past import Past
from marginline.risk.study.caps import CAPS, cap_at
from marginline.risk.study.picture import svg
from marginline.risk.study.rates import (
    BRAKES,
    Terms,
    expected_shortfall,
    losses,
    normal_quantile,
    normal_shortfall,
    rates_of,
)
from marginline.risk.study.tiers import Level, slippage, table_of

D = Decimal
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
MARKET = Path(__file__).parents[4] / "shared" / "data" / "market"


def calm(*, scatter: float = 0.004, hours: int = 24 * 300, seed: int = 5) -> Past:
    moves = np.random.default_rng(seed).normal(0, scatter, hours)
    return Past(("BTCUSDT",), HOUR, NOW, 60_000 * np.exp(np.cumsum(moves))[:, None])


def test_normal_quantiles_and_shortfalls_are_as_published() -> None:
    assert normal_quantile(0.99, "long") == pytest.approx(2.3263, abs=5e-5)
    assert normal_shortfall(0.975, "long") == pytest.approx(2.3378, abs=5e-5)
    assert normal_quantile(0.99, "both") == pytest.approx(NormalDist().inv_cdf(0.995))


def test_of_a_large_normal_sample_quantile_and_shortfall_are_the_closed_forms() -> None:
    sample = np.random.default_rng(1).normal(0, 1, 1_000_000)
    assert np.quantile(sample, 0.99) == pytest.approx(normal_quantile(0.99, "long"), abs=0.02)
    found = expected_shortfall(sample, 0.975)
    assert found == pytest.approx(normal_shortfall(0.975, "long"), abs=0.02)


def test_the_heavier_tail_of_a_student_t_asks_for_more_than_the_normal() -> None:
    sample = np.random.default_rng(2).standard_t(4, 500_000) / math.sqrt(2)
    assert expected_shortfall(sample, 0.99) > 1.2 * normal_shortfall(0.99, "long")


def test_losses_are_of_the_side_that_loses() -> None:
    closes = np.array([100.0, 90.0, 99.0])
    assert losses(closes, 1, "long").tolist() == [pytest.approx(0.1), 0.0]
    assert losses(closes, 1, "short").tolist() == [0.0, pytest.approx(0.1)]
    assert losses(closes, 1, "both").tolist() == [pytest.approx(0.1), pytest.approx(0.1)]


@pytest.mark.parametrize("method", ["ewma", "fhs", "es"])
def test_of_a_normal_market_every_method_asks_for_the_closed_forms_rate(method: str) -> None:
    terms = Terms(close_out=8 * HOUR, method=method, brake="none")  # type: ignore[arg-type]
    found = ml.study(calm(), terms)
    expected = normal_quantile(0.99, "both") * 0.004 * math.sqrt(8)
    assert found.chosen.average == pytest.approx(expected, rel=0.1)
    assert found.chosen.coverage.zone == "green"
    assert found.chosen.coverage.p_value > 0.01


def test_nothing_after_a_moment_changes_its_rate() -> None:
    past, terms = calm(hours=2_000), Terms(close_out=8 * HOUR)
    part = Past(past.symbols, HOUR, NOW - 500 * HOUR, past.closes[:-500])
    whole, known = rates_of(past, terms), rates_of(part, terms)
    assert np.array_equal(whole.rate[: len(known.rate)], known.rate)


def wild_then_still() -> Past:
    wild, still = calm(scatter=0.01, hours=1_500), calm(scatter=0.002, hours=1_500)
    closes = np.concatenate([wild.closes, still.closes * wild.closes[-1] / still.closes[0]])
    return Past(("BTCUSDT",), HOUR, NOW, closes)


@pytest.fixture(scope="module")
def unbraked() -> ml.Study:
    return ml.study(wild_then_still(), Terms(brake="none"))


@pytest.mark.parametrize("brake", [each for each in BRAKES if each != "none"])
def test_a_brake_never_lowers_the_rate_and_lessens_its_swing(
    brake: str, unbraked: ml.Study
) -> None:
    free = unbraked.chosen
    held = ml.study(wild_then_still(), Terms(brake=brake)).chosen  # type: ignore[arg-type]
    assert (held.rates.rate >= free.rates.rate - 1e-12).all()
    assert held.peak_to_trough <= free.peak_to_trough + 1e-9


# -- tiers -----------------------------------------------------------------------------------------

DEPTH = {"0.001": "200000", "0.005": "1000000"}


def test_slippage_is_the_mean_distance_at_which_the_book_takes_it() -> None:
    book = [Level(D("0.001"), D(100)), Level(D("0.003"), D(300))]
    assert slippage(book, D(100)) == D("0.0005")
    assert slippage(book, D(200)) == (100 * D("0.0005") + 100 * D("0.0015")) / 200
    assert slippage(book, D(900)) == slippage(book, D(300))
    assert slippage([], D(5)) == 0


@given(st.decimals("0.01", "0.4", places=4), st.decimals("0.2", "1", places=2))
@settings(max_examples=40)
def test_tiers_rise_are_continuous_and_never_ask_less_of_the_larger(
    rate: Decimal, share: Decimal
) -> None:
    levels = [Level(D("0.001"), D(200_000)), Level(D("0.01"), D(1_000_000))]
    table = table_of("X", date(2026, 9, 1), rate, levels, maintenance_share=share)
    for low, high in pairwise(table.rows):
        assert low.cap == high.floor
        assert low.rate <= high.rate
        assert low.initial_rate <= high.initial_rate
        assert low.max_leverage >= high.max_leverage
        edge = high.floor
        assert edge * low.rate - low.deduction == edge * high.rate - high.deduction
    for row in table.rows:
        assert row.rate <= row.initial_rate + D("0.0001")
        assert row.initial_rate * row.max_leverage <= 1 or row.max_leverage == 1
    assert table.rows[-1].cap is None


def test_the_table_loads_as_tiers_and_judges_an_account(tmp_path: Path) -> None:
    found = ml.study(calm(), Terms(close_out=8 * HOUR), depth=DEPTH)  # type: ignore[arg-type]
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps(found.table.to_dict()), encoding="utf-8")
    (table,) = read_tiers(str(path)).values()
    assert [row.rate for row in table.rows] == [row.rate for row in found.table.rows]
    assert [row.deduction for row in table.rows] == [row.deduction for row in found.table.rows]


def test_a_regulators_cap_bounds_the_leverage_from_its_day_on() -> None:
    found = ml.study(calm(), jurisdiction="eu-retail")
    assert found.table.rows[0].max_leverage == 2
    assert found.table.rows[0].initial_rate == D("0.5")
    assert cap_at("eu-retail", date(2018, 7, 31)) is None
    assert any(
        "not read in its source" in note
        for note in ml.study(calm(), jurisdiction="japan-retail").notes
    )
    with pytest.raises(ml.InputError, match="forbids"):
        ml.study(calm(), jurisdiction="uk-retail")
    with pytest.raises(ml.InputError, match="eu-retail"):
        cap_at("atlantis", date(2026, 1, 1))
    assert all(cap.source for cap in CAPS)


# -- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "terms", "said"),
    [
        pytest.param(calm(hours=100), Terms(), "too few", id="four days"),
        pytest.param(calm(), Terms(coverage=1.0), "coverage", id="certainty"),
        pytest.param(calm(), Terms(close_out=timedelta(0)), "close_out", id="no time"),
        pytest.param(calm(), Terms(method="x"), "method", id="a method"),  # type: ignore[arg-type]
        pytest.param(calm(hours=200), Terms(close_out=5 * DAY), "close-out", id="no period"),
    ],
)
def test_terms_that_cannot_be_are_refused(past: Past, terms: Terms, said: str) -> None:
    with pytest.raises(ml.InputError, match=said):
        ml.study(past, terms)


def test_a_book_whose_levels_do_not_rise_is_refused() -> None:
    with pytest.raises(ml.InputError, match="rise"):
        ml.study(calm(), depth={"0.01": "100", "0.02": "100"})


# -- real months -----------------------------------------------------------------------------------


def january() -> Past:
    path = MARKET / "BTC_perp_1m_2022-01.csv.gz"
    if not path.is_file():
        pytest.skip("the recorded market is not here")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    closes = np.array([[float(row["close"])] for row in rows])
    ends = datetime.fromisoformat(rows[-1]["timestamp"]).replace(tzinfo=UTC)
    return Past(("BTCUSDT",), timedelta(minutes=1), ends, closes)


def test_january_2022_by_the_minute_is_studied_whole() -> None:
    found = ml.study(january(), Terms(close_out=HOUR))
    assert found.chosen.coverage.observed > 600
    assert found.chosen.coverage.realized > 0.975
    assert 0.01 < found.chosen.average < 0.06
    assert found.chosen.worst > 0
    drawn = svg(found)
    assert drawn.startswith("<svg")
    assert "BTCUSDT" in drawn


def test_a_real_week_that_is_an_hour_short_of_one_is_not_enough() -> None:
    feather = pytest.importorskip("pyarrow.feather")
    path = MARKET / "XRP_USDT_USDT-5m-futures.feather"
    if not path.is_file():
        pytest.skip("the recorded market is not here")
    rows = feather.read_table(path).to_pylist()
    closes = {"XRPUSDT": {row["date"]: float(row["close"]) for row in rows}}
    past = ml.past_of(closes, ["XRPUSDT"])
    assert timedelta(days=6.5) < past.span < timedelta(days=7)
    with pytest.raises(ml.InputError, match="too few"):
        ml.study(past, Terms(close_out=HOUR))
