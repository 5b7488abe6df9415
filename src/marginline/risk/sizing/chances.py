"""How large an order may be by chance: of touching the line, and by Kelly with the line in it."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from decimal import Decimal
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from marginline.core.account.account import Account
from marginline.core.findings import AbsentError, Finding, Gap
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Direction, text_or_none, to_step, to_text
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number, choice, number
from marginline.risk.odds.headroom import headroom
from marginline.risk.odds.past import LEAST, Past
from marginline.risk.odds.paths import filtered, walks
from marginline.risk.sizing.search import STEP
from marginline.risk.sizing.sizing import size_for
from marginline.risk.what_if.orders import order
from marginline.risk.what_if.trial import Trial
from marginline.risk.what_if.what_if import what_if
from marginline.venues.plausible import blinding_of

F8 = NDArray[np.float64]
PATHS = 1_000
_HALVINGS = 8
_HOUR = timedelta(hours=1)


class ChanceSizingDocument(TypedDict):
    """A size by chance; numbers as decimal strings, null where it cannot be told."""

    chance: str
    within_hours: str
    size: str | None
    touched: str | None
    error: str | None
    findings: list[dict[str, str]]


class KellyDocument(TypedDict):
    """A size by Kelly; numbers as decimal strings."""

    edge: str
    within_hours: str
    leverage: str
    fraction: str
    full: str
    notional: str
    size: str
    growth: str
    liquidated: str
    halving: str
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ChanceSizing:
    """The largest order after which the line is touched with at most a chance, within a time.

    `size`, unsigned, in whole steps, to 1/256 of the size that margin allows; 0: even no order is
    within the chance; None: it cannot be told, and findings say why. `touched`: the chance after
    it, with one standard `error`; `by_margin`: the most that margin allows.
    """

    chance: float
    within: timedelta
    size: Decimal | None
    touched: float | None
    error: float | None
    by_margin: Decimal | None
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> ChanceSizingDocument:
        """The size as JSON-able data."""
        return {
            "chance": f"{self.chance:g}",
            "within_hours": f"{self.within / _HOUR:g}",
            "size": text_or_none(self.size),
            "touched": None if self.touched is None else f"{self.touched:.6f}",
            "error": None if self.error is None else f"{self.error:.6f}",
            "findings": [finding.to_dict() for finding in self.findings],
        }


def size_by_chance(
    account: Account,
    instrument: str,
    side: str,
    past: Past,
    *,
    chance: Number,
    within: timedelta,
    position_side: str = "both",
    paths: int = PATHS,
    seed: int = 0,
) -> ChanceSizing:
    """The largest order by the chance of touching the line afterwards (filtered bootstrap).

    Every size is judged on the same drawn paths, whole: with what else is open, tiers, collateral.

    Args:
        account: as loaded.
        instrument: symbol, or the key of a position.
        side: "buy" or "sell".
        past: closes of the instrument and of what else is open in its pool.
        chance: the most that is borne, above 0 and below 1.
        within: the time it is borne for.
        position_side: the leg in hedge mode.
        paths: how many are drawn.
        seed: of the draws.

    Raises:
        InputError: as `size_for`, or a chance that is none.
    """
    borne = number("chance", chance, above=0)
    if borne >= 1:
        raise InputError([Problem("chance", str(borne), "must be below 1", "0.01 is 1 %")])
    most = size_for(account, instrument, side, position_side=position_side)
    limit = float(borne)
    if not most.size:
        return ChanceSizing(limit, within, most.size, None, None, most.size, most.findings)
    sign = ONE if side == "buy" else -ONE
    asked = _Asked(account, instrument, sign, position_side, past, within, paths, seed)
    try:
        low = next((s for s in (most.size, ZERO) if asked.touched(s)[0] <= limit), None)
        if low is None:
            return ChanceSizing(limit, within, ZERO, *asked.touched(ZERO), most.size, most.findings)
        if low < most.size:
            low = _between(asked, limit, most.size, most.step)
        return ChanceSizing(limit, within, low, *asked.touched(low), most.size, most.findings)
    except AbsentError as absent:
        finding = Finding(absent.gap.code, instrument, absent.gap.message)
        return ChanceSizing(limit, within, None, None, None, most.size, (*most.findings, finding))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Orders of one instrument judged on the same paths; each size once."""

    account: Account
    instrument: str
    sign: Decimal
    position_side: str
    past: Past
    within: timedelta
    paths: int
    seed: int
    told: dict[Decimal, tuple[float, float]] = field(default_factory=dict)

    def touched(self, size: Decimal) -> tuple[float, float]:
        """The chance after an order of so much, of the worst pool, and its error."""
        if size not in self.told:
            side = self.position_side
            signed = self.sign * size
            change = [order(self.instrument, signed, position_side=side)] if size else []
            after = what_if(self.account, change).account_after
            found = headroom(
                after, self.past, horizons=(self.within,), paths=self.paths, seed=self.seed
            )
            gaps = [each.findings[0] for each in found if not each.odds]
            if gaps:
                raise AbsentError(Gap(gaps[0].code, gaps[0].message))
            chances = [(each.odds[0].bootstrap, each.odds[0].error) for each in found]
            self.told[size] = max(chances, default=(0.0, 0.0))
        return self.told[size]


def _between(asked: _Asked, limit: float, most: Decimal, step: Decimal) -> Decimal:
    """The largest size within the limit, between none and the most, by halving."""
    low, high = ZERO, most
    for _ in range(_HALVINGS):
        middle = to_step((low + high) / 2, step, Direction.DOWN)
        if middle in {low, high}:
            break
        low, high = (middle, high) if asked.touched(middle)[0] <= limit else (low, middle)
    return low


# -- Kelly -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kelly:
    """The size whose wealth grows fastest by the past's shocks and an edge of one's own.

    `full`: notional as a fraction of the equity; `notional` that of the chosen `fraction` of it, in
    the settle asset, `size` in whole steps. `growth`: expected growth of the logarithm of wealth
    over the time with `fraction`; `liquidated`: the share of paths on which the line comes first;
    `halving`: the chance that wealth ever halves at that fraction of Kelly, `0.5 ** (2/k - 1)`, of
    a market that moves evenly (1 from twice Kelly on). `findings`: why the account, and so its
    wealth, is not wholly known.
    """

    edge: float
    within: timedelta
    leverage: Decimal
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
    maintenance_rate: Number = "0.005",
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
        maintenance_rate: of its tier.
        fraction: of Kelly's size that is taken; 0.5 gives a quarter of the growth up for half the
            swing.
        equity: the wealth, in the settle asset.
        paths: how many are drawn.
        seed: of the draws.

    Raises:
        InputError: less than seven days of a past, no mark, or numbers that cannot be.
    """
    long = choice("side", side, ("buy", "sell")) == "buy"
    lever = number("leverage", leverage, above=0)
    held = number("maintenance_rate", maintenance_rate, minimum=0)
    taken = number("fraction", fraction, above=0)
    expected = number("edge", edge)
    if past.span < LEAST:
        message = f"is too short; give at least {LEAST.days} days"
        raise InputError([Problem("past", str(past.span), message)])
    trial = Trial(account)
    wealth = _wealth(account, trial, instrument) if equity is None else number("equity", equity)
    away = float(ONE / lever - held)
    final, worst = _returns(past.of([instrument]), within, paths, seed, long=long)
    final = final - final.mean() + float(expected)
    gone = worst <= -away if away > 0 else np.ones(len(final), dtype=bool)
    outcome = np.where(gone, -float(ONE / lever), np.maximum(final, -1.0))
    full = _best(outcome, float(lever)) if expected > 0 and away > 0 else 0.0
    part = full * float(taken)
    mark = trial.mark(instrument)
    notional = Decimal(repr(part)) * max(wealth, ZERO)
    step = trial.steps(instrument).size or STEP
    unit = trial.unit(instrument)
    per_size = unit / mark if trial.inverse(instrument) else unit * mark
    size = to_step(notional / per_size, step, Direction.DOWN)
    return Kelly(
        float(expected),
        within,
        lever,
        taken,
        full,
        notional,
        size,
        float(np.mean(np.log1p(part * outcome))),
        float(np.mean(gone)),
        halving(float(taken)),
        blinding_of(account),
    )


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
