"""Positions and resting orders from Bitget's answers, classic and unified."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Instrument, Order, Position, Settings
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.venues.bitget.payloads.answers import Answers
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, Draft
from marginline.venues.reader.fields import Row

SIDES = ("long", "short")
_MARGIN_MODES = {"isolated": "isolated", "crossed": "cross", "cross": "cross"}
_LINEAR = re.compile(r"(?P<base>\w+?)(?P<quote>USDT|USDC)(?:-\d+\w+)?")
_USDC = re.compile(r"(?P<base>\w+?)PERP")
_COIN = re.compile(r"(?P<base>\w+?)USD(?:[A-Z]\d\d)?")
_COIN_SIZE = (
    "Bitget counts COIN-M sizes in coins; its size here is their value at entry in USD, of"
    " contracts of 1 USD"
)


@dataclass(frozen=True, slots=True)
class Held:
    """One position as Bitget tells it, in the same words for classic and unified accounts."""

    symbol: str
    coin: str
    side: str
    hedge: bool | None
    amount: Decimal
    entry: Decimal | None
    mark: Decimal | None
    leverage: Decimal | None
    margin_mode: str
    margin: Decimal | None
    opened_at: datetime | None
    realized: Decimal | None
    fees: Decimal | None
    funding: Decimal | None
    pnl: Decimal | None
    id: str | None = None

    @property
    def key(self) -> str:
        """The key of its position."""
        whole = f"{self.symbol}/{self.side if self.hedge else 'both'}"
        return whole if self.id is None else f"{whole}#{self.id}"


def instrument_of(symbol: str) -> Instrument | None:
    """The contract that a symbol names; None where the symbol does not tell."""
    if parts := _LINEAR.fullmatch(symbol):
        base, quote = parts["base"], parts["quote"]
    elif parts := _USDC.fullmatch(symbol):
        base, quote = parts["base"], "USDC"
    elif parts := _COIN.fullmatch(symbol):
        base = parts["base"]
        return Instrument(symbol=symbol, payoff="inverse", base=base, quote="USD", settle=base)
    else:
        return None
    return Instrument(symbol=symbol, payoff="linear", base=base, quote=quote, settle=quote)


def margin_mode(row: Row, field: str = "marginMode") -> str | None:
    """Cross or isolated, in our words; None where it is not told."""
    said = row.text(field)
    if said is None:
        return None
    if said not in _MARGIN_MODES:
        raise row.wrong(field, "is no margin mode", "known are isolated, crossed")
    return _MARGIN_MODES[said]


def hold_mode(row: Row, field: str) -> bool | None:
    """Whether a row says hedge mode; None where it says nothing."""
    said = row.text(field)
    if said is None:
        return None
    if said not in ("one_way_mode", "hedge_mode"):
        raise row.wrong(field, "is no position mode", "known are one_way_mode, hedge_mode")
    return said == "hedge_mode"


def held_of(venue: str, row: Row) -> Held:
    """The position that a row tells."""
    classic = venue == "bitget_futures"
    side_field = "holdSide" if classic else "posSide"
    side = row.name(side_field)
    if side not in SIDES:
        raise row.wrong(side_field, "is no side of a position", "known are long, short")
    mode = margin_mode(row)
    if mode is None:
        raise row.wrong("marginMode", "is missing", "cross or isolated must be known")
    return _classic(row, side, mode) if classic else _unified(row, side, mode)


def _classic(row: Row, side: str, mode: str) -> Held:
    deducted = row.number("deductedFee")
    return Held(
        symbol=row.name("symbol"),
        coin=row.name("marginCoin"),
        side=side,
        hedge=hold_mode(row, "posMode"),
        amount=row.amount("total"),
        entry=row.number("openPriceAvg"),
        mark=row.number("markPrice"),
        leverage=row.number("leverage"),
        margin_mode=mode,
        margin=row.number("marginSize"),
        opened_at=row.moment("cTime"),
        realized=row.number("achievedProfits"),
        fees=None if deducted is None else -deducted,
        funding=row.number("totalFee"),
        pnl=row.number("unrealizedPL"),
    )


def _unified(row: Row, side: str, mode: str) -> Held:
    opening, closing = row.number("openFeeTotal"), row.number("closeFeeTotal")
    return Held(
        symbol=row.name("symbol"),
        coin=row.name("marginCoin"),
        side=side,
        hedge=hold_mode(row, "holdMode"),
        amount=row.amount("total"),
        entry=row.number("avgPrice"),
        mark=row.number("markPrice"),
        leverage=row.number("leverage"),
        margin_mode=mode,
        margin=row.number("positionBalance"),
        opened_at=row.moment("createdTime"),
        realized=row.number("curRealisedPnl"),
        fees=None if opening is None or closing is None else opening + closing,
        funding=row.number("totalFunding"),
        pnl=row.number("unrealisedPnl"),
    )


def all_held(venue: str, answers: Answers) -> list[Held]:
    """Every position told; those of one leg in several margin coins are told apart by the coin."""
    rows = answers.rows("positions")
    found = [held_of(venue, row) for row in rows]
    legs = Counter(held.key for held in found if held.amount)
    found = [replace(h, id=h.coin) if legs[h.key] > 1 else h for h in found]
    seen: set[str] = set()
    for held, row in zip(found, rows, strict=True):
        if held.amount and held.key in seen:
            raise row.wrong("symbol", "this position is told twice", "fetch the positions again")
        seen.add(held.key if held.amount else "")
    return found


# -- from rows to the account ------------------------------------------------------------------


def lay_positions(draft: Draft, answers: Answers) -> list[Held]:
    """Positions, settings and marks; a row of size 0 only sets leverage and margin mode."""
    if not answers.given("positions"):
        return []
    draft.positions, draft.reported.positions = {}, {}
    held = all_held(draft.venue, answers)
    for position in held:
        _lay(draft, position)
    draft.known.add(POSITIONS)
    draft.reported.raw["positions"] = {
        position.key: dict(row.given)
        for position, row in zip(held, answers.rows("positions"), strict=True)
        if position.amount
    }
    return held


def _lay(draft: Draft, held: Held) -> None:
    instrument = instrument_of(held.symbol)
    if held.mark is not None:
        draft.mark[held.symbol] = held.mark
    if not held.amount:
        draft.settings[held.symbol] = Settings(leverage=held.leverage, margin_mode=held.margin_mode)
        return
    size, isolated = held.amount, held.margin_mode == "isolated"
    if instrument is not None:
        draft.instruments.setdefault(held.symbol, instrument)
        size = _size(draft, held, instrument)
    else:
        text = f"the symbol {held.symbol} does not tell in what it settles; describe it"
        draft.note(Code.MISSING_DATA, f"positions: {held.symbol}", text)
    settle = draft.instruments[held.symbol].settle if held.symbol in draft.instruments else None
    if isolated and draft.venue == "bitget_unified":
        text = "positionBalance is taken for the margin of the isolated position"
        draft.note(Code.APPROXIMATE, f"positions: {held.key}", text)
    draft.positions[held.key] = Position(
        id=held.id,
        instrument=held.symbol,
        side=held.side if held.hedge else "both",
        size=size if held.side == "long" else -size,
        entry_price=held.entry,
        margin_mode=held.margin_mode,
        leverage=held.leverage,
        isolated_margin=held.margin if isolated else None,
        margin_asset=None if held.coin == settle else held.coin,
        opened_at=held.opened_at,
        realized_pnl=held.realized,
        funding=held.funding,
        fees=held.fees,
    )


def _size(draft: Draft, held: Held, instrument: Instrument) -> Decimal:
    """Coins; of an inverse contract the face in USD, which the coins were worth at entry."""
    if instrument.payoff != "inverse":
        return held.amount
    where = f"positions: {held.key}"
    if held.entry is None:
        draft.note(Code.MISSING_DATA, where, "a COIN-M size needs openPriceAvg")
        return held.amount
    draft.note(Code.APPROXIMATE, where, _COIN_SIZE)
    return held.amount * held.entry


def report_positions(draft: Draft, answers: Answers) -> None:
    """What Bitget says of positions, under our measures where the meaning is the same."""
    for held, row in zip(all_held(draft.venue, answers), answers.rows("positions"), strict=True):
        if held.key not in draft.positions:
            continue
        classic, isolated = draft.venue == "bitget_futures", held.margin_mode == "isolated"
        told: dict[M, Decimal | None] = {
            M.UNREALIZED_PNL: held.pnl,
            M.BREAK_EVEN_PRICE: row.number("breakEvenPrice"),
            M.MAINTENANCE_RATE: row.number("keepMarginRate" if classic else "mmr"),
            M.RETURN_ON_MARGIN: row.number("unrealizedPLR" if classic else "profitRate"),
        }
        if not isolated:
            told[M.INITIAL_MARGIN] = held.margin
        elif classic:
            told[M.MARGIN_RATIO] = row.number("marginRatio")
        own: dict[str, Decimal | None] = {
            measure.value: number for measure, number in told.items() if number is not None
        }
        price = row.number("liquidationPrice")
        if price is not None:
            own[M.LIQUIDATION_PRICE.value] = price if price > 0 else None
        draft.reported.positions[held.key] = own


# -- orders ------------------------------------------------------------------------------------


def lay_orders(draft: Draft, answers: Answers) -> None:
    """Replace the draft's orders by those told."""
    if not answers.given("orders"):
        return
    found = (_order(draft, row) for row in answers.rows("orders"))
    draft.orders = [order for order in found if order is not None]
    draft.known.add(ORDERS)


def _order(draft: Draft, row: Row) -> Order | None:
    classic = draft.venue == "bitget_futures"
    whole, done = ("size", "baseVolume") if classic else ("qty", "cumExecQty")
    left = row.amount(whole) - (row.number(done) or ZERO)
    side, kind, symbol = row.name("side"), row.name("orderType"), row.name("symbol").upper()
    if side not in ("buy", "sell"):
        raise row.wrong("side", "is no side of an order", "known are buy, sell")
    if kind not in ("limit", "market"):
        raise row.wrong("orderType", "is no type of an order", "known are limit, market")
    if left <= 0:
        return None
    said = row.text("posSide")
    closing = row.text("tradeSide") == "close"
    if said in SIDES and classic and closing:
        side = "sell" if said == "long" else "buy"  # v2: `buy` names the long leg, also to close it
    instrument = instrument_of(symbol)
    price = row.number("price")
    if instrument is not None:
        draft.instruments.setdefault(symbol, instrument)
        if instrument.payoff == "inverse" and price is not None:
            left = left * price
    return Order(
        instrument=symbol,
        side=side,
        position_side=said if said in SIDES and draft.hedge else "both",
        size=left,
        price=price,
        kind=kind,
        reduce_only=(row.text("reduceOnly") or "").upper() == "YES",
        margin_mode=margin_mode(row) if classic else None,
        extra={n: row.text(n) for n in ("orderId", "clientOid") if row.has(n)},
    )


def set_hedge(draft: Draft, answers: Answers, held: list[Held]) -> None:
    """One-way or hedge: as the settings say, else as the rows do."""
    field = "posMode" if draft.venue == "bitget_futures" else "holdMode"
    rows = [*answers.rows("settings"), *answers.rows("accounts"), *answers.rows("orders")]
    said = [hold_mode(row, field) for row in rows if field in row.values]
    said += [position.hedge for position in held]
    told = {mode for mode in said if mode is not None}
    if len(told) == 2:
        text = "the answers disagree about one-way and hedge mode; fetch them together"
        draft.note(Code.CONTRADICTION, "positions: position mode", text)
    if told:
        draft.hedge = True in told
