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
    balances = part(account.reported.raw, "balance")
    if account.mode != "multi_assets":
        yield from beside.assets(balances, rows, EIGHT_DECIMALS)
    if not any(pool.positions for pool in assessment.pools):
        yield from _of_none(beside, balances, account)


def _of_none(beside: Beside, balances: Said, account: Account) -> Iterator[Claim]:
    """What rows print of positions where none is listed: it is of one that is missing.

    Beside positions it is not compared in a joint account, nor in standard futures: of which of
    them a row tells is not documented.
    """
    if account.venue == "bingx_standard":
        names = {"crossUnPnl": M.UNREALIZED_PNL}
    elif account.mode == "multi_assets":
        names = {"unrealizedProfit": M.UNREALIZED_PNL, "usedMargin": M.INITIAL_MARGIN}
    else:
        return
    for asset in balances:
        for name, measure in names.items():
            theirs = printed(part(balances, asset), name)
            if theirs is not None:
                ours = beside.as_told(measure, ZERO)
                yield Claim(f"assets.{asset}", name, measure, theirs, ours, step_of(asset))
