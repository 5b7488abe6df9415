"""A figure of a whole pool split over its positions, so that the parts sum to it.

Euler: what each position adds at the margin, `size * d figure / d size`; it sums to the figure
where that is homogeneous in the sizes (twice every position, twice the figure). Shapley: what each
adds on average over every order in which the positions could have been opened; it always sums. A
hedge may have a negative Euler part and a positive Shapley part, so the method is told with them.
Shapley, A value for n-person games (1953); Tasche, Capital allocation by Euler (2008).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Literal

from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO

Method = Literal["whole", "euler", "shapley", "shapley_sampled"]
Figure = Callable[[Mapping[str, Decimal]], Decimal]
"""The figure of the pool where each position has so much of its size (0: it is not there)."""

EXACT_UP_TO = 10
"""Positions up to which every order is counted: 1,024 evaluations."""
ORDERS = 200
"""Orders drawn beyond that, each with its reverse."""
_NUDGE = Decimal("1e-6")
_SAME = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Split:
    """Parts of `whole` by position, and `rest`, which stands without any of them.

    `rest` and the parts sum to `whole` exactly. `errors`: one standard error of each part, where
    orders were drawn.
    """

    method: Method
    whole: Decimal
    rest: Decimal
    parts: Mapping[str, Decimal]
    errors: Mapping[str, Decimal] = field(default_factory=dict)

    def share(self, key: str) -> Decimal | None:
        """A part as a fraction of all parts; None where they come to nothing."""
        held = self.whole - self.rest
        return self.parts[key] / held if held else None


def split(
    keys: Sequence[str], figure: Figure, *, exact_up_to: int = EXACT_UP_TO, seed: int = 0
) -> Split:
    """The figure split over the positions: Euler where it is homogeneous, else Shapley.

    Raises:
        AbsentError: what `figure` raises.
    """
    rest, whole = figure(dict.fromkeys(keys, ZERO)), figure(dict.fromkeys(keys, ONE))
    if len(keys) <= 1:
        return Split("whole", whole, rest, dict.fromkeys(keys, whole - rest))
    slopes = {key: _slope(keys, key, figure) for key in keys}
    if abs(sum(slopes.values(), ZERO) - (whole - rest)) <= _SAME * (abs(whole) + abs(rest)):
        return Split("euler", whole, rest, _summing(slopes, whole - rest))
    if len(keys) <= exact_up_to:
        return Split("shapley", whole, rest, _summing(_shapley(keys, figure), whole - rest))
    parts, errors = _sampled(keys, figure, seed)
    return Split("shapley_sampled", whole, rest, _summing(parts, whole - rest), errors)


def _slope(keys: Sequence[str], key: str, figure: Figure) -> Decimal:
    up, down = (figure({**dict.fromkeys(keys, ONE), key: ONE + by}) for by in (_NUDGE, -_NUDGE))
    return (up - down) / (2 * _NUDGE)


def _summing(parts: Mapping[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """The parts with what rounding left over in the largest of them."""
    left = whole - sum(parts.values(), ZERO)
    largest = max(parts, key=lambda key: abs(parts[key]))
    return {key: part + left if key == largest else part for key, part in parts.items()}


def _shapley(keys: Sequence[str], figure: Figure) -> dict[str, Decimal]:
    count = len(keys)
    value = {
        frozenset(there): figure({key: ONE if key in there else ZERO for key in keys})
        for size in range(count + 1)
        for there in itertools.combinations(keys, size)
    }
    orders = math.factorial(count)
    parts = dict.fromkeys(keys, ZERO)
    for there, worth in value.items():
        for key in keys:
            if key not in there:
                ways = math.factorial(len(there)) * math.factorial(count - len(there) - 1)
                parts[key] += ways * (value[there | {key}] - worth)
    return {key: part / orders for key, part in parts.items()}


def _sampled(
    keys: Sequence[str], figure: Figure, seed: int
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Parts over drawn orders, each with its reverse, and their standard errors."""
    drawn = random.Random(seed)  # noqa: S311 - orders, no secrets
    known: dict[frozenset[str], Decimal] = {}

    def worth(there: frozenset[str]) -> Decimal:
        if there not in known:
            known[there] = figure({key: ONE if key in there else ZERO for key in keys})
        return known[there]

    sums = dict.fromkeys(keys, ZERO)
    squares = dict.fromkeys(keys, ZERO)
    for _ in range(ORDERS):
        order = drawn.sample(list(keys), len(keys))
        pair = dict.fromkeys(keys, ZERO)
        for sequence in (order, order[::-1]):
            for place, key in enumerate(sequence):
                before = frozenset(sequence[:place])
                pair[key] += (worth(before | {key}) - worth(before)) / 2
        for key, part in pair.items():
            sums[key] += part
            squares[key] += part * part
    means = {key: total / ORDERS for key, total in sums.items()}
    spread = {key: squares[key] / ORDERS - means[key] ** 2 for key in keys}
    errors = {key: max(ZERO, each).sqrt() / Decimal(ORDERS).sqrt() for key, each in spread.items()}
    return means, errors
