"""Binance: income, fills, the user stream, and the transaction history as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.rows import Item, Row, Words, form, moment, signed

VENUE = "binance"

WORDS = Words("""
REALIZED_PNL | fill | as printed | realized P&L of a fill, without its fee
COMMISSION | fee | as printed | trading fee, paid is negative
FEE_RETURN COMMISSION_REBATE API_REBATE REFERRAL_KICKBACK | adjustment | as printed | rebate of fees
MARKET_MERCHANT_RETURN_REWARD CONTEST_REWARD | adjustment | as printed | reward
FUNDING_FEE SPECIAL_FUNDING_FEE | funding | as printed | funding; extra funding for a dividend
TRANSFER INTERNAL_TRANSFER | transfer | as printed | between own wallets
CROSS_COLLATERAL_TRANSFER STRATEGY_UMFUTURES_TRANSFER | transfer | as printed | between products
COIN_SWAP_DEPOSIT COIN_SWAP_WITHDRAW | transfer | as printed | a leg of a conversion done outside
WELCOME_BONUS CASH_COUPON FUTURES_PRESENT | bonus | as printed | trial fund or voucher
INSURANCE_CLEAR | insurance | as printed | clearing of a liquidated account
AUTO_EXCHANGE | auto_exchange | as printed | a negative balance covered from another asset
DELIVERED_SETTELMENT OPTIONS_SETTLE_PROFIT | settlement | as printed | delivery; options settled
OPTIONS_PREMIUM_FEE | fill | as printed | premium of an option
POSITION_LIMIT_INCREASE_FEE | fee | as printed | fee for a larger position limit
BFUSD_REWARD | interest | as printed | interest on the margin asset
DEPOSIT WITHDRAW WITHDRAW_REJECT ASSET_TRANSFER | transfer | as printed | stream: paid in or out
ADJUSTMENT ADMIN_DEPOSIT ADMIN_WITHDRAW | adjustment | as printed | stream: booked by staff
MARGIN_TRANSFER | margin_move | as printed | stream: to or from an isolated position
Realize~profit~and~loss Realized~Profit~and~Loss | fill | as printed | CSV: realized P&L
Fee | fee | as printed | CSV: trading fee
Funding~Fee | funding | as printed | CSV: funding
Insurance~Fund~Compensation Insurance~Fund~Refund | insurance | as printed | CSV: insurance fund
Referrer~rebates Referee~rebates | adjustment | as printed | CSV: rebates of referrals
Asset~Conversion~Transfer | auto_exchange | as printed | CSV: one leg of a conversion
Futures~Convert | auto_exchange | as printed | CSV: one leg of a conversion
transfer_in transfer_out Transfer~Between~*~Account~and~* | transfer | as printed | CSV: row's sign
""")

_CSV_ACCOUNTS = {
    "USDT-Futures": "usdm",
    "USD-MFutures": "usdm",
    "USD-M Futures": "usdm",
    "Coin-M Futures": "coinm",
    "Coin-MFutures": "coinm",
}
_TRADE_ID = re.compile(r"[0-9]{4,}")


def _income(row: Row) -> Iterator[Item]:
    word, amount = row.text("incomeType"), row.amount("income")
    yield Entry(
        VENUE,
        "",
        f"{word}|{row.text('tranId')}|{row.text('symbol')}",
        row.at("time"),
        WORDS.kind(word, amount),
        row.text("asset"),
        amount,
        word,
        row.text("symbol") or None,
    )


def _user_trade(row: Row) -> Iterator[Item]:
    symbol, at = row.text("symbol"), row.at("time")
    event = f"trade|{symbol}|{row.text('id')}"
    side = row.text("positionSide").lower() or "both"
    fee_asset = row.text("commissionAsset")
    yield Entry(
        VENUE,
        "",
        event,
        at,
        EntryKind.FILL,
        row.text("marginAsset") or fee_asset,
        row.flow("realizedPnl"),
        "userTrades",
        symbol,
        side,
        signed(row.amount("qty"), row.text("side")),
        row.amount("price"),
    )
    fee = -row.flow("commission")
    yield Entry(VENUE, "", event, at, EntryKind.FEE, fee_asset, fee, "commission", symbol, side)


def _stream(row: Row) -> Iterator[Item]:
    if row.text("e") == "ACCOUNT_UPDATE":
        yield from _balances(row)
    elif row.text("e") == "ORDER_TRADE_UPDATE":
        yield from _trade(row)


def _balances(row: Row) -> Iterator[Item]:
    """Wallets. `bc` leaves out P&L and fees: an ORDER is told by its trade event."""
    told, at = row.inner(row.fields.get("a")), row.at("T")
    word, account = told.text("m"), row.text("fs").lower()
    for part in told.rows("B"):
        asset, change = part.text("a"), part.flow("bc")
        event = f"stream|{row.text('T')}|{word}"
        kind = WORDS.kind(word, change)
        if word != "ORDER":
            yield Entry(VENUE, account, event, at, kind, asset, change, word)
        # An ORDER is told by its trade event: its own row has no flow to be ordered by.
        flow = None if word == "ORDER" or kind is EntryKind.MARGIN_MOVE else change
        yield Statement(VENUE, account, event, at, asset, part.amount("wb"), flow)


def _trade(row: Row) -> Iterator[Item]:
    part = row.inner(row.fields.get("o"))
    if part.text("x") not in ("TRADE", "CALCULATED"):
        return
    symbol, at, account = part.text("s"), row.at("T"), row.text("fs").lower()
    event, side = f"trade|{symbol}|{part.text('t')}", part.text("ps").lower() or "both"
    forced = part.text("x") == "CALCULATED" or part.text("o") == "LIQUIDATION"
    size = signed(part.amount("l"), part.text("S"))
    fee_asset, realized = part.text("N"), part.flow("rp")
    yield Entry(
        VENUE,
        account,
        event,
        at,
        EntryKind.LIQUIDATION if forced else EntryKind.FILL,
        part.text("ma") or fee_asset,
        realized,
        part.text("x"),
        symbol,
        side,
        size,
        part.amount("L"),
    )
    if fee := part.flow("n"):
        yield Entry(VENUE, account, event, at, EntryKind.FEE, fee_asset, -fee, "n", symbol, side)


def _csv(row: Row) -> Iterator[Item]:
    """The row's sign tells the direction, its words do not."""
    place = row.text("Account")
    word, amount = row.text("Operation"), row.amount("Change")
    when = row.first("UTC_Time", "Time")
    trade = _TRADE_ID.search(row.text("Remark"))
    parts = (when, place, word, row.text("Coin"), _plain(amount), trade[0] if trade else "")
    yield Entry(
        VENUE,
        _CSV_ACCOUNTS.get(place, place.lower()),
        f"csv|{'|'.join(parts)}",
        moment(when),
        WORDS.kind(word, amount),
        row.text("Coin"),
        amount,
        word,
    )


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


FORMS = (
    form("binance income", "incomeType income asset tranId time symbol", _income),
    form("binance userTrades", "symbol id realizedPnl commission commissionAsset qty", _user_trade),
    form("binance stream", "e E T", _stream),
    form("binance transaction history", "Account Operation Coin Change", _csv),
)
