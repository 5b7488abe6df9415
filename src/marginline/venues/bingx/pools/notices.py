"""What is worth saying of a BingX account beside its measures.

Prices that disagree, what equity overstates, assets about to be converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.findings import Code, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO, to_text
from marginline.core.pool.exposure import Figure, figured, need
from marginline.core.pool.pool import Kind, Pool
from marginline.venues.resolve.resolver import Resolver

CONVERSION_LEVEL = Decimal("0.995")
"""Loan to value from which assets are converted, where no cross position is open."""

_STANDARD = Rules.over((POOL_RULES, POSITION_RULES), ((), ()))


def note_last_prices(resolver: Resolver, pools: Iterable[Pool]) -> None:
    """Pools of which mark and last price say different things.

    BingX liquidates only when both agree; the status follows the mark.
    """
    last = resolver.account.market.last
    for pool in pools:
        marks = {e.instrument.symbol: e.mark for e in pool.exposures}
        moved = {s: last[s] for s, mark in marks.items() if s in last and last[s] != mark}
        if not moved:
            continue
        at_mark, at_last = _under(pool), _under(pool.at(moved))
        if at_mark is None or at_last is None or at_mark == at_last:
            continue
        prices = ", ".join(f"{symbol} {to_text(price)}" for symbol, price in moved.items())
        verdicts = ("is past its liquidation", "stands")
        there, here = verdicts if at_last else verdicts[::-1]
        text = (
            f"at the last price ({prices}) this pool {there}, at the mark it {here}; BingX"
            " liquidates only when both agree, the status follows the mark"
        )
        resolver.note(Code.PRICES_DISAGREE, pool.id, text)


def _under(pool: Pool) -> bool | None:
    """Whether the requirement has met the support; None where that is not known."""
    buffer = PoolFigures(pool, _STANDARD).figure(M.BUFFER)
    return buffer <= 0 if isinstance(buffer, Decimal) else None


def note_profit_share(resolver: Resolver) -> None:
    """`parameters.venue.accrued_profit_share`: `{ASSET: amount}` owed to copied traders."""
    given = resolver.account.parameters.venue.get("accrued_profit_share")
    if given is None:
        return
    where = "parameters.venue.accrued_profit_share"
    if not isinstance(given, Mapping):
        resolver.note(Code.CONTRADICTION, where, "is no table of {ASSET: amount}")
        return
    for asset, amount in given.items():
        if not isinstance(amount, Decimal) or amount < 0:
            resolver.note(Code.CONTRADICTION, f"{where}.{asset}", "is no amount >= 0")
        elif amount:
            text = (
                f"{to_text(amount)} {asset} of profit share is accrued and leaves at the next"
                " settlement (Monday 00:00 to 00:15 UTC+8); equity, margin balance and what is"
                " available overstate by that"
            )
            resolver.note(Code.OVERSTATED, f"wallets.{asset}", text)


# -- multi-assets mode -------------------------------------------------------------------------


@figured
def loan_to_value(pool: Pool) -> Figure:
    """Debts at full value over positive balances after their ratio; P&L and isolated margin out.

    `sum(max(-balance, 0) * index) / sum(max(balance, 0) * index * ratio)`, a fraction.
    """
    owed, pledged = ZERO, ZERO
    for leg in pool.legs:
        amount = leg.worth
        if amount < 0:
            owed -= amount * need(leg.index)
        else:
            pledged += leg.value(amount)
    if pledged <= 0:
        return not_applicable("there is no collateral to compare the debts with")
    return owed / pledged


def note_conversion(resolver: Resolver, pools: Iterable[Pool]) -> None:
    """Assets that BingX converts: loan to value at 0.995 or above without a cross position."""
    for pool in pools:
        if pool.kind is not Kind.ACCOUNT or pool.exposures:
            continue
        ratio = loan_to_value(pool)
        if isinstance(ratio, Decimal) and ratio >= CONVERSION_LEVEL:
            text = (
                f"debts are {to_text(ratio)} of the collateral, at or above"
                f" {to_text(CONVERSION_LEVEL)}: BingX converts other assets to repay them"
            )
            resolver.note(Code.AUTO_EXCHANGE, pool.id, text)
