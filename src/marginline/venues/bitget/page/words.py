"""Bitget's own figures set beside ours.

Of a margin coin `accountEquity` spans the cross pool and the isolated positions; `available`,
`locked`, `crossedMargin` and `crossedRiskRate` are of the cross pool. `marginRatio` of a crossed
position is that of its pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bitget.page.lines import (
    CLASSIC_WORDS,
    NAME,
    TABLES,
    UNIFIED_WORDS,
    UNION_WORDS,
    WORDS,
)
from marginline.venues.bitget.page.sums import identities
from marginline.venues.compare.claiming import Beside, Pools, Printed
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Claim,
    Said,
    last_digit,
    money_tolerance,
    part,
    price_tolerance,
    printed,
    said_of,
)
from marginline.venues.compare.lines import AnyLine, Unit

_RATIO_SLACK = Decimal("1E-12")
_OF_MODE = {"single": CLASSIC_WORDS, "union": UNION_WORDS}

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bitget printed, with ours."""
    raw = said_of(account)
    words = _OF_MODE.get(account.mode or "", UNIFIED_WORDS)
    beside = _Beside(account, assessment, words, lambda _: EIGHT_DECIMALS, _RATIO_SLACK, "")
    accounts = part(raw, "accounts")
    yield from beside.positions(part(raw, "positions"))
    if account.mode == "single":
        yield from beside.assets(accounts, EIGHT_DECIMALS)
    elif account.mode == "union":
        for coin in accounts:
            yield from beside.joint(part(accounts, coin), EIGHT_DECIMALS)
    else:
        totals = part(part(raw, "assets"), "totals")
        yield from beside.joint(totals, EIGHT_DECIMALS, ACCOUNT)
        yield from beside.total_equity(totals)


class _Beside(Beside):
    """Where Bitget cuts: eight decimals of what it sums, prices at the digits they are told."""

    def room(self, it: Printed) -> Decimal:
        """Of a liquidation price also what cut inputs move it by."""
        unit = it.word.unit
        if unit in (Unit.END, Unit.LEVEL):
            digit = max(last_digit(it.said, it.word.word), EIGHT_DECIMALS)
            if unit is Unit.LEVEL:
                return digit
            money, price = money_tolerance(it.pool.figures.positions), max(it.theirs, ZERO)
            return max(digit, price_tolerance(it.position, money, price or None))
        return self.ratio_step if unit is Unit.RATIO else money_tolerance([it.position])

    def slack_of_pools(self, pools: Pools, _step: Decimal, _said: Said, /) -> Decimal:
        """Eight decimals of each position and each coin."""
        inside = [position for pool in pools for position in pool.figures.positions]
        legs = sum(len(pool.figures.pool.legs) for pool in pools)
        return money_tolerance(inside) + (1 + legs) * EIGHT_DECIMALS

    def place(self, asset: str, _word: AnyLine, _pools: Pools, /) -> str:
        """Figures of all pools of a coin stand at the coin."""
        return asset

    def total_equity(self, totals: Said) -> Iterator[Claim]:
        """The equity of all coins in USD, where no pool holds them together."""
        joint = any(pool.kind == Kind.ACCOUNT for pool in self.assessment.pools)
        theirs = printed(totals, "accountEquity")
        if theirs is not None and not joint:
            found = self.assessment.measures.get(M.EQUITY)
            figure: Figure = missing("the equity is not known") if found is None else found
            ours = self.as_told(M.EQUITY, figure)
            yield Claim(ACCOUNT, "accountEquity", M.EQUITY, theirs, ours, 4 * EIGHT_DECIMALS)
