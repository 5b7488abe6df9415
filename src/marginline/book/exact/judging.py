"""One pool of many by the exact path: assessment, explanation, status, the level it has reached."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marginline import formulas
from marginline.book.accounts import Accounts
from marginline.book.exact.unpacking import unpacked
from marginline.book.kernels.columns import F8
from marginline.book.kernels.values import LEVEL_UNKNOWN, LEVEL_WITHOUT
from marginline.core.assessment.assess import assess_pool, status_of
from marginline.core.assessment.assessment import (
    Assessment,
    PoolAssessment,
    RulebookReference,
    with_more,
)
from marginline.core.assessment.explanation import Explanation, explain
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import AbsentError, Code, Finding, Status
from marginline.core.later import Later
from marginline.core.measures import Measure
from marginline.core.numbers import exactly


@exactly
def assessed(accounts: Accounts, pool: int, prices: F8) -> PoolAssessment:
    """Every measure of a pool at these prices, its findings, and a status that may alert."""
    found = assess_pool(unpacked(accounts, pool, prices), accounts.rules_of(pool))
    odd = accounts.odd.get(pool)
    if odd is None or odd.doubt is None or found.status is None:
        return found
    note = Finding(Code.CONTRADICTION, found.id, odd.doubt.text)
    notes = with_more(found.notes, note)
    return replace(found, status=odd.judged(found.status), notes=notes)


@exactly
def explained(accounts: Accounts, pool: int, measure: Measure | str, prices: F8) -> Explanation:
    """The tree behind one number of a pool at these prices."""
    rules = accounts.rules_of(pool)
    found = assess_pool(unpacked(accounts, pool, prices), rules)
    assessment = Assessment(
        venue="book",
        mode=None,
        as_of=datetime(1970, 1, 1, tzinfo=UTC),
        rulebook=RulebookReference("BOOK", "1970-01-01", Later(str)),
        status=found.status,  # type: ignore[arg-type]
        asset=found.asset,
        measures=found.measures,
        pools=(found,),
        notes=Later(tuple),
        rules=rules,
    )
    return explain(assessment, found.id, measure)


@exactly
def exact_status(accounts: Accounts, pool: int, prices: F8) -> Status:
    """Status of a pool at these prices."""
    found = status_of(PoolFigures(unpacked(accounts, pool, prices), accounts.rules_of(pool)))[0]
    return accounts.odd[pool].judged(found) if pool in accounts.odd else found


@exactly
def exact_level(accounts: Accounts, pool: int, thresholds: F8) -> int:
    """How many of the thresholds (requirement / support) a pool has reached now."""
    figures = PoolFigures(unpacked(accounts, pool, accounts.prices), accounts.rules_of(pool))
    lane = accounts.lane_of_pool[pool]
    strict = accounts.table.groups.strict[accounts.store.lanes.group[lane]]
    try:
        support, needed = figures[Measure.SUPPORT], requirement(figures)
    except AbsentError:
        return LEVEL_UNKNOWN
    if needed == 0:
        return 0 if support >= 0 else LEVEL_WITHOUT
    levels = [Decimal(repr(level)) for level in thresholds.tolist() if not math.isnan(level)]
    return formulas.levels_reached(needed, support, levels, strict.tolist())
