"""Resting orders from Binance's answers, and how its words for orders are read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.core.account.account import Order
from marginline.core.findings import Code
from marginline.core.numbers import ZERO
from marginline.venues.binance.payloads.legs import side_of
from marginline.venues.reader.account_draft import ORDERS, Draft
from marginline.venues.reader.fields import Row

_KINDS = {
    "LIMIT": "limit",
    "MARKET": "market",
    "STOP": "stop",
    "STOP_MARKET": "stop",
    "TRAILING_STOP_MARKET": "stop",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit",
}
_SIDES = {"BUY": "buy", "SELL": "sell"}
CLOSING = "close_position_orders"
"""Orders that close a whole position have no size of their own; they are kept in `extra`."""


def lay_orders(draft: Draft, orders: Sequence[Row], algos: Sequence[Row], *, given: bool) -> None:
    """Replace the draft's orders by those told; conditional ones wait apart and take no margin."""
    if not given and not algos:
        return
    draft.orders = [] if given else list(draft.orders)
    closing = []
    told = [(r, r.amount("origQty") - r.amount("executedQty"), "type") for r in orders]
    told += [(row, row.number("quantity") or ZERO, "orderType") for row in algos]
    for row, left, type_field in told:
        order = order_of(draft, row, left, type_field)
        if row.flag("closePosition"):
            closing.append(row.plain())
        elif order is not None:
            draft.orders.append(order)
    draft.extra[CLOSING] = closing
    if given:
        draft.known.add(ORDERS)


def order_of(draft: Draft, row: Row, left: Decimal, type_field: str) -> Order | None:
    """The order that a row tells, by what is left of it; None where nothing is left."""
    side = _SIDES.get(row.name("side"))
    if side is None:
        raise row.wrong("side", "is no side of an order", "known are BUY, SELL")
    position_side = side_of(row, "positionSide")
    kind = order_kind(draft, row.name(type_field), row.path)
    if left <= 0:
        return None
    trigger = row.number("stopPrice") or row.number("triggerPrice") or row.number("activatePrice")
    limit = row.number("price")
    waits = kind in ("stop", "take_profit")
    return Order(
        instrument=row.name("symbol"),
        side=side,
        position_side=position_side,
        size=left,
        price=trigger or limit if waits else limit,
        kind=kind,
        reduce_only=row.flag("reduceOnly") or False,
        extra=_identity(row),
    )


def order_kind(draft: Draft, word: str, where: str) -> str:
    """Limit, market, stop or take profit; a new word is taken for limit, which takes margin."""
    kind = _KINDS.get(word)
    if kind is None:
        text = f"the order type {word} is not known; it is taken to need margin like a limit"
        draft.note(Code.APPROXIMATE, where, text)
        return "limit"
    return kind


def _identity(row: Row) -> dict[str, object]:
    names = ("orderId", "clientOrderId", "algoId", "clientAlgoId")
    told = {name: row.text(name) for name in names if name in row.values}
    return {name: text for name, text in told.items() if text is not None}
