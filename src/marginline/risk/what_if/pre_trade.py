"""Before an order is sent: may it be, in one boolean, and why."""

from __future__ import annotations

from collections.abc import Iterable

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly, to_text
from marginline.risk.what_if.orders import Change
from marginline.risk.what_if.what_if import WhatIf, what_if


@dataclass(frozen=True, slots=True)
class PreTrade:
    """Whether an order may be sent, and why. As a boolean it is `ok`.

    `ok`: the venue would accept it (`accepted`), and the account is healthy after it or no nearer
    to liquidation than before. What cannot be said is not ok. An estimate, never a promise.
    """

    ok: bool
    reason: str
    accepted: bool
    status: Status
    what_if: WhatIf

    def __bool__(self) -> bool:
        return self.ok


@exactly
def check_order(account: Account, changes: Change | Iterable[Change]) -> PreTrade:
    """Whether an order may be sent: would the venue accept it, is the account healthy after it?

    Args:
        account: as loaded.
        changes: an `order`, or several steps in their order (`set_leverage`, then `order`).

    Raises:
        InputError: a change that does not fit the account; see `what_if`.
    """
    found = what_if(account, changes)
    refused = [f.message for f in found.findings if f.code is Code.VENUE_WOULD_REFUSE]
    unsaid = "" if refused else _unsaid(found.after)
    accepted = not refused and not unsaid
    ok, reason = _judged(found) if accepted else (False, "; ".join(refused) or unsaid)
    return PreTrade(ok, reason, accepted, found.after.status, found)


def _unsaid(after: Assessment) -> str:
    """Why nobody can say whether the venue would accept it; "" where it can be said."""
    for pool in after.pools:
        if pool.status is not None and pool.measures.get(Measure.AVAILABLE_BALANCE) is None:
            told = [f for f in pool.findings if f.measure is Measure.AVAILABLE_BALANCE]
            if pool.kind != "isolated" and all(f.code is not Code.NOT_APPLICABLE for f in told):
                why = "; ".join(f.message for f in told) or "its available balance is not known"
                return f"{pool.id}: whether margin is free is not known: {why}"
    return ""


def _judged(found: WhatIf) -> tuple[bool, str]:
    """Whether the account stands after it, and in words."""
    before, after = found.before, found.after
    if after.status is Status.HEALTHY:
        return True, "the venue would accept it, and the account is healthy after it"
    if after.status is Status.UNKNOWN:
        told = [f.message for f in after.all_findings() if f.measure is None]
        why = f": {told[0]}" if told else ""
        return False, f"the account's status after it is unknown{why}"
    text = f"the account is {after.status.value} after it"
    if pool := _worst(after):
        ratio = pool.measures.get(Measure.MARGIN_RATIO)
        text += f": {pool.id}" + (
            "" if ratio is None else f" at a margin ratio of {to_text(ratio)}"
        )
    if after.status is Status.LIQUIDATION:
        return False, text
    if after.status.rank <= before.status.rank and not _drained(before, after):
        return True, f"{text}, but no nearer to liquidation than before"
    return False, text


def _worst(after: Assessment) -> PoolAssessment | None:
    judged = [pool for pool in after.pools if pool.status is after.status]
    return judged[0] if judged else None


def _drained(before: Assessment, after: Assessment) -> bool:
    """Whether any pool has less buffer, or a fuller one, than before; not knowing counts as yes."""
    old = {pool.id: pool for pool in before.pools if pool.status is not None}
    for pool in after.pools:
        if pool.status is None:
            continue
        was = old.get(pool.id)
        for measure, nearer in ((Measure.BUFFER, -1), (Measure.MARGIN_RATIO, 1)):
            now = pool.measures.get(measure)
            then = None if was is None else was.measures.get(measure)
            if now is None or then is None or nearer * (now - then) > 0:
                return True
    return False
