"""Mutated raw answers of every venue: cut, emptied, turned, of another type.

What a venue prints twice refutes what was changed once; what it prints once and is taken away is
unknown. `tests.fuzz.mutating` says what must hold.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marginline.core.assessment.assessment import Assessment
from marginline.venues.assessing import assess
from tests.fuzz.mutating import (
    SELDOM,
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
from tests.fuzz.told import Told

_ORDERS = frozenset({"open_orders", "orders", "um_open_orders", "cm_open_orders", "coin_orders"})
_TERMS = frozenset({"risk_limit", "tiers", "brackets", "um_brackets", "cm_brackets", "contracts"})
_LISTS = ("list", "data", "rows", "orders", "entrustedList", "B", "P")
_UNCOUNTED = {
    "bingx_perpetual": ("balance", "coin_balance", "positions"),
    "bingx_standard": ("positions",),
}
"""Lists by venue beside which no total stands that would tell that a row is gone."""
_LONG = ("bitmex", "okx portfolio")


def _is_beside_totals(told: Told, path: Path) -> bool:
    """Whether a row of Binance's account is of an asset that its totals leave out: all but USDT."""
    row = at(told.answers, path)
    return told.venue == "binance_usdm" and isinstance(row, dict) and row.get("asset") != "USDT"


def _is_dust(told: Told, path: Path) -> bool:
    """Whether a row is of less than a cent: no total beside it tells that it is gone (OKX)."""
    row = at(told.answers, path)
    worth = row.get("eqUsd") if isinstance(row, dict) else None
    return isinstance(worth, str) and bool(worth) and abs(float(worth)) < 0.01


def _uncounted(told: Told) -> tuple[str, ...]:
    if told.venue == "binance_usdm" and "account" not in told.answers:
        return ("balance",)  # the account's answer has the totals of its rows
    return _UNCOUNTED.get(told.venue, ())


@dataclass(frozen=True)
class Answered:
    """Answers that are mutated."""

    told: Told

    @property
    def weight(self) -> float:
        """How often they are taken beside others."""
        return SELDOM if self.told.name.startswith(_LONG) else 1

    @cached_property
    def whole(self) -> Assessment:
        """What they are judged as."""
        return assess(self.told.read(self.told.answers))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every place in them."""
        return tuple(places(self.told.answers))

    def mutate(self, chance: random.Random) -> None:
        """One mutation of them, checked: a part taken away, emptied or turned, or two of them.

        Raises:
            AssertionError: it broke a rule; the message names the account and the places.
        """
        answers: Any = self.told.answers
        path = chance.choice(self.paths)
        here = [f"{self.told.name}: {'.'.join(map(str, path))}"]
        try:
            if chance.random() < 0.4:
                check(self, path, judged_of(self, without(answers, path)))
                return
            value = other_value(chance, at(answers, path))
            mutated = placed(answers, path, value)
            here.append(f"= {value!r:.60}")
            if chance.random() < 0.3 and (second := _second(self, chance, mutated)):
                mutated, told = second
                here.append(told)
                judged_of(self, mutated)
                return
            found = judged_of(self, mutated)
            if any(value is each or value == each for each in TAKEN):
                check(self, path, found)
        except Exception as fault:
            raise AssertionError(f"{' '.join(here)}: {fault!r}") from fault


def _second(base: Answered, chance: random.Random, mutated: Any) -> tuple[Any, str] | None:
    """The mutated answers with another place turned, and its name; None where it is gone."""
    path = chance.choice(base.paths)
    try:
        value = other_value(chance, at(mutated, path))
        return placed(mutated, path, value), f"and {'.'.join(map(str, path))} = {value!r:.60}"
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def judged_of(base: Answered, answers: Any) -> Assessment | None:
    """The assessment of answers like those of an account; None where they are refused."""
    return judged(lambda: assess(base.told.read(answers)))


def check(base: Answered, path: Path, less: Assessment | None) -> None:
    """What must hold when a part of an answer has been taken away.

    A list without one of its rows is a whole answer of another account, or of another day's terms,
    where no total beside it tells that one is gone.
    """
    if less is None:
        return
    kind = path[0]
    row = isinstance(path[-1], int) or path[-1] in (*_LISTS, kind)
    if row and (kind in _ORDERS or kind == "events" or kind in _uncounted(base.told)):
        return
    if _is_dust(base.told, path):
        return
    if path[:2] == ("account", "assets") and _is_beside_totals(base.told, path):
        return
    if row and kind in _TERMS:
        check_no_better(base.whole, less)
    else:
        check_less(base.whole, less)
