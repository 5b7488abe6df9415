"""What is noticed as an account is told anew: changed terms, lost positions, the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from msgspec.structs import replace as renewed

from marginline.core.account.account import Account
from marginline.core.account.tables import Fees
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.numbers import exactly
from marginline.errors import InputError
from marginline.monitor.alerts.parts import Parts, amount, instrument, ratio, size, text
from marginline.monitor.judging.judge import figures_of
from marginline.monitor.state import Happening, Watched
from marginline.monitor.wire import SentencePart
from marginline.venues.assessing import assess
from marginline.venues.compare.comparing import part, printed

EVENTS = ("liquidated", "vanished", "tiers")
"""The slots that tell of something that happened."""
TOGETHER_MS = 60_000
"""What happens within a minute is told as one thing."""


def noted(watched: Watched, slot: str, at: int, what: Parts) -> Watched:
    """The account to which this has happened at `at`, beside what happened a moment before."""
    before = watched.happened.get(slot)
    items: tuple[Parts, ...] = (what,)
    if before is not None and at - before.at < TOGETHER_MS:
        if what in before.items:
            return watched
        items, at = (*before.items, what), max(at, before.at)
    return renewed(watched, happened={**watched.happened, slot: Happening(at, items)})


def position_of(account: Account | None, key: str) -> Parts:
    """A position as it was last told: its side, size and instrument; its key where none was."""
    rows = () if account is None else account.positions
    row = next((each for each in rows if each.key == key and each.size), None)
    if row is None:
        return (instrument(key.partition("/")[0]),)
    side = "long" if row.size > 0 else "short"
    return (
        text(f"{side} "),
        size(abs(row.size), row.instrument),
        text(" "),
        instrument(row.instrument),
    )


def ranks(account: Account) -> dict[str, int]:
    """Each open position's place in the venue's deleveraging queue, where the venue says one.

    From 1, the last, to 5, the next; 0 is outside of it. Binance counts from 0 to 4 (`adl`), Bybit
    from 1 to 5 with 0 for none (`adlRankIndicator`).
    """
    said = {} if account.reported is None else part(account.reported.raw, "position_risk")
    found: dict[str, int] = {}
    for row in account.positions:
        binance = printed(part(said, row.key), "adl")
        bybit = printed(row.extra, "adlRankIndicator")
        if row.size and binance is not None:
            found[row.key] = int(binance) + 1
        elif row.size and bybit is not None:
            found[row.key] = int(bybit)
    return found


@exactly
def terms_changed(before: Account, after: Account) -> Parts | None:
    """What changed in the terms of what is held, with its effect; None where nothing did.

    Compared are tiers, fees, steps and contract terms of held instruments and collateral tables of
    held assets. The effect is that on the pool it strikes most: the same account judged by the old
    terms and by the new.
    """
    old, new = before.parameters, after.parameters
    if old is new and before.instruments is after.instruments:
        return None
    held = {row.instrument for row in after.positions if row.size}
    coins = {wallet.asset for wallet in after.wallets if wallet.balance}
    tiers = _differ(old.tiers, new.tiers, held)
    collateral = _differ(old.collateral, new.collateral, coins)
    contracts = _differ(before.instruments, after.instruments, held)
    fees = _fees_differ(old.fees, new.fees, held)
    told = [*(f"the tiers of {each}" for each in tiers)]
    told += [f"the collateral terms of {each}" for each in collateral]
    told += ["the fees"] if fees else []
    told += [f"the steps or terms of {each}" for each in contracts]
    if not told:
        return None
    was = replace(
        new,
        tiers={**new.tiers, **{each: old.tiers[each] for each in tiers}},
        collateral={**new.collateral, **{each: old.collateral[each] for each in collateral}},
        fees=old.fees if fees else new.fees,
    )
    terms = {**after.instruments, **{each: before.instruments[each] for each in contracts}}
    words = text(f"{_listed(told)} changed")
    try:
        first = assess(replace(after, parameters=was, instruments=terms, reported=None))
        second = assess(replace(after, reported=None))
    except InputError as error:
        return (words, text(f"; the effect cannot be computed: {error.problems[0]}."))
    return (words, *_effect(first, second))


def _differ(old: Mapping[str, object], new: Mapping[str, object], of: Iterable[str]) -> list[str]:
    """Names of which both tell, differently."""
    return sorted(each for each in of if each in old and each in new and old[each] != new[each])


def _fees_differ(old: Fees, new: Fees, of: Iterable[str]) -> bool:
    """Whether a rate that concerns these instruments is told by both, differently."""
    pairs = [(old.maker, new.maker), (old.taker, new.taker), (old.liquidation, new.liquidation)]
    general = any(None not in pair and pair[0] != pair[1] for pair in pairs)
    return general or bool(_differ(old.by_instrument, new.by_instrument, of))


def _listed(told: list[str]) -> str:
    return told[0] if len(told) == 1 else ", ".join(told[:-1]) + " and " + told[-1]


def _effect(first: Assessment, second: Assessment) -> Iterator[SentencePart]:
    pools = {pool.id: pool for pool in second.pools if pool.status is not None}
    pairs = [(pool, pools[pool.id]) for pool in first.pools if pool.id in pools]
    pair = max(pairs, key=_strikes, default=None)
    if pair is None:
        yield text("; no pool can tell the effect.")
        return
    old, new = figures_of(pair[0]), figures_of(pair[1])
    if old.requirement is None or new.requirement is None:
        yield text("; its effect on the requirement is not known.")
        return
    if old.requirement == new.requirement and old.ratio == new.ratio:
        yield from (text("; the requirement stays at "), amount(new.requirement, pair[1].asset))
        yield text(".")
        return
    asset = pair[1].asset
    yield text("; the requirement goes from ")
    yield from (amount(old.requirement, asset), text(" to "), amount(new.requirement, asset))
    if old.ratio is not None and new.ratio is not None:
        yield text(", use from ")
        yield from (ratio(old.ratio), text(" to "), ratio(new.ratio))
    yield text(".")


def _strikes(pair: tuple[PoolAssessment, PoolAssessment]) -> Decimal:
    old, new = (figures_of(each).ratio for each in pair)
    return Decimal(0) if old is None or new is None else new - old
