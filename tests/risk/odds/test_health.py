"""The health of a pool at many markets says what the rulebook says of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marginline.core.account.file import from_dict
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance.reach import health as exact_health
from marginline.core.findings import AbsentError
from marginline.core.numbers import exact
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind
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
