"""Causes over time: what each has done to a figure since the first of several spans on end."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

from marginline.core.numbers import ZERO
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.attribution.sentence import named
from marginline.ledger.exactly import SUMS


def cumulated(
    spans: Sequence[Attribution], asset: str, measure: str = "margin_balance"
) -> dict[str, list[Decimal]]:
    """By cause (prices by position) the sum up to the end of each span; what never moved is out.

    The last sums of all causes are the change of the figure over all spans.
    """
    found: dict[str, list[Decimal]] = {}
    for place, span in enumerate(spans):
        for name, amount in named(span, asset, measure):
            word = name.removeprefix("the ")
            moved = found.setdefault(word, [ZERO] * len(spans))
            moved[place] = SUMS.add(moved[place], amount)
    return {word: list(accumulate(moved, SUMS.add)) for word, moved in found.items()}
