"""Positions and resting orders from Binance's answers: rows of `account` and `positionRisk`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.core.account.account import Order, Position
from marginline.core.findings import Code
from marginline.core.numbers import ZERO, to_text
from marginline.venues.binance.page.futures import USDM_POSITION
from marginline.venues.compare.lines import reported_of_position
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers

SIDES = {"BOTH": "both", "LONG": "long", "SHORT": "short"}


def side_of(row: Row, field: str = "positionSide") -> str:
    """The side of a leg; `both` where the answer names none."""
    return SIDES[row.word(field, SIDES, "side of a position", "BOTH")]


def key_of(row: Row) -> str:
    """The key of the position that a row is of."""
    return f"{row.name('symbol')}/{side_of(row)}"


def margin_mode(row: Row, field: str = "marginType") -> str | None:
    """Cross or isolated, by the venue's own word; None where the row has none."""
    if not row.has(field):
        return None
    said = (row.text(field) or "").lower()
    if said not in ("isolated", "cross", "crossed"):
        raise row.wrong(field, "is no margin type", "known are isolated, cross, crossed")
    return "isolated" if said == "isolated" else "cross"


def switch(answers: Answers, field: str, *kinds: str) -> bool | None:
    """A switch as the first answer says that tells it."""
    rows = (answers.first(kind) for kind in kinds)
    told = (None if row is None else row.flag(field) for row in rows)
    return next((flag for flag in told if flag is not None), None)


# -- positions ---------------------------------------------------------------------------------


def position_rows(answers: Answers, book: str = "") -> dict[str, tuple[Row, ...]]:
    """The rows of positions by kind of answer; `book` begins the kinds of one book of several."""
    account = answers.first(f"{book}account")
    detail = () if account is None else account.rows("positions")
    risk = f"{book}position_risk"
    return {risk: answers.rows(risk), f"{book}account": detail}


def tells_positions(answers: Answers, book: str = "") -> bool:
    """Whether an answer lists the positions, be it an empty list."""
    account = answers.first(f"{book}account")
    return answers.given(f"{book}position_risk") or bool(account and account.has("positions"))


def shows_legs(answers: Answers, *books: str) -> bool | None:
    """Whether a row is of one leg of a hedge; None where no row is told."""
    parts = (rows for book in books for rows in position_rows(answers, book).values())
    sides = {row.text("positionSide") for rows in parts for row in rows}
    return not sides.isdisjoint(("LONG", "SHORT")) if sides else None


def lay_positions(
    draft: Draft, answers: Answers, book: str = "", *, cross_only: bool = False
) -> None:
    """Positions, settings and marks; of two answers the first that says something of a leg wins.

    A row of size 0 makes no position; its leverage and margin mode go to `settings`.
    """
    legs: dict[str, Row] = {}
    for kind, rows in position_rows(answers, book).items():
        for row in rows:
            key = key_of(row)
            known = legs.get(key)
            if known is not None and known.amount("positionAmt") != row.amount("positionAmt"):
                _disagree(draft, kind, key, known, row)
            legs[key] = row if known is None else known.over(row)
    configs = {row.name("symbol"): row for row in answers.rows(f"{book}symbol_config")}
    for key, row in legs.items():
        _lay(draft, key, row, configs.get(row.name("symbol")), cross_only=cross_only)
    for symbol, config in configs.items():
        draft.tell_settings(symbol, config.number("leverage"), margin_mode(config))
    if tells_positions(answers, book):
        draft.known.add(POSITIONS)


def _disagree(draft: Draft, kind: str, key: str, known: Row, other: Row) -> None:
    sizes = (to_text(row.amount("positionAmt")) for row in (known, other))
    text = f"the answers disagree about the size of {key}: {' and '.join(sizes)} ({kind})"
    draft.note(Code.CONTRADICTION, f"{kind}: {key}", f"{text}; fetch them together")


def _lay(draft: Draft, key: str, row: Row, config: Row | None, *, cross_only: bool) -> None:
    symbol, size = row.name("symbol"), row.amount("positionAmt")
    if (mark := row.number("markPrice")) is not None:
        draft.mark[symbol] = mark
    stated, leverage = _stated_mode(row), row.number("leverage")
    if config is not None:
        stated = margin_mode(config) if stated is None else stated
        leverage = config.number("leverage") if leverage is None else leverage
    if not size:
        draft.tell_settings(symbol, leverage, stated)
        return
    shown = _shown_mode(row)
    if cross_only and shown == "isolated":
        text = f"{key} holds isolated margin, but this account has cross positions alone"
        draft.note(Code.CONTRADICTION, f"position_risk: {key}", text)
    mode = "cross" if cross_only else stated or shown
    if mode is None:
        text = f"no answer tells whether {key} is cross or isolated; give symbol_config"
        draft.note(Code.MISSING_DATA, f"position_risk: {key}", text)
    draft.positions[key] = Position(
        instrument=symbol,
        side=side_of(row),
        size=size,
        entry_price=row.number("entryPrice"),
        margin_mode=mode or "cross",
        leverage=leverage,
        isolated_margin=_posted(row) if mode == "isolated" else None,
    )


def _stated_mode(row: Row) -> str | None:
    """The margin mode in the venue's words."""
    flag = row.flag("isolated")
    return margin_mode(row) or (None if flag is None else "isolated" if flag else "cross")


def _shown_mode(row: Row) -> str | None:
    """What the amounts imply: isolated where something is posted, cross where what is told is 0."""
    wallet, margin = row.number("isolatedWallet"), row.number("isolatedMargin")
    if wallet is None and margin is None:
        return None
    return "isolated" if wallet or margin else "cross"


def _posted(row: Row) -> Decimal | None:
    """The margin of an isolated position; `isolatedMargin` holds the unrealized P&L already."""
    wallet, margin = row.number("isolatedWallet"), row.number("isolatedMargin")
    pnl = row.number("unRealizedProfit")
    pnl = row.number("unrealizedProfit") if pnl is None else pnl
    if wallet is not None or margin is None or pnl is None:
        return wallet
    return margin - pnl


def says_something(row: Row) -> bool:
    """Whether a row is worth reconciling: a position, or orders that take margin."""
    fields = ("positionAmt", "initialMargin", "openOrderInitialMargin")
    return any(row.number(field) for field in fields)


def report_legs(draft: Draft, rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    """File what rows of positions say; returns it in the venue's words, by key."""
    for row in rows:
        if (position := draft.positions.get(key := key_of(row))) is not None:
            isolated = position.margin_mode == "isolated"
            told = draft.reported.positions.get(key, {})
            found = reported_of_position(row, USDM_POSITION, isolated=isolated)
            draft.reported.positions[key] = found | told  # positionRisk is filed first
    return {key_of(row): dict(row.given) for row in rows if says_something(row)}


# -- orders ------------------------------------------------------------------------------------

_KINDS = {
    "LIMIT": "limit",
    "MARKET": "market",
    "STOP": "stop",
    "STOP_MARKET": "stop",
    "TRAILING_STOP_MARKET": "stop",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit",
}
_ORDER_SIDES = {"BUY": "buy", "SELL": "sell"}
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
    side = _ORDER_SIDES[row.word("side", _ORDER_SIDES, "side of an order")]
    position_side = side_of(row)
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
        extra=row.texts("orderId", "clientOrderId", "algoId", "clientAlgoId"),
    )


def order_kind(draft: Draft, word: str, where: str) -> str:
    """Limit, market, stop or take profit; a new word is taken for limit, which takes margin."""
    kind = _KINDS.get(word)
    if kind is None:
        text = f"the order type {word} is not known; it is taken to need margin like a limit"
        draft.note(Code.APPROXIMATE, where, text)
        return "limit"
    return kind
