"""GARCH(1,1) with Student-t shocks: volatility that comes in clusters, and fat tails.

Each instrument is fitted by itself by `arch` (Sheppard; extra `risk`); shocks are drawn together by
a t copula with the correlation of the fitted shocks and the mean of their degrees of freedom. The
trend of the past is taken out, as in the bootstrap. Bollerslev, A conditionally heteroskedastic
time series model for speculative prices and rates of return (1987).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.core.findings import AbsentError, Code, Gap
from marginline.core.nouns import dataclass
from marginline.errors import InputError, Problem
from marginline.risk.odds.past import Past
from marginline.risk.odds.paths import Step

F8 = NDArray[np.float64]
NEEDS = "GARCH needs the packages arch and scipy: pip install 'marginline[risk]'"
_TOGETHER = 2_000
_LEAST_FREEDOM = 2.05  # at 2 the variance of a t has no end


@dataclass(frozen=True, slots=True)
class Fitted:
    """By symbol `variance of the next step = omega + alpha * return**2 + beta * variance`.

    `variance`: of the next step as seen from the past's end; `freedom`: degrees of freedom of the
    shocks; `shape`: lower triangle of their correlation.
    """

    omega: F8
    alpha: F8
    beta: F8
    variance: F8
    freedom: float
    shape: F8


# Any: arch's own results have no types.
def _arch() -> Any:
    try:
        return importlib.import_module("arch").arch_model
    except ImportError:
        raise InputError([Problem("garch", "", NEEDS)]) from None


def fitted(past: Past) -> Fitted:
    """The models of a past's symbols.

    Raises:
        InputError: `arch` is not installed.
        AbsentError: a fit did not converge, or has no finite variance.
    """
    arch_model = _arch()
    rows, shocks = [], []
    returns = past.returns - past.returns.mean(axis=0)
    for column, symbol in enumerate(past.symbols):
        series = returns[:, column]
        spread = float(series.std())
        if not spread > 0:
            raise _absent(symbol, "its price did not move")
        model = arch_model(series / spread, mean="Zero", vol="GARCH", p=1, q=1, dist="t")
        model.rescale = False
        found = model.fit(disp="off", show_warning=False)
        omega, alpha, beta = (float(found.params[n]) for n in ("omega", "alpha[1]", "beta[1]"))
        if found.convergence_flag != 0 or not omega >= 0:
            raise _absent(symbol, "the fit did not converge")
        volatility = np.asarray(found.conditional_volatility)
        last = float(volatility[-1]) ** 2
        variance = omega + alpha * float(series[-1] / spread) ** 2 + beta * last
        freedom = max(_LEAST_FREEDOM, float(found.params["nu"]))
        rows.append((omega * spread**2, alpha, beta, variance * spread**2, freedom))
        shocks.append(series / spread / volatility)
    table = np.array(rows)
    together = np.atleast_2d(np.corrcoef(np.array(shocks)))
    shape = np.linalg.cholesky(together + 1e-10 * np.eye(len(rows))).astype(np.float64)
    return Fitted(
        table[:, 0], table[:, 1], table[:, 2], table[:, 3], float(table[:, 4].mean()), shape
    )


def _absent(symbol: str, why: str) -> AbsentError:
    return AbsentError(Gap(Code.MISSING_DATA, f"no chance by GARCH is told: {symbol}, {why}"))


def garch_walks(given: Fitted, steps: int, paths: int, seed: int) -> Iterator[Iterator[Step]]:
    """Groups of paths, each of them step by step."""
    for number, begins in enumerate(range(0, paths, _TOGETHER)):
        random = np.random.default_rng([seed, number, 2])
        yield _walk(given, steps, min(_TOGETHER, paths - begins), random)


def _walk(given: Fitted, steps: int, paths: int, random: np.random.Generator) -> Iterator[Step]:
    count = len(given.omega)
    moved, variance = np.zeros((paths, count)), np.tile(given.variance, (paths, 1))
    unit = np.sqrt((given.freedom - 2) / given.freedom)
    for _ in range(steps):
        normal = random.standard_normal((paths, count)) @ given.shape.T
        mixing = np.sqrt(given.freedom / random.chisquare(given.freedom, (paths, 1)))
        returns = np.sqrt(variance) * normal * mixing * unit
        moved += returns
        yield Step(np.exp(moved), np.mean(variance / given.variance, axis=1))
        variance = given.omega + given.alpha * returns**2 + given.beta * variance
