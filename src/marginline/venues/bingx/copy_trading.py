"""Copy trading on BingX: how large a copied order is, and what live equity overstates.

Source: BingX, copy trading margin, read 2026-11-21. Standard futures copy by fixed margin alone.
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.errors import InputError, Problem

SIDES = ("long", "short")


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

    `margin * (1 - fee_rate * leverage) * leverage / price`. `price` is the larger of the lead
    trader's fill and that fill moved by the slippage, which lifts it for a long
    (`fill * (1 + slippage)`) and lowers it for a short (`fill * (1 - slippage)`).

    Args:
        margin: what the copier sets aside for one order, in the margin asset.
        leverage: the copier's own leverage for the pair.
        fee_rate: taker fee, a fraction.
        fill_price: the lead trader's price.
        side: "long" or "short".
        slippage: allowance for a worse price, a fraction from 0 to below 1.

    Raises:
        InputError: an impossible side or number, or a fee that eats the whole margin.
    """
    _check(side, margin=margin, leverage=leverage, fill_price=fill_price)
    if not 0 <= slippage < 1:
        raise _wrong("slippage", to_text(slippage), "must be a fraction from 0 to below 1")
    if fee_rate < 0:
        raise _wrong("fee_rate", to_text(fee_rate), "must not be negative")
    kept = ONE - fee_rate * leverage
    if kept <= 0:
        text = "the fee eats the whole margin at this leverage"
        raise _wrong("leverage", to_text(leverage), text)
    moved = fill_price * (ONE + (slippage if side == "long" else -slippage))
    size = margin * kept * leverage / max(moved, fill_price)
    return size if side == "long" else -size


@exactly
def ratio_margin(
    copier_funds: Decimal, lead_order_margin: Decimal, lead_net_assets: Decimal
) -> Decimal:
    """Margin of a copied order in position-ratio mode.

    `copier_funds * lead_order_margin / lead_net_assets`, in the margin asset: a lead who uses 300
    of 1,000 makes a copier with 100 use 30.

    Raises:
        InputError: the lead trader's net assets are not positive, or an amount is negative.
    """
    _check(None, lead_net_assets=lead_net_assets)
    for name, amount in (("copier_funds", copier_funds), ("lead_order_margin", lead_order_margin)):
        if amount < 0:
            raise _wrong(name, to_text(amount), "must not be negative")
    return copier_funds * lead_order_margin / lead_net_assets


@exactly
def ratio_size(margin: Decimal, lead_leverage: Decimal, price: Decimal, *, side: str) -> Decimal:
    """Size in coins of a copied order in position-ratio mode; signed, short negative.

    `margin * leverage / price`, at the lead trader's leverage.

    Raises:
        InputError: an impossible side or number.
    """
    _check(side, margin=margin, lead_leverage=lead_leverage, price=price)
    size = margin * lead_leverage / price
    return size if side == "long" else -size


@exactly
def margin_taken(size: Decimal, price: Decimal, leverage: Decimal) -> Decimal:
    """Margin that a copied order takes at its own price: `|size| * price / leverage`.

    In fixed mode it is slightly below the margin set aside, which also pays the fee.

    Raises:
        InputError: a price or leverage that is not positive.
    """
    _check(None, price=price, leverage=leverage)
    return abs(size) * price / leverage


@exactly
def accrued_profit_share(closed_profit: Decimal, share_rate: Decimal) -> Decimal:
    """What the copier owes the lead on profits closed since the last settlement; never negative.

    `max(0, closed_profit) * share_rate`, in the margin asset. It leaves on Monday 00:00 to 00:15
    UTC+8; until then live equity and what is available overstate by it. Give it as
    `parameters.venue.accrued_profit_share` ({ASSET: amount}) and every assessment says so.

    Raises:
        InputError: a share that is no fraction.
    """
    if not 0 <= share_rate <= 1:
        raise _wrong("share_rate", to_text(share_rate), "must be a fraction from 0 to 1")
    return max(ZERO, closed_profit) * share_rate


def _check(side: str | None, **amounts: Decimal) -> None:
    if side is not None and side not in SIDES:
        raise _wrong("side", side, "a copied order is long or short")
    for name, amount in amounts.items():
        if amount <= 0:
            raise _wrong(name, to_text(amount), "must be greater than 0")


def _wrong(path: str, value: str, message: str) -> InputError:
    return InputError([Problem(path, value, message)])
