"""How large an order may be by the chance of touching the line after it."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.findings import AbsentError, Finding, Gap
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Direction, text_or_none, to_step
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number, number
from marginline.risk.odds.headroom import headroom
from marginline.risk.odds.past import Past
from marginline.risk.sizing.sizing import size_for
from marginline.risk.what_if.orders import order
from marginline.risk.what_if.what_if import what_if

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
