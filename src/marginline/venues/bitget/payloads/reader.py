"""Bitget's raw answers in, an account out: classic futures (v2 mix) and the unified account (v3).

What the venue says of its own figures goes to `reported`: under our measures as the lines of `page`
have them, and under `raw` in its own words. A classic answer tells the equity of a margin coin,
unrealized P&L included; what is booked is that less the P&L, which the answer or the positions must
tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account, Order, Position, Settings, Wallet
from marginline.core.account.market import AssetRate
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.errors import PayloadError, Problem
from marginline.venues.bitget.page.lines import CLASSIC_WORDS, UNIFIED_WORDS, UNION_WORDS, WORDS
from marginline.venues.bitget.payloads.kinds import (
    CLASSIC,
    KINDS,
    UNIFIED,
    flat,
    open_message,
    sniff,
)
from marginline.venues.bitget.payloads.market import instrument_of, lay_market
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import ORDERS, WALLETS, Draft
from marginline.venues.reader.fields import Row, given_by
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import begin_positions, lay_position
from marginline.venues.reader.reading import Request

_WALLETS = {CLASSIC: "accounts", UNIFIED: "assets"}
_MODES = {CLASSIC: ("single", "union"), UNIFIED: ("basic", "advanced")}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request, KINDS[request.venue], open_message, lambda value: [*flat(value)])
    remedies = {"positions": "positions", "orders": "orders", "wallets": _WALLETS[request.venue]}
    draft = answers.begin(remedies)
    draft.mode = _mode(request, draft, answers)
    _lay_positions(draft, answers)
    _set_hedge(draft, answers)
    if answers.given("orders"):
        told = (_order(draft, row) for row in answers.rows("orders"))
        draft.orders = [order for order in told if order is not None]
        draft.known.add(ORDERS)
    _lay_settings(draft, answers)
    if answers.given("accounts"):
        _lay_classic(draft, answers)
    if (row := answers.first("assets")) is not None:
        _lay_unified(draft, row)
    lay_market(draft, answers)
    return answers.account(draft)


def _mode(request: Request, draft: Draft, answers: Answers) -> str:
    """The mode that the call or the answers name; they must not contradict each other."""
    modes, told = _MODES[request.venue], _told_mode(request.venue, answers)
    chosen = request.agreed_mode(told, "leave the mode out") or draft.mode
    if chosen is None:
        remedy = f"give mode: {modes[0]} or {modes[1]}"
        raise PayloadError([Problem("mode", "", "no answer tells the mode of the account", remedy)])
    return chosen


def _told_mode(venue: str, answers: Answers) -> str | None:
    if venue == UNIFIED:
        said = {row.text("accountLevel") for row in answers.rows("settings")[:1]}
    else:
        said = {row.text("assetMode") for row in answers.rows("accounts", "positions")} - {None}
    if len(said) > 1:
        remedy = "fetch them together"
        raise PayloadError([Problem("assetMode", "", "the answers name two asset modes", remedy)])
    mode = said.pop() if said else None
    return mode if mode in _MODES[venue] else None


def _lay_settings(draft: Draft, answers: Answers) -> None:
    """Leverage and margin mode by symbol, borrowing leverage by coin."""
    for row in answers.rows("settings"):
        for symbol in row.rows("symbolConfigList"):
            draft.settings[symbol.name("symbol")] = Settings(
                leverage=symbol.number("leverage"), margin_mode=_margin_mode(symbol)
            )
        for coin in row.rows("coinConfigList"):
            draft.settings[coin.name("coin")] = Settings(spot_leverage=coin.number("leverage"))


# -- classic -----------------------------------------------------------------------------------


def _lay_classic(draft: Draft, answers: Answers) -> None:
    """Wallets of a classic account, and what it says of its own figures."""
    rows = answers.rows("accounts")
    draft.wallets = {}
    for row in rows:
        coin = row.name("marginCoin")
        if (bonus := row.number("coupon")) is None:
            text = "coupon is not told: what is a bonus in the balance is not known; none is taken"
            draft.note(Code.APPROXIMATE, f"accounts: {coin}", text)
        balance = _booked(draft, row, answers)
        draft.wallets[coin] = Wallet(asset=coin, balance=balance, credit=bonus or ZERO)
    for asset in (asset for row in rows for asset in row.rows("assetList")):
        coin = asset.name("coin")  # the list of union mode is the last word, whichever row has it
        draft.wallets[coin] = Wallet(asset=coin, balance=asset.number("balance"))
    draft.known.add(WALLETS)
    draft.reported.raw["accounts"] = given_by(rows, "marginCoin")
    draft.reported.pools, draft.reported.account = {}, {}
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    for row in rows:
        if draft.mode == "union":
            if found := reported(row, UNION_WORDS, Of.JOINT):
                draft.reported.pools["USDT"] = found
            continue
        found = reported(row, CLASSIC_WORDS, Of.CROSS)
        if not isolated and (equity := row.number("accountEquity")) is not None:
            found[M.EQUITY.value] = equity
        draft.reported.pools[row.name("marginCoin")] = found


def _booked(draft: Draft, row: Row, answers: Answers) -> Decimal | None:
    """Equity less unrealized P&L; None, with a note, where the P&L is not told."""
    coin, equity = row.name("marginCoin"), row.number("accountEquity")
    pnl = row.number("unrealizedPL")
    crossed, isolated = row.number("crossedUnrealizedPL"), row.number("isolatedUnrealizedPL")
    if pnl is None and crossed is not None and isolated is not None:
        pnl = crossed + isolated
    if pnl is None and answers.given("positions"):
        pnl = _pnl_of(draft, answers, coin)
    if equity is None or pnl is None:
        what = "accountEquity" if equity is None else "unrealizedPL"
        text = f"{what} of {coin} is not told; give accounts together with positions"
        draft.note(Code.MISSING_DATA, f"accounts: {coin}", text)
        return None
    return equity - pnl


# -- unified -----------------------------------------------------------------------------------


def _lay_unified(draft: Draft, row: Row) -> None:
    """Wallets of a unified account, the rates that its values imply, and its totals."""
    coins = row.rows("assets")
    draft.wallets = {coin.name("coin"): _wallet(coin) for coin in coins}
    for coin in coins:  # the price in USD at which Bitget values it
        if not coin.has("locked"):
            asset = coin.name("coin")
            text = f"locked of {asset} is left out: taken as 0, as if no spot order held any"
            draft.note(Code.APPROXIMATE, f"assets: {asset}", text)
        equity, value = coin.number("equity"), coin.number("usdValue")
        if equity and value is not None and value / equity > 0:
            draft.asset_rate[coin.name("coin")] = AssetRate(index=value / equity)
    draft.known.add(WALLETS)
    draft.reported.raw["assets"] = {
        "totals": dict(row.given),
        "coins": given_by(coins, "coin"),
    }
    found = reported(row, UNIFIED_WORDS, Of.JOINT)
    advanced, equity_name = draft.mode == "advanced", M.EQUITY.value
    draft.reported.pools = {"USD": dict(found)} if advanced else {}
    draft.reported.account = (
        found if advanced else {n: each for n, each in found.items() if n == equity_name}
    )


def _wallet(coin: Row) -> Wallet:
    """`locked` stands beside `balance`, not inside it (reproduced, 1 account)."""
    balance, locked = coin.number("balance"), coin.number("locked") or ZERO
    return Wallet(
        asset=coin.name("coin"),
        balance=None if balance is None else balance + locked,
        borrowed=coin.number("debt") or ZERO,
        locked=locked,
    )


_SIDES = ("long", "short")
_MARGIN_MODES = {"isolated": "isolated", "crossed": "cross", "cross": "cross"}
_COIN_SIZE = (
    "Bitget counts COIN-M sizes in coins; its size here is their value at entry in USD, of"
    " contracts of 1 USD"
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the two venues call the same of a position and of an order."""

    side: str
    mode: str
    entry: str
    opened: str
    realized: str
    funding: str
    margin: str
    pnl: str
    size: str
    done: str


_SAID = {
    CLASSIC: _Words("holdSide", "posMode", "openPriceAvg", "cTime", "achievedProfits", "totalFee",
        "marginSize", "unrealizedPL", "size", "baseVolume"),
    UNIFIED: _Words("posSide", "holdMode", "avgPrice", "createdTime", "curRealisedPnl",
        "totalFunding", "positionBalance", "unrealisedPnl", "qty", "cumExecQty"),
}  # fmt: skip


def _margin_mode(row: Row) -> str | None:
    """Cross or isolated, in our words; None where it is not told."""
    said = row.text("marginMode")
    if said is not None and said not in _MARGIN_MODES:
        raise row.wrong("marginMode", "is no margin mode", "known are isolated, crossed")
    return None if said is None else _MARGIN_MODES[said]


def _hedge(row: Row, field: str) -> bool | None:
    """Whether a row says hedge mode; None where it says nothing."""
    if row.text(field) is None:
        return None
    return row.word(field, ("one_way_mode", "hedge_mode"), "position mode") == "hedge_mode"


# -- positions ---------------------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers) -> None:
    """Positions, settings and marks; a row of size 0 only sets leverage and margin mode."""
    if not answers.given("positions"):
        return
    begin_positions(draft)
    for position, row in _told(draft.venue, answers.rows("positions")):
        if (mark := row.number("markPrice")) is not None:
            draft.mark[position.instrument] = mark
        if position.size:
            lay_position(draft, _settled(draft, position, row), row, WORDS)
        else:
            told = Settings(leverage=position.leverage, margin_mode=position.margin_mode)
            draft.settings[position.instrument] = told


def _told(venue: str, rows: tuple[Row, ...]) -> Iterator[tuple[Position, Row]]:
    """Every position told; those of one leg in several margin coins are told apart by the coin."""
    found = [_position(row, _SAID[venue]) for row in rows]
    legs = Counter(position.key for position in found if position.size)
    seen: set[str] = set()
    for position, row in zip(found, rows, strict=True):
        several = legs[position.key] > 1
        own = replace(position, id=row.name("marginCoin")) if several else position
        if own.size and own.key in seen:
            raise row.wrong("symbol", "this position is told twice", "fetch the positions again")
        seen.add(own.key if own.size else "")
        yield own, row


def _position(row: Row, words: _Words) -> Position:
    """The position that a row tells, in the size that Bitget counts."""
    side = row.word(words.side, _SIDES, "side of a position")
    if (mode := _margin_mode(row)) is None:
        raise row.wrong("marginMode", "is missing", "cross or isolated must be known")
    size, hedge = row.amount("total"), _hedge(row, words.mode)
    return Position(
        instrument=row.name("symbol"),
        side=side if hedge else "both",
        size=size if side == "long" else -size,
        entry_price=row.number(words.entry),
        margin_mode=mode,
        leverage=row.number("leverage"),
        isolated_margin=row.number(words.margin) if mode == "isolated" else None,
        opened_at=row.moment(words.opened),
        realized_pnl=row.number(words.realized),
        funding=row.number(words.funding),
        fees=_fees(row),
    )


def _fees(row: Row) -> Decimal | None:
    """What was paid is a positive `deductedFee`, classic; unified are the fees of both ends."""
    if (deducted := row.number("deductedFee")) is not None:
        return -deducted
    opening, closing = row.number("openFeeTotal"), row.number("closeFeeTotal")
    return None if opening is None or closing is None else opening + closing


def _settled(draft: Draft, position: Position, row: Row) -> Position:
    """The position with its contract written down, in its size and with its margin's coin."""
    symbol, where = position.instrument, f"positions: {position.key}"
    instrument, coin = instrument_of(symbol), row.name("marginCoin")
    size = position.size
    if instrument is None:
        text = f"the symbol {symbol} does not tell in what it settles; describe it"
        draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
    else:
        draft.instruments.setdefault(symbol, instrument)
        if instrument.payoff == "inverse" and position.entry_price is None:
            draft.note(Code.MISSING_DATA, where, "a COIN-M size needs openPriceAvg")
        elif instrument.payoff == "inverse" and position.entry_price is not None:
            draft.note(Code.APPROXIMATE, where, _COIN_SIZE)
            size *= position.entry_price
    known = draft.instruments.get(symbol)
    if position.margin_mode == "isolated" and draft.venue == UNIFIED:
        text = "positionBalance is taken for the margin of the isolated position"
        draft.note(Code.APPROXIMATE, where, text)
    settled = known is not None and known.settle == coin
    return replace(position, size=size, margin_asset=None if settled else coin)


def _pnl_of(draft: Draft, answers: Answers, coin: str) -> Decimal | None:
    """Unrealized P&L of the positions with margin in a coin; None where one does not tell it."""
    own = [row for row in answers.rows("positions") if row.name("marginCoin") == coin]
    told = [row.number(_SAID[draft.venue].pnl) for row in own if row.amount("total")]
    return None if None in told else sum((pnl for pnl in told if pnl is not None), ZERO)


# -- orders ------------------------------------------------------------------------------------


def _order(draft: Draft, row: Row) -> Order | None:
    words, classic = _SAID[draft.venue], draft.venue == CLASSIC
    left = draft.unfilled(row, words.size, words.done)
    side, symbol = row.word("side", ("buy", "sell"), "side of an order"), row.name("symbol").upper()
    kind = row.word("orderType", ("limit", "market"), "type of an order")
    if left <= 0:
        return None
    said = row.text("posSide")
    if said in _SIDES and classic and row.text("tradeSide") == "close":
        side = "sell" if said == "long" else "buy"  # v2: `buy` names the long leg, also to close it
    instrument, price = instrument_of(symbol), row.number("price")
    if instrument is not None:
        draft.instruments.setdefault(symbol, instrument)
        if instrument.payoff == "inverse" and price is not None:
            left = left * price
    return Order(
        instrument=symbol,
        side=side,
        position_side=said if said in _SIDES and draft.hedge else "both",
        size=left,
        price=price,
        kind=kind,
        reduce_only=(row.text("reduceOnly") or "").upper() == "YES",
        margin_mode=_margin_mode(row) if classic else None,
        extra=row.texts("orderId", "clientOid"),
    )


def _set_hedge(draft: Draft, answers: Answers) -> None:
    """One-way or hedge: as the settings say, else as the rows do."""
    rows = answers.rows("settings", "accounts", "orders", "positions")
    told = {_hedge(row, _SAID[draft.venue].mode) for row in rows} - {None}
    if len(told) == 2:
        text = "the answers disagree about one-way and hedge mode; fetch them together"
        draft.note(Code.CONTRADICTION, "positions: position mode", text)
    if told:
        draft.hedge = True in told
