"""Bybit's raw answers in, an account out: the unified account and the classic inverse account.

What each kind of answer may say, and how a file is told, is declared in `kinds`. What the venue
says of its own figures goes to `reported`: under our measures where the meaning is the same, and
under `raw` in its own words, by kind of answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.core.account.account import Account, Order, Position, Settings
from marginline.core.findings import Code
from marginline.core.numbers import to_text
from marginline.venues.bybit.page.words import WORDS
from marginline.venues.bybit.payloads.kinds import KINDS, UNIFIED, open_message, sniff
from marginline.venues.bybit.payloads.market import instrument_of, is_option, lay_market
from marginline.venues.bybit.payloads.wallets import lay_mode, lay_told_ratio, lay_wallets
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import lay_position
from marginline.venues.reader.reading import Request

_REMEDIES = {"wallets": "wallet_balance", "positions": "positions", "orders": "open_orders"}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request, KINDS[request.venue], open_message)
    untimed = () if "positions" in answers.timed else answers.rows("positions")
    stamps = (row.moment("updatedTime") for row in untimed)
    draft = answers.begin(_REMEDIES, *stamps)
    lay_mode(request, draft, answers)
    lay_positions(draft, answers)
    lay_wallets(draft, answers)
    lay_orders(draft, answers)
    lay_market(draft, answers)
    lay_told_ratio(draft, answers)
    if draft.mode != "portfolio":  # scenarios margin there, and leverage sets nothing
        draft.note_unset_leverage()
    return answers.account(draft)


_SIDES = {"Buy": 1, "Sell": -1}
_LEGS = {"0": "both", "1": "long", "2": "short"}
_LAST_DIGIT = Decimal("0.00000001")
_CATEGORIES = ("linear", "inverse")
_GONE = ("Filled", "Cancelled", "Rejected", "Deactivated", "PartiallyFilledCanceled", "Triggered")


# -- positions ---------------------------------------------------------------------------------


def lay_positions(draft: Draft, answers: Answers) -> None:
    """Positions, marks and leverages. A row of size 0 makes no position: it carries leverage."""
    if not answers.given("positions"):
        return
    if "positions" not in answers.pushed:
        _forget(draft, answers.categories.get("positions"))
    rows = answers.rows("positions")
    draft.reported.raw["positions"] = {}
    for row in rows:
        symbol = row.name("symbol")
        if is_option(symbol) or row.text("category") == "option":
            text = "their value and margin stand in the wallet and the units"
            text = f"options are not itemised: {text}"
            draft.note(Code.UNSUPPORTED, f"positions: {symbol}", text)
            continue
        key = f"{symbol}/{_leg(row)}"
        draft.positions.pop(key, None)
        draft.reported.positions.pop(key, None)
        if (mark := row.number("markPrice")) is not None:
            draft.mark[symbol] = mark
        if (leverage := row.number("leverage")) is not None:
            draft.settings[symbol] = Settings(leverage=leverage)
        if row.amount("size"):
            lay_position(draft, _position(draft, row, symbol), row, WORDS)
    held = [p.side for p in draft.positions.values()]
    draft.hedge = any(side != "both" for side in (*held, *map(_leg, rows)))
    draft.known.add(POSITIONS)
    if draft.venue == UNIFIED:
        _lay_basis(draft, rows)
        _note_classic(draft, rows)
    _note_pages(draft, answers, "positions")


def _lay_basis(draft: Draft, rows: Sequence[Row]) -> None:
    """On which price the account's margins are kept, where the fields `...ByMp` beside them tell.

    Margins that differ from their twins by mark price are kept at the entry price (reproduced, 1
    account: it was so a month after the day of the change).
    """
    told = set()
    for row in rows:
        for name, twin in (("positionIM", "positionIMByMp"), ("positionMM", "positionMMByMp")):
            own, by_mark = row.number(name), row.number(twin)
            prices = (row.number("avgPrice") or row.number("entryPrice"), row.number("markPrice"))
            if own and by_mark and None not in prices and prices[0] != prices[1]:
                told.add("mark" if abs(own - by_mark) <= _LAST_DIGIT else "entry")
    if len(told) == 1:
        draft.venue_parameters["margin_basis"] = told.pop()


def _note_classic(draft: Draft, rows: Sequence[Row]) -> None:
    """A margin far below value / leverage: the row of a classic account, whose rules differ."""
    for row in rows:
        value, leverage = row.number("positionValue"), row.number("leverage")
        margin = row.number("positionIM")
        if not value or not leverage or not margin or margin * leverage * 2 >= value:
            continue
        symbol = row.name("symbol")
        text = f"positionIM {to_text(margin)} of {symbol} is not half of value / leverage"
        text += f" ({to_text(leverage)}): the row is of a classic account, which is not built, not"
        text += " of a unified one"
        draft.note(Code.UNSUPPORTED, f"positions: {symbol}", text)


def _forget(draft: Draft, categories: set[str] | None) -> None:
    """Positions of the categories that are told afresh; all, where the answer names none."""
    for key, position in list(draft.positions.items()):
        contract = instrument_of(position.instrument)
        payoff = "linear" if contract is None else contract.payoff
        if not categories or payoff in categories:
            del draft.positions[key]
            draft.reported.positions.pop(key, None)


def _leg(row: Row) -> str:
    return _LEGS[row.word("positionIdx", _LEGS, "leg", "0")]


def _position(draft: Draft, row: Row, symbol: str) -> Position:
    direction = _SIDES[row.word("side", _SIDES, "side of an open position")]
    isolated = row.text("tradeMode") == "1"
    if draft.venue == UNIFIED:
        isolated = draft.mode == "isolated"
    return Position(
        instrument=symbol,
        side=_leg(row),
        size=abs(row.amount("size")) * direction,
        entry_price=_entry(draft, row, symbol),
        margin_mode="isolated" if isolated else "cross",
        leverage=row.number("leverage"),
        isolated_margin=row.number("positionBalance") if isolated else None,
        opened_at=row.moment("openTime"),
        realized_pnl=row.number("curRealisedPnl"),
        extra=row.texts("adlRankIndicator"),
    )


def _entry(draft: Draft, row: Row, symbol: str) -> Decimal | None:
    """The price that P&L counts from: of a USDC contract, that of the last 8-hour settlement."""
    average = row.number("avgPrice") or row.number("entryPrice")
    session = row.number("sessionAvgPrice")
    settled = symbol.endswith("PERP") or ("-" in symbol and "USDT" not in symbol)
    if not settled or session is None or session == average:
        return average
    shown = "unknown" if average is None else to_text(average)
    text = (
        f"P&L of {symbol} counts from the session price {to_text(session)}; its closing fee is"
        f" reckoned from it, too, not from the average entry {shown}"
    )
    draft.note(Code.APPROXIMATE, f"positions: {symbol}", text)
    return session


def _note_pages(draft: Draft, answers: Answers, kind: str) -> None:
    """What an answer may leave out: a next page, the other category of contracts."""
    told = answers.categories.get(kind, set()) & set(_CATEGORIES)
    if draft.venue == UNIFIED and len(told) == 1:
        (other,) = set(_CATEGORIES) - told
        text = f"the answer tells {told.pop()} contracts alone; give that of {other} ones, too"
        draft.note(Code.APPROXIMATE, kind, text)
    if kind in answers.cut:
        text = "the answer names a next page (nextPageCursor); if it has rows, give them, too"
        draft.note(Code.APPROXIMATE, kind, text)


# -- orders ------------------------------------------------------------------------------------


def lay_orders(draft: Draft, answers: Answers) -> None:
    """Replace the draft's orders by those told; spot orders are kept apart: they lock coins.

    A stream message tells single orders, each as it now rests or has ended.
    """
    if not answers.given("open_orders"):
        return
    rows, draft.orders = answers.rows("open_orders"), _standing(draft, answers)
    for row in rows:
        symbol = row.name("symbol")
        if row.text("category") == "spot":
            continue
        if is_option(symbol):
            text = "margin of option orders is not known; initial margin and available leave it out"
            draft.note(Code.APPROXIMATE, f"open_orders: {symbol}", text)
        elif (order := _order(draft, row)) is not None:
            draft.orders.append(order)
    if "open_orders" not in answers.pushed:
        spot = (row for row in rows if row.text("category") == "spot")
        draft.extra["spot_orders"] = [row.plain() for row in spot]
        draft.known.add(ORDERS)
    _note_pages(draft, answers, "open_orders")


def _standing(draft: Draft, answers: Answers) -> list[Order]:
    """The orders that an answer leaves as they were."""
    if "open_orders" not in answers.pushed:
        return []
    told = {row.text("orderId") for row in answers.rows("open_orders")}
    return [order for order in draft.orders if order.extra.get("orderId") not in told]


def _order(draft: Draft, row: Row) -> Order | None:
    side = _SIDES[row.word("side", _SIDES, "side of an order")]
    status = row.text("orderStatus") or "New"
    if (left := row.number("leavesQty")) is None:
        left = draft.unfilled(row, "qty", "cumExecQty")
    if status in _GONE or left <= 0:
        return None
    waits, limit = status == "Untriggered", row.number("price")
    return Order(
        instrument=row.name("symbol"),
        side="buy" if side > 0 else "sell",
        position_side=_leg(row),
        size=left,
        price=(row.number("triggerPrice") or limit) if waits else limit,
        kind=_kind(draft, row, waits=waits),
        reduce_only=bool(row.flag("reduceOnly") or row.flag("closeOnTrigger")),
        extra=row.texts("orderId", "orderLinkId"),
    )


def _kind(draft: Draft, row: Row, *, waits: bool) -> str:
    """Limit or market; what waits for a trigger: take profit, or stop."""
    if waits:
        return "take_profit" if "TakeProfit" in (row.text("stopOrderType") or "") else "stop"
    word = row.text("orderType") or "Limit"
    if word not in ("Limit", "Market"):
        text = f"the order type {word} is not known; its order is taken to need margin"
        draft.note(Code.APPROXIMATE, row.path, text)
    return "market" if word == "Market" else "limit"
