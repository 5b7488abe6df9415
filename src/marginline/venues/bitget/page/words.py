"""Bitget's own figures set beside ours: which of its words means which of our measures.

Of a margin coin `accountEquity` spans the cross pool and the isolated positions; `available`,
`locked`, `crossedMargin` and `crossedRiskRate` are of the cross pool. `marginRatio` of a crossed
position is that of its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import missing
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bitget.page.sums import identities
from marginline.venues.bitget.payloads.wallets import TOTAL_MEASURES, UNION_MEASURES
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Claim,
    Said,
    View,
    last_digit,
    money_tolerance,
    part,
    price_tolerance,
    printed,
    total,
    untold_orders,
    untold_positions,
)

_RATIO_SLACK = Decimal("1E-12")
_PRICE_LABELS = ("liquidationPrice", "breakEvenPrice")
_OF_POSITION = {
    "unrealizedPL": M.UNREALIZED_PNL,
    "unrealisedPnl": M.UNREALIZED_PNL,
    "keepMarginRate": M.MAINTENANCE_RATE,
    "mmr": M.MAINTENANCE_RATE,
    "unrealizedPLR": M.RETURN_ON_MARGIN,
    "profitRate": M.RETURN_ON_MARGIN,
    "liquidationPrice": M.LIQUIDATION_PRICE,
    "breakEvenPrice": M.BREAK_EVEN_PRICE,
}
_MARGIN = ("marginSize", "positionBalance")
_OF_COIN = {"accountEquity": M.EQUITY, "unrealizedPL": M.UNREALIZED_PNL}
_OF_CROSS_POOL = {
    "available": M.AVAILABLE_BALANCE,
    "crossedRiskRate": M.MARGIN_RATIO,
    "crossedMargin": M.POSITION_INITIAL_MARGIN,
    "crossedUnrealizedPL": M.UNREALIZED_PNL,
    "locked": M.ORDER_INITIAL_MARGIN,
    "coupon": M.CREDIT,
    "maxTransferOut": M.WITHDRAWABLE_BALANCE,
}
_RATIOS = (M.MARGIN_RATIO, M.RETURN_ON_MARGIN, M.MAINTENANCE_RATE)
_ORDER_FIGURES = (M.ORDER_INITIAL_MARGIN, M.INITIAL_MARGIN, M.AVAILABLE_BALANCE)
_UNTOLD_POSITIONS = untold_positions("positions")
_UNTOLD_ORDERS = untold_orders("orders")

__all__ = ["claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bitget printed, with ours."""
    if account.reported is None:
        return
    view = _View(account, assessment)
    raw = account.reported.raw
    yield from view.of_positions(part(raw, "positions"))
    if account.mode == "union":
        yield from view.of_union(part(raw, "accounts"))
    else:
        yield from view.of_coins(part(raw, "accounts"))
    yield from view.of_unified(part(raw, "assets"))


class _View(View):
    """One account and its assessment, asked by Bitget's words."""

    # -- positions -------------------------------------------------------------------------

    def of_positions(self, rows: Said) -> Iterator[Claim]:
        """What rows of positions say, by key."""
        for key in rows:
            found = self.found.get(key)
            if found is not None:
                yield from self._of_position(key, *found, part(rows, key))

    def _of_position(
        self, key: str, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        money = money_tolerance([position])
        for label, measure in _OF_POSITION.items():
            theirs = printed(said, label)
            if theirs is None:
                continue
            slack = _RATIO_SLACK if measure in _RATIOS else money
            if label in _PRICE_LABELS:
                theirs = theirs if theirs > 0 else None
                slack = _price_slack(position, pool, said, label)
            yield Claim(key, label, measure, theirs, position.figure(measure), slack)
        yield from self._of_margin(key, pool, position, said)
        yield from _of_ratio(key, pool, position, said)

    def _of_margin(
        self, key: str, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        """`marginSize`: what is posted to an isolated position, initial margin of a crossed."""
        money = money_tolerance([position])
        for label in _MARGIN:
            theirs = printed(said, label)
            if theirs is None:
                continue
            if position.isolated:
                ours = pool.figures.figure(M.WALLET_BALANCE)
                yield Claim(pool.id, label, M.WALLET_BALANCE, theirs, ours, money)
            else:
                ours = position.figure(M.INITIAL_MARGIN)
                yield Claim(key, label, M.INITIAL_MARGIN, theirs, ours, money)

    # -- margin coins ----------------------------------------------------------------------

    def of_coins(self, rows: Said) -> Iterator[Claim]:
        """What rows of margin coins say, in single mode."""
        for coin in rows:
            said = part(rows, coin)
            pools = [pool for pool in self.assessment.pools if pool.asset == coin]
            cross = [pool for pool in pools if pool.kind == Kind.CROSS]
            for words, own in ((_OF_COIN, pools), (_OF_CROSS_POOL, cross)):
                yield from self._of_pools(coin, words, own, said)

    def of_union(self, rows: Said) -> Iterator[Claim]:
        """What the account says in union mode: one pool in USDT."""
        for coin in rows:
            if self.joint is not None:
                yield from self._of_pools(
                    self.joint.id, UNION_MEASURES, [self.joint], part(rows, coin)
                )

    def of_unified(self, said: Said) -> Iterator[Claim]:
        """The totals of a unified account, in USD."""
        totals = part(said, "totals")
        pools = [self.joint] if self.joint is not None else []
        yield from self._of_pools(ACCOUNT, TOTAL_MEASURES, pools, totals)
        if self.joint is None and (theirs := printed(totals, "accountEquity")) is not None:
            ours = self.assessment.measures.get(M.EQUITY)
            figure: Figure = missing("the equity is not known") if ours is None else ours
            if not self.positions_told:
                figure = _UNTOLD_POSITIONS
            yield Claim(ACCOUNT, "accountEquity", M.EQUITY, theirs, figure, 4 * EIGHT_DECIMALS)

    def _of_pools(
        self, where: str, words: Mapping[str, M], pools: list[PoolAssessment], said: Said
    ) -> Iterator[Claim]:
        positions = [position for pool in pools for position in pool.figures.positions]
        legs = sum(len(pool.figures.pool.legs) for pool in pools)
        money = money_tolerance(positions) + (1 + legs) * EIGHT_DECIMALS
        for label, measure in words.items():
            theirs = printed(said, label)
            if theirs is not None and pools:
                slack = _RATIO_SLACK if measure in _RATIOS else money
                yield Claim(where, label, measure, theirs, self._over(pools, measure), slack)

    def _over(self, pools: list[PoolAssessment], measure: M) -> Figure:
        if not self.positions_told and measure is not M.CREDIT:
            return _UNTOLD_POSITIONS
        if not self.orders_told and measure in _ORDER_FIGURES:
            return _UNTOLD_ORDERS
        return total(pool.figures.figure(measure) for pool in pools)


def _price_slack(
    position: PositionFigures, pool: PoolAssessment, said: Said, label: str
) -> Decimal:
    """How far a printed price may lie: what cut inputs move it by, and the digits it prints."""
    theirs = printed(said, label)
    slack = max(last_digit(said, label), EIGHT_DECIMALS)
    if label == "breakEvenPrice":
        return slack
    money = money_tolerance(pool.figures.positions)
    return max(slack, price_tolerance(position, money, theirs if theirs and theirs > 0 else None))


def _of_ratio(
    key: str, pool: PoolAssessment, position: PositionFigures, said: Said
) -> Iterator[Claim]:
    theirs = printed(said, "marginRatio")
    if theirs is not None:
        where = key if position.isolated else pool.id
        ours = pool.figures.figure(M.MARGIN_RATIO)
        yield Claim(where, "marginRatio", M.MARGIN_RATIO, theirs, ours, _RATIO_SLACK)
