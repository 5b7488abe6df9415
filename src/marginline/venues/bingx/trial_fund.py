"""Trial funds on BingX: what a loss, funding or a fee takes from them, by the rule of its day.

A trial fund is `credit` in the wallet: it supports positions and absorbs losses, its profit may be
withdrawn, it may not. The rules changed on 2024-12-17 (not read) and on 2026-06-25.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from marginline.core.findings import Gap, unsupported
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly, to_text
from marginline.errors import InputError, Problem

CHANGE = datetime(2026, 6, 25, tzinfo=UTC)

KINDS = ("loss", "funding", "fee")


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Where an outflow is taken from: realized profit first, then trial funds and own funds."""

    profit: Decimal
    trial: Decimal
    own: Decimal


@exactly
def absorb(
    kind: str,
    amount: Decimal,
    moment: datetime,
    *,
    offset_ratio: Decimal,
    trial_left: Decimal,
    own_funds: Decimal,
    realized_profit: Decimal = ZERO,
) -> Absorbed | Gap:
    """How an outflow of `amount` (> 0) is shared.

    Since 2026-06-25 (perpetual futures): cumulated realized profit absorbs first, the rest is
    shared by the voucher's offset ratio; trading fees are paid from own funds alone. Before, fees
    were shared in proportion to trial and own funds; how losses were shared is not public.

    Args:
        kind: "loss", "funding" or "fee".
        amount: the outflow, in the margin asset.
        moment: when it happens; selects the rule.
        offset_ratio: share of a loss that the voucher takes, a fraction.
        trial_left: what is left of the trial fund.
        own_funds: the account's own balance.
        realized_profit: closed P&L and funding since the last redemption, three months at most.

    Several vouchers queue: ask for the first, then for the rest with the next one.

    Raises:
        InputError: an unknown kind, an amount that is not positive, a ratio that is no fraction.
    """
    _check(kind, amount, moment, offset_ratio)
    if moment >= CHANGE:
        if kind == "fee":
            return Absorbed(ZERO, ZERO, amount)
        profit = min(max(ZERO, realized_profit), amount)
        trial = min((amount - profit) * offset_ratio, max(ZERO, trial_left))
        return Absorbed(profit, trial, amount - profit - trial)
    if kind != "fee":
        return unsupported(
            "how trial funds took losses and funding before 2026-06-25 is not public"
        )
    funds = trial_left + own_funds
    if funds <= 0:
        return unsupported("there are no funds to share the fee between")
    trial = amount * trial_left / funds
    return Absorbed(ZERO, trial, amount - trial)


def _check(kind: str, amount: Decimal, moment: datetime, offset_ratio: Decimal) -> None:
    problems = []
    if kind not in KINDS:
        problems.append(Problem("kind", kind, "is no outflow", f"known are {', '.join(KINDS)}"))
    if amount <= 0:
        problems.append(Problem("amount", to_text(amount), "must be greater than 0"))
    if moment.tzinfo is None:
        problems.append(Problem("moment", str(moment), "has no time zone", "give it in UTC"))
    if not 0 <= offset_ratio <= 1:
        text = "must be a fraction from 0 to 1"
        problems.append(Problem("offset_ratio", to_text(offset_ratio), text))
    if problems:
        raise InputError(problems)
