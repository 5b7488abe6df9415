"""Headroom: how likely a pool is to touch its line, how soon, and what of that is borrowed comfort.

Two methods side by side: `bootstrap` (the instruments' own past at today's volatility, the pool
judged whole at every step: tiers, hedges, coins as collateral) and `normal` (closed form, which
knows no fat tails). Every chance names its method, its data and their age; below seven days of a
past none is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.distance.reach import health as exact_health
from marginline.core.distance.standing import moving_base
from marginline.core.findings import AbsentError, Code, Finding, Gap
from marginline.core.measures import Measure
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number
from marginline.risk.odds.answer import Headroom, Odds
from marginline.risk.odds.draining import funding_drain
from marginline.risk.odds.garch import fitted, garch_walks
from marginline.risk.odds.health import F8, Markets, agrees, healths
from marginline.risk.odds.past import LEAST, Past
from marginline.risk.odds.paths import DAY, Step, covariance, filtered, walks
from marginline.risk.odds.touching import seen_in_steps, touch_chance, touch_time
from marginline.risk.stress.comfort import most_cut
from marginline.venues.assessing import assess
from marginline.venues.plausible import blinding_of

HOUR = timedelta(hours=1)
HORIZONS = (HOUR, 8 * HOUR, DAY, 7 * DAY)
SHARES = (0.1, 0.25, 0.5)
_FINEST = timedelta(minutes=15)
_NUDGE = 1e-4
MOST_PATHS = 1_000_000
_MOST_STEPS = 100_000
_STALE = timedelta(days=2)


def headroom(
    account: Account,
    past: Past,
    *,
    horizons: Sequence[timedelta] = HORIZONS,
    paths: int = 10_000,
    seed: int = 0,
    garch: bool = False,
    looks: timedelta | None = None,
    funding_caps: Mapping[str, Number] | None = None,
) -> tuple[Headroom, ...]:
    """The headroom of every pool that holds positions.

    All marks move as the past's closes did, each with its index and its base coin as collateral
    (one meaning of all prices); stablecoins, orders and sizes stand; funding goes on at today's
    rates. The same seed gives the same figures.

    Args:
        account: as loaded.
        past: closes of its instruments.
        horizons: within which the line may be touched.
        paths: how many are drawn.
        seed: of the draws.
        garch: also by GARCH(1,1) with Student-t shocks, fitted to the past (extra `risk`).
        looks: the line is looked at once per so long, as a venue that marks in steps does; None:
            it is watched without a pause.
        funding_caps: by symbol the highest rate of one payment, for the worst drain.

    Raises:
        InputError: a horizon or a number of paths that cannot be used; GARCH without its packages.
    """
    _check(horizons, paths, looks)
    ordered = tuple(sorted(horizons))
    drains = {drain.pool: drain for drain in funding_drain(account, ordered[-1], funding_caps)}
    found, blinding = [], blinding_of(account)
    for pool in assess(account).pools:
        if not pool.figures.pool.exposures or pool.figures.pool.kind is Kind.RISK_UNIT:
            continue
        try:
            if blinding:
                raise AbsentError(Gap(blinding[0].code, blinding[0].message))
            question = _Question(account, pool, past, ordered, looks)
            answer = question.answer(paths, seed, garch=garch)
            found.append(replace(answer, funding=drains.get(pool.id)))
        except AbsentError as absent:
            gap = absent.gap
            finding = Finding(gap.code, pool.id, f"no chance is told: {gap.message}")
            drain = drains.get(pool.id)
            found.append(
                Headroom(pool.id, None, None, (), {}, {}, 0, findings=(finding,), funding=drain)
            )
    return tuple(found)


def _check(horizons: Sequence[timedelta], paths: int, looks: timedelta | None) -> None:
    if looks is not None and looks <= timedelta(0):
        raise InputError([Problem("looks", str(looks), "must be longer than 0")])
    if not horizons or min(horizons) <= timedelta(0):
        raise InputError([Problem("horizons", str(horizons), "each must be longer than 0")])
    if not 1 <= paths <= MOST_PATHS:
        raise InputError([Problem("paths", str(paths), f"give 1 to {MOST_PATHS:,}")])


class _Question:
    """One pool, the part of the past that it needs, and how it moves with it."""

    def __init__(
        self,
        account: Account,
        pool: PoolAssessment,
        past: Past,
        horizons: tuple[timedelta, ...],
        looks: timedelta | None = None,
    ) -> None:
        figures = pool.figures
        self.id, self.pool, self.horizons = pool.id, figures.pool, horizons
        self.looks = looks
        self.symbols = tuple(dict.fromkeys(e.instrument.symbol for e in self.pool.exposures))
        lacking = [symbol for symbol in self.symbols if symbol not in past.symbols]
        if lacking:
            raise _absent(f"there is no past of {', '.join(lacking)}")
        if past.span < LEAST:
            days = past.span / DAY
            raise _absent(f"{days:.1f} days of a past are too few; give at least {LEAST.days}")
        self.past = past.of(self.symbols).thinned(min(_FINEST, *horizons))
        if horizons[-1] / self.past.step > _MOST_STEPS:
            raise _absent(f"more than {_MOST_STEPS:,} steps to the longest horizon")
        self.bases = self._bases()
        self.now = float(exact_health(figures))
        if not agrees(self.pool, figures.all_rules, self.symbols, self.bases):
            raise AbsentError(
                Gap(Code.UNSUPPORTED, "the rulebook's own arithmetic has no form for many markets")
            )
        self.untold: list[str] = []
        self.drain = self._drain(account)
        profit = pool.figures[Measure.UNREALIZED_PNL]
        credit = pool.figures[Measure.CREDIT]
        self.profit, self.credit = max(0.0, float(profit)), max(0.0, float(credit))
        cut = most_cut(pool)
        self.most_cut = None if cut is None else float(cut[1])
        self.late = account.as_of - past.ends_at

    def _bases(self) -> dict[str, str]:
        """By asset whose rate moves, the symbol that moves it: the first whose base it is."""
        assets = {leg.asset for leg in self.pool.legs} | {self.pool.asset}
        found: dict[str, str] = {}
        for e in self.pool.exposures:
            base = moving_base(e.instrument)
            if base in assets and base is not None:
                found.setdefault(base, e.instrument.symbol)
        return found

    def _drain(self, account: Account) -> float:
        """What funding takes in an hour at today's rates, of those that are given."""
        taken = 0.0
        for e in self.pool.exposures:
            told = account.market.funding.get(e.instrument.symbol)
            if told is None or told.rate is None or told.interval_hours is None:
                if e.instrument.expires_at is None:
                    self.untold.append(e.instrument.symbol)
                continue
            hours = float(told.interval_hours)
            value = float(e.notional_at(need(e.mark)) * need(e.value_rate))
            taken += math.copysign(value, float(e.size)) * float(told.rate) / hours
        return taken

    def markets(self, factors: F8) -> Markets:
        """Markets of an array of factors (market, symbol)."""
        marks = {symbol: factors[..., k] for k, symbol in enumerate(self.symbols)}
        assets = {asset: marks[symbol] for asset, symbol in self.bases.items()}
        return Markets(marks, assets, self.pool)

    def answer(self, paths: int, seed: int, *, garch: bool) -> Headroom:
        scatter = self._scatter()
        drift = -self.drain
        steps = max(1, round(self.horizons[-1] / self.past.step))
        given = filtered(self.past)
        touched = self._touched(walks(given, steps, paths, seed), seed, scatter)
        by_garch, notes = self._by_garch(steps, paths, seed, scatter) if garch else (None, [])
        odds = []
        for horizon in self.horizons:
            within = max(1, round(horizon / self.past.step))
            shares = [float(np.mean(first <= within)) for first in touched]
            error = math.sqrt(shares[0] * (1 - shares[0]) / paths)
            plain = touch_chance(self._seen(scatter), drift, scatter, horizon / HOUR)
            other = None if by_garch is None else float(np.mean(by_garch <= within))
            cut = None if self.most_cut is None else shares[3]
            odds.append(Odds(horizon, shares[0], error, plain, shares[1], shares[2], other, cut))
        a_day = scatter * math.sqrt(24)
        gap = self._seen(scatter)
        return Headroom(
            self.id,
            None if a_day == 0 else self.now / a_day,
            None if self.untold else self.drain * 24,
            tuple(odds),
            {share: self._hours(touched[0], share) for share in SHARES},
            {share: touch_time(gap, drift, scatter, share) for share in SHARES},
            paths,
            self.past.step,
            self.past.span,
            self.past.ends_at,
            (*self._findings(), *notes),
        )

    def _seen(self, scatter: float) -> float:
        """The buffer as wide as it looks to who looks at it in steps."""
        if self.looks is None or self.now <= 0:
            return self.now
        return seen_in_steps(self.now, scatter, self.looks / HOUR)

    def _by_garch(
        self, steps: int, paths: int, seed: int, scatter: float
    ) -> tuple[F8 | None, list[Finding]]:
        """First touches by GARCH-t; a fit that fails is told, not guessed."""
        try:
            given = fitted(self.past)
        except AbsentError as absent:
            return None, [Finding(absent.gap.code, self.id, absent.gap.message)]
        return self._touched(garch_walks(given, steps, paths, seed), seed, scatter)[0], []

    def _scatter(self) -> float:
        """One standard deviation of the health's change in an hour, straight around today."""
        flat = np.ones((2 * len(self.symbols), len(self.symbols)))
        for k in range(len(self.symbols)):
            flat[2 * k, k] += _NUDGE
            flat[2 * k + 1, k] -= _NUDGE
        moved = np.broadcast_to(healths(self.pool, self.markets(flat)), (len(flat),))
        slope = (moved[0::2] - moved[1::2]) / (2 * _NUDGE)
        variance = float(slope @ covariance(self.past) @ slope)
        return math.sqrt(max(0.0, variance) * (HOUR / self.past.step))

    def _touched(self, drawn: Iterator[Iterator[Step]], seed: int, scatter: float) -> F8:
        """By path the first step in which the line was touched, as it is and without its cushions.

        Those are profit, bonus, and the collateral that is cut most, at what it counts for today.
        Between two steps the health is taken for a Brownian bridge at the path's volatility, so
        that a touch that is over again by the next step counts.
        """
        variance = scatter**2 * (self.past.step / HOUR)
        groups = [
            self._first_touches(walk, variance, np.random.default_rng([seed, number, 1]))
            for number, walk in enumerate(drawn)
        ]
        return np.concatenate(groups, axis=1)

    def _first_touches(
        self, walk: Iterator[Step], variance: float, random: np.random.Generator
    ) -> F8:
        hours, every = self.past.step / HOUR, self._every()
        cushions = np.array([0.0, self.profit, self.credit, self.most_cut or 0.0])
        first, before = np.zeros(0), np.zeros(0)
        for number, step in enumerate(walk, start=1):
            judged = healths(self.pool, self.markets(step.factors)) - self.drain * hours * number
            after = np.subtract.outer(-cushions, -np.asarray(judged))
            if number == 1:
                first = np.full(after.shape, np.inf)
                before = np.broadcast_to(self.now - cushions[:, None], after.shape)
            luck = np.log(random.random(len(step.factors)))
            if number % every == 0:
                spread = variance * step.variance
                # Not "<=": what could not be computed counts as touched.
                touched = ~((before > 0) & (after > 0)) | self._passed(before, after, spread, luck)
                first[np.isinf(first) & touched] = number
            before = after
        return first

    def _every(self) -> int:
        """Steps from one look at the line to the next."""
        return 1 if self.looks is None else max(1, round(self.looks / self.past.step))

    def _passed(self, before: F8, after: F8, spread: F8, luck: F8) -> NDArray[np.bool_]:
        """Whether the line was touched between two steps, by the chance of a Brownian bridge."""
        if self.looks is None:
            return np.asarray(-2 * before * after > luck * spread)
        if self.looks >= self.past.step:
            return np.zeros(before.shape, dtype=np.bool_)
        wider = seen_in_steps(0.0, 1.0, self.looks / self.past.step) * np.sqrt(spread)
        return np.asarray(-2 * (before + wider) * (after + wider) > luck * spread)

    def _hours(self, first: F8, share: float) -> float | None:
        """The time by which a share of the paths had touched; None where fewer do."""
        rank = max(1, math.ceil(share * len(first)))
        step = float(np.partition(first, rank - 1)[rank - 1])
        return None if math.isinf(step) else step * (self.past.step / HOUR)

    def _findings(self) -> Iterator[Finding]:
        minutes = self.past.step / timedelta(minutes=1)
        yield Finding(
            Code.APPROXIMATE,
            self.id,
            f"chances are estimates from the past in steps of {minutes:g} minutes, between which"
            " the market is taken to move evenly; they promise nothing",
        )
        if self.untold:
            names = ", ".join(dict.fromkeys(self.untold))
            yield Finding(
                Code.APPROXIMATE,
                self.id,
                f"funding of {names} is not counted: give its rate and interval_hours",
            )
        if self.late > _STALE:
            yield Finding(
                Code.STALE,
                self.id,
                f"the past ends {self.late / DAY:.1f} days before the account's moment",
            )


def _absent(message: str) -> AbsentError:
    return AbsentError(Gap(Code.MISSING_DATA, message))
