"""Bands tried on what this run has recorded: when they would have spoken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from marginline.core.account.moments import wire_moment
from marginline.core.numbers import to_text
from marginline.monitor.answers import Fired
from marginline.monitor.settings import Bands
from marginline.monitor.wire import AlertLevel

_LINE = 1.0


def fired(moments: Iterable[tuple[int, float]], bands: Bands) -> list[Fired]:
    """When warn and act would have fired, oldest first; a ratio that is NaN freezes them.

    The same rules as the live alerts: armed until it stands, armed again below the band by `rearm`
    and where a graver one stands, the line too; over the band for `dwell`; told at most once in
    `cooldown`, held until then.
    """
    act, warn = _Band("act", float(bands.act), bands), _Band("warn", float(bands.warn), bands)
    found = []
    for at, ratio in moments:
        if ratio != ratio:  # noqa: PLR0124 - NaN
            continue
        passed = ratio >= _LINE
        for band in (act, warn):
            if passed:
                band.pass_on(at)
            elif band.tells(at, ratio):
                found.append(Fired(at=wire_moment(at), level=band.level, ratio=_ratio(ratio)))
            passed = passed or (band.stands and (band.heard or ratio >= band.begins))
    return found


@dataclass(slots=True)
class _Band:
    """One band on its way through the moments."""

    level: AlertLevel
    begins: float
    bands: Bands
    since: int | None = None
    told: int | None = None
    stands: bool = False
    heard: bool = False

    def pass_on(self, at: int) -> None:
        """A graver one speaks."""
        self.stands = False
        self.since = at if self.since is None else self.since

    def tells(self, at: int, ratio: float) -> bool:
        """Whether it is told now."""
        if ratio < self.begins:
            cleared = ratio < self.begins - float(self.bands.rearm)
            self.stands = self.stands and not cleared
            self.since = self.since if self.stands else None
            return False
        self.since = at if self.since is None else self.since
        if not self.stands and at - self.since >= self.bands.dwell_ms:
            self.stands, self.heard = True, False
        rested = self.told is None or at - self.told >= self.bands.cooldown_ms
        if not self.stands or self.heard or not rested:
            return False
        self.told, self.heard = at, True
        return True


def _ratio(value: float) -> str:
    return to_text(Decimal(f"{value:.15g}"))
