"""GARCH-t: the fitted volatility, fat tails, beside the bootstrap, withheld where it fails."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import marginline as ml
from marginline.core.findings import AbsentError
from marginline.risk.odds.garch import fitted, garch_walks
from marginline.risk.odds.past import Past
from tests.risk.books import one

HOUR = timedelta(hours=1)
NOW = datetime(2026, 9, 1, tzinfo=UTC)

pytest.importorskip("arch", reason="extra risk is not installed")


def drawn_past(omega: float, alpha: float, beta: float, freedom: float, rows: int = 6_000) -> Past:
    """Closes of a GARCH-t of known terms."""
    random = np.random.default_rng(11)
    shocks = random.standard_t(freedom, rows) * np.sqrt((freedom - 2) / freedom)
    variance, moves = omega / (1 - alpha - beta), np.zeros(rows)
    for i, shock in enumerate(shocks):
        moves[i] = np.sqrt(variance) * shock
        variance = omega + alpha * moves[i] ** 2 + beta * variance
    return Past(("BTCUSDT",), HOUR, NOW, 60_000 * np.exp(np.cumsum(moves))[:, None])


KNOWN = drawn_past(1e-6, 0.08, 0.85, 5.0)


def test_known_terms_are_found_again() -> None:
    found = fitted(KNOWN)
    assert found.alpha[0] == pytest.approx(0.08, abs=0.03)
    assert found.beta[0] == pytest.approx(0.85, abs=0.06)
    assert found.freedom == pytest.approx(5, abs=1)


def test_drawn_paths_have_the_variance_that_the_terms_say() -> None:
    """E[variance] = long + (alpha + beta)**n * (now - long), summed over the steps."""
    given, steps, paths = fitted(KNOWN), 24, 20_000
    last = [list(walk)[-1].factors for walk in garch_walks(given, steps, paths, 1)]
    moved = np.log(np.concatenate(last))[:, 0]
    keeps = given.alpha[0] + given.beta[0]
    long = given.omega[0] / (1 - keeps)
    expected = sum(long + keeps**n * (given.variance[0] - long) for n in range(steps))
    error = np.std(moved**2) / np.sqrt(paths)
    assert abs(np.mean(moved**2) - expected) < 4 * error
    assert abs(np.mean(moved)) < 4 * np.std(moved) / np.sqrt(paths)


def test_the_odds_stand_beside_the_bootstrap_and_rise_with_the_horizon() -> None:
    (found,) = ml.headroom(one("3", balance="8000"), KNOWN, paths=1_000, garch=True)
    chances = [each.garch for each in found.odds]
    assert None not in chances
    assert chances == sorted(chances, key=float)  # type: ignore[arg-type]
    for each in found.odds[:3]:
        assert each.garch == pytest.approx(each.bootstrap, abs=0.08)
    (plain,) = ml.headroom(one("3", balance="8000"), KNOWN, paths=1_000)
    assert [each.garch for each in plain.odds] == [None] * 4
    assert [each.bootstrap for each in plain.odds] == [each.bootstrap for each in found.odds]


def test_a_price_that_stood_still_has_no_model() -> None:
    still = Past(("BTCUSDT",), HOUR, NOW, np.full((400, 1), 60_000.0))
    with pytest.raises(AbsentError, match="did not move"):
        fitted(still)
    (found,) = ml.headroom(one("3"), still, paths=10, garch=True)
    assert found.odds[0].garch is None
    assert any("GARCH" in finding.message for finding in found.findings)


def test_without_its_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = importlib.import_module

    def lacking(name: str, package: str | None = None) -> object:
        if name == "arch":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", lacking)
    with pytest.raises(ml.InputError, match=r"marginline\[risk\]"):
        ml.headroom(one("3"), KNOWN, paths=10, garch=True)


@pytest.mark.parametrize(
    ("alpha", "beta", "freedom"), [(0.05, 0.9, 4.0), (0.12, 0.8, 6.0), (0.2, 0.6, 12.0)]
)
def test_terms_of_drawn_markets_are_found_within_their_error(
    alpha: float, beta: float, freedom: float
) -> None:
    found = fitted(drawn_past(1e-6, alpha, beta, freedom))
    assert found.omega[0] > 0
    assert found.variance[0] > 0
    assert 0 <= found.alpha[0] + found.beta[0] < 1
    assert found.alpha[0] == pytest.approx(alpha, abs=0.06)
    assert found.beta[0] == pytest.approx(beta, abs=0.1)
    assert found.freedom == pytest.approx(freedom, rel=0.35)


def test_every_drawn_price_is_above_zero_and_finite() -> None:
    for walk in garch_walks(fitted(KNOWN), 48, 2_000, 3):
        for step in walk:
            assert np.isfinite(step.factors).all()
            assert (step.factors > 0).all()
