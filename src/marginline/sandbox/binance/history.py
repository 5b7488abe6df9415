"""Binance's answers about what was: income, trades, forced orders."""

from __future__ import annotations

from marginline.market.views import LedgerRow
from marginline.sandbox.binance.market import symbol_of
from marginline.sandbox.wire.calls import Call
from marginline.sandbox.wire.texts import money, plain

_LIMIT_MAX = 1_000
_KINDS = {"LIQUIDATION_FEE": "INSURANCE_CLEAR"}  # the venue has one word for both


def income(call: Call) -> object:
    """Bookings, oldest first: from a start on, or the newest of the last seven days."""
    floor = call.floor
    start, end = call.moment("startTime"), call.moment("endTime")
    since = start if start is not None else floor.world.now - 7 * 86_400_000
    rows = [row for row in floor.world.ledger(call.account, since, end) if row.amount]
    symbol, kind = call.text("symbol"), call.text("incomeType")
    rows = [
        row
        for row in rows
        if (not symbol or row.symbol == symbol) and (not kind or _kind(row) == kind)
    ]
    limit = call.most(100, _LIMIT_MAX)
    page = max(1, call.whole("page", 1))
    if start is not None or page > 1:
        rows = rows[(page - 1) * limit : page * limit]
    else:
        rows = rows[-limit:]
    return [
        {
            "symbol": row.symbol,
            "incomeType": _kind(row),
            "income": plain(row.amount),
            "asset": row.asset,
            "time": floor.clock.stamp(row.at),
            "info": row.info or (str(row.trade_id) if row.trade_id is not None else _kind(row)),
            "tranId": row.id,
            "tradeId": "" if row.trade_id is None else str(row.trade_id),
        }
        for row in rows
    ]


def _kind(row: LedgerRow) -> str:
    return _KINDS.get(row.kind, row.kind)


def user_trades(call: Call) -> object:
    """Fills of one symbol, oldest first."""
    floor, symbol = call.floor, symbol_of(call)
    start, end, first = call.moment("startTime"), call.moment("endTime"), call.whole("fromId", 0)
    fills = [
        fill
        for fill in floor.world.trades(call.account, symbol, start, end)
        if fill.trade_id >= first
        and (not call.text("orderId") or str(fill.order_id) == call.text("orderId"))
    ]
    limit = call.most(500, _LIMIT_MAX)
    chosen = fills[:limit] if start is not None or first else fills[-limit:]
    return [
        {
            "symbol": fill.symbol,
            "id": fill.trade_id,
            "orderId": fill.order_id,
            "side": fill.side.upper(),
            "price": plain(fill.price),
            "qty": plain(fill.size),
            "realizedPnl": plain(fill.realized_pnl),
            "quoteQty": plain(fill.price * fill.size),
            "commission": plain(fill.fee),
            "commissionAsset": fill.fee_asset,
            "time": floor.clock.stamp(fill.at),
            "positionSide": fill.position_side.upper(),
            "buyer": fill.side == "buy",
            "maker": fill.maker,
        }
        for fill in chosen
    ]


def force_orders(call: Call) -> object:
    """Orders with which the venue closed positions of the account by force."""
    floor = call.floor
    kinds = {"liquidation": "LIQUIDATION", "takeover": "LIQUIDATION", "adl": "ADL"}
    asked = call.text("autoCloseType")
    return [
        {
            "orderId": fill.order_id,
            "symbol": fill.symbol,
            "status": "FILLED",
            "clientOrderId": f"autoclose-{floor.clock.stamp(fill.at)}",
            "price": plain(fill.price),
            "avgPrice": plain(fill.price),
            "origQty": plain(fill.size),
            "executedQty": plain(fill.size),
            "cumQuote": money(fill.price * fill.size),
            "timeInForce": "IOC",
            "type": "LIMIT",
            "reduceOnly": False,
            "closePosition": False,
            "side": fill.side.upper(),
            "positionSide": fill.position_side.upper(),
            "stopPrice": "0",
            "workingType": "CONTRACT_PRICE",
            "priceProtect": False,
            "origType": "LIMIT",
            "time": floor.clock.stamp(fill.at),
            "updateTime": floor.clock.stamp(fill.at),
        }
        for fill in floor.world.trades(call.account, call.text("symbol") or None)
        if fill.reason in kinds and (not asked or kinds[fill.reason] == asked)
    ][-100:]


def nothing(_: Call) -> object:
    """An empty list: the simulated accounts have none of it."""
    return []
