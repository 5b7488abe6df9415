"""Why a venue does not take an order, in the words of the market."""

from __future__ import annotations

from marginline.errors import MarginlineError
from marginline.market.accounts.state import Order, Owner
from marginline.market.views import OrderRequest


class Refused(MarginlineError):
    """The venue refuses what an owner asked for; nothing has changed.

    `code` is one of unknown_account, unknown_symbol, unknown_order, unknown_asset, bad_price,
    bad_size, bad_amount, bad_leverage, too_large, leverage_margin, isolated_open,
    reduce_only, position_side, post_only_would_take, beyond_tier,
    insufficient_margin, insufficient_balance, in_liquidation, position_open, margin_mode,
    client_id_taken. `given`: what the venue's words name.
    """

    def __init__(self, code: str, message: str, **given: str) -> None:
        self.code, self.given = code, given
        super().__init__(message)


def refuse_unfit(owner: Owner, order: Order, request: OrderRequest) -> None:
    """Refuse an order that contradicts itself or the account's positions."""
    if (order.price is None) != (order.kind == "market"):
        raise Refused("bad_price", "a limit order has a price, a market order none")
    if owner.hedge == (order.position_side == "both"):
        mode = "hedge" if owner.hedge else "one-way"
        text = f"position_side {order.position_side} does not go with {mode} mode"
        raise Refused("position_side", text)
    size = owner.holding(order.leg).size
    closes = size * order.direction < 0
    if request.reduce_only and (not closes or order.size > abs(size)):
        raise Refused("reduce_only", f"{order.contract.symbol} has less than that to reduce")
    if owner.hedge:
        opens = (order.direction > 0) == (order.position_side == "long")
        if not opens and order.size > abs(size):
            raise Refused("reduce_only", f"the {order.position_side} leg is smaller than that")
    if any(order.client_id == other.client_id for other in owner.orders.values()):
        raise Refused("client_id_taken", f"there is an open order {order.client_id}")
