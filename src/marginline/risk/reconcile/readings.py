"""Readings under which a printed figure is right, though it is not ours to the last digit.

Prices are printed to a digit and reckoned with more of them; fields of one answer, and answers of
one account, are of slightly different moments; a field once meant something else; contracts are
rounded one by one; a list holds a part of its rows. Only where none of these fits does an answer
contradict itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, to_text
from marginline.core.pool.exposure import Exposure, known
from marginline.venues.compare.comparing import ACCOUNT, Claim, Identity

M = Measure


class Cause(StrEnum):
    """What kind of thing makes a printed figure another than ours."""

    PRICE_ROUNDING = "rounding of prices"
    CONTRACT_ROUNDING = "rounding per contract"
    OLDER_MEANING = "older meaning"
    NOT_WHOLE = "part of the rows"
    OTHER_ACCOUNT = "another kind of account"
    ANOTHER_MOMENT = "another moment"
    PRINTED_BY_ONE = "printed by one alone"
    OTHER_LEVERAGE = "another leverage"
    OTHER_TIERS = "other tiers"
    ORDERS_NOT_TOLD = "orders not told"
    BONUS = "bonus"
    FOLLOWS = "follows from another"
    CONTRADICTION = "contradicts itself"
    UNEXPLAINED = "unexplained"


class Reason(NamedTuple):
    """Why a figure differs: the kind of cause, and the sentence that says it."""

    cause: Cause
    text: str


class Evidence:
    """What there is to go by: the account, its assessment, the sums that the payload breaks.

    `broken` are those that no reading explains, `explained` those that one does, each with it.
    """

    def __init__(
        self,
        account: Account,
        assessment: Assessment,
        identities: Iterable[Identity],
        claims: Sequence[Claim],
    ) -> None:
        self.account = account
        self.assessment = assessment
        self.positions = {p.name: p for pool in assessment.pools for p in pool.figures.positions}
        self.pool_of = {
            p.name: pool.id for pool in assessment.pools for p in pool.figures.positions
        }
        self.broken: tuple[Identity, ...] = ()
        self.explained: tuple[tuple[Identity, Reason], ...] = ()
        for identity in identities:
            if identity.holds:
                continue
            reading = reading_of(identity, self, claims)
            if reading is None:
                self.broken += (identity,)
            else:
                self.explained += ((identity, reading),)

    def bears_on(self, where: str, other: str) -> bool:
        """Whether a figure at one place is part of one at another."""
        if other in (where, ACCOUNT):
            return True
        pool, mine = self.pool_of.get(where, where), self.pool_of.get(other, other)
        whole = other.removeprefix("assets.")
        return pool in (mine, whole) or pool.partition(" ")[0] == other

    def within(self, where: str) -> Iterator[PositionFigures]:
        """The positions that a figure at such a place is made of."""
        if where in self.positions:
            yield self.positions[where]
            return
        asset = where.removeprefix("assets.")
        for name, position in self.positions.items():
            if position.exposure.asset == asset or self.bears_on(name, where):
                yield position


# -- sums of the venue's own -------------------------------------------------------------------

_SECOND = Decimal("0.0005")
"""What prices move by while one answer is put together: a second's move, as a fraction."""
_BETWEEN = Decimal("0.005")
"""What they move by between two answers: a minute's, as a fraction."""
_MOVING = (
    M.NOTIONAL, M.UNREALIZED_PNL, M.EQUITY, M.MARGIN_BALANCE, M.INITIAL_MARGIN,
    M.POSITION_INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.AVAILABLE_BALANCE,
)  # fmt: skip


def reading_of(identity: Identity, evidence: Evidence, claims: Sequence[Claim]) -> Reason | None:
    """The reading that explains a broken sum of the venue's own figures; None where none does."""
    if identity.reading is not None:
        cause = Cause.NOT_WHOLE if identity.partial else Cause.OTHER_ACCOUNT
        return Reason(cause, identity.reading)
    if identity.plain:
        return None
    where = identity.where.removeprefix("assets.")
    own = [c for c in claims if c.where.removeprefix("assets.") == where]
    measures = {claim.measure for claim in own if claim.label in identity.labels}
    if not measures.intersection(_MOVING):
        return None
    gap, held = abs(identity.left - identity.right), list(evidence.within(identity.where))
    if gap <= _of_digits(held) + identity.tolerance:
        return Reason(Cause.PRICE_ROUNDING, "within what the rounding of the printed prices allows")
    value = _value(held)
    if value and gap <= value * _SECOND:
        text = f"its fields are of slightly different moments: {_percent(gap / value)} of a move"
        return Reason(Cause.ANOTHER_MOMENT, text)
    return None


def not_whole(claim: Claim, evidence: Evidence) -> str:
    """That a total is of more rows than the answer lists."""
    for identity, reading in evidence.explained:
        if reading.cause is Cause.NOT_WHOLE and identity.where == claim.where:
            return reading.text
    return ""


# -- digits of prices --------------------------------------------------------------------------

_PRICES = (M.LIQUIDATION_PRICE, M.BREAK_EVEN_PRICE, M.BANKRUPTCY_PRICE)
_OF_PRICES = (M.UNREALIZED_PNL, M.NOTIONAL, M.EQUITY, M.MARGIN_BALANCE)
_TENTH_PER_MILLE = Decimal("0.0001")


def within_rounding(claim: Claim, evidence: Evidence) -> Reason | None:
    """Why a difference is none: prices, or the value of one contract, are rounded on the way."""
    theirs, ours = claim.theirs, claim.ours
    if isinstance(ours, Gap) or theirs is None:
        return None
    gap, own = abs(ours - theirs) - claim.tolerance, list(evidence.within(claim.where))
    if claim.measure in _PRICES:
        ticks = [tick for p in own if (tick := p.exposure.instrument.tick_size) is not None]
        if ticks and gap <= max(ticks):
            return Reason(Cause.PRICE_ROUNDING, "within one tick")
        return None
    if claim.measure in _OF_PRICES and gap <= _of_digits(own):
        text = "within what the rounding of the printed prices allows"
        return Reason(Cause.PRICE_ROUNDING, text)
    halves = [(p.exposure.instrument.settle_step or ZERO) / 2 for p in own]
    allowed = sum((abs(p.exposure.size) * s for p, s in zip(own, halves, strict=True)), ZERO)
    if allowed and all(halves) and gap <= allowed:
        text = "the venue rounds the value of one contract before it multiplies"
        return Reason(Cause.CONTRACT_ROUNDING, text)
    return None


def _of_digits(positions: Iterable[PositionFigures]) -> Decimal:
    """What P&L moves by when mark and entry price are each off by a unit of their last digit."""
    allowed = ZERO
    for position in positions:
        exposure = position.exposure
        prices = [p for p in (exposure.mark, exposure.entry_price) if isinstance(p, Decimal)]
        unit = abs(exposure.size) * exposure.unit
        for price in prices:
            moved = unit * _last_digit(price)
            if exposure.inverse:
                allowed += moved / (price * price) if price else ZERO
            else:
                allowed += moved
    return allowed


def _last_digit(price: Decimal) -> Decimal:
    """A unit of the last digit a price is printed with; a price of few digits is no coarser."""
    exponent = price.as_tuple().exponent
    digit = Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(0)
    return min(digit, abs(price) * _TENTH_PER_MILLE)


# -- older meanings ----------------------------------------------------------------------------


def older_meaning(claim: Claim, evidence: Evidence) -> str:
    """Initial margin that holds the P&L, as some venues' answers once printed it."""
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or theirs is None or isinstance(claim.ours, Gap):
        return ""
    pnl = known(position.figure(M.UNREALIZED_PNL))
    if pnl is None:  # no mark is told, but the venue's own P&L may be
        told = None if evidence.account.reported is None else evidence.account.reported.positions
        said = (told or {}).get(claim.where, {}).get(M.UNREALIZED_PNL.value)
        pnl = Decimal(0) if said is None else said
    if claim.measure is not M.INITIAL_MARGIN or not pnl:
        return ""
    step = Decimal("0.0001")  # what such answers print
    if abs(claim.ours + pnl - theirs) > step + claim.tolerance:
        return ""
    return "it is initial margin + unrealized P&L: an older meaning of the field"


# -- slightly different moments ----------------------------------------------------------------


def slight_move(claim: Claim, evidence: Evidence) -> str:
    """A difference that a small move of the prices makes: two answers are seldom of one moment."""
    theirs, ours = claim.theirs, claim.ours
    if theirs is None or isinstance(ours, Gap) or claim.measure not in _MOVING:
        return ""
    own = list(evidence.within(claim.where))
    if claim.where in evidence.positions:
        return _slight_mark(claim, own[0])
    if claim.measure not in (M.UNREALIZED_PNL, M.EQUITY, M.MARGIN_BALANCE):
        return ""
    value = _value(own)
    if not value or abs(ours - theirs) > value * _BETWEEN:
        return ""
    move = _percent(abs(ours - theirs) / value)
    return f"the answers are of slightly different moments: a move of {move} makes the difference"


def _slight_mark(claim: Claim, position: PositionFigures) -> str:
    mark, told = implied_mark(claim, position.exposure), position.exposure.mark
    if mark is None or not isinstance(told, Decimal) or abs(mark / told - 1) > _BETWEEN:
        return ""
    return (
        f"the venue's figure was made at a mark of {brief(mark)}, the answers give {to_text(told)}:"
        " they are of slightly different moments"
    )


def implied_mark(claim: Claim, exposure: Exposure) -> Decimal | None:
    """The mark at which the venue's notional or P&L would be right; None where there is none."""
    theirs, unit = claim.theirs, abs(exposure.size) * exposure.unit
    if theirs is None or not unit:
        return None
    if claim.measure is M.NOTIONAL and theirs > 0:
        return unit / theirs if exposure.inverse else theirs / unit
    entry = exposure.entry_price
    if claim.measure is not M.UNREALIZED_PNL or not isinstance(entry, Decimal):
        return None
    signed = exposure.size * exposure.unit
    if not exposure.inverse:
        mark = entry + theirs / signed
    else:
        reciprocal = 1 / entry - theirs / signed
        mark = 1 / reciprocal if reciprocal > 0 else Decimal(0)
    return mark if mark > 0 else None


def _value(positions: Iterable[PositionFigures]) -> Decimal:
    """What is open at the mark, in the positions' settle asset; what has no mark is left out."""
    values = (position.figure(M.NOTIONAL) for position in positions)
    return sum((value for value in values if isinstance(value, Decimal)), ZERO)


def _percent(share: Decimal) -> str:
    return f"{brief(Decimal(f'{share * 100:.2g}'))} %"


def brief(number: Decimal) -> str:
    """Twelve significant digits: what is implied is no more exact than that."""
    return to_text(number.normalize() if not number else Decimal(f"{number:.12g}"))
