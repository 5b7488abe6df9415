"""Why a figure of ours and the venue's differ: the first reason that the evidence bears out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import to_text
from marginline.core.pool import terms
from marginline.core.pool.exposure import known
from marginline.risk.reconcile.readings import (
    Cause,
    Evidence,
    Reason,
    brief,
    implied_mark,
    not_whole,
    older_meaning,
    slight_move,
)
from marginline.venues.compare.comparing import Claim

M = Measure
Earlier = Sequence[tuple[str, str, Measure | None]]
"""Lines that differ already: where, label, measure."""

_MONEY = (M.WALLET_BALANCE, M.UNREALIZED_PNL, M.MARGIN_BALANCE)
_INITIAL = (M.INITIAL_MARGIN, M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN)
_MADE_OF = {
    M.UNREALIZED_PNL: (M.NOTIONAL, M.UNREALIZED_PNL),
    M.EQUITY: (M.WALLET_BALANCE, M.UNREALIZED_PNL),
    M.MARGIN_BALANCE: (M.WALLET_BALANCE, M.UNREALIZED_PNL, M.EQUITY, M.MARGIN_BALANCE),
    M.INITIAL_MARGIN: (M.NOTIONAL, M.INITIAL_MARGIN),
    M.POSITION_INITIAL_MARGIN: (M.NOTIONAL, M.INITIAL_MARGIN),
    M.MAINTENANCE_MARGIN: (M.NOTIONAL, M.MAINTENANCE_MARGIN),
    M.MARGIN_RATIO: (M.MARGIN_BALANCE, M.MAINTENANCE_MARGIN),
    M.VENUE_RATIO: (M.MARGIN_BALANCE, M.MAINTENANCE_MARGIN),
    M.AVAILABLE_BALANCE: (*_MONEY, *_INITIAL),
    M.WITHDRAWABLE_BALANCE: (*_MONEY, *_INITIAL, M.MAINTENANCE_MARGIN, M.AVAILABLE_BALANCE),
    M.LIQUIDATION_PRICE: (M.WALLET_BALANCE, M.UNREALIZED_PNL, M.MAINTENANCE_MARGIN),
}


_FINDERS: tuple[tuple[Cause, Callable[[Claim, Evidence], str]], ...]


def reason_of(claim: Claim, evidence: Evidence, earlier: Earlier) -> Reason:
    """Why the claim differs from ours: the first cause that the evidence bears out.

    That the answer contradicts itself is said only where no reading of it fits.
    """
    for cause, find in _FINDERS:
        if text := find(claim, evidence):
            return Reason(cause, text)
    if text := _follows(claim, evidence, earlier):
        return Reason(Cause.FOLLOWS, text)
    return Reason(Cause.UNEXPLAINED, "unexplained by the answers given")


def _contradicts(claim: Claim, evidence: Evidence) -> str:
    where = claim.where.removeprefix("assets.")
    for identity in evidence.broken:
        if identity.where.removeprefix("assets.") == where and claim.label in identity.labels:
            return f"the payload contradicts itself: {identity.sentence}"
    return ""


def _no_such(claim: Claim, _: Evidence) -> str:
    if isinstance(claim.ours, Gap):
        return f"the venue prints one, we find none: {claim.ours.message}"
    return "the venue prints none, we find one" if claim.theirs is None else ""


# -- the mark of another moment ----------------------------------------------------------------


def _other_mark(claim: Claim, evidence: Evidence) -> str:
    position = evidence.positions.get(claim.where)
    mark = None if position is None else implied_mark(claim, position.exposure)
    if position is None or mark is None or not isinstance(position.exposure.mark, Decimal):
        return ""
    return (
        f"the venue's figure was made at a mark of {brief(mark)}, the answers give"
        f" {to_text(position.exposure.mark)}: fetch them at one moment"
    )


# -- leverage and tiers ------------------------------------------------------------------------


def _other_leverage(claim: Claim, evidence: Evidence) -> str:
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or claim.measure is not M.INITIAL_MARGIN or not theirs:
        return ""
    notional = known(position.figure(M.NOTIONAL))
    if not notional:
        return ""
    leverage = notional / theirs
    whole = leverage.to_integral_value()
    if whole > 0 and abs(notional / whole - theirs) <= claim.tolerance:
        return f"it is the margin at leverage {to_text(whole)}, not at {_leverage(position)}"
    return ""


def _leverage(position: PositionFigures) -> str:
    leverage = position.exposure.leverage
    return "the tier's own" if leverage is None else to_text(leverage)


def _other_tier(claim: Claim, evidence: Evidence) -> str:
    """Stale tiers: the venue's figure is that of another row, or of another rate altogether."""
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or claim.measure is not M.MAINTENANCE_MARGIN or theirs is None:
        return ""
    try:
        schedule, own = terms.schedule_of(position.exposure), terms.tier_row(position.exposure)
        value = terms.charged_value(position.exposure)
    except AbsentError:
        return ""
    for row, rate in enumerate(schedule.rates):
        deduction = terms.deduction_of(position.exposure, row)
        if (
            row != own
            and abs(formulas.tier_requirement(value, rate, deduction) - theirs) <= claim.tolerance
        ):
            return (
                f"it is that of tier {row + 1} ({to_text(rate)}), not of tier {own + 1}:"
                " the tiers are stale"
            )
    if not value:
        return ""
    ours = to_text(schedule.rates[own])
    return (
        f"the venue's figure is {brief(theirs / value)} of the notional, the tier's rate is"
        f" {ours}: the tiers are probably stale"
    )


# -- orders, bonus, and what follows -----------------------------------------------------------


def _orders(claim: Claim, evidence: Evidence) -> str:
    measures = (M.INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN)
    if (
        claim.measure not in measures
        or claim.where in evidence.positions
        or evidence.account.orders
    ):
        return ""
    if isinstance(claim.ours, Gap) or claim.theirs is None or claim.theirs <= claim.ours:
        return ""
    return "the venue counts resting orders that the answers do not tell"


def _bonus(claim: Claim, evidence: Evidence) -> str:
    credited = any(wallet.credit for wallet in evidence.account.wallets)
    if claim.measure is not M.WITHDRAWABLE_BALANCE or credited:
        return ""
    if isinstance(claim.ours, Gap) or claim.theirs is None or claim.theirs >= claim.ours:
        return ""
    missing = to_text(claim.ours - claim.theirs)
    return (
        f"{missing} cannot be withdrawn: a bonus inside the balance, or a term that is not public"
    )


def _follows(claim: Claim, evidence: Evidence, earlier: Earlier) -> str:
    """From a figure that this one is made of, and that differs already."""
    inputs = () if claim.measure is None else _MADE_OF.get(claim.measure, ())
    for where, label, measure in earlier:
        if measure is not None and measure in inputs and evidence.bears_on(where, claim.where):
            return f"follows from {label or measure.value} of {where}"
    return ""


_FINDERS = (
    (Cause.OLDER_MEANING, older_meaning),
    (Cause.NOT_WHOLE, not_whole),
    (Cause.ANOTHER_MOMENT, slight_move),
    (Cause.CONTRADICTION, _contradicts),
    (Cause.PRINTED_BY_ONE, _no_such),
    (Cause.ANOTHER_MOMENT, _other_mark),
    (Cause.OTHER_LEVERAGE, _other_leverage),
    (Cause.OTHER_TIERS, _other_tier),
    (Cause.ORDERS_NOT_TOLD, _orders),
    (Cause.BONUS, _bonus),
)


# -- information -------------------------------------------------------------------------------


def implied(claims: Sequence[Claim], evidence: Evidence) -> Iterator[str]:
    """What the venue's figures imply where ours are missing: worth knowing, no proof."""
    notionals = {c.where: c.theirs for c in claims if c.measure is M.NOTIONAL and c.theirs}
    for claim in claims:
        position = evidence.positions.get(claim.where)
        if position is None or not isinstance(claim.ours, Gap) or claim.theirs is None:
            continue
        if claim.measure is M.MAINTENANCE_MARGIN:
            value = notionals.get(claim.where) or known(position.figure(M.NOTIONAL))
            if value:
                rate = brief(claim.theirs / value)
                yield f"{claim.where}: {claim.label} implies a maintenance rate of {rate}"
        elif (mark := implied_mark(claim, position.exposure)) is not None:
            yield f"{claim.where}: {claim.label} implies a mark of {brief(mark)}"
        elif claim.measure is M.BREAK_EVEN_PRICE:
            yield from _implied_fee(claim, position)


def _implied_fee(claim: Claim, position: PositionFigures) -> Iterator[str]:
    entry, theirs = position.exposure.entry_price, claim.theirs
    if isinstance(entry, Decimal) and entry and theirs:
        rate = brief(abs(theirs / entry - 1))
        yield f"{claim.where}: {claim.label} implies fees of {rate} of the entry value"
