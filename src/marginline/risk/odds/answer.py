"""The answer of a headroom question: chances with their methods, data and age, as documents too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from marginline.core.account.moments import moment_text
from marginline.core.findings import Finding
from marginline.core.nouns import dataclass
from marginline.risk.odds.draining import Drain, DrainDocument

HEADROOM_SCHEMA = "marginline/headroom/1"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class OddsDocument(TypedDict):
    """Chances within one horizon."""

    within_hours: str
    bootstrap: str
    bootstrap_error: str
    garch: str | None
    normal: str
    without_profit: str
    without_credit: str
    without_most_cut: str | None


class HeadroomDocument(TypedDict):
    """The headroom of one pool in a document; null where it is not told, and findings say why."""

    pool: str
    sigmas_per_day: str | None
    drain_per_day: str | None
    funding: DrainDocument | None
    hours_at_sigmas: dict[str, str]
    odds: list[OddsDocument]
    hours_until: dict[str, str | None]
    normal_hours_until: dict[str, str | None]
    step_minutes: str | None
    paths: int
    past_days: str | None
    past_ends_at: str | None
    findings: list[dict[str, str]]


class HeadroomsDocument(TypedDict):
    """The document `marginline/headroom/1`."""

    schema: str
    name: str
    source: str
    pools: list[HeadroomDocument]


@dataclass(frozen=True, slots=True)
class Odds:
    """Chances (fractions) of touching the line within a time.

    `error` is one standard error of the bootstrap's. `garch`: by GARCH-t, None where it was not
    asked for or could not be fitted. `without_profit`, `without_credit`: the bootstrap's paths with
    the unrealized profit, or the bonus, taken out of the support (false comfort);
    `without_most_cut` the collateral of which haircuts take most, None where nothing is cut.
    """

    within: timedelta
    bootstrap: float
    error: float
    normal: float
    without_profit: float
    without_credit: float
    garch: float | None = None
    without_most_cut: float | None = None

    def to_dict(self) -> OddsDocument:
        """The chances as JSON-able data."""
        return {
            "within_hours": f"{self.within / _HOUR:g}",
            "bootstrap": f"{self.bootstrap:.6f}",
            "bootstrap_error": f"{self.error:.6f}",
            "garch": _text(self.garch),
            "normal": f"{self.normal:.6f}",
            "without_profit": f"{self.without_profit:.6f}",
            "without_credit": f"{self.without_credit:.6f}",
            "without_most_cut": _text(self.without_most_cut),
        }


@dataclass(frozen=True, slots=True)
class Headroom:
    """Of one pool. `sigmas`: its buffer over one standard deviation of a day's change of it.

    `drain` is what funding takes from the buffer in a day at today's rates, in the pool's asset
    (plus takes); None where a perpetual's rate or interval is not given: a finding names it.
    `funding`: the same payment by payment, with the date on which the buffer is gone.
    `hours` and `normal_hours`: by share of paths, the time within which so many have touched the
    line; None where fewer do within the longest horizon (or ever, for the normal).
    """

    pool: str
    sigmas: float | None
    drain: float | None
    odds: tuple[Odds, ...]
    hours: Mapping[float, float | None]
    normal_hours: Mapping[float, float | None]
    paths: int
    step: timedelta | None = None
    past: timedelta | None = None
    ends_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    funding: Drain | None = None

    @property
    def hours_at(self) -> dict[int, float]:
        """Hours after which a move of 1, 2, 3 sigmas has used the buffer up; empty: not known.

        Spread grows by the root of time, so it is `24 * (sigmas / k) ** 2`.
        """
        if self.sigmas is None:
            return {}
        return {k: 24 * (max(0.0, self.sigmas) / k) ** 2 for k in (1, 2, 3)}

    def to_dict(self) -> HeadroomDocument:
        """The headroom as JSON-able data: decimal strings of six places, they are estimates."""
        return {
            "pool": self.pool,
            "sigmas_per_day": _text(self.sigmas),
            "drain_per_day": _text(self.drain),
            "funding": None if self.funding is None else self.funding.to_dict(),
            "hours_at_sigmas": {str(k): f"{hours:.6f}" for k, hours in self.hours_at.items()},
            "odds": [each.to_dict() for each in self.odds],
            "hours_until": {f"{share:g}": _text(hours) for share, hours in self.hours.items()},
            "normal_hours_until": {
                f"{share:g}": _text(hours) for share, hours in self.normal_hours.items()
            },
            "step_minutes": None if self.step is None else _text(self.step / timedelta(minutes=1)),
            "paths": self.paths,
            "past_days": None if self.past is None else _text(self.past / _DAY),
            "past_ends_at": None if self.ends_at is None else moment_text(self.ends_at),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def document_of(name: str, source: str, found: Iterable[Headroom]) -> HeadroomsDocument:
    """The answer of an account as JSON-able data."""
    pools = [each.to_dict() for each in found]
    return {"schema": HEADROOM_SCHEMA, "name": name, "source": source, "pools": pools}


def _text(number: float | None) -> str | None:
    return None if number is None else f"{number:.6f}"
