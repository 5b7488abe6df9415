"""Why a pool of an account may not be called safe, whatever its figures say: as `health` judges."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.book.exact.odd import Doubt
from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved, assess_pools
from marginline.core.findings import Code, Status
from marginline.core.numbers import exactly
from marginline.core.pool.pool import Kind
from marginline.venues.compare.refuting import printed_by_venue, with_refuted
from marginline.venues.plausible import blinding_of
from marginline.venues.reader.notes import untold
from marginline.venues.rulebook import Rulebook

_NOTHING = "the account has neither wallets nor positions; give `wallets`, also where empty"
_WALLETS, _POSITIONS = "wallets", "positions"


@exactly
def doubts_by_pool(account: Account, rulebook: Rulebook, resolved: Resolved) -> dict[str, Doubt]:
    """By pool id what keeps it from being called safe; empty of an account without a doubt.

    Notes that blind (data left out, contradictions, staleness), parts that cannot be, figures of
    the venue that refute ours: an account in columns must not read safer than by itself.
    """
    if not resolved.pools:
        return {account.venue: Doubt(_NOTHING, alone=True)}
    blinding = blinding_of(account)
    refuted = _refuted(account, rulebook, resolved)
    if not blinding:
        return dict(refuted)
    parts = untold(blinding)
    found = {}
    for pool in resolved.pools:
        own = refuted.get(pool.id)
        alone = _WALLETS in parts and pool.kind is not Kind.ISOLATED
        least = Status.UNKNOWN if alone or own is None else own.least
        found[pool.id] = Doubt(blinding[0].message, least, alone or (own is not None and own.alone))
    return found


def _refuted(account: Account, rulebook: Rulebook, resolved: Resolved) -> Mapping[str, Doubt]:
    """Pools of which the venue printed figures that ours contradict."""
    if account.reported is None:
        return {}
    reference, asset = rulebook.reference, rulebook.valuation_asset
    ours = assess_pools(account, resolved, rulebook.rules, reference, asset)
    judged = with_refuted(ours, printed_by_venue(ours, account), account)
    found = {}
    for before, after in zip(ours.pools, judged.pools, strict=True):
        if after.status is None or after.status is before.status:
            continue
        text = next(f.message for f in judged.findings if f.code is Code.CONTRADICTION)
        # The venue's figures are of one moment: from then on it is at least not safe.
        least = Status.worst((after.status, Status.UNKNOWN))
        found[after.id] = Doubt(text, least, after.status is Status.UNKNOWN)
    return found
