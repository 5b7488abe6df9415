"""Every venue's sample account in columns, beside its own rulebook on the account itself."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import numpy as np

from marginline.book.intake.packing import pack
from marginline.core.account.file import from_dict
from marginline.core.assessment.assess import status_of
from marginline.core.assessment.figures import PoolFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.pool import Kind, Pool
from marginline.venues import at

SAMPLES = Path(__file__).parents[1] / "venues" / "samples"
ACCOUNTS = [
    pytest.param(document, id=f"{path.stem} {mode}".strip())
    for path in sorted(SAMPLES.glob("*.json"))
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items()
]
BY_THE_EXACT_PATH = {
    "bitmex": "rounds initial margin, and in its multi-asset pools has balances of its own",
    "okx portfolio": "its requirement comes from scenarios, not from tiers",
    "bybit_unified cross": "resting orders are charged by tiers",
    "bybit_unified portfolio": "scenarios",
}
"""Samples that do not fit columns, with the reason; every other one must fit."""


def number(figures: PoolFigures, measure: M) -> float:
    found = figures.figure(measure)
    return math.nan if isinstance(found, Gap) else float(found)


@pytest.mark.parametrize("factor", [0.5, 0.93, 1.0, 1.08, 2.0])
@pytest.mark.parametrize("document", ACCOUNTS)
def test_columns_say_what_the_rulebook_says(document: dict[str, Any], factor: float) -> None:
    account = from_dict(document)
    rulebook = at(account.venue, account.mode, account.as_of)
    book = pack([account])
    with exact():
        pools = [p for p in rulebook.resolve(account).pools if p.kind is not Kind.RISK_UNIT]
        moved = [_moved(pool, Decimal(str(factor))) for pool in pools]
        figures = [PoolFigures(pool, rulebook.rules) for pool in moved]
        statuses = [status_of(one)[0] for one in figures]
    sweep = book.sweep(book.prices * factor)
    for place, one in enumerate(figures):
        held = {
            M.SUPPORT: sweep.support,
            M.EQUITY: sweep.equity,
            M.MAINTENANCE_MARGIN: sweep.maintenance_margin,
            M.INITIAL_MARGIN: sweep.initial_margin,
        }
        for measure, column in held.items():
            expected = number(one, measure)
            if measure is M.MAINTENANCE_MARGIN and not one.positions and math.isnan(expected):
                expected = 0.0  # free money, of which nothing is required
            assert column[place] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
        assert sweep.status(place) is statuses[place]


@pytest.mark.parametrize("document", ACCOUNTS)
def test_what_does_not_fit_columns_is_known(
    document: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    book = pack([from_dict(document)])
    name = request.node.callspec.id
    exact_only = any(name.startswith(start) for start in BY_THE_EXACT_PATH)
    assert bool(book.odd) == exact_only, book.odd_reasons()


@pytest.mark.parametrize("document", ACCOUNTS)
def test_an_account_comes_back_as_it_was_packed(document: dict[str, Any]) -> None:
    account = from_dict(document)
    rulebook = at(account.venue, account.mode, account.as_of)
    book = pack([account])
    with exact():
        pools = [p for p in rulebook.resolve(account).pools if p.kind is not Kind.RISK_UNIT]
        for place, pool in enumerate(pools):
            own = PoolFigures(pool, rulebook.rules)
            back = PoolFigures(book.unpack(place), rulebook.rules)
            for measure in (
                M.WALLET_BALANCE, M.CREDIT, M.UNREALIZED_PNL, M.EQUITY, M.MARGIN_BALANCE,
                M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.BORROW_INITIAL_MARGIN,
                M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.MARGIN_RATIO,
            ):  # fmt: skip
                expected = pytest.approx(number(own, measure), rel=1e-12, nan_ok=True)
                assert number(back, measure) == expected, (pool.id, measure)


@pytest.mark.parametrize("document", ACCOUNTS)
def test_a_watched_sample_is_its_sweep(document: dict[str, Any]) -> None:
    from marginline.book.watch import Watch

    book = pack([from_dict(document)])
    watch, prices, random = Watch(book), book.prices.copy(), np.random.default_rng(6)
    for step in range(60):
        prices = prices * np.exp(random.normal(-0.01, 0.02, len(prices)))
        watch.tick(prices)
        sweep = book.sweep(initial=False)
        for pool in range(book.pools):
            if pool not in book.odd:
                assert watch.status(pool) is sweep.status(pool), step


def _moved(pool: Pool, factor: Decimal) -> Pool:
    """All marks and all rates times a factor; the pool's own asset is what they are told in."""
    marks = {
        e.instrument.symbol: e.mark * factor for e in pool.exposures if isinstance(e.mark, Decimal)
    }
    return pool.at(marks, {leg.asset: factor for leg in pool.legs if leg.asset != pool.asset})
