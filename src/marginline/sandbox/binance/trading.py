"""Binance's answers to who trades: orders placed, cancelled, asked for; leverage, margin mode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from marginline.core.numbers import ZERO
from marginline.market.events import Event, OrderChanged
from marginline.market.trading.refusing import Refused as WorldRefused
from marginline.market.views import (
    MarginMode,
    OrderRequest,
    OrderView,
    PositionSide,
    Side,
    TimeInForce,
)
from marginline.sandbox.binance.market import (
    CONDITIONAL,
    HIGHEST,
    LOWEST,
    MAX_ORDERS,
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_NOTIONAL,
    symbol_of,
)
from marginline.sandbox.binance.settings import max_notional, setting_of
from marginline.sandbox.floor import BINANCE
from marginline.sandbox.wire.calls import Call, Refused, whole_number
from marginline.sandbox.wire.texts import money, plain

_WORDS: dict[str, tuple[int, str]] = {
    "unknown_symbol": (-1121, "Invalid symbol."),
    "unknown_order": (-2011, "Unknown order sent."),
    "bad_price": (-4014, "Price not increased by tick size."),
    "bad_size": (-1111, "Precision is over the maximum defined for this asset."),
    "bad_leverage": (-4028, "Leverage {leverage} is not valid"),
    "too_large": (-2027, "Exceeded the maximum allowable position at current leverage."),
    "beyond_tier": (-2027, "Exceeded the maximum allowable position at current leverage."),
    "leverage_margin": (
        -2028,
        "Leverage is smaller than permitted: insufficient margin balance.",
    ),
    "isolated_open": (
        -4161,
        "Leverage reduction is not supported in Isolated Margin Mode with open positions.",
    ),
    "reduce_only": (-2022, "ReduceOnly Order is rejected."),
    "position_side": (-4061, "Order's position side does not match user's setting."),
    "post_only_would_take": (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    "insufficient_margin": (-2019, "Margin is insufficient."),
    "in_liquidation": (-2023, "User in liquidation mode now."),
    "position_open": (-4048, "Margin type cannot be changed if there exists position."),
    "margin_mode": (
        -4168,
        "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    ),
    "client_id_taken": (-4116, "ClientOrderId is duplicated."),
}
_NO_ORDER = (-2013, "Order does not exist.")
CLIENT_ID_MAX = 36
_CLIENT_ID = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")
_REFUSED_BY_WORLD = (-1013, "Filter failure: {message}")


def translated(refused: WorldRefused, **given: str) -> Refused:
    """What the world refuses, in Binance's code and words."""
    code, text = _WORDS.get(refused.code, _REFUSED_BY_WORLD)
    return Refused(400, code, text.format(message=str(refused), **refused.given, **given))


# -- orders --------------------------------------------------------------------------------------


def order_row(call: Call, order: OrderView) -> dict[str, object]:
    """An order as every endpoint tells it."""
    stamp = call.floor.clock.stamp
    average = ZERO if order.average_price is None else order.average_price
    kind = order.kind.upper()
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": order.status.upper(),
        "clientOrderId": order.client_id,
        "price": "0" if order.price is None else plain(order.price),
        "avgPrice": money(average),
        "origQty": plain(order.size),
        "executedQty": plain(order.filled),
        "cumQty": plain(order.filled),
        "cumQuote": money(average * order.filled),
        "timeInForce": order.time_in_force,
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.upper(),
        "positionSide": order.position_side.upper(),
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "time": stamp(order.created_at),
        "updateTime": stamp(order.updated_at),
    }


def place(call: Call) -> object:
    """Place a limit or market order."""
    request = _request(call)
    try:
        events = call.floor.act(lambda: call.floor.world.place(call.account, request))
    except WorldRefused as refused:
        raise translated(refused) from None
    return order_row(call, _own_order(events, call.account))


def place_test(call: Call) -> object:
    """Check an order and place nothing."""
    request = _request(call)
    try:
        call.floor.world.check(call.account, request)
    except WorldRefused as refused:
        raise translated(refused) from None
    return {}


def _own_order(events: Sequence[Event], account: str) -> OrderView:
    """The order just placed, as it stands after everything that came of it."""
    own = [e.order for e in events if isinstance(e, OrderChanged) and e.account == account]
    return [order for order in own if order.order_id == own[0].order_id][-1]


def _request(call: Call) -> OrderRequest:
    symbol, kind = symbol_of(call), call.text("type").upper()
    if kind not in ("LIMIT", "MARKET"):
        if kind in CONDITIONAL:
            text = (
                "Order type not supported for this endpoint."
                " Please use the Algo Order API endpoints instead."
            )
            raise Refused(400, -4120, text)
        raise Refused(400, -1116, "Invalid orderType.")
    _refuse_what_would_be_dropped(call)
    side, size = call.text("side").lower(), _quantity(call)
    if side not in ("buy", "sell"):
        raise Refused(400, -1117, "Invalid side.")
    leg = call.text("positionSide", "BOTH").lower()
    if leg not in ("both", "long", "short"):
        raise Refused(400, -4061, _WORDS["position_side"][1])
    view, reduces = call.floor.world.account(call.account), call.flag("reduceOnly")
    if view.position_mode == "hedge" and call.text("reduceOnly"):
        raise Refused(400, -1106, "Parameter 'reduceOnly' sent when not required.")
    price = call.number("price") if kind == "LIMIT" else None
    if kind == "LIMIT" and price is None:
        text = "Mandatory parameter 'price' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    mark = call.floor.world.quote(BINANCE, symbol).mark
    if price is not None:
        _refuse_price(price, mark, buys=side == "buy")
    if size * (price or mark) < MIN_NOTIONAL and not reduces:
        text = "Order's notional must be no smaller than 5 (unless you choose reduce only)."
        raise Refused(400, -4164, text)
    if sum(order.symbol == symbol for order in view.orders) >= MAX_ORDERS:
        raise Refused(400, -2025, "Reach max open order limit.")
    return OrderRequest(
        symbol=symbol,
        side=cast("Side", side),
        size=size,
        kind="limit" if kind == "LIMIT" else "market",
        position_side=cast("PositionSide", leg),
        price=price,
        reduce_only=reduces,
        time_in_force=_time_in_force(call, kind),
        client_id=_client_id(call),
    )


def _refuse_price(price: Decimal, mark: Decimal, *, buys: bool) -> None:
    """By the filters that exchangeInfo lists: a buyer has no floor above 0, a seller no ceiling."""
    if price < 0:
        raise Refused(400, -4001, "Price less than 0.")
    if price == 0:
        raise Refused(400, -4013, "Price less than min price.")
    if price > MAX_PRICE:
        raise Refused(400, -4002, "Price greater than max price.")
    if buys and price > mark * HIGHEST:
        raise Refused(400, -4016, f"Limit price can't be higher than {plain(mark * HIGHEST)}.")
    if not buys and price < mark * LOWEST:
        raise Refused(400, -4024, f"Limit price can't be lower than {plain(mark * LOWEST)}.")


def _client_id(call: Call) -> str | None:
    given = call.text("newClientOrderId")
    if len(given) > CLIENT_ID_MAX:
        text = f"Client order id length should not be more than {CLIENT_ID_MAX} chars"
        raise Refused(400, -4015, text)
    if given and not _CLIENT_ID.fullmatch(given):
        text = "Illegal characters found in parameter 'newClientOrderId'; legal range is"
        raise Refused(400, -1100, f"{text} '{_CLIENT_ID.pattern}'.")
    return given or None


def _refuse_what_would_be_dropped(call: Call) -> None:
    """A stop, a closing of all or a matched price is another order, never taken for a plain one."""
    dated = call.text("timeInForce") == "GTD"
    names = ("stopPrice", "activationPrice", "activatePrice", "callbackRate")
    for name in names if dated else (*names, "goodTillDate"):
        if call.text(name, "0") not in ("0", "0.0"):
            raise Refused(400, -1106, f"Parameter '{name}' sent when not required.")
    kind = call.text("type").upper()
    for name in ("price", "timeInForce") if kind == "MARKET" else ():
        if call.text(name):
            raise Refused(400, -1106, f"Parameter '{name}' sent when not required.")
    if call.flag("closePosition"):
        text = f"Target strategy invalid for orderType {kind},closePosition true"
        raise Refused(400, -4136, text)
    if call.text("priceMatch", "NONE") != "NONE":
        call.floor.gap(f"{call.path}: price match is not simulated")
        raise Refused(400, -4188, "The sandbox does not simulate price match.")


def _quantity(call: Call) -> Decimal:
    size = call.number("quantity")
    if size is None:
        text = "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    if size <= 0:
        raise Refused(400, -4003, "Quantity less than or equal to zero.")
    if size > MAX_QUANTITY:
        raise Refused(400, -4005, "Quantity greater than max quantity.")
    return size


def _time_in_force(call: Call, kind: str) -> TimeInForce:
    if kind == "MARKET":
        return "IOC"
    given = call.text("timeInForce")
    if given == "GTD":
        call.floor.gap(f"{call.path}: orders good until a date are not simulated")
        raise Refused(400, -1115, "The sandbox does not simulate orders good until a date.")
    if given not in ("GTC", "IOC", "FOK", "GTX"):
        text = "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    return cast("TimeInForce", given)


def _named(call: Call) -> tuple[int | None, str]:
    order_id, client_id = call.text("orderId"), call.text("origClientOrderId")
    if not order_id and not client_id:
        text = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
        raise Refused(400, -1102, text)
    number = whole_number(order_id)
    if order_id and number is None:
        raise call.malformed("orderId")
    return number, client_id


def cancel(call: Call) -> object:
    """Cancel one order."""
    symbol, (order_id, client_id) = symbol_of(call), _named(call)
    world, found = call.floor.world, call.floor.order(call.account, order_id, client_id)
    if found is not None and found.symbol != symbol:
        raise Refused(400, *_WORDS["unknown_order"])
    try:
        events = call.floor.act(
            lambda: world.cancel(call.account, client_id if order_id is None else order_id)
        )
    except WorldRefused as refused:
        raise translated(refused) from None
    return order_row(call, _own_order(events, call.account))


def cancel_all(call: Call) -> object:
    """Cancel every order of a symbol."""
    symbol, floor = symbol_of(call), call.floor
    for order in floor.world.account(call.account).orders:
        if order.symbol == symbol:
            number = order.order_id
            floor.act(lambda number=number: floor.world.cancel(call.account, number))  # type: ignore[misc]
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def order(call: Call) -> object:
    """One order, resting or ended."""
    return order_row(call, _asked(call))


def open_order(call: Call) -> object:
    """One order while it rests."""
    found = _asked(call)
    if found.status not in ("new", "partially_filled"):
        raise Refused(400, *_NO_ORDER)
    return order_row(call, found)


def _asked(call: Call) -> OrderView:
    symbol, found = symbol_of(call), call.floor.order(call.account, *_named(call))
    if found is None or found.symbol != symbol:
        raise Refused(400, *_NO_ORDER)
    return found


def open_orders(call: Call) -> object:
    """Resting orders, of one symbol or of all."""
    symbol = symbol_of(call) if call.text("symbol") else ""
    orders = call.floor.world.account(call.account).orders
    return [order_row(call, each) for each in orders if symbol in ("", each.symbol)]


def all_orders(call: Call) -> object:
    """Orders resting and ended, oldest first."""
    symbol, limit = symbol_of(call), call.most(500, 1_000)
    own = [each for each in call.floor.orders(call.account) if each.symbol == symbol]
    return [order_row(call, each) for each in own[-limit:]]


# -- settings ------------------------------------------------------------------------------------


def set_leverage(call: Call) -> object:
    """Leverage of a symbol."""
    symbol, floor = symbol_of(call), call.floor
    if not call.text("leverage"):
        text = "Mandatory parameter 'leverage' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    leverage = call.whole("leverage", 0)
    if not 1 <= leverage <= 150:
        raise Refused(400, -4028, f"Leverage {leverage} is not valid")
    judged = floor.judged(call.account)
    try:
        floor.act(lambda: floor.world.set_leverage(call.account, symbol, Decimal(leverage)))
    except WorldRefused as refused:
        if refused.code == "isolated_open" and leverage > setting_of(judged, symbol).leverage:
            call.floor.gap(f"{call.path}: a higher leverage of an open isolated position")
            text = "The sandbox does not raise the leverage of an open isolated position."
            raise Refused(400, -4161, text) from None
        raise translated(refused, leverage=str(leverage)) from None
    return {
        "symbol": symbol,
        "leverage": leverage,
        "maxNotionalValue": max_notional(floor, symbol, Decimal(leverage)),
    }


def set_margin_type(call: Call) -> object:
    """Margin mode of a symbol."""
    symbol, floor = symbol_of(call), call.floor
    wanted = call.text("marginType").upper()
    if wanted not in ("ISOLATED", "CROSSED"):
        raise Refused(400, -1130, "Data sent for parameter 'marginType' is not valid.")
    mode: MarginMode = "isolated" if wanted == "ISOLATED" else "cross"
    judged = floor.judged(call.account)
    if setting_of(judged, symbol).margin_mode == mode:
        raise Refused(400, -4046, "No need to change margin type.")
    if judged.view.mode == "multi_assets":
        raise Refused(400, *_WORDS["margin_mode"])
    try:
        floor.act(lambda: floor.world.set_margin_mode(call.account, symbol, mode))
    except WorldRefused as refused:
        if refused.code == "position_open" and all(
            p.symbol != symbol for p in judged.view.positions
        ):
            text = "Margin type cannot be changed if there exists open orders."
            raise Refused(400, -4047, text) from None
        raise translated(refused) from None
    return {"code": 200, "msg": "success"}


def set_position_mode(call: Call) -> object:
    """One-way or hedge: the accounts of the world keep theirs."""
    hedge = call.floor.world.account(call.account).position_mode == "hedge"
    if _switch(call, "dualSidePosition") == hedge:
        raise Refused(400, -4059, "No need to change position side.")
    call.floor.gap("POST /fapi/v1/positionSide/dual: accounts of the world keep their mode")
    raise Refused(400, -4068, "Position side cannot be changed if there exists position.")


def set_multi_assets(call: Call) -> object:
    """Asset mode: the accounts of the world keep theirs."""
    multi = call.floor.world.account(call.account).mode == "multi_assets"
    if _switch(call, "multiAssetsMargin") == multi:
        raise Refused(400, -4171, "No need to change multi-assets mode.")
    call.floor.gap("POST /fapi/v1/multiAssetsMargin: accounts of the world keep their mode")
    text = "The Multi-Assets mode cannot be changed while there are open positions or orders."
    raise Refused(400, -4169, text)


def _switch(call: Call, name: str) -> bool:
    if not call.text(name):
        text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    return call.flag(name)


def no_algo_order(call: Call) -> object:
    """Conditional orders are not simulated, and the refusal says so."""
    call.floor.gap(f"{call.path}: conditional orders are not simulated")
    raise Refused(400, -4120, "The sandbox does not simulate conditional orders.")
