"""Bybit's answers about what was: the transaction log and executions, newest first."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.numbers import ZERO
from marginline.market.events import Fill
from marginline.market.views import LedgerRow
from marginline.sandbox.bybit.market import category, paged
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import money, plain

Row = dict[str, object]
_DAY_MS = 86_400_000
_KINDS = {
    "FUNDING_FEE": "SETTLEMENT",
    "LIQUIDATION_FEE": "LIQUIDATION",
    "INSURANCE_CLEAR": "LIQUIDATION",
}
_EXECUTIONS = {
    "order": "Trade",
    "liquidation": "BustTrade",
    "takeover": "BustTrade",
    "adl": "AdlTrade",
}


def transaction_log(call: Call) -> object:
    """Every booking; what a trade realized and its fee are one row."""
    if call.text("accountType", "UNIFIED") != "UNIFIED":
        raise Refused(200, 10001, "accountType only support UNIFIED.")
    wanted = category(call) if call.text("category") else ""
    floor = call.floor
    start, end = call.moment("startTime"), call.moment("endTime")
    since = start if start is not None else (end or floor.world.now) - _DAY_MS
    trades = floor.world.trades(call.account, start=since, end=end)
    fills = {fill.trade_id: fill for fill in trades}
    groups: dict[int, list[LedgerRow]] = {}
    for row in floor.world.ledger(call.account, since, end):
        groups.setdefault(row.id if row.trade_id is None else row.trade_id, []).append(row)
    currency, kind = call.text("currency"), call.text("type")
    rows = [_booked(floor, group, fills) for group in groups.values()]
    rows = [
        row
        for row in reversed(rows)
        if currency in ("", row["currency"])
        and kind in ("", row["type"])
        and wanted in ("", row["category"])
    ]
    return paged(call, rows, 20, 50)


def _booked(floor: Floor, rows: list[LedgerRow], fills: dict[int, Fill]) -> Row:
    last = rows[-1]
    fill = None if last.trade_id is None else fills.get(last.trade_id)
    fee = -sum((r.amount for r in rows if r.kind == "COMMISSION"), ZERO)
    funding = sum((r.amount for r in rows if r.kind == "FUNDING_FEE"), ZERO)
    change = sum((r.amount for r in rows), ZERO)
    return {
        "id": f"{last.id}",
        "symbol": last.symbol,
        "category": "linear" if last.symbol else "",
        "side": "None" if fill is None else fill.side.capitalize(),
        "transactionTime": str(floor.clock.stamp(last.at)),
        "type": _kind(last, fill),
        "transSubType": "",
        "qty": "0" if fill is None else plain(fill.size),
        "size": "",
        "currency": last.asset,
        "tradePrice": "0" if fill is None else plain(fill.price),
        "funding": plain(funding) if funding else "",
        "fee": plain(fee),
        "cashFlow": plain(change - funding + fee),
        "change": plain(change),
        "cashBalance": plain(last.balance),
        "feeRate": "" if fill is None else plain(_fee_rate(fill)),
        "bonusChange": "",
        "tradeId": "" if fill is None else str(fill.trade_id),
        "orderId": "" if fill is None else str(fill.order_id),
        "orderLinkId": "",
        "extraFees": "",
    }


def _kind(row: LedgerRow, fill: Fill | None) -> str:
    if row.kind == "TRANSFER":
        return "TRANSFER_IN" if row.amount > 0 else "TRANSFER_OUT"
    if fill is not None and fill.reason != "order":
        return "ADL" if fill.reason == "adl" else "LIQUIDATION"
    return _KINDS.get(row.kind, "TRADE")


def _fee_rate(fill: Fill) -> Decimal:
    return (fill.fee / (fill.price * fill.size)).quantize(Decimal("1E-8"))


def execution_list(call: Call) -> object:
    """Fills and funding payments."""
    if category(call) != "linear":
        return paged(call, [], 50, 100)
    floor = call.floor
    start, end = call.moment("startTime"), call.moment("endTime")
    symbol, kind = call.text("symbol"), call.text("execType")
    order_id = call.text("orderId")
    trades = floor.world.trades(call.account, start=start, end=end)
    found = [(f.at, execution_row(floor, f)) for f in trades]
    found += [
        (row.at, _funding(floor, row))
        for row in floor.world.ledger(call.account, start, end)
        if row.kind == "FUNDING_FEE"
    ]
    rows = [
        row
        for _, row in sorted(found, key=lambda pair: pair[0], reverse=True)
        if symbol in ("", row["symbol"])
        and kind in ("", row["execType"])
        and order_id in ("", row["orderId"])
    ]
    return paged(call, rows, 50, 100)


def execution_row(floor: Floor, fill: Fill) -> Row:
    """A fill as the endpoint and the stream tell it."""
    quote = floor.world.quote(BYBIT, fill.symbol)
    closed = fill.size if fill.realized_pnl else ZERO
    return {
        "symbol": fill.symbol,
        "orderId": str(fill.order_id or fill.trade_id),
        "orderLinkId": "",
        "side": fill.side.capitalize(),
        "orderPrice": plain(fill.price),
        "orderQty": plain(fill.size),
        "leavesQty": "0",
        "createType": "CreateByUser" if fill.reason == "order" else "CreateByLiq",
        "orderType": "Limit" if fill.maker else "Market",
        "stopOrderType": "UNKNOWN",
        "execFee": plain(fill.fee),
        "execId": str(fill.trade_id),
        "execPrice": plain(fill.price),
        "execQty": plain(fill.size),
        "execType": _EXECUTIONS[fill.reason],
        "execValue": money(fill.price * fill.size),
        "execTime": str(floor.clock.stamp(fill.at)),
        "feeCurrency": fill.fee_asset,
        "isMaker": fill.maker,
        "feeRate": plain(_fee_rate(fill)),
        "tradeIv": "",
        "markIv": "",
        "markPrice": plain(quote.mark),
        "indexPrice": plain(quote.index),
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": plain(closed),
        "seq": fill.trade_id,
    }


def _funding(floor: Floor, row: LedgerRow) -> Row:
    """A funding payment: a fee of the position, positive where it was paid."""
    paid = floor.world.funding_history(BYBIT, row.symbol, row.at, row.at)
    rate, mark = (paid[0].rate, paid[0].mark) if paid else (ZERO, ZERO)
    value = abs(row.amount / rate) if rate else ZERO
    return {
        "symbol": row.symbol,
        "orderId": str(row.id),
        "orderLinkId": "",
        "side": "Sell" if row.amount * rate > 0 else "Buy",
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execFee": plain(-row.amount),
        "execId": str(row.id),
        "execPrice": plain(mark),
        "execQty": money(value / mark) if mark else "0",
        "execType": "Funding",
        "execValue": money(value),
        "execTime": str(floor.clock.stamp(row.at)),
        "feeCurrency": row.asset,
        "isMaker": False,
        "feeRate": plain(rate),
        "markPrice": plain(mark),
        "indexPrice": "",
        "closedSize": "0",
        "seq": row.id,
    }
