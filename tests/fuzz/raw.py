"""Mutated raw answers of every venue: cut, emptied, turned, of another type.

What a venue prints twice refutes what was changed once; what it prints once and is taken away is
unknown. `tests.fuzz.mutating` says what must hold.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from marginline.core.assessment.assessment import Assessment
from marginline.venues.assessing import assess
from tests.fuzz.mutating import (
    TAKEN,
    Path,
    at,
    check_less,
    check_no_better,
    judged,
    other_value,
    placed,
    places,
    without,
)
from tests.fuzz.told import Told, told

_ORDERS = frozenset({"open_orders", "orders", "um_open_orders", "cm_open_orders", "coin_orders"})
_TERMS = frozenset({"risk_limit", "tiers", "brackets", "um_brackets", "cm_brackets", "contracts"})
_LISTS = ("list", "data", "rows", "orders", "entrustedList")
_UNCOUNTED = {
    "bingx_perpetual": ("balance", "coin_balance", "positions"),
    "bingx_standard": ("positions",),
}
"""Lists by venue beside which no total stands that would tell that a row is gone."""
_SELDOM = 0.3
"""How much rarer the accounts with hundreds of risk steps are taken: each costs ten others."""


@dataclass(frozen=True)
class Base:
    """An account that is mutated, what it is judged as, and every place in it."""

    told: Told
    whole: Assessment
    paths: tuple[Path, ...]


def bases() -> list[Base]:
    """Every account there is."""
    return [
        Base(each, assess(each.read(each.answers)), tuple(places(each.answers))) for each in told()
    ]


def one(chance: random.Random, base: Base) -> None:
    """One mutation, checked.

    Raises:
        AssertionError: it broke a rule; the message names the account and the places.
    """
    answers: Any = base.told.answers
    path = chance.choice(base.paths)
    here = [f"{base.told.name}: {'.'.join(map(str, path))}"]
    try:
        if chance.random() < 0.4:
            check(base, path, judged_of(base, without(answers, path)))
            return
        value = other_value(chance, at(answers, path))
        mutated = placed(answers, path, value)
        here.append(f"= {value!r:.60}")
        found = judged_of(base, mutated)
        if any(value is each or value == each for each in TAKEN):
            check(base, path, found)
        for _ in range(chance.randrange(2)):
            other = chance.choice(base.paths)
            try:
                value = other_value(chance, at(mutated, other))
                mutated = placed(mutated, other, value)
            except (KeyError, IndexError, TypeError, AttributeError):
                break
            here.append(f"and {'.'.join(map(str, other))} = {value!r:.60}")
            judged_of(base, mutated)
    except Exception as fault:
        raise AssertionError(f"{' '.join(here)}: {fault!r}") from fault


def judged_of(base: Base, answers: Any) -> Assessment | None:
    """The assessment of answers like those of an account; None where they are refused."""
    return judged(lambda: assess(base.told.read(answers)))


def check(base: Base, path: Path, less: Assessment | None) -> None:
    """What must hold when a part of an answer has been taken away.

    A list without one of its rows is a whole answer of another account, or of another day's terms,
    where no total beside it tells that one is gone.
    """
    if less is None:
        return
    kind = path[0]
    row = isinstance(path[-1], int) or path[-1] in (*_LISTS, kind)
    if row and (kind in _ORDERS or kind in _UNCOUNTED.get(base.told.venue, ())):
        return
    if row and kind in _TERMS:
        check_no_better(base.whole, less)
    else:
        check_less(base.whole, less)


def run(seed: int, inputs: int) -> None:
    """So many mutations from a seed.

    Raises:
        AssertionError: a mutation broke a rule; the message names seed and number.
    """
    chance = random.Random(seed)
    accounts = bases()
    weights = [_SELDOM if each.told.venue == "bitmex" else 1 for each in accounts]
    for number, base in enumerate(chance.choices(accounts, weights, k=inputs)):
        try:
            one(chance, base)
        except Exception as fault:
            raise AssertionError(f"seed {seed}, input {number}: {fault!r}") from fault
