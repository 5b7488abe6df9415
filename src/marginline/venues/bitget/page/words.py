"""Bitget's own figures set beside ours.

Of a margin coin `accountEquity` spans the cross pool and the isolated positions; `available`,
`locked`, `crossedMargin` and `crossedRiskRate` are of the cross pool. `marginRatio` of a crossed
position is that of its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import missing
from marginline.core.measures import Measure as M
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
from marginline.venues.compare.claiming import Beside
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
)
from marginline.venues.compare.lines import AnyLine, Unit

_RATIO_SLACK = Decimal("1E-12")
_OF_MODE = {"single": CLASSIC_WORDS, "union": UNION_WORDS}

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bitget printed, with ours."""
    if account.reported is None:
        return
    raw = account.reported.raw
    words = _OF_MODE.get(account.mode or "", UNIFIED_WORDS)
    beside = _Beside(account, assessment, words, lambda _: EIGHT_DECIMALS, _RATIO_SLACK, "")
    held, accounts = part(raw, "positions"), part(raw, "accounts")
    yield from beside.positions(held)
    if account.mode == "single":
        yield from beside.assets(accounts, held, EIGHT_DECIMALS)
    elif account.mode == "union":
        for coin in accounts:
            yield from beside.joint(part(accounts, coin), held, EIGHT_DECIMALS)
    else:
        totals = part(part(raw, "assets"), "totals")
        yield from beside.joint(totals, held, EIGHT_DECIMALS, ACCOUNT)
        yield from beside.total_equity(totals)


class _Beside(Beside):
    """Where Bitget cuts: eight decimals of what it sums, prices at the digits they are told."""

    def room(
        self,
        word: AnyLine,
        pool: PoolAssessment,
        position: PositionFigures,
        said: Said,
        theirs: Decimal,
    ) -> Decimal:
        """Of a liquidation price also what cut inputs move it by."""
        if word.unit in (Unit.END, Unit.LEVEL):
            digit = max(last_digit(said, word.word), EIGHT_DECIMALS)
            if word.unit is Unit.LEVEL:
                return digit
            money = money_tolerance(pool.figures.positions)
            return max(digit, price_tolerance(position, money, theirs if theirs > 0 else None))
        return self.ratio_step if word.unit is Unit.RATIO else money_tolerance([position])

    def slack_of_pools(
        self,
        pools: Sequence[PoolAssessment],
        positions: Said,  # noqa: ARG002 - it cuts all alike
        step: Decimal,  # noqa: ARG002
        said: Said,  # noqa: ARG002
    ) -> Decimal:
        """Eight decimals of each position and each coin."""
        inside = [position for pool in pools for position in pool.figures.positions]
        legs = sum(len(pool.figures.pool.legs) for pool in pools)
        return money_tolerance(inside) + (1 + legs) * EIGHT_DECIMALS

    def place(self, asset: str, word: AnyLine, pools: Sequence[PoolAssessment]) -> str:  # noqa: ARG002
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
