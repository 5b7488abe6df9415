"""The sentences of the page, the messages and the command line, as parts: worded in one place.

A part carries what is exact; who shows it formats it (digits by asset, moves towards zero).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, exactly, to_text
from marginline.core.pool.exposure import known
from marginline.monitor.alerts.noticing import position_of
from marginline.monitor.alerts.parts import (
    Parts,
    account_part,
    amount,
    enough,
    instrument,
    moment,
    move,
    ratio,
    share,
    size,
    text,
)
from marginline.monitor.settings import Bands
from marginline.monitor.state import Judgement, Move, Watched
from marginline.monitor.wire import Cut, Payment, Plan, SentencePart


def of_account(watched: Watched) -> Parts:
    """What to say of an account, without its name: status, use, distance, or why unknown."""
    if not watched.known or watched.judged is None:
        return _unknown(watched)
    judged = watched.judged
    if judged.status is Status.UNKNOWN:
        return _unjudged(judged)
    return (*_use(judged), *_distance(judged.nearest), *_eater(judged), *_by_venue(watched))


_OWING = " and has nothing open: no move of prices pays that."


def owes(requirement: Decimal | None, buffer: Decimal | None) -> bool:
    """Whether nothing is required and less than nothing is there."""
    return requirement is not None and buffer is not None and not requirement and buffer < 0


def _owes(judged: Judgement | None) -> bool:
    return judged is not None and owes(judged.requirement, judged.buffer)


def _use(judged: Judgement) -> Parts:
    asset = "" if judged.pool is None else judged.pool.asset
    if judged.status is Status.LIQUIDATION:
        return (text("is past the line: the venue acts."),)
    if judged.status is Status.MARGIN_CALL:
        return (text("is past its margin call."),)
    if judged.ratio is None or judged.requirement is None or not judged.requirement:
        if judged.buffer is not None and _owes(judged):
            return (text("owes "), enough(to_text(-judged.buffer), asset), text(_OWING))
        return (text("has nothing open that could be liquidated."),)
    uses = (text("uses "), ratio(judged.ratio), text(" of its support"))
    if judged.buffer is None:
        return (*uses, text("."))
    return (*uses, text("; "), amount(judged.buffer, asset), text(" are left above the line."))


def _distance(nearest: Move | None) -> Parts:
    if nearest is None or nearest.move == 0:
        return ()
    return (text(" The line is at "), move(nearest.move), *_who(nearest), text("."))


def _who(nearest: Move) -> Parts:
    filled = " and its orders fill" if nearest.way == "with_orders" else ""
    if nearest.instrument is None:
        return (text(f" if all prices move together{filled}"),)
    return (text(" if "), instrument(nearest.instrument), text(f" moves alone{filled}"))


_MOST = Decimal("0.5")
"""The share of what is eaten together beyond which one position is the drain."""


@exactly
def _eater(judged: Judgement) -> Parts:
    """The position that eats most of the support of a pool in need; nothing where none can be told.

    What a position eats is what it has lost and what is required for it. A pool that is well needs
    no word, and one position alone is named by the account itself.
    """
    pool = judged.pool
    if pool is None or judged.status not in (Status.WATCH, Status.MARGIN_CALL):
        return ()
    eaten = {each.exposure.key: _eaten(each) for each in pool.figures.positions}
    told = {key: parts for key, parts in eaten.items() if parts is not None}
    if len(told) < 2 or len(told) < len(eaten):
        return ()
    key = max(told, key=lambda each: sum(told[each]))
    lost, needed = told[key]
    whole, required = (sum(part, ZERO) for part in zip(*told.values(), strict=True))
    if not required or lost + needed <= _MOST * (whole + required):
        return ()
    return (
        text(" The drain is "),
        *position_of(judged.account, key),
        text(": "),
        *((amount(lost, pool.asset), text(" lost and ")) if lost else ()),
        ratio(needed / required),
        text(" of the requirement."),
    )


def _eaten(position: PositionFigures) -> tuple[Decimal, Decimal] | None:
    """What a position has lost and what is required for it, in the pool's asset."""
    exposure = position.exposure
    pnl = known(position.figure(Measure.UNREALIZED_PNL) * exposure.value_rate)
    needed = known(position.figure(Measure.MAINTENANCE_MARGIN) * exposure.requirement_rate)
    return None if pnl is None or needed is None else (max(-pnl, ZERO), needed)


def _by_venue(watched: Watched) -> Parts:
    if watched.judged is None or watched.judged.judged_by != "venue":
        return ()
    return (text(" The venue's own figures are worse than ours and count until it is known why."),)


def _unknown(watched: Watched) -> Parts:
    why = watched.ages.reasons[0].message if watched.ages.reasons else "nothing was told of it yet"
    return (text("cannot be judged: "), text(why), text("."))


def _unjudged(judged: Judgement) -> Parts:
    findings = [f for f in judged.assessment.all_findings() if f.severity.value == "error"]
    why = findings[0].message if findings else "an input is missing"
    return (text("cannot be judged: "), text(why), text("."))


PLANNED = ("warn", "act", "call", "line", "tiers", "contradiction")
"""The alerts that end in the way back, where the account needs one."""


def of_alert(slot: str, watched: Watched, bands: Bands) -> Parts:
    """What an alert says, the account's name first, the way back last."""
    name = account_part(watched.watching.name)
    told = (name, text(" "), *_ALERTS[slot](watched, bands))
    plan = watched.plan if slot in PLANNED else None
    return told if plan is None else (*told, *way_back(plan, owes=_owes(watched.judged)))


def _band(word: str, band: Decimal, watched: Watched) -> Parts:
    judged = watched.judged
    assert judged is not None
    if _owes(judged):
        return _use(judged)
    if judged.ratio is None or judged.ratio < band:
        return (text("is near the line."), *_distance(judged.nearest))
    told = (text(f"crossed its {word} line: uses "), ratio(judged.ratio), text(" of its support, "))
    return (*told, text(f"{word} from "), ratio(band), text("."), *_distance(judged.nearest))


def _warn(watched: Watched, bands: Bands) -> Parts:
    return _band("warn", bands.warn, watched)


def _act(watched: Watched, bands: Bands) -> Parts:
    return _band("act", bands.act, watched)


def _plain(watched: Watched, _: Bands) -> Parts:
    return of_account(watched)


def _contradiction(watched: Watched, _: Bands) -> Parts:
    why = "" if watched.gone is None else watched.gone.message
    told = (text("differs from the venue's own figures: "), text(why), text("."))
    return (*told, text(" Until it is known why, the worse of the two is judged."))


def _liquidated(watched: Watched, _: Bands) -> Parts:
    told = text("was liquidated or deleveraged; the venue's ledger says ")
    return (told, *_items(watched, "liquidated"), text("."))


def _vanished(watched: Watched, _: Bands) -> Parts:
    told = (text("lost "), *_items(watched, "vanished"), text(" without an order of its own"))
    return (*told, text(": liquidated, deleveraged, or closed unseen; its ledger will say which."))


def _tiers(watched: Watched, _: Bands) -> Parts:
    found = watched.happened.get("tiers")
    items = () if found is None else found.items
    return (text("is judged by new terms: "), *_joined(items, " "))


def _items(watched: Watched, slot: str) -> Parts:
    found = watched.happened.get(slot)
    return () if found is None else _joined(found.items, ", ")


def _joined(items: Iterable[Parts], between: str) -> Parts:
    told: list[SentencePart] = []
    for number, each in enumerate(items):
        told += [*([text(between)] if number else []), *each]
    return tuple(told)


def _adl(watched: Watched, _: Bands) -> Parts:
    worst = max(watched.adl.values(), default=0)
    keys = [key for key, rank in sorted(watched.adl.items()) if rank == worst]
    at_stake = _joined([position_of(watched.told, key) for key in keys], ", ")
    told = (text("is next in the venue's deleveraging queue with "), *at_stake)
    return (*told, text(f", rank {worst} of 5: its profit may be closed at a price not its own."))


def _funding(watched: Watched, _: Bands) -> Parts:
    drain = watched.drain
    if drain is None:
        return (text("pays no funding that would take it over a band."),)
    uses: Parts = (text("nothing is left of its support"),)
    if drain.ratio is not None:
        uses = (text("it uses "), ratio(drain.ratio), text(" of its support"))
    return (
        text("will be taken over its "),
        text(f"{drain.band} line by funding at "),
        moment(drain.at),
        text(": it pays "),
        amount(drain.paid, drain.asset),
        text(" until then at the rates of now; then "),
        *uses,
        text(f", {drain.band} from "),
        ratio(drain.level),
        text(". Pay in "),
        enough(to_text(drain.enough), drain.asset),
        text(" before, and it stays below."),
    )


_ALERTS = {
    "warn": _warn,
    "act": _act,
    "call": _plain,
    "line": _plain,
    "unknown": _plain,
    "contradiction": _contradiction,
    "liquidated": _liquidated,
    "vanished": _vanished,
    "tiers": _tiers,
    "adl": _adl,
    "funding": _funding,
}


def of_queue() -> Parts:
    """That events come faster than they are taken in."""
    told = (
        "marginline itself is behind: more events wait than its queue holds. None is dropped, but"
        " what is shown is late, and a venue whose stream is held back becomes unknown. Give the"
        " machine less to do, or watch fewer accounts with it."
    )
    return (text(told),)


_ISOLATED = " isolated"


def _pay_in(pool: str, paid: Payment) -> Parts:
    """Into the wallet; what stands apart from it is helped by margin of its own alone."""
    amount = enough(paid.amount, paid.asset)
    if not pool.endswith(_ISOLATED):
        return (text("pay in "), amount)
    name = pool.removesuffix(_ISOLATED).partition("/")[0]
    return (text("add "), amount, text(" to the margin of "), instrument(name))


def _close(part: str, closes: Sequence[Cut]) -> Parts:
    """One position by its name, several alike."""
    if len(closes) != 1:
        each = (text("close "), share(part), text(" of each position"))
        return (text("close every position"),) if part == "1" else each
    name = instrument(closes[0].instrument)
    return (text("close "), *(() if part == "1" else (share(part), text(" of "))), name)


def way_back(plan: Plan, *, owes: bool = False) -> Parts:
    """The planned action as an imperative with amounts."""
    ways: list[Parts] = []
    if plan.pay_in is not None:
        ways.append(_pay_in(plan.pool, plan.pay_in))
    if plan.cut is not None:
        cut = size(Decimal(plan.cut.size), plan.cut.instrument)
        ways.append((text(f"{plan.cut.side} "), cut, text(" "), instrument(plan.cut.instrument)))
    if plan.close_share is not None:
        ways.append(_close(plan.close_share, plan.closes))
    if not ways:
        return ()
    lead, aim = " Back to ", plan.target_ratio
    if plan.target_move is not None:
        lead, aim = " To have the line beyond ", plan.target_move
    told = [text(lead), SentencePart(kind="ratio", value=aim)]
    if owes:
        told = [text(" To owe nothing")]
    for number, way in enumerate(ways):
        told += [text(": " if not number else ", or "), *way]
    return (*told, text("."))
