"""Joint moves: all prices together, down and up, until a pool is liquidated, and what drains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.assessment.bulk import judged
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.motion import Motion
from marginline.core.distance.reach import Reach, reach
from marginline.core.findings import AbsentError, Code, Finding
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, text_or_none, to_text
from marginline.core.pool.exposure import Exposure, need
from marginline.core.pool.pool import Pool
from marginline.risk.inputs import Number, number, wrong
from marginline.risk.moves.volatile import STANDING, volatile_assets
from marginline.venues import folders
from marginline.venues.resolve.resolver import Resolver

STANDS, MOVES = "stands", "moves"
COLLATERAL = "collateral"


@dataclass(frozen=True, slots=True)
class Drain:
    """What one position (or the collateral) takes of the support on the way; a hedge gives back.

    `loss` is in the pool's asset, plus drains; `share` is its part of the whole support loss, None
    where the support does not fall on the way.
    """

    of: str
    loss: Decimal
    share: Decimal | None

    def to_dict(self) -> dict[str, str | None]:
        """The drain as JSON-able data."""
        return {"of": self.of, "loss": to_text(self.loss), "share": text_or_none(self.share)}


class JointMoveDocument(TypedDict):
    """A joint move in the document; numbers as decimal strings or null."""

    pool: str
    collateral: str
    direction: str
    event: str
    move: str | None
    prices: dict[str, str]
    rates: dict[str, str]
    support_loss: str | None
    requirement_rise: str | None
    drain: list[dict[str, str | None]]
    scanned: bool
    reason: str


@dataclass(frozen=True, slots=True)
class JointMove:
    """One pool, all prices moving together in one direction.

    `move` is t where the pool is liquidated (textbook: called), signed, with prices at
    `price * (1 + beta * t)`; None where it never is, and `reason` says why. `prices` and `rates`
    are those of the whole account there; `drain` names what took the support, worst first;
    `requirement_rise` is what the requirement grew by. `scanned`: found on a grid, not in closed
    form.
    """

    pool: str
    collateral: str
    direction: str
    event: str
    move: Decimal | None
    prices: Mapping[str, Decimal]
    rates: Mapping[str, Decimal]
    support_loss: Decimal | None
    requirement_rise: Decimal | None
    drain: tuple[Drain, ...]
    scanned: bool
    reason: str

    def to_dict(self) -> JointMoveDocument:
        """The move as JSON-able data, numbers as decimal strings or null."""
        return {
            "pool": self.pool,
            "collateral": self.collateral,
            "direction": self.direction,
            "event": self.event,
            "move": text_or_none(self.move),
            "prices": {symbol: to_text(price) for symbol, price in self.prices.items()},
            "rates": {asset: to_text(rate) for asset, rate in self.rates.items()},
            "support_loss": text_or_none(self.support_loss),
            "requirement_rise": text_or_none(self.requirement_rise),
            "drain": [each.to_dict() for each in self.drain],
            "scanned": self.scanned,
            "reason": self.reason,
        }


def joint_moves(
    account: Account, pools: Sequence[PoolAssessment], betas: Mapping[str, Number]
) -> tuple[tuple[JointMove, ...], list[Finding]]:
    """Every pool, with the collateral standing and moving, down and up; and what to know of them.

    Raises:
        InputError: a beta for what the account does not hold.
    """
    stands, moves = motions(account, pools, betas)
    found: list[JointMove] = []
    for pool in pools:
        rows = list(_moves_of(account, pool, stands, STANDS))
        same = not moves.moves_rates(pool.figures.pool)
        found += rows
        found += (
            [replace(row, collateral=MOVES) for row in rows]
            if same
            else _moves_of(account, pool, moves, MOVES)
        )
    scanned = dict.fromkeys(row.pool for row in found if row.scanned)
    return tuple(found), [Finding(Code.APPROXIMATE, pool, _SCANNED) for pool in scanned]


_SCANNED = (
    "the joint move has no closed form here (linear and inverse together, or rules of the venue's"
    " own); it was searched on a grid of 2,000 steps from -100 % to +300 % and refined to 1e-20"
)


# -- who moves -----------------------------------------------------------------------------------


def motions(
    account: Account, pools: Sequence[PoolAssessment], betas: Mapping[str, Number]
) -> tuple[Motion, Motion]:
    """The motion with the collateral standing, and the one with it moving."""
    exposures = [e for pool in pools for e in pool.figures.pool.exposures]
    symbols = dict.fromkeys(e.instrument.symbol for e in exposures)
    assets = dict.fromkeys(leg.asset for pool in pools for leg in pool.figures.pool.legs)
    given = _given(betas, [*symbols, *assets])
    by_symbol = {symbol: given.get(symbol, ONE) for symbol in symbols}
    look = Resolver(account, folders()[account.venue])
    bases = volatile_assets(look, dict.fromkeys([*symbols, *account.market.mark]))
    by_asset: dict[str, Decimal] = {}
    for asset in assets:
        if asset in given:
            by_asset[asset] = given[asset]
        elif asset in bases:
            by_asset[asset] = by_symbol.get(bases[asset][0], ONE)
        elif asset not in STANDING:
            by_asset[asset] = ONE
    return Motion(by_symbol, {}), Motion(by_symbol, by_asset)


def _given(betas: Mapping[str, Number], names: Sequence[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each, value in betas.items():
        if each not in names:
            there = ", ".join(names) or "nothing"
            message = "the account holds no such instrument or asset"
            raise wrong(f"betas.{each}", each, message, f"it holds: {there}")
        found[each] = number(f"betas.{each}", value)
    return found


# -- one pool ------------------------------------------------------------------------------------


def _moves_of(
    account: Account, pool: PoolAssessment, motion: Motion, collateral: str
) -> Iterator[JointMove]:
    normal = pool.figures.pool
    reached, reason = _reach(pool.figures, motion)
    event = "liquidation" if normal.trigger.liquidates else "margin_call"
    for direction, move in (("down", reached.down), ("up", reached.up)):
        blank = JointMove(
            pool=normal.id,
            collateral=collateral,
            direction=direction,
            event=event,
            move=move,
            prices={},
            rates={},
            support_loss=None,
            requirement_rise=None,
            drain=(),
            scanned=reached.scanned,
            reason=reason,
        )
        if move is None:
            yield replace(blank, reason=reason or _never(event, direction, reached))
            continue
        try:
            yield _filled(blank, account, pool.figures, motion)
        except AbsentError as absent:
            yield replace(blank, reason=absent.gap.message)
        except ArithmeticError:  # a price of 0 at the very end of the path
            yield replace(blank, reason="what drains it cannot be said where prices end")


def _reach(figures: PoolFigures, motion: Motion) -> tuple[Reach, str]:
    pool = figures.pool
    if not pool.exposures and not pool.borrows:
        return Reach(None, None), "nothing is open in this pool"
    if not motion.moves(pool):
        return Reach(None, None), "nothing in this pool moves on this path"
    try:
        found = reach(figures, motion)
    except AbsentError as absent:
        return Reach(None, None), absent.gap.message
    except ArithmeticError:
        return Reach(None, None), "it cannot be computed at the prices given"
    under = "the pool has reached it already, before anything moves"
    return found, under if found.under else ""


def _never(event: str, direction: str, reached: Reach) -> str:
    if reached.scanned:
        return f"no joint move {direction} between -100 % and +300 % leads to {event}"
    return f"no joint move {direction} leads to {event}"


def _filled(blank: JointMove, account: Account, before: PoolFigures, motion: Motion) -> JointMove:
    t = blank.move
    assert t is not None
    here, there = before.pool, motion.pool_at(before.pool, t)
    after = judged(there, before.all_rules)
    lost = before[Measure.SUPPORT] - after[Measure.SUPPORT]
    marks, given = account.market.mark, account.market.asset_rate.items()
    rates = {asset: rate.index for asset, rate in given if rate.index is not None}
    return replace(
        blank,
        prices={s: marks[s] * (ONE + b * t) for s, b in motion.symbols.items() if s in marks},
        rates={a: rates[a] * (ONE + b * t) for a, b in motion.assets.items() if a in rates},
        support_loss=lost,
        requirement_rise=requirement(after) - requirement(before),
        drain=tuple(_drain(here, there, lost)),
    )


def _drain(here: Pool, there: Pool, lost: Decimal) -> list[Drain]:
    """What each position took of the support, and what the collateral did."""
    losses = {
        before.key: _worth(before) - _worth(after)
        for before, after in zip(here.exposures, there.exposures, strict=True)
    }
    rest = lost - sum(losses.values(), ZERO)
    if any(leg.asset != here.asset for leg in here.legs) and rest:
        losses[COLLATERAL] = rest
    parts = (Drain(of, loss, loss / lost if lost > 0 else None) for of, loss in losses.items())
    return sorted(parts, key=lambda part: part.loss, reverse=True)


def _worth(exposure: Exposure) -> Decimal:
    return exposure.pnl_at(need(exposure.mark)) * need(exposure.value_rate)
