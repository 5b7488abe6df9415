"""Bands tried on what this run has recorded: when they would have spoken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

from marginline.core.account.moments import wire_moment
from marginline.core.numbers import to_text
from marginline.monitor.answers import Fired
from marginline.monitor.settings import Bands
from marginline.monitor.wire import AlertLevel


def fired(moments: Iterable[tuple[int, float]], bands: Bands) -> list[Fired]:
    """When warn and act would have fired, oldest first; a ratio that is NaN freezes them.

    The same rules as the live alerts: armed until it fires, armed again below the band by `rearm`
    and when that of the graver band is over, over the band for `dwell`, at most once in `cooldown`.
    """
    known = [(at, ratio) for at, ratio in moments if ratio == ratio]  # noqa: PLR0124 - not NaN
    found = [
        *_of_band(known, "warn", float(bands.warn), bands, float(bands.act)),
        *_of_band(known, "act", float(bands.act), bands),
    ]
    return sorted(found, key=lambda each: each.at)


def _of_band(
    moments: Iterable[tuple[int, float]],
    level: AlertLevel,
    band: float,
    bands: Bands,
    graver: float = math.inf,
) -> Iterator[Fired]:
    armed, since, last, passed = True, None, None, False
    rearm = float(bands.rearm)
    clear = band - rearm
    for at, ratio in moments:
        if passed and ratio < graver - rearm:
            armed, passed = True, False
        passed = passed or ratio >= graver
        if ratio < clear:
            armed, since = True, None
        elif ratio < band:
            since = None
        else:
            since = at if since is None else since
            rested = last is None or at - last >= bands.cooldown_ms
            if armed and rested and at - since >= bands.dwell_ms:
                yield Fired(at=wire_moment(at), level=level, ratio=_ratio(ratio))
                armed, last = False, at


def _ratio(value: float) -> str:
    return to_text(Decimal(f"{value:.15g}"))
