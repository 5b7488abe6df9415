"""Why a figure of ours and the venue's differ: the first reason that the evidence bears out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import to_text
from marginline.core.pool import terms
from marginline.core.pool.exposure import Exposure
from marginline.venues.compare.comparing import Claim, Identity

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


class Evidence:
    """What there is to go by: the account, its assessment, the sums that the payload breaks."""

    def __init__(
        self, account: Account, assessment: Assessment, broken: Sequence[Identity]
    ) -> None:
        self.account = account
        self.assessment = assessment
        self.broken = tuple(broken)
        self.positions = {p.name: p for pool in assessment.pools for p in pool.figures.positions}
        self.pool_of = {
            p.name: pool.id for pool in assessment.pools for p in pool.figures.positions
        }


def reason_of(claim: Claim, evidence: Evidence, earlier: Earlier) -> str:
    """Why the claim differs from ours, in one sentence."""
    for find in (
        _older_meaning,
        _rounding_of_contracts,
        _contradicts,
        _no_such,
        _other_mark,
        _other_leverage,
        _other_tier,
        _orders,
        _bonus,
    ):
        reason = find(claim, evidence)
        if reason:
            return reason
    return _follows(claim, evidence, earlier) or "unexplained by the answers given"


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


# -- rounding, older meanings ------------------------------------------------------------------

_OF_PRICES = (M.UNREALIZED_PNL, M.NOTIONAL, M.EQUITY, M.MARGIN_BALANCE)
_TENTH_PER_MILLE = Decimal("0.0001")


def within_rounding(claim: Claim, evidence: Evidence) -> str:
    """Why a difference is none: the prices are printed to a digit, and reckoned with more of them.

    Also where our mark follows from the venue's own P&L. "" where the digits do not explain it.
    """
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or claim.measure not in _OF_PRICES or position.exposure.inverse:
        return ""
    if isinstance(claim.ours, Gap) or theirs is None:
        return ""
    exposure = position.exposure
    prices = [p for p in (exposure.mark, exposure.entry_price) if isinstance(p, Decimal)]
    allowed = sum((_last_digit(price) for price in prices), Decimal(0))
    allowed *= abs(exposure.size) * exposure.unit
    if abs(claim.ours - theirs) > allowed + claim.tolerance:
        return ""
    return "within what the rounding of the printed prices allows"


def _last_digit(price: Decimal) -> Decimal:
    """A unit of the last digit a price is printed with; a price of few digits is no coarser."""
    exponent = price.as_tuple().exponent
    digit = Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(0)
    return min(digit, abs(price) * _TENTH_PER_MILLE)


def _older_meaning(claim: Claim, evidence: Evidence) -> str:
    """Initial margin that holds the P&L, as some venues' answers once printed it."""
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or theirs is None or isinstance(claim.ours, Gap):
        return ""
    pnl = position.figure(M.UNREALIZED_PNL)
    if isinstance(pnl, Gap):  # no mark is told, but the venue's own P&L may be
        told = None if evidence.account.reported is None else evidence.account.reported.positions
        said = (told or {}).get(claim.where, {}).get(M.UNREALIZED_PNL.value)
        pnl = Decimal(0) if said is None else said
    if claim.measure is not M.INITIAL_MARGIN or not pnl:
        return ""
    step = Decimal("0.0001")  # what such answers print
    if abs(claim.ours + pnl - theirs) > step + claim.tolerance:
        return ""
    return "it is initial margin + unrealized P&L: an older meaning of the field"


def _rounding_of_contracts(claim: Claim, evidence: Evidence) -> str:
    """The value of one contract rounded before it is multiplied: up to half a step a contract."""
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    step = None if position is None else position.exposure.instrument.settle_step
    if position is None or theirs is None or isinstance(claim.ours, Gap) or step is None:
        return ""
    if abs(claim.ours - theirs) > abs(position.exposure.size) * step / 2 + claim.tolerance:
        return ""
    return "the venue rounds the value of one contract before it multiplies"


# -- the mark of another moment ----------------------------------------------------------------


def _other_mark(claim: Claim, evidence: Evidence) -> str:
    position = evidence.positions.get(claim.where)
    mark = None if position is None else implied_mark(claim, position.exposure)
    if position is None or mark is None or not isinstance(position.exposure.mark, Decimal):
        return ""
    return (
        f"the venue's figure was made at a mark of {_brief(mark)}, the answers give"
        f" {to_text(position.exposure.mark)}: fetch them at one moment"
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


# -- leverage and tiers ------------------------------------------------------------------------


def _other_leverage(claim: Claim, evidence: Evidence) -> str:
    position, theirs = evidence.positions.get(claim.where), claim.theirs
    if position is None or claim.measure is not M.INITIAL_MARGIN or not theirs:
        return ""
    notional = position.figure(M.NOTIONAL)
    if isinstance(notional, Gap) or not notional:
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
        f"the venue's figure is {_brief(theirs / value)} of the notional, the tier's rate is"
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
        if measure is not None and measure in inputs and _bears_on(where, claim.where, evidence):
            return f"follows from {label or measure.value} of {where}"
    return ""


def _bears_on(where: str, other: str, evidence: Evidence) -> bool:
    """Whether a figure at one place is part of one at another."""
    if other in (where, "account"):
        return True
    pool, mine = evidence.pool_of.get(where, where), evidence.pool_of.get(other, other)
    return pool == mine or other.removeprefix("assets.") == pool or pool.partition(" ")[0] == other


# -- information -------------------------------------------------------------------------------


def implied(claims: Sequence[Claim], evidence: Evidence) -> Iterator[str]:
    """What the venue's figures imply where ours are missing: worth knowing, no proof."""
    notionals = {c.where: c.theirs for c in claims if c.measure is M.NOTIONAL and c.theirs}
    for claim in claims:
        position = evidence.positions.get(claim.where)
        if position is None or not isinstance(claim.ours, Gap) or claim.theirs is None:
            continue
        if claim.measure is M.MAINTENANCE_MARGIN:
            value = notionals.get(claim.where) or position.figure(M.NOTIONAL)
            if not isinstance(value, Gap) and value:
                rate = _brief(claim.theirs / value)
                yield f"{claim.where}: {claim.label} implies a maintenance rate of {rate}"
        elif (mark := implied_mark(claim, position.exposure)) is not None:
            yield f"{claim.where}: {claim.label} implies a mark of {_brief(mark)}"
        elif claim.measure is M.BREAK_EVEN_PRICE:
            yield from _implied_fee(claim, position)


def _implied_fee(claim: Claim, position: PositionFigures) -> Iterator[str]:
    entry, theirs = position.exposure.entry_price, claim.theirs
    if isinstance(entry, Decimal) and entry and theirs:
        rate = _brief(abs(theirs / entry - 1))
        yield f"{claim.where}: {claim.label} implies fees of {rate} of the entry value"


def _brief(number: Decimal) -> str:
    """Twelve significant digits: what is implied is no more exact than that."""
    return to_text(number.normalize() if not number else Decimal(f"{number:.12g}"))
