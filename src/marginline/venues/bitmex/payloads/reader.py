"""BitMEX's raw answers in, an account out.

What each kind of answer may say is declared in `kinds`. Amounts come as whole XBt and
USDt and leave as XBT and USDT. What the venue says of its own figures goes to `reported`: under our
measures where the meaning is the same, and under `raw` in its own words and units, by kind.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Account, Order, Position, Settings, Wallet
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.venues.bitmex.payloads.answers import BitmexAnswers, sniff, unit_of
from marginline.venues.bitmex.payloads.kinds import KINDS as TABLES
from marginline.venues.bitmex.payloads.kinds import VENUE
from marginline.venues.bitmex.payloads.market import lay_from_position, lay_instruments
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers, abouts
from marginline.venues.reader.reading import Request

KINDS = {venue: abouts(kinds) for venue, kinds in TABLES.items()}
"""Kinds of answer by venue, each with a line about it."""

_REMEDIES = {"wallets": "margin or wallet", "positions": "positions", "orders": "orders"}
POSITION_MEASURES = {
    "unrealisedPnl": M.UNREALIZED_PNL,
    "posInit": M.INITIAL_MARGIN,
    "posMaint": M.MAINTENANCE_MARGIN,
}
PRICES = {
    "liquidationPrice": M.LIQUIDATION_PRICE,
    "bankruptPrice": M.BANKRUPTCY_PRICE,
    "breakEvenPrice": M.BREAK_EVEN_PRICE,
}
"""Which of our measures the words of a position mean: amounts, and prices."""
_OF_POOL = {
    "walletBalance": M.WALLET_BALANCE,
    "marginBalance": M.MARGIN_BALANCE,
    "unrealisedPnl": M.UNREALIZED_PNL,
    "initMargin": M.ORDER_INITIAL_MARGIN,
    "availableMargin": M.AVAILABLE_BALANCE,
    "excessMargin": M.EXCESS_BALANCE,
    "withdrawableMargin": M.WITHDRAWABLE_BALANCE,
}
_WHOLE = ("walletBalance", "marginBalance", "unrealisedPnl")
_KINDS = {
    "Limit": "limit",
    "Market": "market",
    "MarketWithLeftOverAsLimit": "market",
    "Stop": "stop",
    "StopLimit": "stop",
    "MarketIfTouched": "take_profit",
    "LimitIfTouched": "take_profit",
}
_OPEN = ("New", "PartiallyFilled", "Triggered")

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict the call.
    """
    answers = BitmexAnswers(request)
    draft = Draft(VENUE, _REMEDIES, request.onto)
    draft.name = request.name or draft.name
    draft.as_of = as_of = request.moment(answers.newest(), draft.as_of)
    draft.forget_notes(request.answers)
    draft.mode = _mode(draft, answers, request.mode)
    lay_instruments(draft, answers)
    _lay_positions(draft, answers, as_of)
    _lay_wallets(draft, answers)
    _lay_orders(draft, answers)
    draft.extra |= answers.kept()
    draft.keep_unknown(answers.unknown())
    return draft.account(request.sources)


def _mode(draft: Draft, answers: Answers, mode: str | None) -> str:
    """As the caller says; else multi-asset where a balance of other assets is counted."""
    if mode is not None:
        return mode
    if not answers.given("margin") and draft.mode is not None:
        return draft.mode
    foreign = (row.number("foreignRequirement") for row in answers.rows("margin"))
    if any(foreign):
        return "multi_asset"
    if not answers.given("margin"):
        text = "no answer tells the asset mode: single_asset is taken; give margin, or the mode"
        draft.note(Code.APPROXIMATE, "margin: mode", text)
    return "single_asset"


# -- positions ---------------------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers, as_of: datetime) -> None:
    if not answers.given("positions"):
        return
    draft.positions, draft.reported.positions = {}, {}
    raw: dict[str, object] = {}
    for row in answers.rows("positions"):
        if row.number("currentQty") is None or row.text("currency") is None:
            symbol = row.name("symbol")
            text = "tells no size or no currency: a stream's update without what came before it"
            draft.note(Code.MISSING_DATA, f"positions: {symbol}", f"the row of {symbol} {text}")
            continue
        unit = _unit(draft, "positions", row)
        symbol, size, cross = row.name("symbol"), row.amount("currentQty"), row.flag("crossMargin")
        leverage = None if cross else row.number("leverage") or None
        if not size or unit is None:
            mode = None if cross is None else "cross" if cross else "isolated"
            if not size and (leverage is not None or mode is not None):
                draft.settings[symbol] = Settings(leverage=leverage, margin_mode=mode)
            continue
        if cross is None:
            text = f"no answer tells whether {symbol} is cross or isolated"
            draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
        position = _position(row, size, leverage, unit, isolated=cross is False)
        draft.positions[position.key] = position
        draft.reported.positions[position.key] = _measures(row, unit, isolated=cross is False)
        raw[position.key] = dict(row.given) | {"currency": row.name("currency")}
        lay_from_position(draft, row, as_of)
    draft.reported.raw["positions"] = raw
    draft.known.add(POSITIONS)


def _position(
    row: Row, size: Decimal, leverage: Decimal | None, unit: Decimal, *, isolated: bool
) -> Position:
    posted, added, paid = (row.number(n) for n in ("posMargin", "posCross", "currentComm"))
    entry = row.number("avgEntryPrice")
    return Position(
        instrument=row.name("symbol"),
        size=size,
        entry_price=row.number("avgCostPrice") if entry is None else entry,
        margin_mode="isolated" if isolated else "cross",
        leverage=leverage,
        isolated_margin=posted * unit if isolated and posted is not None else None,
        extra_margin=added * unit if isolated and added else None,
        fees=None if paid is None else -paid * unit,
    )


def _measures(row: Row, unit: Decimal, *, isolated: bool) -> dict[str, Decimal | None]:
    told = {m: row.number(label) for label, m in POSITION_MEASURES.items()}
    if (value := row.number("markValue")) is not None:
        told[M.NOTIONAL] = abs(value)
    if isolated:
        told[M.MARGIN_BALANCE] = row.number("maintMargin")
    found: dict[str, Decimal | None] = {m.value: n * unit for m, n in told.items() if n is not None}
    prices = {m.value: row.number(label) for label, m in PRICES.items()}
    return found | {name: price for name, price in prices.items() if price is not None}


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers) -> None:
    kinds = [kind for kind in ("margin", "wallet") if answers.given(kind)]
    if not kinds:
        return
    old, draft.wallets = draft.wallets, {}
    draft.reported.pools = {}
    for kind in kinds:
        raw: dict[str, object] = {}
        for row in answers.rows(kind):
            unit = unit_of(row.name("currency"))
            if _unit(draft, kind, row) is None or unit is None:
                continue
            asset, step = unit
            raw[asset] = dict(row.given) | {"currency": row.name("currency")}
            amount = row.number("walletBalance") if "walletBalance" in row.values else None
            amount = row.number("amount") if amount is None else amount
            if asset not in draft.wallets and amount is not None:
                draft.wallets[asset] = _wallet(old.get(asset), asset, amount * step)
            if kind == "margin":
                draft.reported.pools[asset] = _pool_measures(draft, row, step)
        draft.reported.raw[kind] = raw
    draft.known.add(WALLETS)


def _wallet(old: Wallet | None, asset: str, balance: Decimal) -> Wallet:
    return replace(old or Wallet(asset=asset), balance=balance)


def _pool_measures(draft: Draft, row: Row, unit: Decimal) -> dict[str, Decimal | None]:
    """What a currency's row says of its cross pool: of the whole only where nothing is isolated."""
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    told = {
        m.value: row.number(label)
        for label, m in _OF_POOL.items()
        if not (isolated and label in _WHOLE)
    }
    return {name: number * unit for name, number in told.items() if number is not None}


def _unit(draft: Draft, kind: str, row: Row) -> Decimal | None:
    """How much one unit of a row's amounts is; noted where it is unknown, or only by custom."""
    currency = row.name("currency")
    found = unit_of(currency)
    if found is None:
        text = f"{currency} is no unit that is known; known are XBt, USDt and Gwei"
        draft.note(Code.MISSING_DATA, f"{kind}: {currency}", text)
        return None
    if currency == found[0] and currency != "":
        text = f"the currency is written {currency}; amounts are read as its smallest units"
        draft.note(Code.APPROXIMATE, f"{kind}: {currency}", text)
    return found[1]


# -- orders ------------------------------------------------------------------------------------


def _lay_orders(draft: Draft, answers: Answers) -> None:
    """Resting orders; without them, known to be none where no position says that any is open."""
    if answers.given("orders"):
        found = (_order(row) for row in answers.rows("orders"))
        draft.orders = [order for order in found if order is not None]
        draft.known.add(ORDERS)
        return
    rows = answers.rows("margin")
    held = [row.number("initMargin") for row in rows]
    if rows and all(amount == ZERO for amount in held):
        draft.orders = []
        draft.known.add(ORDERS)


def _order(row: Row) -> Order | None:
    size, status = row.amount("leavesQty"), row.text("ordStatus")
    if not size or (status is not None and status not in _OPEN):
        return None
    side = (row.text("side") or "").lower()
    if side not in ("buy", "sell"):
        raise row.wrong("side", "is no side of an order", "known are Buy, Sell")
    kind = _KINDS.get(row.text("ordType") or "Limit")
    if kind is None:
        raise row.wrong("ordType", "is no type of order", f"known are {', '.join(_KINDS)}")
    rules = row.text("execInst") or ""
    return Order(
        instrument=row.name("symbol"),
        side=side,
        size=size,
        price=row.number("price"),
        kind=kind,
        reduce_only="ReduceOnly" in rules or "Close" in rules,
    )
