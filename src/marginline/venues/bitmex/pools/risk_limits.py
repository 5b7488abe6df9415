"""Risk limits: both margin rates rise by one base maintenance rate with every step of value.

`steps = max(0, ceil((value at the mark - base) / step))`,
`maintenance = base maintenance * (1 + steps)`, `initial = base initial + steps * base maintenance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from marginline.core.findings import Code, Gap, missing
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.schedules import TierSchedule
from marginline.errors import DocumentError, Problem
from marginline.venues.resolve import packaged
from marginline.venues.resolve.resolver import Resolver

FOLDER = "bitmex"
MOST_ROWS = 1000
_NAMES = ("base", "step", "initial_rate", "maintenance_rate")


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """Base and step of the value at the mark in the settle asset, and the two base rates."""

    base: Decimal
    step: Decimal
    initial_rate: Decimal
    maintenance_rate: Decimal

    def rates(self, steps: int) -> tuple[Decimal, Decimal]:
        """Initial and maintenance rate after so many steps."""
        added = steps * self.maintenance_rate
        return self.initial_rate + added, self.maintenance_rate + added

    @lru_cache(maxsize=64)  # noqa: B019 - a frozen value of four numbers
    def schedule(self, source: str) -> TierSchedule:
        """The steps as tiers of the whole position: they go on beyond a rate of 100 %.

        After `MOST_ROWS` the table ends, with its cap, so that a value beyond it is noted.
        """
        floors, initial, maintenance = [ZERO], [self.initial_rate], [self.maintenance_rate]
        while len(floors) < MOST_ROWS:
            floors.append(self.base + (len(floors) - 1) * self.step)
            rates = self.rates(len(floors) - 1)
            initial.append(rates[0])
            maintenance.append(rates[1])
        if not self.base:  # the first step begins at once
            floors, initial, maintenance = [ZERO, *floors[2:]], initial[1:], maintenance[1:]
        return TierSchedule(
            keyed_by="notional",
            kind="whole",
            floors=tuple(floors),
            rates=tuple(maintenance),
            deductions=(ZERO,) * len(floors),
            initial_rates=tuple(initial),
            max_leverages=tuple(ONE / rate for rate in initial),
            cap=floors[-1] + self.step,
            source=source,
        )


def schedule_of(resolver: Resolver, symbol: str) -> TierSchedule | Gap:
    """Margin rates of a symbol: the file's risk limit, the file's tiers, the packaged limit."""
    account = resolver.account
    limits = account.parameters.venue.get("risk_limits")
    given = limits.get(symbol) if isinstance(limits, Mapping) else None
    where = f"parameters.venue.risk_limits.{symbol}"
    if given is not None:
        return _read(given, where).schedule("account file")
    tiers = account.parameters.tiers.get(symbol)
    if tiers is not None:
        return resolver.schedule(symbol, tiers)
    found = packaged.in_force(FOLDER, "risk_limits", account.venue, symbol, account.as_of)
    if found is None:
        return missing(f"the risk limit of {symbol} is not given; give {where}")
    source = f"{found.source}, from {found.effective_from}"
    text = f"the risk limit of {symbol} is a packaged one: {source}"
    resolver.note(Code.PACKAGED_PARAMETER, where, text)
    return RiskLimit(**{name: found.number(name) for name in _NAMES}).schedule(source)


def _read(given: object, where: str) -> RiskLimit:
    """A risk limit from the account file.

    Raises:
        DocumentError: a part is missing or cannot be meant.
    """
    parts = given if isinstance(given, Mapping) else {}
    problems = [
        Problem(f"{where}.{name}", str(parts.get(name, "")), "must be a number", "write all four")
        for name in _NAMES
        if not isinstance(parts.get(name), Decimal)
    ]
    problems += [
        Problem(f"{where}.{name}", "", "is no part of a risk limit", f"known: {', '.join(_NAMES)}")
        for name in parts
        if name not in _NAMES
    ]
    if not problems:
        limit = RiskLimit(**{name: parts[name] for name in _NAMES})
        problems = [
            Problem(f"{where}.{name}", str(parts[name]), "must be greater than 0", "")
            for name in _NAMES[1:]
            if parts[name] <= 0
        ]
        if limit.base < 0:
            problems.append(Problem(f"{where}.base", str(limit.base), "must not be negative", ""))
        if not problems:
            return limit
    raise DocumentError(problems)
