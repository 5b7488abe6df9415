"""BingX's own figures set beside ours.

BingX cuts what it prints: amounts at 4 decimals in USDT and USDC, at 8 in coins; ratios at 4. Its
balances hold what is posted to isolated positions, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.venues.bingx.page.perpetual import NAME, TABLES, WORDS
from marginline.venues.bingx.page.sums import FOUR_DECIMALS, MARK, identities, step_of
from marginline.venues.compare.claiming import Beside
from marginline.venues.compare.comparing import EIGHT_DECIMALS, Claim, part

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BingX printed, with ours."""
    if account.reported is None:
        return
    rows = part(account.reported.raw, "positions")
    beside = Beside(account, assessment, WORDS, step_of, FOUR_DECIMALS, MARK)
    yield from beside.positions(rows)
    if account.mode != "multi_assets":
        yield from beside.assets(part(account.reported.raw, "balance"), rows, EIGHT_DECIMALS)
