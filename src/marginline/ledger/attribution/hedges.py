"""What the hedge of a group of positions did not cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.errors import InputError, Problem
from marginline.ledger.attribution.attribution import MEASURES, Attribution, Part, merged
from marginline.ledger.attribution.causes import Cause
from marginline.ledger.exactly import SUMS, less, total

_NONE = Fraction(0)
_PRICES = (Cause.MARKET, Cause.BASIS, Cause.PRICE)


@dataclass(frozen=True, slots=True)
class Hedge:
    """A group: `covered` positions, the `hedges` against them, and the ratio that is meant.

    Positions by their key. `ratio` 1 means that the hedges are to make what the covered positions
    lose; 0.5 half of it.
    """

    covered: tuple[str, ...]
    hedges: tuple[str, ...]
    ratio: Decimal = ONE


ESTIMATED = "estimated"


def hedge_of(text: str) -> tuple[Hedge, bool]:
    """A group from "ETHUSDT/both,SOLUSDT/both:BTCUSDT/both@0.8", and whether to estimate it.

    Raises:
        InputError: not of this form, or a ratio that is not > 0.
    """
    members, _, ratio = text.partition("@")
    covered, colon, hedges = members.partition(":")
    estimated = ratio == ESTIMATED
    try:
        number = Decimal(ratio) if ratio and not estimated else ONE
    except InvalidOperation:
        number = -ONE
    if not (covered and colon and hedges) or not number.is_finite() or number <= 0:
        remedy = "write KEYS:KEYS, or KEYS:KEYS@RATIO with a ratio > 0, or @estimated"
        raise InputError(
            [Problem("hedge", text[:200], "is no group of positions and hedges", remedy)]
        )
    return Hedge(tuple(covered.split(",")), tuple(hedges.split(",")), number), estimated


def with_hedges(spans: Sequence[Attribution], hedges: Sequence[Hedge]) -> list[Attribution]:
    """Spans on end, each with every group told in it; a group needs to be in one of them.

    Raises:
        InputError: a group is in none of them, or its pools are of several assets.
    """
    told = list(spans)
    for hedge in hedges:
        there = [_there(span, hedge) for span in told]
        if not any(there):
            with_hedge(told[0], hedge)
        told = [
            with_hedge(span, hedge) if known else span
            for span, known in zip(told, there, strict=True)
        ]
    return told


def _there(found: Attribution, hedge: Hedge) -> bool:
    """Whether a position of the group is in either account, also one that never moved."""
    known = {*found.sides, *(part.where for part in found.parts)}
    return not known.isdisjoint((*hedge.covered, *hedge.hedges))


def with_hedge(found: Attribution, hedge: Hedge) -> Attribution:
    """The attribution with the prices of the hedges told as hedge and residual.

    What the hedges made by price, `y`, is `-ratio * x + (y + ratio * x)`, with `x` of the covered
    positions: the first part is the hedge, the second what it did not cover (or made beside).

    Raises:
        InputError: no such position moved by price, or the group's pools are of several assets.
    """
    members = (*hedge.covered, *hedge.hedges)
    moved = [part for part in found.parts if part.cause in _PRICES and part.where in members]
    assets = {part.asset for part in moved}
    if len(assets) > 1:
        message = "the group's pools are of several assets, which are not added"
        raise InputError([Problem("hedge", ", ".join(sorted(assets)), message)])
    if not moved and not _there(found, hedge):
        message = "no position of the group is in either account"
        raise InputError([Problem("hedge", ", ".join(members), message, "keys: BTCUSDT/both")])
    covered = [part for part in moved if part.where in hedge.covered]
    hedges = [part for part in moved if part.where in hedge.hedges]
    if not hedges:
        return found
    parts = [part for part in found.parts if part not in hedges]
    told = _told(hedge, [total(p.amount(m) for p in covered) for m in MEASURES], hedges)
    return replace(found, parts=merged((*parts, *told)))


def _told(hedge: Hedge, lost: Sequence[Decimal], hedges: Sequence[Part]) -> Iterator[Part]:
    """In the first hedge's pool what was meant; in each hedge's, what it made beside that."""
    meant = [-SUMS.multiply(hedge.ratio, amount) for amount in lost]
    first = hedges[0]
    yield first.of(meant, cause=Cause.HEDGE)
    for part in hedges:
        less_meant = meant if part is first else [ZERO] * len(MEASURES)
        rest = [less(part.amount(m), a) for m, a in zip(MEASURES, less_meant, strict=True)]
        yield part.of(rest, cause=Cause.HEDGE_RESIDUAL)


def estimated_ratio(covered: Sequence[Decimal], hedges: Sequence[Decimal]) -> Decimal:
    """The ratio at which the hedge leaves the least variance: `-cov(x, y) / var(x)`.

    Args:
        covered: changes of the covered positions' P&L, span by span.
        hedges: changes of the hedges' P&L over the same spans.

    Raises:
        InputError: fewer than two spans, of unequal number, or the covered never moved.
    """
    if len(covered) != len(hedges) or len(covered) < 2:
        message = "needs the same spans of both sides, two at least"
        raise InputError([Problem("hedge", f"{len(covered)} and {len(hedges)}", message)])
    x, y = ([Fraction(v) for v in side] for side in (covered, hedges))
    mean_x, mean_y = sum(x, _NONE) / len(x), sum(y, _NONE) / len(y)
    variance = sum(((a - mean_x) ** 2 for a in x), _NONE)
    if not variance:
        raise InputError([Problem("hedge", "0", "the covered positions never moved")])
    common = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), _NONE)
    ratio = -common / variance
    return Decimal(ratio.numerator) / Decimal(ratio.denominator)
