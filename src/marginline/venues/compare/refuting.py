"""What the venue's own figures refute: a balance of part of the coins, positions of two accounts.

Where the venue printed an equity or a total P&L that ours is far from, what was read is not the
account that the venue assessed, and nothing is judged. Where it printed a higher maintenance
margin, the higher one is judged. Both are said as a CONTRADICTION; `reconcile` compares every
figure. Where it printed nothing that positions of another account would change, that is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment, with_more
from marginline.core.findings import AbsentError, Code, Finding, Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.pool import Kind
from marginline.venues.compare.comparing import ACCOUNT, Claim, shortened, words_of
from marginline.venues.reader.notes import notes_of, untold

_WORTH = (M.EQUITY, M.MARGIN_BALANCE, M.UNREALIZED_PNL)
"""Of a whole pool or asset: where one is far off, the answers are not of what was assessed."""
_OF_POSITIONS = (
    M.UNREALIZED_PNL,
    M.POSITION_INITIAL_MARGIN,
    M.INITIAL_MARGIN,
    M.MAINTENANCE_MARGIN,
)
_SHARE = Decimal("0.01")  # of the larger figure
_MOVE = Decimal("0.005")  # of what is open: answers are seldom of one moment
_LEAST = Decimal("0.01")


def printed_by_venue(assessment: Assessment, account: Account) -> tuple[Claim, ...]:
    """Every figure that the venue printed, with ours."""
    words = None if account.reported is None else words_of(account.venue)
    return () if words is None else tuple(words.claims(account, assessment))


def with_refuted(assessment: Assessment, printed: Iterable[Claim], account: Account) -> Assessment:
    """The assessment, with what the venue's own figures refute said and judged."""
    printed = tuple(printed)
    orders_told = not any(note.where == "orders" for note in notes_of(account))
    keys = {position.key for pool in assessment.pools for position in pool.positions}
    claims = [
        claim
        for claim in printed
        if (_is_judged(claim, keys) and _far(claim, assessment))
        or _unlisted(claim, assessment)
        or (orders_told and _of_orders(claim))
    ]
    untied = tuple(_untied(assessment, printed, account, keys))
    if untied:
        assessment = replace(assessment, notes=with_more(assessment.notes, *untied))
    if not claims:
        return assessment
    pools = tuple(_judged(pool, assessment, claims) for pool in assessment.pools)
    statuses = [pool.status for pool in pools if pool.status is not None]
    said = (_of_none(c) if _unlisted(c, assessment) else _finding(c) for c in claims)
    notes = with_more(assessment.notes, *said)
    return replace(assessment, pools=pools, status=Status.worst(statuses), notes=notes)


_NOBODYS = (
    "nothing that the venue prints beside the positions shows whose they are: no total of their"
    " P&L or margin; fetch balances and positions by one key"
)


def _is_judged(claim: Claim, keys: Collection[str]) -> bool:
    """Whether a figure far from ours refutes it: not the P&L of one row, of whichever moment."""
    of_a_row = claim.measure is M.UNREALIZED_PNL and claim.where in keys
    return (_of_worth(claim) or claim.measure is M.MAINTENANCE_MARGIN) and not of_a_row


def _of_worth(claim: Claim) -> bool:
    """Whether what a pool is worth is printed; a wallet only where the answers list none of it."""
    none = claim.measure is M.WALLET_BALANCE and claim.ours == ZERO
    return none or claim.measure in _WORTH


def _untied(
    assessment: Assessment, printed: Iterable[Claim], account: Account, keys: Collection[str]
) -> Iterator[Finding]:
    """A finding for each pool whose positions may be of any account: no total is printed of them.

    Figures that stand at a position tell of that position, and fit it whosoever it is.
    """
    reported = account.reported
    if reported is None or not reported.raw or untold(notes_of(account)) & {"positions", "wallets"}:
        return
    totals = [
        claim
        for claim in printed
        if claim.measure in (*_OF_POSITIONS, *_WORTH)
        and claim.theirs is not None
        and claim.where not in keys
    ]
    for pool in assessment.pools:
        if pool.status is None or not pool.figures.pool.exposures:
            continue
        if not any(each is pool for claim in totals for each in _pools_of(claim, assessment)):
            yield Finding(Code.APPROXIMATE, pool.id, _NOBODYS)


def _unlisted(claim: Claim, assessment: Assessment) -> bool:
    """Whether the venue prints P&L or margin of positions where the answers list none."""
    theirs = claim.theirs
    if claim.measure not in _OF_POSITIONS or theirs is None or abs(theirs) <= claim.tolerance:
        return False
    pools = list(_pools_of(claim, assessment))
    needed = claim.measure in (M.MAINTENANCE_MARGIN, M.INITIAL_MARGIN)
    if needed and any(_owes(pool) or pool.figures.pool.orders for pool in pools):
        return False
    held = [exposure for pool in pools for exposure in pool.figures.pool.exposures]
    if claim.measure is M.UNREALIZED_PNL and claim.where.startswith("assets."):
        held = [each for each in held if each.asset == claim.where.removeprefix("assets.")]
    return bool(pools) and not held and not any(pool.figures.pool.scenarios for pool in pools)


def _owes(pool: PoolAssessment) -> bool:
    """Whether the pool's requirement may be of a debt: its size is told, or a balance below 0."""
    normal = pool.figures.pool
    fixed = (borrow.fixed for borrow in normal.borrows)
    amounts = (leg.balance for leg in normal.legs)
    return any(not isinstance(each, Decimal) or each > 0 for each in fixed) or any(
        not isinstance(each, Decimal) or each < 0 for each in amounts
    )


def _of_orders(claim: Claim) -> bool:
    """Whether the venue prints margin of orders where the answers list none that needs any."""
    none = claim.measure is M.ORDER_INITIAL_MARGIN and claim.ours == ZERO
    return none and claim.theirs is not None and claim.theirs > claim.tolerance


def _far(claim: Claim, assessment: Assessment) -> bool:
    ours, theirs = claim.ours, claim.theirs
    if not isinstance(ours, Decimal) or theirs is None:
        return False
    slack = _SHARE * max(abs(ours), abs(theirs)) + _LEAST
    if _of_worth(claim):
        slack += _MOVE * _open(_pools_of(claim, assessment))
    return abs(ours - theirs) > slack + claim.tolerance


def _open(pools: Iterable[PoolAssessment]) -> Decimal:
    return sum((pool.measures.get(M.GROSS_NOTIONAL) or ZERO for pool in pools), ZERO)


def _pools_of(claim: Claim, assessment: Assessment) -> Iterator[PoolAssessment]:
    """The pools that a figure at such a place is part of."""
    where = claim.where.removeprefix("assets.")
    for pool in assessment.pools:
        held = any(position.key == where for position in pool.positions)
        joint = pool.kind == Kind.ACCOUNT.value
        if held or where in (ACCOUNT, pool.id) or where == pool.asset or joint:
            yield pool


def _finding(claim: Claim) -> Finding:
    assert isinstance(claim.ours, Decimal)
    assert claim.theirs is not None
    measure = claim.measure
    assert measure is not None
    figures = f"{claim.label or measure.value} of the venue is {shortened(claim.theirs)}, ours is"
    text = f"{figures} {shortened(claim.ours)}"
    if measure is M.ORDER_INITIAL_MARGIN:
        text += ": orders rest that the answers do not list; fetch the open orders again"
    elif _of_worth(claim):
        text += ": the answers are not whole, or not of one account or moment; nothing is judged"
    elif claim.theirs > claim.ours:
        text += ": the venue's is judged; give the tiers, fees and orders that it rests on"
    else:
        text += ": ours is judged; the positions or tiers are not those that the venue assessed"
    return Finding(Code.CONTRADICTION, claim.where, text)


def _of_none(claim: Claim) -> Finding:
    assert claim.theirs is not None
    assert claim.measure is not None
    text = (
        f"{claim.label or claim.measure.value} of the venue is {shortened(claim.theirs)}, but the"
        " answers list no position that it could be of: they are not whole; nothing is judged"
    )
    return Finding(Code.CONTRADICTION, claim.where, text)


def _judged(pool: PoolAssessment, whole: Assessment, claims: list[Claim]) -> PoolAssessment:
    """A pool by the worse of the two figures; UNKNOWN where what it is worth is refuted."""
    own = [
        claim
        for claim in claims
        if claim.measure is not M.ORDER_INITIAL_MARGIN
        if any(each is pool for each in _pools_of(claim, whole))
    ]
    if pool.status is None or not own:
        return pool
    if any(_of_worth(claim) or _unlisted(claim, whole) for claim in own):
        return replace(pool, status=Status.UNKNOWN)
    keys = {position.key for position in pool.positions}
    isolated = pool.kind == Kind.ISOLATED.value
    more = [_more(claim) for claim in own if not isolated or claim.where in keys | {pool.id}]
    if max(more, default=ZERO) <= 0:
        return pool
    return replace(pool, status=Status.worst((pool.status, _with_more(pool, max(more)))))


def _more(claim: Claim) -> Decimal:
    if not isinstance(claim.ours, Decimal) or claim.theirs is None:
        return ZERO
    return claim.theirs - claim.ours


def _with_more(pool: PoolAssessment, more: Decimal) -> Status:
    """The status that the pool has with a higher maintenance margin."""
    figures, trigger = pool.figures, pool.figures.pool.trigger
    try:
        support = figures[M.SUPPORT]
        needed = trigger.level * (figures[M.MAINTENANCE_MARGIN] + more) + figures[M.CLOSING_FEE]
    except AbsentError:
        return Status.UNKNOWN
    return trigger.status(needed, support)
