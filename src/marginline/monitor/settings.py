"""What the monitor is told once: how old data may be, where bands lie, what is watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from marginline.core.numbers import to_text
from marginline.errors import InputError, Problem
from marginline.monitor import messages, wire

SECOND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Where alerts fire, as fractions of the support in use; see `wire.Bands`.

    `levels`: the ratios at which anything may begin or end; nothing does below `calm_below`.

    Raises:
        InputError: bands out of order, or a time below 0; every fault is named.
    """

    target: Decimal = Decimal("0.6")
    warn: Decimal = Decimal("0.7")
    act: Decimal = Decimal("0.8")
    rearm: Decimal = Decimal("0.03")
    dwell_ms: int = 0
    cooldown_ms: int = 1_800 * SECOND
    remind_ms: int = 1_800 * SECOND
    levels: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)
    calm_below: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = [
            Problem(name, str(value), "must be a number, a fraction", "0.8 is 80 %")
            for name in ("target", "warn", "act", "rearm")
            if not (value := getattr(self, name)).is_finite()
        ]
        if problems:
            raise InputError(problems)
        problems = [
            Problem(name, to_text(value), "must lie between 0 and 1, fractions", "0.8 is 80 %")
            for name in ("target", "warn", "act")
            if not 0 < (value := getattr(self, name)) < 1
        ]
        problems += [
            Problem(low, to_text(getattr(self, low)), f"must not lie above `{high}`", "lower it")
            for low, high in (("target", "warn"), ("warn", "act"))
            if getattr(self, low) > getattr(self, high)
        ]
        if not 0 <= self.rearm < self.warn:
            text = "must be at least 0 and below `warn`"
            problems.append(Problem("rearm", to_text(self.rearm), text, "0.03 is 3 points"))
        problems += [
            Problem(name, str(value), "must not be negative", "0 switches it off")
            for name in ("dwell_ms", "cooldown_ms", "remind_ms")
            if (value := getattr(self, name)) < 0
        ]
        if problems:
            raise InputError(problems)
        found = self.warn - self.rearm, self.warn, self.act - self.rearm, self.act
        object.__setattr__(self, "levels", found)
        object.__setattr__(self, "calm_below", min(found))

    def wire(self) -> wire.Bands:
        """As they travel."""
        return wire.Bands(
            target=to_text(self.target),
            warn=to_text(self.warn),
            act=to_text(self.act),
            rearm=to_text(self.rearm),
            dwell_s=self.dwell_ms // SECOND,
            cooldown_s=self.cooldown_ms // SECOND,
            remind_s=self.remind_ms // SECOND,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """An account to be watched: its configured name, its venue, where it comes from.

    `kind` "file": prices are those of the file unless a stream brings newer ones, and stand as long
    as the file does; "connection": without a live stream of prices nothing is known.
    """

    name: str
    venue: str
    source: str
    kind: Literal["connection", "file"] = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """Limits in milliseconds of the monitor's clock, which is that of the feeds.

    `hold_ms`: how long a loss of data may heal before it is told. `plan_every_ms`: how often the
    plan of an account in need is made anew while only prices move; `orders_every_ms`: the move to
    the line with resting orders filled, likewise. `whole_every_ms`: how long documents and
    distances may wait while more than `at_once` accounts move at each price; those of a healthy
    account are made at most once in `calm_each_ms` for each account watched. Status and figures
    wait only where a price moves more than `part` accounts: so many are judged before readers are
    told, nearest to the line first, the others in the rounds that follow at once. `sample_ms`: the
    step of the samples from which speeds are made; `speed`: how many hours of the venue's time pass
    in one of ours (a simulated world may run faster): speeds are by the venue's hour.
    """

    marks_ms: int = 10 * SECOND
    account_ms: int = 30 * SECOND
    tiers_ms: int = 7_200 * SECOND
    hold_ms: int = 30 * SECOND
    plan_every_ms: int = 5 * SECOND
    orders_every_ms: int = SECOND
    whole_every_ms: int = SECOND
    at_once: int = 4
    calm_each_ms: int = 20
    part: int = 200
    sample_ms: int = 15 * SECOND
    speed: Decimal = Decimal(1)
    bands: Bands = field(default_factory=Bands)
    own_bands: Mapping[str, Bands] = field(default_factory=dict)

    def limits(self) -> messages.Limits:
        """The limits as they travel, in seconds."""
        return messages.Limits(
            marks=seconds(self.marks_ms),
            account=seconds(self.account_ms),
            tiers=seconds(self.tiers_ms),
            hold=seconds(self.hold_ms),
        )


@lru_cache(maxsize=1_024)  # many accounts are of one age
def seconds(ms: int) -> str:
    """Milliseconds as a decimal number of seconds."""
    return to_text(Decimal(ms).scaleb(-3))
