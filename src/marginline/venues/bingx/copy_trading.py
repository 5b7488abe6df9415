"""Copy trading on BingX perpetuals: how large a copied order is, and what equity overstates.

Source: BingX, copy trading margin, read 2026-11-21.
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.numbers import ONE, ZERO, exactly
from marginline.errors import InputError, Problem


@exactly
def fixed_margin_size(
    margin: Decimal,
    leverage: Decimal,
    fee_rate: Decimal,
    fill_price: Decimal,
    *,
    side: str,
    slippage: Decimal = ZERO,
) -> Decimal:
    """Size in coins of a copied order with a fixed margin an order; signed, short negative.

    `margin * (1 - fee_rate * leverage) * leverage / price`, where `price` is the worse of the lead
    trader's fill and that fill moved by the slippage: for a long `max(fill * (1 + slippage), fill)`,
    for a short `max(fill * (1 - slippage), fill)`.

    Args:
        margin: what the copier sets aside for one order, in the margin asset.
        leverage: the copier's own leverage for the pair.
        fee_rate: taker fee, a fraction.
        fill_price: the lead trader's price.
        side: "long" or "short".
        slippage: allowance for a worse price, a fraction.

    Raises:
        InputError: an impossible side, or a fee that eats the whole margin.
    """
    if side not in ("long", "short"):
        raise InputError([Problem("side", side, "a copied order is long or short")])
    kept = ONE - fee_rate * leverage
    if kept <= 0:
        problem = Problem(
            "leverage", str(leverage), "the fee is more than the margin at this leverage"
        )
        raise InputError([problem])
    moved = fill_price * (ONE + (slippage if side == "long" else -slippage))
    size = margin * kept * leverage / max(moved, fill_price)
    return size if side == "long" else -size


@exactly
def ratio_margin(
    copier_funds: Decimal, lead_order_margin: Decimal, lead_net_assets: Decimal
) -> Decimal:
    """Margin of a copied order in position-ratio mode, at the lead's leverage.

    `copier_funds * lead_order_margin / lead_net_assets`: a lead who uses 300 of 1,000 makes a copier
    with 100 use 30.

    Raises:
        InputError: the lead trader's net assets are not positive.
    """
    if lead_net_assets <= 0:
        problem = Problem("lead_net_assets", str(lead_net_assets), "must be greater than 0")
        raise InputError([problem])
    return copier_funds * lead_order_margin / lead_net_assets


@exactly
def accrued_profit_share(closed_profit: Decimal, share_rate: Decimal) -> Decimal:
    """What the copier owes the lead on profits closed since the last settlement; never negative.

    It leaves on Monday 00:00-00:15 UTC+8. Until then live equity and what is available overstate by
    it: give it as `parameters.venue.accrued_profit_share` and every assessment says so.
    """
    return max(ZERO, closed_profit) * share_rate
