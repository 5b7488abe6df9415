"""The sentences of the page, the messages and the command line, as parts: worded in one place.

A part carries what is exact; who shows it formats it (digits by asset, moves towards zero).
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.findings import Status
from marginline.core.numbers import to_text
from marginline.monitor.settings import Bands
from marginline.monitor.state import Judgement, Move, Watched
from marginline.monitor.wire import Plan, SentencePart

Parts = tuple[SentencePart, ...]


def text(words: str) -> SentencePart:
    """Words as they stand."""
    return SentencePart(kind="text", text=words)


def ratio(value: Decimal) -> SentencePart:
    """A share of the support."""
    return SentencePart(kind="ratio", value=to_text(value))


def amount(value: Decimal, asset: str) -> SentencePart:
    """An amount of an asset."""
    return SentencePart(kind="amount", value=to_text(value), asset=asset)


def enough(value: str, asset: str) -> SentencePart:
    """An amount that must suffice."""
    return SentencePart(kind="enough", value=value, asset=asset)


def move(value: Decimal) -> SentencePart:
    """A signed relative move."""
    return SentencePart(kind="move", value=to_text(value))


def status_part(status: Status) -> SentencePart:
    """The word of a status."""
    return SentencePart(kind="status", value=status.value)


def account_part(name: str) -> SentencePart:
    """The name of an account."""
    return SentencePart(kind="account", text=name)


def of_account(watched: Watched) -> Parts:
    """What to say of an account, without its name: status, use, distance, or why unknown."""
    if not watched.known or watched.judged is None:
        return _unknown(watched)
    judged = watched.judged
    if judged.status is Status.UNKNOWN:
        return _unjudged(judged)
    return (*_use(judged), *_distance(judged.nearest), *_by_venue(watched))


def _use(judged: Judgement) -> Parts:
    asset = "" if judged.pool is None else judged.pool.asset
    if judged.status is Status.LIQUIDATION:
        return (text("is past the line: the venue acts."),)
    if judged.status is Status.MARGIN_CALL:
        return (text("is past its margin call."),)
    if judged.ratio is None or judged.requirement is None or not judged.requirement:
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
    instrument = SentencePart(kind="instrument", text=nearest.instrument)
    return (text(" if "), instrument, text(f" moves alone{filled}"))


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


def of_alert(slot: str, watched: Watched, bands: Bands) -> Parts:
    """What an alert says, the account's name first, the way back last."""
    name = account_part(watched.watching.name)
    told = (name, text(" "), *_ALERTS[slot](watched, bands))
    plan = watched.plan if slot in ("warn", "act", "call", "line") else None
    return told if plan is None else (*told, *way_back(plan))


def _band(word: str, band: Decimal, watched: Watched) -> Parts:
    judged = watched.judged
    assert judged is not None
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
    return (text("differs from the venue's own figures: "), text(why), text("."))


def _liquidated(watched: Watched, _: Bands) -> Parts:
    return (text("was liquidated or deleveraged: "), text(watched.vanished or ""), text("."))


_ALERTS = {
    "warn": _warn,
    "act": _act,
    "call": _plain,
    "line": _plain,
    "unknown": _plain,
    "contradiction": _contradiction,
    "liquidated": _liquidated,
}


def way_back(plan: Plan) -> Parts:
    """The planned action as an imperative with amounts."""
    ways: list[Parts] = []
    if plan.pay_in is not None:
        ways.append((text("pay in "), enough(plan.pay_in.amount, plan.pay_in.asset)))
    if plan.cut is not None:
        instrument = SentencePart(kind="instrument", text=plan.cut.instrument)
        size = SentencePart(kind="size", value=plan.cut.size, asset=plan.cut.instrument)
        ways.append((text(f"{plan.cut.side} "), size, text(" "), instrument))
    if plan.close_share is not None:
        share = SentencePart(kind="ratio", value=plan.close_share)
        ways.append((text("close "), share, text(" of each position")))
    if not ways:
        return ()
    told: list[SentencePart] = [
        text(" Back to "),
        SentencePart(kind="ratio", value=plan.target_ratio),
    ]
    for number, way in enumerate(ways):
        told += [text(": " if not number else ", or "), *way]
    return (*told, text("."))
