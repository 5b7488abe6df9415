"""Whether what an alert tells of holds now, for every slot of an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marginline.core.findings import Status
from marginline.monitor.alerts.noticing import EVENTS
from marginline.monitor.judging.judgement import SURE
from marginline.monitor.settings import Bands
from marginline.monitor.state import Watched
from marginline.monitor.wire import AlertKind, AlertLevel

DAY_MS = 86_400_000
LADDER = ("line", "call", "act", "warn")
"""Gravest first: the alert of one passes on to that of the one above it."""
WORST_RANK = 5
"""The place in the deleveraging queue that is closed next."""
CALM_RANK = 3
"""At or below it the queue is no news again: a rank that sways between 4 and 5 speaks once."""

KINDS: Mapping[str, tuple[AlertKind, AlertLevel]] = {
    "line": ("status", "line"),
    "call": ("status", "call"),
    "act": ("band", "act"),
    "warn": ("band", "warn"),
    "unknown": ("unknown", "unknown"),
    "contradiction": ("contradiction", "warn"),
    "liquidated": ("liquidated", "line"),
    "vanished": ("vanished", "line"),
    "tiers": ("tiers", "warn"),
    "adl": ("adl", "warn"),
    "funding": ("funding", "warn"),
}
SLOTS = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a slot's condition holds, and whether it has cleared; neither: between the two.

    `event` is the moment of what happened, of slots that tell of something that happened: another
    moment is another thing to tell.
    """

    on: bool
    clear: bool
    event: int | None = None


FROZEN = Condition(on=False, clear=False)
_CLEAR = Condition(on=False, clear=True)


def conditions(watched: Watched, bands: Bands, now: int) -> dict[str, Condition]:
    """Every slot's condition for an account as it stands."""
    unknown = watched.status is Status.UNKNOWN
    found = {
        "unknown": Condition(on=unknown, clear=not unknown),
        "contradiction": _differs(watched),
        "adl": _queued(watched),
        "funding": FROZEN if unknown else _drains(watched),
    } | {slot: _happened(watched, slot, now) for slot in EVENTS}
    if unknown or watched.judged is None:
        return found | dict.fromkeys(LADDER, FROZEN)
    status, ratio = watched.judged.status, watched.judged.ratio
    grave = status.rank >= Status.MARGIN_CALL.rank
    line, call = status is Status.LIQUIDATION, grave
    act = grave or (ratio is not None and ratio >= bands.act)
    below_act = not grave and (ratio is None or ratio < bands.act - bands.rearm)
    warn = act or status is Status.WATCH or (ratio is not None and ratio >= bands.warn)
    below_warn = status is Status.HEALTHY and (ratio is None or ratio < bands.warn - bands.rearm)
    return found | {
        "line": Condition(on=line, clear=not line),
        "call": Condition(on=call, clear=not call),
        "act": Condition(on=act, clear=below_act),
        "warn": Condition(on=warn, clear=below_warn),
    }


def is_calm(watched: Watched, bands: Bands) -> bool:
    """Whether every condition is clear: of an account all of whose slots rest nothing changes."""
    judged = watched.judged
    if watched.status is not Status.HEALTHY or judged is None:
        return False
    if watched.gone is not None or watched.happened or watched.drain is not None:
        return False
    if max(watched.adl.values(), default=0) > CALM_RANK:
        return False
    return judged.ratio is None or judged.ratio < bands.calm_below


def _differs(watched: Watched) -> Condition:
    on = watched.gone is not None and watched.gone.count >= SURE
    return Condition(on=on, clear=watched.gone is None)


def _queued(watched: Watched) -> Condition:
    worst = max(watched.adl.values(), default=0)
    return Condition(on=worst >= WORST_RANK, clear=worst <= CALM_RANK)


def _drains(watched: Watched) -> Condition:
    drain = watched.drain
    return Condition(on=drain is not None and drain.crosses, clear=drain is None)


def _happened(watched: Watched, slot: str, now: int) -> Condition:
    """What happened stands for a day."""
    found = watched.happened.get(slot)
    if found is None or now - found.at >= DAY_MS:
        return _CLEAR
    return Condition(on=True, clear=False, event=found.at)
