"""How large an order may be by Kelly, with its liquidation in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from marginline.core.account.account import Account, Position
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError, Code, Finding, ranked
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Direction, to_step, to_text
from marginline.core.pool import terms
from marginline.core.pool.exposure import need
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number, choice, number
from marginline.risk.odds.past import LEAST, Past
from marginline.risk.odds.paths import filtered, walks
from marginline.risk.sizing.search import STEP, about_steps, tier_refusal
from marginline.risk.what_if.trial import Trial
from marginline.venues.plausible import blinding_of

F8 = NDArray[np.float64]
_HALVINGS = 20
_HOUR = timedelta(hours=1)


class KellyDocument(TypedDict):
    """A size by Kelly; numbers as decimal strings."""

    edge: str
    within_hours: str
    leverage: str
    maintenance_rate: str
    rate_source: str
    fraction: str
    full: str
    notional: str
    size: str
    growth: str
    liquidated: str
    halving: str
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Kelly:
    """The size whose wealth grows fastest by the past's shocks and an edge of one's own.

    `maintenance_rate`: what the venue keeps of the notional, as given or by the tier that the size
    reaches, and `rate_source` says which.
    `full`: notional as a fraction of the equity; `notional` that of the chosen `fraction` of it, in
    the settle asset, `size` in whole steps. `growth`: expected growth of the logarithm of wealth
    over the time with `fraction`; `liquidated`: the share of paths on which the line comes first;
    `halving`: the chance that wealth ever halves at that fraction of Kelly, `0.5 ** (2/k - 1)`, of
    a market that moves evenly (1 from twice Kelly on). `findings`: why the account, and so its
    wealth, is not wholly known; where the rate and the step of the size come from.
    """

    edge: float
    within: timedelta
    leverage: Decimal
    maintenance_rate: Decimal
    rate_source: str
    fraction: Decimal
    full: float
    notional: Decimal
    size: Decimal
    growth: float
    liquidated: float
    halving: float
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> KellyDocument:
        """The size as JSON-able data."""
        return {
            "edge": f"{self.edge:g}",
            "within_hours": f"{self.within / _HOUR:g}",
            "leverage": to_text(self.leverage),
            "maintenance_rate": to_text(self.maintenance_rate),
            "rate_source": self.rate_source,
            "fraction": to_text(self.fraction),
            "full": f"{self.full:.6f}",
            "notional": to_text(self.notional),
            "size": to_text(self.size),
            "growth": f"{self.growth:.6f}",
            "liquidated": f"{self.liquidated:.6f}",
            "halving": f"{self.halving:.6f}",
            "findings": [finding.to_dict() for finding in self.findings],
        }


def kelly(
    account: Account,
    instrument: str,
    side: str,
    past: Past,
    *,
    edge: Number,
    within: timedelta,
    leverage: Number = "1",
    maintenance_rate: Number | None = None,
    fraction: Number = "0.5",
    equity: Number | None = None,
    paths: int = 4_000,
    seed: int = 0,
) -> Kelly:
    """Fractional Kelly of one isolated position, its liquidation taken into account.

    A position of `f` times the equity posts `f / leverage`; where its price moves against it by
    `1 / leverage - maintenance_rate` within the time, the venue takes all that was posted. Kelly is
    the `f` that makes the mean of the logarithm of wealth greatest. The past tells how the price
    scatters; which way it goes is yours to say: `edge`, the expected return over the time.

    Args:
        account: as loaded; its wallet in the settle asset and the unrealized P&L in it are the
            wealth, unless `equity` says it.
        instrument: symbol.
        side: "buy" or "sell".
        past: closes of the instrument.
        edge: expected return of the position over the time, a fraction; 0 or less: no size.
        within: how long it is held.
        leverage: of the isolated position.
        maintenance_rate: what the venue keeps of the notional, a fraction; where left out, that of
            the instrument's tiers (and the closing fee that the line asks for) at the found size.
        fraction: of Kelly's size that is taken; 0.5 gives a quarter of the growth up for half the
            swing.
        equity: the wealth, in the settle asset.
        paths: how many are drawn.
        seed: of the draws.

    Raises:
        InputError: less than seven days of a past, no mark, no tiers and no maintenance rate, or
            numbers that cannot be.
    """
    long = choice("side", side, ("buy", "sell")) == "buy"
    lever = number("leverage", leverage, above=0)
    told = None if maintenance_rate is None else number(
        "maintenance_rate", maintenance_rate, minimum=0
    )  # fmt: skip
    taken = number("fraction", fraction, above=0)
    expected = number("edge", edge)
    if past.span < LEAST:
        message = f"is too short; give at least {LEAST.days} days"
        raise InputError([Problem("past", str(past.span), message)])
    trial = Trial(account)
    wealth = _wealth(account, trial, instrument) if equity is None else number("equity", equity)
    final, worst = _returns(past.of([instrument]), within, paths, seed, long=long)
    final = final - final.mean() + float(expected)
    draws = _Draws(final, worst, lever, taken, expected, wealth)
    kept = _Kept(account, instrument, ONE if long else -ONE, lever)
    held, source, more = (told, "as given", ()) if told is not None else _by_tiers(kept, draws)
    notes = [*blinding_of(account), *about_steps(trial, [instrument]), *more]
    found = draws.best_of(held)
    return Kelly(
        float(expected),
        within,
        lever,
        held,
        source,
        taken,
        found.full,
        found.notional,
        kept.size_of(found.notional),
        found.growth,
        found.liquidated,
        halving(float(taken)),
        ranked(notes),
    )


class _Draw(NamedTuple):
    """What a maintenance rate leaves: of the equity, in the settle asset, growth, share of ends."""

    full: float
    notional: Decimal
    growth: float
    liquidated: float


class _Draws(NamedTuple):
    """Returns by path, at the end and at their worst, and what is asked of them."""

    final: F8
    worst: F8
    leverage: Decimal
    fraction: Decimal
    edge: Decimal
    wealth: Decimal

    def best_of(self, rate: Decimal) -> _Draw:
        """What the fastest growth comes to where the venue keeps `rate` of the notional."""
        away = float(ONE / self.leverage - rate)
        gone = self.worst <= -away if away > 0 else np.ones(len(self.final), dtype=bool)
        outcome = np.where(gone, -float(ONE / self.leverage), np.maximum(self.final, -1.0))
        full = _best(outcome, float(self.leverage)) if self.edge > 0 and away > 0 else 0.0
        part = full * float(self.fraction)
        growth = float(np.mean(np.log1p(part * outcome)))
        notional = Decimal(repr(part)) * max(self.wealth, ZERO)
        return _Draw(full, notional, growth, float(np.mean(gone)))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the venue keeps of one isolated position, by its tiers."""

    account: Account
    instrument: str
    sign: Decimal
    leverage: Decimal

    def size_of(self, notional: Decimal) -> Decimal:
        """A notional at the mark as an unsigned size, in whole steps."""
        trial = Trial(self.account)
        mark, unit = trial.mark(self.instrument), trial.unit(self.instrument)
        per_size = unit / mark if trial.inverse(self.instrument) else unit * mark
        step = trial.steps(self.instrument).size or STEP
        return to_step(notional / per_size, step, Direction.DOWN)

    def position(self, notional: Decimal) -> PositionFigures:
        """The position alone, of a notional at the mark, at least one step.

        Raises:
            InputError: it cannot be resolved.
        """
        trial = Trial(self.account)
        step = trial.steps(self.instrument).size or STEP
        size = self.sign * max(self.size_of(notional), step)
        mark = trial.mark(self.instrument)
        hedge = self.account.position_mode == "hedge"
        isolated = Position(
            instrument=self.instrument,
            side=("long" if size > 0 else "short") if hedge else "both",
            size=size,
            entry_price=mark,
            margin_mode="isolated",
            leverage=self.leverage,
            isolated_margin=trial.notional(self.instrument, size, mark) / self.leverage,
            opened_at=self.account.as_of,
        )
        alone = replace(trial.account, positions=(isolated,), orders=())
        try:
            found = Trial(alone).position(isolated.key)
        except InputError:  # the mode knows no isolated positions: the tiers are the same in cross
            cross = replace(isolated, margin_mode="cross", isolated_margin=None)
            found = Trial(replace(alone, positions=(cross,))).position(cross.key)
        if found is None:
            raise self._untold("no tiers tell it")
        return found

    def rate(self, notional: Decimal) -> Decimal:
        """What the line asks for, as a fraction of the notional.

        Raises:
            InputError: the tiers, or a fee, are not known.
        """
        try:
            exposure = self.position(notional).exposure
            asked = terms.maintenance_amount(exposure) + terms.closing_fee_amount(exposure)
            return asked / exposure.notional_at(need(exposure.mark))
        except AbsentError as absent:
            raise self._untold(absent.gap.message) from None

    def source_of(self, notional: Decimal) -> tuple[str, list[Finding]]:
        """The tier that a notional reaches and where it comes from, with what there is to say."""
        position, notes = self.position(notional), []
        row = terms.tier_row(position.exposure) + 1
        source = f"tier {row} of {self.instrument}: {terms.schedule_of(position.exposure).source}"
        if self.instrument not in self.account.parameters.tiers:
            text = f"the maintenance rate is that of {source}"
            notes.append(Finding(Code.PACKAGED_PARAMETER, self.instrument, text))
        if (reason := tier_refusal(position)) is not None:
            text = f"the venue would refuse this: {reason}"
            notes.append(Finding(Code.VENUE_WOULD_REFUSE, self.instrument, text))
        return source, notes

    def _untold(self, reason: str) -> InputError:
        remedy = "give maintenance_rate"
        return InputError([Problem("maintenance_rate", self.instrument, reason, remedy)])


def _rate_at(kept: _Kept, notional_by: Callable[[Decimal], Decimal]) -> Decimal:
    """The rate of the size that it leads to: the higher the rate, the smaller the size.

    By halving, the upper end: never below the rate of the size that it gives.
    """
    low = kept.rate(ZERO)
    high = kept.rate(notional_by(low))
    for _ in range(_HALVINGS):
        if high <= low:
            break
        middle = (low + high) / 2
        low, high = (middle, high) if kept.rate(notional_by(middle)) > middle else (low, middle)
    return max(low, high)


def _by_tiers(kept: _Kept, draws: _Draws) -> tuple[Decimal, str, list[Finding]]:
    """The rate by the tiers at the size that it leads to, its source, and what there is to say."""
    held = _rate_at(kept, lambda rate: draws.best_of(rate).notional)
    return held, *kept.source_of(draws.best_of(held).notional)


def halving(fraction: float) -> float:
    """The chance that wealth ever halves at so much of Kelly: `0.5 ** (2/k - 1)`, 1 from 2 on."""
    return 1.0 if fraction >= 2 else 0.5 ** (2 / fraction - 1)


def _wealth(account: Account, trial: Trial, instrument: str) -> Decimal:
    asset = trial.instrument(instrument).settle or trial.instrument(instrument).quote
    wallets = [w.balance for w in account.wallets if w.asset == asset and w.balance is not None]
    if not wallets:
        message = "there is no wallet in its settle asset"
        raise InputError([Problem("equity", str(asset), message, "give equity")])
    try:
        return sum((figures.pnl_of(str(asset)) for figures in trial.pools()), sum(wallets, ZERO))
    except AbsentError as absent:
        message = f"it is not known: {absent.gap.message}"
        raise InputError([Problem("equity", str(asset), message, "give equity")]) from None


def _returns(past: Past, within: timedelta, paths: int, seed: int, *, long: bool) -> tuple[F8, F8]:
    """By path: the return at the end, and the worst on the way; of the position's side."""
    steps = max(1, round(within / past.step))
    finals, lows = [], []
    for walk in walks(filtered(past), steps, paths, seed):
        low, last = np.zeros(0), np.zeros(0)
        for step in walk:
            move = step.factors[:, 0] - 1
            last = move if long else -move
            low = np.minimum(low, last) if len(low) else np.minimum(last, 0.0)
        finals.append(last)
        lows.append(low)
    return np.concatenate(finals), np.concatenate(lows)


def _best(outcome: F8, lever: float) -> float:
    """The fraction of wealth with the greatest mean logarithm: it is concave, so by thirds."""

    def growth(fraction: float) -> float:
        return float(np.mean(np.log1p(fraction * outcome)))

    # more than the lever would post more than there is
    low, high = 0.0, min(lever, 0.999 / max(1e-9, -float(outcome.min())))
    if growth(high) >= growth(high - 1e-6 * max(1.0, high)):
        return high  # it still grows there: all of the lever, not a hair less
    while high - low > 1e-6 * max(1.0, high):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if growth(left) < growth(right) else (low, right)
    return (low + high) / 2
