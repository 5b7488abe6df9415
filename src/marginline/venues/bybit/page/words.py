"""Bybit's page as one: its words, its rules by rulebook, and its own figures set beside ours.

Account-wide figures exist in cross and portfolio mode alone; a coin's are compared with its leg of
the joint pool, in the coin. Rates are printed at four digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, figured, known
from marginline.core.pool.pool import Kind
from marginline.venues.bybit.page import lines, portfolio
from marginline.venues.bybit.page.sums import RATE_STEP, identities
from marginline.venues.compare.claiming import Beside, Pools, Printed, room_of_price
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Claim,
    Said,
    money_tolerance,
    part,
    printed,
    said_of,
    told,
    total,
)
from marginline.venues.compare.lines import AnyLine, Of, Unit, printed_words

NAME = "Bybit"
_CROSS = tuple(dict.fromkeys((*lines.CROSS_ENTRY, *lines.CROSS_MARK)))
_CROSS_POSITION = dict.fromkeys((*lines.CROSS_POSITION_ENTRY, *lines.CROSS_POSITION_MARK))
_ISOLATED = dict.fromkeys((*lines.ISOLATED_POSITION_ENTRY, *lines.ISOLATED_POSITION_MARK))
TABLES: dict[str, tuple[tuple[AnyLine, ...], ...]] = {
    "BYCR": ((*_CROSS, *lines.COIN), tuple(_CROSS_POSITION)),
    "BYIS": (lines.ISOLATED_POOL, tuple(_ISOLATED)),
    "BYPM": ((*portfolio.POOL, *portfolio.UNIT), portfolio.POSITION),
    "BYIN": (lines.INVERSE_POOL, lines.INVERSE_POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""
WORDS = printed_words(
    lines.CROSS_MARK,
    lines.COIN,
    lines.ISOLATED_POOL,
    lines.ISOLATED_POSITION_MARK,
    portfolio.UNIT,
)
__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bybit printed, with ours; figures of zero-size rows are left out."""
    answers = ("positions", "open_orders")
    beside = _Beside(
        account, assessment, WORDS, lambda _: EIGHT_DECIMALS, RATE_STEP, "", answers=answers
    )
    raw = said_of(account)
    yield from beside.positions(part(raw, "positions"))
    wallet, joint = part(raw, "wallet_balance"), beside.joint_pool
    if joint is not None:
        words = [word for word in WORDS if word.of is Of.COIN]
        yield from beside.coins(joint, part(wallet, "coins"), words)
        yield from beside.joint(part(wallet, "totals"), ZERO, ACCOUNT)
    elif told(account, "positions"):
        yield from beside.lone_coins(part(wallet, "coins"))
    yield from beside.units(part(part(raw, "portfolio_margin"), "units"))


class _Beside(Beside):
    """Bybit cuts at eight decimals, its prices at the tick."""

    def room(self, it: Printed) -> Decimal:
        """Of a price what cut inputs move it by, and a tick."""
        if it.word.unit is not Unit.PRICE:
            return money_tolerance([it.position])
        tick = it.position.exposure.instrument.tick_size or ZERO
        return room_of_price(it, it.word.read(it.theirs)) + tick

    def ours(self, it: Printed, theirs: Decimal | None, room: Decimal, /) -> Figure:
        """Of the root of health and the venue's formula the one that the venue prints."""
        root = it.position.figure(it.word.measure)
        if it.word.measure is not M.LIQUIDATION_PRICE or theirs is None:
            return root
        price = self._printed_price(it.pool, it.position)
        if price is None or price <= 0:
            return root
        return root if isinstance(root, Decimal) and abs(root - theirs) <= room else price

    def _printed_price(self, pool: PoolAssessment, position: PositionFigures) -> Decimal | None:
        """A cross position's printed price: maintenance held at the mark, USD taken for the coin.

        `mark -/+ (totalMarginBalance - totalMaintenanceMargin) / size` (reproduced, 1 account).
        None where Bybit prints another, or what it rests on is not told.
        """
        exposure, figures = position.exposure, pool.figures
        if position.isolated or exposure.inverse or self.account.venue != "bybit_unified":
            return None
        spare = figures.figure(M.MARGIN_BALANCE) - figures.figure(M.MAINTENANCE_MARGIN)
        return known(exposure.mark - spare / (exposure.size * exposure.unit))

    def slack_of_pools(self, pools: Pools, _step: Decimal, _said: Said, /) -> Decimal:
        """A step of each figure, what cut prices add, and what an index from two figures adds."""
        money = money_tolerance(p for pool in pools for p in pool.figures.positions)
        for leg in (leg for pool in pools for leg in pool.figures.pool.legs):
            if isinstance(leg.index, Decimal) and isinstance(leg.balance, Decimal):
                money += (leg.index + 1 + abs(leg.balance)) * EIGHT_DECIMALS
        return money

    def of_pool(self, word: AnyLine, pool: PoolAssessment) -> Figure:
        """Some totals are told after collateral ratio and switch."""
        return _cut(pool, word.measure) if word.of is Of.CUT else super().of_pool(word, pool)

    def lone_coins(self, rows: Said) -> Iterator[Claim]:
        """P&L and equity of coins whose positions have pools of their own."""
        held = [p for pool in self.assessment.pools for p in pool.figures.positions]
        wallets = {wallet.asset: wallet for wallet in self.account.wallets}
        for asset in rows:
            own = [p for p in held if p.exposure.asset == asset]
            pnl = total(p.figure(M.UNREALIZED_PNL) for p in own)
            figures: dict[M, tuple[str, Figure]] = {M.UNREALIZED_PNL: ("unrealisedPnl", pnl)}
            wallet = wallets.get(asset)
            if wallet is not None and wallet.balance is not None:
                worth = wallet.balance - wallet.borrowed - wallet.interest
                equity = total((worth, wallet.options_value or ZERO, pnl))
                figures[M.EQUITY] = ("equity", equity)
            for measure, (word, ours) in figures.items():
                theirs = printed(part(rows, asset), word)
                if theirs is not None:
                    slack = money_tolerance(own)
                    yield Claim(f"assets.{asset}", word, measure, theirs, ours, slack)

    def units(self, units: Said) -> Iterator[Claim]:
        """What the portfolio-margin answer says of each risk unit."""
        for pool in self.assessment.pools:
            said = part(part(units, pool.id), "asset") if pool.kind == Kind.RISK_UNIT else {}
            for word in self.words:
                theirs = printed(said, word.word) if word.of is Of.UNIT else None
                if theirs is not None:
                    ours = self.of_pool(word, pool)
                    yield Claim(pool.id, word.word, word.measure, theirs, ours)


@figured
def _cut(joint: PoolAssessment, measure: M) -> Figure:
    """Wallets, or P&L, after collateral ratio and switch (reproduced, 4 accounts)."""
    wallets = sum((leg.value(leg.usable) for leg in joint.figures.pool.legs), ZERO)
    return wallets if measure is M.WALLET_BALANCE else joint.figures[M.MARGIN_BALANCE] - wallets
