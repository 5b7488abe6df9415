"""Bybit's page as one: its words, its rules by rulebook, and its own figures set beside ours.

Account-wide figures exist in cross and portfolio mode alone; a coin's are compared with its leg of
the joint pool, in the coin. Rates are printed at four digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, figured, need
from marginline.core.pool.pool import Kind, Leg
from marginline.venues.bybit.page import inverse, portfolio, unified
from marginline.venues.bybit.page.sums import identities
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
from marginline.venues.compare.lines import AnyLine, Of, Unit, printed_words

NAME = "Bybit"
_CROSS = tuple(dict.fromkeys((*unified.CROSS_ENTRY, *unified.CROSS_MARK)))
_CROSS_POSITION = dict.fromkeys((*unified.CROSS_POSITION_ENTRY, *unified.CROSS_POSITION_MARK))
_ISOLATED = dict.fromkeys((*unified.ISOLATED_POSITION_ENTRY, *unified.ISOLATED_POSITION_MARK))
TABLES: dict[str, tuple[tuple[AnyLine, ...], ...]] = {
    "BYCR": ((*_CROSS, *unified.COIN), tuple(_CROSS_POSITION)),
    "BYIS": (unified.ISOLATED_POOL, tuple(_ISOLATED)),
    "BYPM": ((*portfolio.POOL, *portfolio.UNIT), portfolio.POSITION),
    "BYIN": (inverse.POOL, inverse.POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""
WORDS = printed_words(
    unified.CROSS_MARK,
    unified.COIN,
    unified.ISOLATED_POOL,
    unified.ISOLATED_POSITION_MARK,
    portfolio.UNIT,
)
RATE_STEP = Decimal("0.0001")
_ORDER_FIGURES = (M.ORDER_INITIAL_MARGIN, M.INITIAL_MARGIN, M.AVAILABLE_BALANCE)
_UNTOLD_POSITIONS = untold_positions("positions")
_UNTOLD_ORDERS = untold_orders("open_orders")

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def _said(said: Said, *of: Of) -> Iterator[tuple[AnyLine, Decimal]]:
    """The words of some owner that are printed, each with its number."""
    for word in WORDS:
        if word.of in of and (theirs := printed(said, word.word)) is not None:
            yield word, theirs


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bybit printed, with ours; figures of zero-size rows are left out."""
    if account.reported is None:
        return
    view = _View(account, assessment)
    raw = account.reported.raw
    yield from view.of_positions(part(raw, "positions"))
    wallet = part(raw, "wallet_balance")
    if view.joint is not None:
        yield from view.of_coins(view.joint, part(wallet, "coins"))
        yield from view.of_totals(view.joint, part(wallet, "totals"))
    else:
        yield from view.of_lone_coins(part(wallet, "coins"))
    units = part(part(raw, "portfolio_margin"), "units")
    for pool in assessment.pools:
        if pool.kind == Kind.RISK_UNIT:
            for word, theirs in _said(part(part(units, pool.id), "asset"), Of.UNIT):
                ours = pool.figures.figure(word.measure)
                yield Claim(pool.id, word.word, word.measure, theirs, ours)


class _View(View):
    """One account and its assessment, asked by Bybit's words."""

    # -- positions -------------------------------------------------------------------------

    def of_positions(self, rows: Said) -> Iterator[Claim]:
        """What rows of positions say, by key."""
        for key in rows:
            if key not in self.found:
                continue
            pool, position = self.found[key]
            own = (Of.POSITION, Of.ISOLATED) if position.isolated else (Of.POSITION,)
            for word, theirs in _said(part(rows, key), *own):
                yield self._of_position(pool, position, word, word.read(theirs))

    def _of_position(
        self,
        pool: PoolAssessment,
        position: PositionFigures,
        word: AnyLine,
        theirs: Decimal | None,
    ) -> Claim:
        posted = word.of is Of.ISOLATED
        where = pool.id if posted else position.name
        ours = (pool.figures if posted else position).figure(word.measure)
        slack = money_tolerance([position])
        if word.unit is Unit.PRICE:
            slack = price_tolerance(position, money_tolerance(pool.figures.positions), theirs)
            slack += position.exposure.instrument.tick_size or ZERO  # they stand on the tick
        if word.measure is M.LIQUIDATION_PRICE:
            ours = _nearer(theirs, ours, self._printed_price(pool, position), slack)
        return Claim(where, word.word, word.measure, theirs, ours, slack)

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

    def of_lone_coins(self, rows: Said) -> Iterator[Claim]:
        """The P&L of coins whose positions have pools of their own: isolated, or the classic."""
        for asset in rows:
            theirs = printed(part(rows, asset), "unrealisedPnl")
            own = [p for _, p in self.found.values() if p.exposure.asset == asset]
            if theirs is not None and self.positions_told:
                ours, slack = total(p.figure(M.UNREALIZED_PNL) for p in own), money_tolerance(own)
                where = f"assets.{asset}"
                yield Claim(where, "unrealisedPnl", M.UNREALIZED_PNL, theirs, ours, slack)

    def of_coins(self, joint: PoolAssessment, rows: Said) -> Iterator[Claim]:
        """What rows of coins say, in the coin."""
        legs = {leg.asset: leg for leg in joint.figures.pool.legs}
        for asset in rows:
            if asset not in legs:
                continue
            own = [p for p in joint.figures.positions if p.exposure.asset == asset]
            figures = self._of_coin(joint, legs[asset], own)
            for word, theirs in _said(part(rows, asset), Of.COIN):
                ours = figures[word.measure]
                if not self.positions_told and word.measure not in (M.WALLET_BALANCE, M.CREDIT):
                    ours = _UNTOLD_POSITIONS
                slack = money_tolerance(own)
                yield Claim(f"assets.{asset}", word.word, word.measure, theirs, ours, slack)

    def _of_coin(
        self, joint: PoolAssessment, leg: Leg, own: list[PositionFigures]
    ) -> dict[M, Figure]:
        """Our figures of a coin: of its leg, and of the positions and orders that settle in it."""
        pnl = total(p.figure(M.UNREALIZED_PNL) for p in own)
        orders = total(o.amount for o in joint.figures.pool.orders if o.asset == leg.asset)
        worth: Figure = leg.balance
        if isinstance(worth, Decimal):
            worth = worth - leg.liability + leg.options_value
        return {
            M.WALLET_BALANCE: leg.balance,
            M.UNREALIZED_PNL: pnl,
            M.EQUITY: total((worth, pnl)),
            M.CREDIT: leg.credit,
            M.POSITION_INITIAL_MARGIN: total(p.figure(M.INITIAL_MARGIN) for p in own),
            M.MAINTENANCE_MARGIN: total(p.figure(M.MAINTENANCE_MARGIN) for p in own),
            M.ORDER_INITIAL_MARGIN: orders if self.orders_told else _UNTOLD_ORDERS,
        }

    # -- totals ----------------------------------------------------------------------------

    def of_totals(self, joint: PoolAssessment, said: Said) -> Iterator[Claim]:
        """The account's totals in USD; there are none in isolated mode.

        How far they may be off: a step for each figure, what cut prices add, and what an index from
        two figures adds.
        """
        money = money_tolerance(joint.figures.positions)
        for leg in joint.figures.pool.legs:
            if isinstance(leg.index, Decimal) and isinstance(leg.balance, Decimal):
                money += (leg.index + 1 + abs(leg.balance)) * EIGHT_DECIMALS
        for word, theirs in chain(_said(said, Of.JOINT), _said(said, Of.CUT)):
            slack = RATE_STEP if word.unit is Unit.RATIO else money
            ours = self._total(joint, word)
            yield Claim(ACCOUNT, word.word, word.measure, theirs, ours, slack)

    def _total(self, joint: PoolAssessment, word: AnyLine) -> Figure:
        if word.measure is not M.WALLET_BALANCE and not self.positions_told:
            return _UNTOLD_POSITIONS
        if word.measure in _ORDER_FIGURES and not self.orders_told:
            return _UNTOLD_ORDERS
        return (
            _cut(joint, word.measure) if word.of is Of.CUT else joint.figures.figure(word.measure)
        )


@figured
def _cut(joint: PoolAssessment, measure: M) -> Figure:
    """Wallets, or P&L, after collateral ratio and switch (reproduced, 4 accounts)."""
    wallets = sum((leg.value(leg.usable) for leg in joint.figures.pool.legs), ZERO)
    return wallets if measure is M.WALLET_BALANCE else joint.figures[M.MARGIN_BALANCE] - wallets


def _nearer(
    theirs: Decimal | None, root: Figure, by_formula: Figure | None, slack: Decimal
) -> Figure:
    """Of the root of health and the venue's formula the one that the venue prints."""
    if theirs is None or not isinstance(by_formula, Decimal) or by_formula <= 0:
        return root
    if isinstance(root, Decimal) and abs(root - theirs) <= slack:
        return root
    return by_formula
