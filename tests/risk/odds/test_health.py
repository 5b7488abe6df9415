"""The health of a pool at many markets says what the rulebook says of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from marginline import formulas
from marginline.core.account.file import from_dict
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance.reach import health as exact_health
from marginline.core.findings import AbsentError
from marginline.core.numbers import exact
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule
from marginline.risk.odds import health
from marginline.risk.odds.health import Markets, healths
from marginline.venues import at
from tests.risk.books import LINEAR

SAMPLES = Path(__file__).parents[2] / "venues" / "samples"
ACCOUNTS = [
    pytest.param(document, id=f"{path.stem} {mode}".strip())
    for path in sorted(SAMPLES.glob("*.json"))
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items()
]
FACTORS = (0.4, 0.85, 0.999, 1.0, 1.2, 2.5)


@pytest.mark.parametrize("document", ACCOUNTS)
def test_floats_say_what_the_rulebook_says(document: Mapping[str, Any]) -> None:
    """All samples; a pool that has no form for many markets refuses instead."""
    account = from_dict(dict(document))
    book = at(account.venue, account.mode, account.as_of)
    compared, refused = 0, list[str]()
    with exact():
        for pool in book.resolve(account).pools:
            if pool.kind is Kind.RISK_UNIT or not pool.exposures:
                continue
            symbols = list(dict.fromkeys(e.instrument.symbol for e in pool.exposures))
            marks = dict.fromkeys(symbols, np.array(FACTORS))
            try:
                found = np.broadcast_to(healths(pool, Markets(marks, {}, pool)), len(FACTORS))
            except AbsentError as absent:
                refused.append(absent.gap.message)
                continue
            for factor, value in zip(FACTORS, found, strict=True):
                by = Decimal(repr(factor))
                moved = {e.instrument.symbol: need(e.mark) * by for e in pool.exposures}
                figures = PoolFigures(pool.at(moved), book.rules)
                try:
                    wanted = float(exact_health(figures))
                except AbsentError:
                    continue
                assert value == pytest.approx(wanted, rel=1e-9, abs=1e-6)
                compared += 1
    assert compared >= len(FACTORS) or refused
    assert all("public" in why or "scenarios" in why for why in refused)


def test_a_deduction_above_the_whole_requirement_is_not_a_number() -> None:
    row = {"floor": "0", "rate": "0.01", "deduction": "100000"}
    doc: Any = LINEAR | {"positions": LINEAR["positions"][:1]}
    doc["parameters"] = doc["parameters"] | {"tiers": {"BTCUSDT": [row]}}
    account = from_dict(doc)
    pool = at(account.venue, account.mode, account.as_of).resolve(account).pools[0]
    assert np.isnan(healths(pool, Markets({}, {}, pool)))


FLOORS = tuple(map(Decimal, ("0", "10.5", "1000", "33333.3", "1000000")))
SHARES = tuple(map(Decimal, ("0.98", "0.9", "0.7", "0.35", "0")))
AMOUNTS = [0.0, 1e-9, 7.25, 10.5, 999.99, 1000.0, 33333.3, 50_000.5, 1e6, 4e7]


@pytest.mark.parametrize("kind", ["marginal", "whole"])
@pytest.mark.parametrize("keyed_by", ["quantity", "value"])
@pytest.mark.parametrize("rate", [1.0, 0.37])
def test_many_amounts_are_cut_and_charged_as_each_by_the_formula(
    kind: str, keyed_by: str, rate: float
) -> None:
    """To the last digit, at the edges of the rows and far above the last."""
    joined = [Decimal(0)]
    for row in range(1, len(FLOORS)):
        joined.append(joined[-1] + FLOORS[row] * (SHARES[row - 1] - SHARES[row]))
    leg: Any = SimpleNamespace(
        supports=True, haircut=HaircutSchedule(keyed_by, kind, FLOORS, SHARES, tuple(joined))
    )
    rates = tuple(1 - share for share in SHARES)
    charged = RateSchedule(keyed_by, kind, FLOORS, rates, tuple(joined))
    cut = health._collateral(leg, np.array(AMOUNTS), rate)
    owed = health._borrowed(charged, np.array(AMOUNTS), rate)
    table = [[float(each) for each in told] for told in (FLOORS, SHARES, rates, joined)]
    floors, shares, dear, sums = table
    keyed, whole = keyed_by == "quantity", kind == "whole"
    for n, amount in enumerate(AMOUNTS):
        each = (amount, rate, keyed, whole, floors)
        assert np.ravel(cut)[n] == formulas.collateral_after_haircut(*each, shares, sums)
        assert owed[n] == formulas.loan_requirement(*each, dear, sums)
