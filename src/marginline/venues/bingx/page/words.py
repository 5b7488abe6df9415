"""BingX's own figures set beside ours: which of its words means which of our measures.

BingX cuts what it prints: amounts at 4 decimals in USDT and USDC, at 8 in coins; ratios at 4. Its
balances hold what is posted to isolated positions, too. A crossed position's `riskRate` is that of
its pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bingx.page.sums import FOUR_DECIMALS, identities, step_of
from marginline.venues.bingx.payloads.reader import CROSS_POOL_MEASURES, WHOLE_MEASURES
from marginline.venues.compare.comparing import (
    EIGHT_DECIMALS,
    Claim,
    Said,
    last_digit,
    part,
    price_slack,
    price_tolerance,
    printed,
    told,
    total,
    untold_orders,
    untold_positions,
)

_OF_POSITION = {
    "unrealizedProfit": M.UNREALIZED_PNL,
    "positionValue": M.NOTIONAL,
    "pnlRatio": M.RETURN_ON_MARGIN,
}
_WITH_ORDERS = (M.ORDER_INITIAL_MARGIN, M.AVAILABLE_BALANCE)
_UNTOLD_POSITIONS = untold_positions("positions")
_UNTOLD_ORDERS = untold_orders("orders")

__all__ = ["claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BingX printed, with ours."""
    if account.reported is None:
        return
    raw = account.reported.raw
    found = {p.name: (pool, p) for pool in assessment.pools for p in pool.figures.positions}
    rows = part(raw, "positions")
    for key in rows:
        if key in found:
            yield from _of_position(key, *found[key], part(rows, key))
    balances = part(raw, "balance")
    if account.mode != "multi_assets":
        for asset in balances:
            yield from _of_asset(account, assessment, asset, part(balances, asset))


# -- positions ---------------------------------------------------------------------------------


def _of_position(
    key: str, pool: PoolAssessment, position: PositionFigures, said: Said
) -> Iterator[Claim]:
    exposure = position.exposure
    step = step_of(exposure.asset)
    slack = step + price_slack(exposure, last_digit(said, "markPrice"))
    for label, measure in _OF_POSITION.items():
        if (theirs := printed(said, label)) is not None:
            room = FOUR_DECIMALS + _ratio_slack(position, slack) if label == "pnlRatio" else slack
            yield Claim(key, label, measure, theirs, position.figure(measure), room)
    yield from _of_margins(key, pool, position, said, slack)
    if (theirs := printed(said, "liquidationPrice")) is not None:
        ours = position.figure(M.LIQUIDATION_PRICE)
        room = price_tolerance(position, slack, theirs)
        yield Claim(key, "liquidationPrice", M.LIQUIDATION_PRICE, theirs or None, ours, room)


def _of_margins(
    key: str, pool: PoolAssessment, position: PositionFigures, said: Said, slack: Decimal
) -> Iterator[Claim]:
    """Initial margin, margin with P&L, risk. Without `margin`, `initialMargin` has P&L in it."""
    initial, whole = printed(said, "initialMargin"), printed(said, "margin")
    older = position.isolated and whole is None
    if initial is not None and not older:
        ours = position.figure(M.INITIAL_MARGIN)
        yield Claim(key, "initialMargin", M.INITIAL_MARGIN, initial, ours, slack)
    label, held = ("initialMargin", initial) if older else ("margin", whole)
    if position.isolated and held is not None:
        ours = position.figure(M.MARGIN_BALANCE)
        yield Claim(key, label, M.MARGIN_BALANCE, held, ours, slack)
    if (risk := printed(said, "riskRate")) is not None:
        where, figures = (key, position) if position.isolated else (pool.id, pool.figures)
        ours = figures.figure(M.MARGIN_RATIO)
        yield Claim(where, "riskRate", M.MARGIN_RATIO, risk, ours, FOUR_DECIMALS)


def _ratio_slack(position: PositionFigures, slack: Decimal) -> Decimal:
    """What an amount that is off by `slack` moves P&L over initial margin by."""
    initial = position.figure(M.INITIAL_MARGIN)
    return slack / initial if isinstance(initial, Decimal) and initial > 0 else ZERO


# -- balances ----------------------------------------------------------------------------------


def _of_asset(account: Account, assessment: Assessment, asset: str, said: Said) -> Iterator[Claim]:
    pools = [pool for pool in assessment.pools if pool.asset == asset]
    cross = [pool for pool in pools if pool.kind == Kind.CROSS]
    alone = len(pools) == len(cross) == 1
    where = asset if alone else f"assets.{asset}"
    slack = step_of(asset) + EIGHT_DECIMALS
    for pool in pools:
        for position in pool.figures.positions:
            row = part(part(_raw(account), "positions"), position.name)
            slack += step_of(asset) + price_slack(position.exposure, last_digit(row, "markPrice"))
    for label, measure in WHOLE_MEASURES.items():
        if (theirs := printed(said, label)) is not None and pools:
            ours = total(pool.figures.figure(measure) for pool in pools)
            ours = _as_told(account, measure, ours)
            yield Claim(where, label, measure, theirs, ours, slack)
    for label, measure in CROSS_POOL_MEASURES.items() if alone else ():
        if (theirs := printed(said, label)) is not None:
            ours = _as_told(account, measure, cross[0].figures.figure(measure))
            yield Claim(where, label, measure, theirs, ours, slack)


def _raw(account: Account) -> Said:
    return {} if account.reported is None else account.reported.raw


def _as_told(account: Account, measure: M, ours: Figure) -> Figure:
    """Ours, or why there is none: positions or orders that no answer tells are not absent."""
    if measure is not M.WALLET_BALANCE and not told(account, "positions"):
        return _UNTOLD_POSITIONS
    return _UNTOLD_ORDERS if measure in _WITH_ORDERS and not told(account, "orders") else ours
