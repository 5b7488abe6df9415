"""Why the figures of an account moved: the ledger's attribution, judged by the venue's rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind, Pool
from marginline.ledger.attribution.attribution import Attribution, Levels, attribute_change
from marginline.ledger.attribution.hedges import Hedge, with_hedge
from marginline.ledger.attribution.matching import with_fills_checked
from marginline.ledger.entry import Entry
from marginline.ledger.ledger import Ledger
from marginline.venues import at as rulebook_at


def attribute(
    before: Account,
    after: Account,
    log: Ledger | Iterable[Entry] = (),
    *,
    hedges: Sequence[Hedge] = (),
) -> Attribution:
    """The change of margin balance, requirement and buffer between two moments, by cause.

    One input after the other is set from the first account's value to the second's, in the order of
    `Cause`, and judged by the venue's rulebook each time; so the parts sum to the change exactly.

    Args:
        before: the account at the first moment.
        after: the same account at the second.
        log: what the venue booked between them; left out, every cash flow is unexplained.
        hedges: groups whose hedge and residual are told apart.

    Raises:
        InputError: two venues, the wrong order, or a hedge of positions that are not there.
        RulebookError: no rulebook covers one of the moments.
    """
    entries = log.entries if isinstance(log, Ledger) else tuple(log)
    found = attribute_change(_told(before), _told(after), entries, levels)
    found = with_fills_checked(found, before, after, entries)
    for hedge in hedges:
        found = with_hedge(found, hedge)
    return found


def _told(account: Account) -> Account:
    """What is judged: neither what the venue itself reported, nor a label."""
    return replace(account, reported=None, name=None)


@exactly
def levels(account: Account) -> Mapping[str, Levels]:
    """Margin balance, requirement and buffer of every pool that can be liquidated."""
    book = rulebook_at(account.venue, account.mode, account.as_of)
    return levels_of(book.resolve(account).pools, book.rules)


def levels_of(pools: Iterable[Pool], rules: Rules) -> Mapping[str, Levels]:
    """As `levels`, of pools that are resolved already."""
    found = (pool for pool in pools if pool.kind is not Kind.RISK_UNIT)
    return {pool.id: _levels(PoolFigures(pool, rules)) for pool in found}


def _levels(pool: PoolFigures) -> Levels:
    asset = pool.pool.asset
    try:
        margin = pool[Measure.MARGIN_BALANCE]
        needed = _requirement(pool)
        return Levels(asset, margin, needed, pool[Measure.SUPPORT] - needed, "", _positions(pool))
    except AbsentError as absent:
        return Levels(asset, None, None, None, absent.gap.message)


def _requirement(pool: PoolFigures) -> Decimal:
    """What the support must exceed; 0 for a pool that holds nothing to require margin for."""
    if not pool.positions and not pool.pool.borrows and not pool.pool.maintenance_parts:
        return Decimal(0)
    return requirement(pool)


def _positions(pool: PoolFigures) -> dict[str, dict[str, tuple[Decimal, Decimal]]]:
    found: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
    for position in pool.positions:
        e = position.exposure
        try:
            pnl = position[Measure.UNREALIZED_PNL] * need(e.value_rate)
            held = position[Measure.MAINTENANCE_MARGIN] * need(e.requirement_rate)
        except AbsentError:
            pnl = held = Decimal(0)  # charged by a scenario: its legs stay together
        found.setdefault(e.instrument.symbol, {})[e.key] = (pnl, held)
    return found
