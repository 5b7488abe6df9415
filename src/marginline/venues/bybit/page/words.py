"""Bybit's own figures set beside ours: which of its words means which of our measures.

Account-wide figures exist in cross and portfolio mode alone; a coin's are compared with its leg of
the joint pool, in the coin. Rates are printed at four digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind, Leg
from marginline.venues.bybit.page.sums import identities
from marginline.venues.bybit.payloads.positions import POSITION_MEASURES, PRICES
from marginline.venues.bybit.payloads.wallets import CUT_TOTALS, TOTAL_MEASURES
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Claim,
    Said,
    View,
    money_tolerance,
    part,
    price_tolerance,
    printed,
    total,
    untold_orders,
    untold_positions,
)

RATE_STEP = Decimal("0.0001")
_RATES = (M.INITIAL_MARGIN_RATIO, M.MARGIN_RATIO)
_BALANCES = (M.WALLET_BALANCE,)
_ORDER_FIGURES = (M.ORDER_INITIAL_MARGIN, M.INITIAL_MARGIN, M.AVAILABLE_BALANCE)
_NO_PRICE = Decimal(999999)
_UNTOLD_POSITIONS = untold_positions("positions")
_UNTOLD_ORDERS = untold_orders("open_orders")

__all__ = ["claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bybit printed, with ours; figures of zero-size rows are left out."""
    if account.reported is None:
        return
    view = _View(account, assessment)
    raw = account.reported.raw
    yield from view.of_positions(part(raw, "positions"))
    wallet = part(raw, "wallet_balance")
    yield from view.of_coins(part(wallet, "coins"))
    yield from view.of_totals(part(wallet, "totals"))
    yield from view.of_units(part(part(raw, "portfolio_margin"), "units"))


class _View(View):
    """One account and its assessment, asked by Bybit's words."""

    # -- positions -------------------------------------------------------------------------

    def of_positions(self, rows: Said) -> Iterator[Claim]:
        """What rows of positions say, by key."""
        for key in rows:
            if (found := self.found.get(key)) is not None:
                yield from self._of_position(key, *found, part(rows, key))

    def _of_position(
        self, key: str, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        money = money_tolerance([position])
        for label, measure in POSITION_MEASURES.items():
            theirs = printed(said, label)
            if theirs is None:
                continue
            ours = position.figure(measure)
            if label in PRICES:
                theirs = None if theirs in (ZERO, _NO_PRICE) else theirs
                slack = price_tolerance(position, money_tolerance(pool.figures.positions), theirs)
                slack += _tick(position)
                if label == "liqPrice":
                    ours = _nearer(theirs, ours, self._printed_price(pool, position), slack)
                yield Claim(key, label, measure, theirs, ours, slack)
            else:
                yield Claim(key, label, measure, theirs, ours, money)
        posted = printed(said, "positionBalance")
        if position.isolated and posted is not None:
            wallet = pool.figures.figure(M.WALLET_BALANCE)
            yield Claim(pool.id, "positionBalance", M.WALLET_BALANCE, posted, wallet, money)

    def _printed_price(self, pool: PoolAssessment, position: PositionFigures) -> Figure | None:
        """A cross position's printed price: maintenance held at the mark, USD taken for the coin.

        `mark -/+ (totalMarginBalance - totalMaintenanceMargin) / size` (reproduced, 1 account).
        None where Bybit prints another, or what it rests on is not told.
        """
        exposure = position.exposure
        if position.isolated or exposure.inverse or self.account.venue != "bybit_unified":
            return None
        try:
            spare = pool.figures[M.MARGIN_BALANCE] - pool.figures[M.MAINTENANCE_MARGIN]
            return need(exposure.mark) - spare / (exposure.size * exposure.unit)
        except AbsentError:
            return None

    # -- coins -----------------------------------------------------------------------------

    def of_coins(self, rows: Said) -> Iterator[Claim]:
        """What rows of coins say, in the coin."""
        for asset in rows:
            said = part(rows, asset)
            if self.joint is not None:
                legs = (leg for leg in self.joint.figures.pool.legs if leg.asset == asset)
                for leg in legs:
                    yield from self._of_coin(self.joint, leg, said)

    def _of_coin(self, pool: PoolAssessment, leg: Leg, said: Said) -> Iterator[Claim]:
        own = [p for p in pool.figures.positions if p.exposure.asset == leg.asset]
        pnl = total(p.figure(M.UNREALIZED_PNL) for p in own)
        orders = total(o.amount for o in pool.figures.pool.orders if o.asset == leg.asset)
        if not self.orders_told:
            orders = _UNTOLD_ORDERS
        worth: Figure = leg.balance
        if isinstance(worth, Decimal):
            worth = worth - leg.liability + leg.options_value
        figures: dict[str, tuple[M, Figure]] = {
            "walletBalance": (M.WALLET_BALANCE, leg.balance),
            "unrealisedPnl": (M.UNREALIZED_PNL, pnl),
            "equity": (M.EQUITY, total((worth, pnl))),
            "bonus": (M.CREDIT, leg.credit),
            "totalPositionIM": (
                M.POSITION_INITIAL_MARGIN,
                total(p.figure(M.INITIAL_MARGIN) for p in own),
            ),
            "totalPositionMM": (
                M.MAINTENANCE_MARGIN,
                total(p.figure(M.MAINTENANCE_MARGIN) for p in own),
            ),
            "totalOrderIM": (M.ORDER_INITIAL_MARGIN, orders),
        }
        for label, (measure, ours) in figures.items():
            theirs = printed(said, label)
            if theirs is None:
                continue
            untold = not self.positions_told and measure not in (*_BALANCES, M.CREDIT)
            figure = _UNTOLD_POSITIONS if untold else ours
            yield Claim(f"assets.{leg.asset}", label, measure, theirs, figure, money_tolerance(own))

    # -- totals ----------------------------------------------------------------------------

    def of_totals(self, said: Said) -> Iterator[Claim]:
        """The account's totals in USD; there are none in isolated mode."""
        if self.joint is None:
            return
        money = self._joint_tolerance(self.joint)
        for label, measure in TOTAL_MEASURES.items():
            theirs = printed(said, label)
            if theirs is not None:
                slack = RATE_STEP if measure in _RATES else money
                yield Claim(ACCOUNT, label, measure, theirs, self._figure(measure), slack)
        for label, measure in CUT_TOTALS.items():
            theirs = printed(said, label)
            if theirs is not None:
                yield Claim(ACCOUNT, label, measure, theirs, self._cut_total(measure), money)

    def _cut_total(self, measure: M) -> Figure:
        """Wallets, or P&L, after collateral ratio and switch (reproduced, 4 accounts)."""
        assert self.joint is not None
        figures = self.joint.figures
        if measure is not M.WALLET_BALANCE and not self.positions_told:
            return _UNTOLD_POSITIONS
        try:
            wallets = sum((leg.value(leg.usable) for leg in figures.pool.legs), ZERO)
            if measure is M.WALLET_BALANCE:
                return wallets
            return figures[M.MARGIN_BALANCE] - wallets
        except AbsentError as absent:
            return absent.gap

    def _figure(self, measure: M) -> Figure:
        assert self.joint is not None
        if not self.positions_told and measure not in _BALANCES:
            return _UNTOLD_POSITIONS
        if not self.orders_told and measure in _ORDER_FIGURES:
            return _UNTOLD_ORDERS
        return self.joint.figures.figure(measure)

    def _joint_tolerance(self, pool: PoolAssessment) -> Decimal:
        """A step for each figure, what cut prices add, and what an index from two figures adds."""
        slack = money_tolerance(pool.figures.positions)
        for leg in pool.figures.pool.legs:
            if isinstance(leg.index, Decimal) and isinstance(leg.balance, Decimal):
                slack += (leg.index + 1) * EIGHT_DECIMALS + abs(leg.balance) * EIGHT_DECIMALS
        return slack

    # -- risk units ------------------------------------------------------------------------

    def of_units(self, rows: Said) -> Iterator[Claim]:
        """What the portfolio-margin endpoint says of each underlying."""
        units = {pool.id: pool for pool in self.assessment.pools if pool.kind == Kind.RISK_UNIT}
        for name, pool in units.items():
            asset = part(part(rows, name), "asset")
            for label, measure in (
                ("assetIM", M.INITIAL_MARGIN),
                ("assetMM", M.MAINTENANCE_MARGIN),
            ):
                if (theirs := printed(asset, label)) is not None:
                    yield Claim(name, label, measure, theirs, pool.figures.figure(measure))


def _nearer(
    theirs: Decimal | None, root: Figure, by_formula: Figure | None, slack: Decimal
) -> Figure:
    """Of the root of health and the venue's formula the one that the venue prints."""
    if theirs is None or not isinstance(by_formula, Decimal) or by_formula <= 0:
        return root
    if isinstance(root, Decimal) and abs(root - theirs) <= slack:
        return root
    return by_formula


def _tick(position: PositionFigures) -> Decimal:
    """Prices are printed on the tick; where it is not known, nothing is added."""
    tick = position.exposure.instrument.tick_size
    return ZERO if tick is None else tick
