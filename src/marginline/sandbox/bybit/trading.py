"""Bybit's answers to who trades: orders placed, cancelled, asked for; leverage and margin mode."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from marginline.core.numbers import ZERO
from marginline.market.contracts import SETTLE
from marginline.market.events import Event, OrderChanged
from marginline.market.trading.refusing import Refused as WorldRefused
from marginline.market.views import OrderRequest, OrderView, PositionSide, Side, TimeInForce
from marginline.sandbox.bybit.account import LEGS, MODES, setting_of
from marginline.sandbox.bybit.market import (
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_NOTIONAL,
    category,
    one_symbol,
    paged,
    symbols,
)
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.wire.calls import Call, Refused, whole_number
from marginline.sandbox.wire.texts import money, plain

Row = dict[str, object]
_WORDS: dict[str, tuple[int, str]] = {
    "unknown_symbol": (10001, "params error: symbol invalid"),
    "unknown_order": (110001, "order not exists or too late to cancel"),
    "bad_price": (110003, "Order price exceeds the allowable range."),
    "bad_size": (10001, "Qty invalid"),
    "bad_leverage": (110013, "Cannot set leverage due to risk limit level."),
    "too_large": (110013, "Cannot set leverage due to risk limit level."),
    # 110090 with these words: the table of v5/error. 110016, of the risk limits that were chosen
    # by hand, is struck through there.
    "beyond_tier": (
        110090,
        (
            "Order placement failed as your position may exceed the max limit. Please adjust your"
            " leverage to {leverage} or below to increase the max. position limit"
        ),
    ),
    "leverage_margin": (110012, "Insufficient available balance."),
    "isolated_open": (
        10001,
        "The sandbox does not change the leverage of an open isolated position.",
    ),
    "reduce_only": (110017, "reduce-only rule not satisfied"),
    "position_side": (10001, "position idx not match position mode"),
    "insufficient_margin": (110007, "ab not enough for new order"),
    "in_liquidation": (110018, "User ID is in liquidation or ADL."),
    "margin_mode": (3400045, "Set margin mode failed"),
    "client_id_taken": (110072, "OrderLinkedID is duplicate"),
}
_HELD = ("3400208", "You have unclosed hedge mode or isolated mode USDT perpetual positions")
_RESTING = ("3400054", "You have uncancelled USDT perpetual orders")
"""Why the margin mode stays, by the table of v5/error; of a cross position it has no word."""
_STATUS = {
    "new": "New",
    "partially_filled": "PartiallyFilled",
    "filled": "Filled",
    "canceled": "Cancelled",
    "rejected": "Cancelled",
    "expired": "Cancelled",
}
_TIMES = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "PostOnly": "GTX"}
# What would act later. An order without it is another order: never taken for done.
_CONDITIONS = ("triggerPrice", "takeProfit", "stopLoss")
# What would make another price of it.
_PRICED = ("bboSideType", "slippageToleranceType")
_ACTIVE_MAX = 500
_CLIENT_ID_MAX = 36
_SIDES_OF = {number: cast("PositionSide", side) for side, number in LEGS.items()}


def translated(refused: WorldRefused) -> Refused:
    """What the world refuses, in Bybit's code and words."""
    code, text = _WORDS.get(refused.code, (10001, "params error: {message}"))
    return Refused(200, code, text.format(message=str(refused), **refused.given))


# -- orders --------------------------------------------------------------------------------------


def order_row(floor: Floor, order: OrderView) -> Row:
    """An order as every endpoint and the stream tell it."""
    stamp = floor.clock.stamp
    average = ZERO if order.average_price is None else order.average_price
    left = order.size - order.filled if order.status in ("new", "partially_filled") else ZERO
    # Of a contract, what is filled and then cancelled is Cancelled (v5/enum): another word is of
    # spot alone. A post-only order that would take is taken, and cancelled (order/create).
    status, crossed = _STATUS[order.status], order.status == "rejected"
    times = {ours: theirs for theirs, ours in _TIMES.items()}
    return {
        "orderId": str(order.order_id),
        "orderLinkId": order.client_id,
        "blockTradeId": "",
        "symbol": order.symbol,
        "price": "0" if order.price is None else plain(order.price),
        "qty": plain(order.size),
        "side": order.side.capitalize(),
        "isLeverage": "",
        "positionIdx": LEGS[order.position_side],
        "orderStatus": status,
        "cancelType": "CancelByUser" if order.status == "canceled" else "UNKNOWN",
        "rejectReason": "EC_PostOnlyWillTakeLiquidity" if crossed else "EC_NoError",
        "avgPrice": plain(average) if average else "",
        "leavesQty": plain(left),
        "leavesValue": money(left * (order.price or average)),
        "cumExecQty": plain(order.filled),
        "cumExecValue": money(average * order.filled),
        "cumExecFee": "",
        "timeInForce": times[order.time_in_force],
        "orderType": order.kind.capitalize(),
        "stopOrderType": "",
        "orderIv": "",
        "triggerPrice": "",
        "takeProfit": "",
        "stopLoss": "",
        "tpTriggerBy": "",
        "slTriggerBy": "",
        "triggerDirection": 0,
        "triggerBy": "",
        "lastPriceOnCreated": "",
        "reduceOnly": order.reduce_only,
        "closeOnTrigger": False,
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "tpslMode": "",
        "createType": "CreateByUser",
        "placeType": "",
        "createdTime": str(stamp(order.created_at)),
        "updatedTime": str(stamp(order.updated_at)),
    }


def create(call: Call) -> object:
    """Place a limit or market order."""
    request = _request(call)
    try:
        events = call.floor.act(lambda: call.floor.world.place(call.account, request))
    except WorldRefused as refused:
        raise translated(refused) from None
    return _named(events, call.account)


def _named(events: Sequence[Event], account: str) -> Row:
    own = next(e.order for e in events if isinstance(e, OrderChanged) and e.account == account)
    return {"orderId": str(own.order_id), "orderLinkId": own.client_id}


def _request(call: Call) -> OrderRequest:
    _only_linear(call)
    if any(call.text(name, "0") not in ("0", "0.0") for name in _CONDITIONS):
        call.floor.gap(f"{call.path}: conditional orders are not simulated")
        raise Refused(200, 10001, "The sandbox does not simulate conditional orders.")
    for name in filter(call.text, _PRICED):
        call.floor.gap(f"{call.path}: {name} is not simulated")
        raise Refused(200, 10001, f"The sandbox does not simulate {name}.")
    symbol, kind, side = one_symbol(call), call.text("orderType"), call.text("side").lower()
    if kind not in ("Limit", "Market") or side not in ("buy", "sell"):
        raise Refused(200, 10001, "params error: orderType or side invalid")
    given = call.text("timeInForce", "IOC" if kind == "Market" else "GTC")
    leg = _SIDES_OF.get(call.whole("positionIdx", 0))
    if given not in _TIMES or leg is None:
        raise Refused(200, 10001, "params error: timeInForce or positionIdx invalid")
    reduces = call.flag("reduceOnly") | call.flag("closeOnTrigger")
    size, price = _size(call, symbol, leg), _price(call) if kind == "Limit" else None
    worth = size * (price or call.floor.world.quote(BYBIT, symbol).mark)
    if worth < MIN_NOTIONAL and not reduces:
        raise Refused(200, 110094, "Order notional value below the lower limit")
    _refuse_one_more(call, symbol)
    return OrderRequest(
        symbol=symbol,
        side=cast("Side", side),
        size=size,
        kind="limit" if kind == "Limit" else "market",
        position_side=leg,
        price=price,
        reduce_only=reduces,
        time_in_force="IOC" if kind == "Market" else cast("TimeInForce", _TIMES[given]),
        client_id=_client_id(call),
    )


def _size(call: Call, symbol: str, leg: PositionSide) -> Decimal:
    size = call.number("qty")
    if size == 0 and call.flag("reduceOnly") and call.flag("closeOnTrigger"):
        # 0 closes what is open (order/create).
        held = call.floor.world.account(call.account).positions
        open_now = (abs(p.size) for p in held if (p.symbol, p.position_side) == (symbol, leg))
        size = sum(open_now, ZERO)
        if not size:
            raise Refused(200, *_WORDS["reduce_only"])
    if size is None or size <= 0:
        raise Refused(200, 10001, "Qty invalid")
    if size > MAX_QUANTITY:
        text = f"The number of contracts exceeds maximum limit allowed: {size} > {MAX_QUANTITY}"
        raise Refused(200, 10001, text)
    return size


def _price(call: Call) -> Decimal:
    price = call.number("price")
    if price is None:
        raise Refused(200, 10001, "params error: price invalid")
    if not 0 < price <= MAX_PRICE:
        raise Refused(200, *_WORDS["bad_price"])
    return price


def _client_id(call: Call) -> str | None:
    given = call.text("orderLinkId")
    if len(given) > _CLIENT_ID_MAX:
        text = f"params error: orderLinkId is longer than {_CLIENT_ID_MAX}"
        raise Refused(200, 10001, text)
    # Unique for ever, not among open orders alone (order/create).
    if given and call.floor.order(call.account, None, given) is not None:
        raise Refused(200, *_WORDS["client_id_taken"])
    return given or None


def _refuse_one_more(call: Call, symbol: str) -> None:
    resting = call.floor.world.account(call.account).orders
    if sum(order.symbol == symbol for order in resting) >= _ACTIVE_MAX:
        text = f"Not allowed to have more than {_ACTIVE_MAX} active orders."
        raise Refused(200, 110020, text)


def _only_linear(call: Call) -> None:
    if call.text("category") != "linear":
        raise Refused(200, 10001, "params error: category only supports linear")


def cancel(call: Call) -> object:
    """Cancel one order."""
    _only_linear(call)
    order_id, client_id = call.text("orderId"), call.text("orderLinkId")
    if not order_id and not client_id:
        raise Refused(200, 10001, "params error: OrderId or orderLinkId is required")
    symbol, number = one_symbol(call), whole_number(order_id)
    named: int | str = client_id if number is None else number
    found = call.floor.order(call.account, number, client_id)
    if found is not None and found.symbol != symbol:
        raise Refused(200, *_WORDS["unknown_order"])
    try:
        events = call.floor.act(lambda: call.floor.world.cancel(call.account, named))
    except WorldRefused as refused:
        raise translated(refused) from None
    return _named(events, call.account)


def cancel_all(call: Call) -> object:
    """Cancel every order, of one symbol or of all."""
    _only_linear(call)
    floor, meant = call.floor, _meant(call)
    rows: list[Row] = []
    for order in floor.world.account(call.account).orders:
        if order.symbol in meant:
            _cancel_one(floor, call.account, order.order_id)
            rows.append({"orderId": str(order.order_id), "orderLinkId": order.client_id})
    return {"list": rows, "success": "1"}


def _meant(call: Call) -> tuple[str, ...]:
    """The symbols that a question about orders is of: one, those of a coin, those of a money."""
    if not any(call.text(name) for name in ("symbol", "baseCoin", "settleCoin")):
        raise Refused(200, 10001, "params error: symbol, settleCoin or baseCoin is required")
    named = tuple(symbols(call))
    return named if call.text("symbol") or call.text("settleCoin", SETTLE) == SETTLE else ()


def _cancel_one(floor: Floor, account: str, order_id: int) -> None:
    floor.act(lambda: floor.world.cancel(account, order_id))


def no_amend(call: Call) -> object:
    """Amending is not simulated, and the refusal says so."""
    call.floor.gap(f"{call.path}: amending is not simulated")
    raise Refused(200, 10001, "The sandbox does not amend orders: cancel it and place another.")


def realtime(call: Call) -> object:
    """Resting orders; by its id also one that has just ended."""
    if category(call) != "linear":
        return paged(call, [], 20, 50)
    floor, order_id, client_id = call.floor, call.text("orderId"), call.text("orderLinkId")
    if order_id or client_id:
        found = floor.order(call.account, whole_number(order_id), client_id)
        named = found is not None and call.text("symbol", found.symbol) == found.symbol
        return paged(call, [order_row(floor, found)] if found and named else [], 20, 50)
    orders, meant = floor.world.account(call.account).orders, _meant(call)
    rows = [order_row(floor, each) for each in orders if each.symbol in meant]
    return paged(call, rows[::-1], 20, 50)


def order_history(call: Call) -> object:
    """Orders that have ended, newest first."""
    if category(call) != "linear":
        return paged(call, [], 20, 50)
    symbol = one_symbol(call) if call.text("symbol") else ""
    order_id = call.text("orderId")
    rows = [
        order_row(call.floor, each)
        for each in reversed(call.floor.orders(call.account))
        if each.status not in ("new", "partially_filled")
        and symbol in ("", each.symbol)
        and order_id in ("", str(each.order_id))
    ]
    return paged(call, rows, 20, 50)


# -- settings ------------------------------------------------------------------------------------


def set_leverage(call: Call) -> object:
    """Leverage of a symbol, the same for both sides."""
    _only_linear(call)
    symbol, floor = one_symbol(call), call.floor
    buy, sell = call.number("buyLeverage"), call.number("sellLeverage")
    for name, given in (("buyLeverage", buy), ("sellLeverage", sell)):
        if given is None or given < 1 or given != given.to_integral_value():
            text = f"params error: {name} invalid, a whole number from 1 on is"
            raise Refused(200, 10001, text)
    if buy is None or buy != sell:
        raise Refused(200, 10001, "buy leverage not equal sell leverage")
    if setting_of(floor.judged(call.account), symbol).leverage == buy:
        raise Refused(200, 110043, "Set leverage has not been modified.")
    leverage: Decimal = buy
    try:
        floor.act(lambda: floor.world.set_leverage(call.account, symbol, leverage))
    except WorldRefused as refused:
        raise translated(refused) from None
    return {}


def set_margin_mode(call: Call) -> object:
    """Margin mode of the whole account."""
    floor, wanted = call.floor, call.text("setMarginMode")
    mode = next((ours for ours, theirs in MODES.items() if theirs == wanted), None)
    if mode is None:
        raise Refused(200, 3400045, "Set margin mode failed")
    if floor.world.account(call.account).mode == mode:
        return {"reasons": []}
    try:
        floor.act(lambda: floor.world.set_margin_mode(call.account, None, mode))
    except WorldRefused:
        view = floor.world.account(call.account)
        held = ((view.positions, _HELD), (view.orders, _RESTING))
        told = [{"reasonCode": code, "reasonMsg": text} for rows, (code, text) in held if rows]
        raise Refused(200, *_WORDS["margin_mode"], {"reasons": told}) from None
    return {"reasons": []}


def switch_mode(call: Call) -> object:
    """One-way or hedge: the accounts of the world keep theirs."""
    hedge = call.floor.world.account(call.account).position_mode == "hedge"
    if (call.text("mode") == "3") == hedge:
        raise Refused(200, 110025, "Position mode is not modified")
    call.floor.gap(f"{call.path}: accounts of the world keep their mode")
    raise Refused(
        200, 110024, "You have an existing position, so position mode cannot be switched."
    )
