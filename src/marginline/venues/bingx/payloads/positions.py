"""BingX's positions and resting orders: unsigned sizes with a side, made signed ones."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from marginline.core.account.account import Order, Position
from marginline.core.findings import Code
from marginline.venues.bingx.page.perpetual import WORDS
from marginline.venues.bingx.payloads.symbols import is_coin_margined, known_contract
from marginline.venues.compare.lines import reported_of_position
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers

_SIDES = {"LONG": 1, "SHORT": -1, "BOTH": 0}
_KINDS = {
    "LIMIT": "limit",
    "MARKET": "market",
    "STOP": "stop",
    "STOP_MARKET": "stop",
    "TRIGGER_LIMIT": "stop",
    "TRIGGER_MARKET": "stop",
    "TRAILING_STOP_MARKET": "stop",
    "TRAILING_TP_SL": "stop",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit",
}
_GONE = ("FILLED", "CANCELLED", "CANCELED", "EXPIRED", "FAILED", "REJECTED")
_FAMILIES = (("positions", False), ("coin_positions", True))


def lay_positions(draft: Draft, answers: Answers) -> None:
    """Positions with their marks and leverages; a row of size 0 makes none."""
    if not answers.given("positions", "coin_positions"):
        return
    _forget(draft, answers)
    rows = [row for row in answers.rows("positions", "coin_positions") if row.amount("positionAmt")]
    lay_position_mode(draft, answers)
    several = Counter((row.name("symbol"), _side(draft, row)) for row in rows)
    raw: dict[str, object] = {}
    for row in rows:
        symbol = row.name("symbol")
        if known_contract(draft, symbol, "positions") is None:
            continue
        shared = several[symbol, _side(draft, row)] > 1
        position = _position(draft, row, by_id=shared)
        if position.key in draft.positions:
            raise row.wrong("positionId", "two rows are the same position", "fetch them again")
        draft.positions[position.key] = position
        if (mark := row.number("markPrice")) is not None:
            draft.mark[symbol] = mark
        draft.reported.positions[position.key] = reported_of_position(
            row, WORDS, isolated=bool(row.flag("isolated"))
        )
        raw[position.key] = dict(row.given)
    draft.known.add(POSITIONS)
    draft.reported.raw["positions"] = raw


def lay_position_mode(draft: Draft, answers: Answers) -> None:
    """Hedge mode: as `position_mode` says, else where a row is of one side."""
    said = answers.last("position_mode")
    dual = None if said is None else said.flag("dualSidePosition")
    if dual is None and answers.given("positions", "coin_positions"):
        rows = answers.rows("positions", "coin_positions")
        dual = any(row.name("positionSide") != "BOTH" for row in rows) or None
    if dual is not None:
        draft.hedge = dual


def _forget(draft: Draft, answers: Answers) -> None:
    """Positions of the family that is told afresh."""
    for key, position in list(draft.positions.items()):
        for kind, coin in _FAMILIES:
            if answers.given(kind) and is_coin_margined(position.instrument) is coin:
                del draft.positions[key]
                draft.reported.positions.pop(key, None)


def _side(draft: Draft, row: Row) -> str:
    said = row.name("positionSide")
    if said not in _SIDES:
        raise row.wrong("positionSide", "is no side", f"known are {', '.join(_SIDES)}")
    return said.lower() if draft.hedge else "both"


def _position(draft: Draft, row: Row, *, by_id: bool) -> Position:
    symbol, isolated = row.name("symbol"), row.flag("isolated")
    if isolated is None:
        text = f"no answer tells whether {symbol} is cross or isolated; it is read as cross"
        draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
    asset = row.text("currency")
    settle = draft.instruments[symbol].settle
    return Position(
        id=row.text("positionId") if by_id else None,
        instrument=symbol,
        side=_side(draft, row),
        size=_signed(draft, row),
        entry_price=row.number("avgPrice"),
        margin_mode="isolated" if isolated else "cross",
        leverage=row.number("leverage"),
        isolated_margin=fixed_margin(row) if isolated else None,
        margin_asset=None if asset in (None, settle) else asset,
        realized_pnl=row.number("realisedProfit"),
    )


def fixed_margin(row: Row) -> Decimal | None:
    """Margin of an isolated position without its unrealized P&L.

    `margin` holds it; before there was `margin`, `initialMargin` did.
    """
    held, pnl = row.number("margin"), row.number("unrealizedProfit")
    held = row.number("initialMargin") if held is None else held
    return None if held is None or pnl is None else held - pnl


def _signed(draft: Draft, row: Row) -> Decimal:
    """Positive with LONG, negative with SHORT; with BOTH as it is signed."""
    size, side = row.amount("positionAmt"), row.name("positionSide")
    if _SIDES[side]:
        return abs(size) * _SIDES[side]
    entry, mark, pnl = (row.number(n) for n in ("avgPrice", "markPrice", "unrealizedProfit"))
    if size < 0:
        return size
    if entry is not None and mark is not None and pnl and mark != entry:
        return size if (pnl > 0) == (mark > entry) else -size
    symbol = row.name("symbol")
    text = f"the side of {symbol} is BOTH and its size is not negative: it is read as a long"
    draft.note(Code.APPROXIMATE, f"positions: {symbol}", text)
    return size


# -- orders ------------------------------------------------------------------------------------


def lay_orders(draft: Draft, answers: Answers) -> None:
    """Replace the resting orders of the family that is told."""
    kinds = (("orders", False), ("coin_orders", True))
    for kind, coin in kinds:
        if not answers.given(kind):
            continue
        draft.orders = [o for o in draft.orders if is_coin_margined(o.instrument) is not coin]
        for row in answers.rows(kind):
            order = _order(draft, row)
            if order is not None:
                draft.orders.append(order)
        draft.known.add(ORDERS)


def _order(draft: Draft, row: Row) -> Order | None:
    symbol, status = row.name("symbol"), row.text("status") or "NEW"
    left = draft.unfilled(row, "origQty", "executedQty")
    if status in _GONE or left <= 0:
        return None
    if known_contract(draft, symbol, "orders") is None:
        return None
    side, word = row.name("side").lower(), row.text("type") or "LIMIT"
    leg = row.text("positionSide") or "BOTH"
    if side not in ("buy", "sell"):
        raise row.wrong("side", "is no side of an order", "known are BUY, SELL")
    if leg not in _SIDES:
        raise row.wrong("positionSide", "is no side", f"known are {', '.join(_SIDES)}")
    kind = _KINDS.get(word, "limit")
    if word not in _KINDS:
        text = f"the order type {word} is not known; its order is taken to freeze margin"
        draft.note(Code.APPROXIMATE, f"orders: {symbol}", text)
    trigger, price = row.number("stopPrice"), row.number("price")
    waits = kind in ("stop", "take_profit")
    return Order(
        instrument=symbol,
        side=side,
        position_side=leg.lower() if draft.hedge else "both",
        size=left,
        price=(trigger or price) if waits else price,
        kind=kind,
        reduce_only=bool(row.flag("reduceOnly") or row.flag("closePosition")),
    )
