"""BingX's own figures set beside ours.

BingX cuts what it prints: amounts at 4 decimals in USDT and USDC, at 8 in coins; ratios at 4. Its
balances hold what is posted to isolated positions, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.venues.bingx.page.perpetual import NAME, STANDARD_WORDS, TABLES, WORDS
from marginline.venues.bingx.page.sums import FOUR_DECIMALS, MARK, identities, step_of
from marginline.venues.compare.claiming import Beside
from marginline.venues.compare.comparing import (
    EIGHT_DECIMALS,
    Claim,
    Said,
    part,
    printed,
)

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BingX printed, with ours."""
    if account.reported is None:
        return
    rows = part(account.reported.raw, "positions")
    words = STANDARD_WORDS if account.venue == "bingx_standard" else WORDS
    beside = Beside(account, assessment, words, step_of, FOUR_DECIMALS, MARK, cross_apart=False)
    yield from beside.positions(rows)
    if account.mode != "multi_assets":
        yield from beside.assets(part(account.reported.raw, "balance"), rows, EIGHT_DECIMALS)
    else:
        yield from _of_joint(beside, part(account.reported.raw, "balance"))


def _of_joint(beside: Beside, balances: Said) -> Iterator[Claim]:
    """The P&L that assets' rows print where no position is listed: it is of one that is missing.

    Beside positions it is not compared: of which of them a row of a joint account tells is not
    documented.
    """
    if any(pool.positions for pool in beside.assessment.pools):
        return
    for asset in balances:
        theirs = printed(part(balances, asset), "unrealizedProfit")
        if theirs is not None:
            ours = beside.as_told(M.UNREALIZED_PNL, ZERO)
            where = f"assets.{asset}"
            yield Claim(where, "unrealizedProfit", M.UNREALIZED_PNL, theirs, ours, step_of(asset))
