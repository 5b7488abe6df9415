"""The pass over a pool's measures gives what the rules give, digit for digit."""

from __future__ import annotations

import pytest

import marginline as ml
from marginline.core.assessment.bulk import fill, menus_of
from marginline.core.assessment.figures import Figures, PoolFigures
from marginline.core.numbers import exactly
from marginline.errors import MarginlineError
from marginline.venues import at
from tests.equality.drawn import GROUPS, accounts

PASSED = 30  # accounts of each group; the recorder looks at thousands


@exactly
def agree(document: dict[str, object]) -> int:
    """How many positions the pass filled; every figure is that of the rules."""
    account = ml.from_dict(document)
    book = at(account.venue, account.mode, account.as_of)
    filled = 0
    for pool in book.resolve(account).pools:
        passed, ruled = PoolFigures(pool, book.rules), PoolFigures(pool, book.rules)
        fill(passed)
        of_pool, of_position = menus_of(book.rules, pool.kind)
        pairs: list[tuple[Figures, Figures]] = [(passed, ruled)]
        pairs += zip(passed.positions, ruled.positions, strict=True)
        for one, two in pairs:
            for measure in (of_pool if one is passed else of_position).measures:
                found, meant = one.figure(measure), two.figure(measure)
                assert found == meant, f"{pool.id} {one.name} {measure}: {found} for {meant}"
        filled += sum(position.reached is not None for position in passed.positions)
    return filled


@pytest.mark.parametrize("group", GROUPS)
def test_the_pass_agrees_with_the_rules_over_drawn_accounts(group: str) -> None:
    filled = positions = 0
    for document in accounts(group, PASSED, 11):
        try:
            filled += agree(document)
        except MarginlineError:
            continue
        positions += len(document["positions"])
    assert filled > positions * 0.3, "the pass left most positions to their rules"
