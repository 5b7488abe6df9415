"""Bitget: bills (v2), financial records (v3), and the private stream."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.exactly import total
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "bitget"

WORDS = Words("""
open_long open_short close_long close_short buy sell | fill | amount | a fill, its fee beside
force_close_long force_close_short force_buy force_sell | liquidation | amount | reduced by force
burst_long_loss_query burst_short_loss_query burst_buy | liquidation | amount | taken over
burst_sell | liquidation | amount | taken over
adl_* | adl | amount | deleveraged
contract_settle_fee | funding | amount | funding, no fee in spite of its name
contract_main_settle_fee | funding | amount | funding, no fee in spite of its name
contract_margin_settle_fee | funding | amount | funding, no fee in spite of its name
settle_interest | interest | amount | interest
trans_to_* trans_from_* transfer_to_future_copytrade | transfer | amount | own accounts
transfer_from_future_copytrade | transfer | amount | own accounts
append_margin | margin_move | amount | to or from an isolated position
adjust_down_lever_append_margin | margin_move | amount | to or from an isolated position
reduce_margin auto_append_margin | margin_move | amount | to or from an isolated position
cash_gift_issue cash_gift_recycle bonus_issue bonus_recycle | bonus | amount | trial fund
bonus_expired user_grants_issue | bonus | amount | trial fund
risk_captital_user_transfer | insurance | amount | insurance fund (so spelled by the venue)
user_exchange_buy user_exchange_sell | auto_exchange | amount | a leg of a conversion
delivery_long delivery_short | settlement | amount | delivery
tracking_* | adjustment | amount | profit share of copy trading
OPEN_LONG OPEN_SHORT CLOSE_LONG CLOSE_SHORT BUY_DEAL SELL_DEAL | fill | amount | a fill
ORDER_DEALT_IN MARGIN_OPEN_* MARIN_BUY_DEAL MARIN_SELL_DEAL FIXED_CLOSE_* | fill | amount | a fill
ORDER_DEALT_FROZEN_OUT MARGIN_LEVER_* INCREASE_MARGIN | margin_move | amount | frozen or posted
REDUCE_MARGIN MARGIN_BACK | margin_move | amount | frozen or posted
ORDER_PLF_FEE_OUT | fee | amount | platform fee
CONTRACT_MAIN_SETTLE_FEE_USER_* MARGIN_SETTLE_FEE_USER_* | funding | amount | funding
RWA_*_SETTLE_FEE_USER_* | funding | amount | funding
INTEREST_SETTLEMENT_OUT INTEREST_REPAYMENT | interest | amount | interest
FORCE_* BURST_* FIXED_FORCE_* FIXED_BURST_* | liquidation | amount | forced
LIQ_FEE | liquidation_fee | amount | fee of a liquidation
RISK_LIQ_USER_* FIXED_RISK_LIQ_USER_* LIQ_FUND_* | insurance | amount | insurance fund
FIXED_ADL_CLOSE_* OFFSET_REDUCE_CLOSE_* | adl | amount | deleveraged
LIQ_CONVERT_* EXCHANGE_SOURCE_TOKEN_USER_OUT | auto_exchange | amount | conversion
EXCHANGE_TARGET_TOKEN_USER_IN CONVERSION_UPON_DELISTING | auto_exchange | amount | conversion
SMALL_ASSET_* DELIST_* | auto_exchange | amount | conversion
TRANSFER_* RESERVE_TRANSFER_* LIQ_TRANSFER_* ON_CHAIN_TRANSFER_* | transfer | amount | own accounts
MT5_* FINANCIAL_TRANSFER_* CONVERT_TRANSFER_* BGPAY_* | transfer | amount | own accounts
TRACE_TRANSFER_* | transfer | amount | own accounts
BORROW REPAYMENT LIQ_REPAYMENT | transfer | amount | loan principal
TRACE_SHARE_BENEFIT_* CONFISCATE_TOKEN_* | adjustment | amount | profit share; taken by staff
""")

_STREAM_DONE = ("full-fill", "partial-fill")


def _bill(row: Row) -> Iterator[Item]:
    yield from _booked(row, row.text("businessType"), row.text("billId"), "cTime")


def _record(row: Row) -> Iterator[Item]:
    yield from _booked(row, row.text("type"), row.text("id"), "ts")


def _booked(row: Row, word: str, name: str, time: str) -> Iterator[Item]:
    """`amount` without the fee, which stands beside it: an amount of 0 is no empty entry."""
    amount, fee, at = row.amount("amount"), row.flow("fee"), row.at(time)
    asset, symbol = row.text("coin"), row.text("symbol") or None
    kind = WORDS.kind(word, amount)
    yield Entry(VENUE, "", name, at, kind, asset, amount, word, symbol, _leg(word))
    if fee:
        yield Entry(VENUE, "", name, at, EntryKind.FEE, asset, fee, "fee", symbol, _leg(word))
    if row.text("balance"):
        flow = fee if kind is EntryKind.MARGIN_MOVE else total((amount, fee))
        yield Statement(VENUE, "", name, at, asset, row.amount("balance"), flow)


def _leg(word: str) -> str:
    low = word.lower()
    return "long" if low.endswith("_long") else "short" if low.endswith("_short") else "both"


def _stream(row: Row) -> Iterator[Item]:
    """A push, with the moment it was seen beside it. Only what was filled is an entry."""
    message = row.inner(row.fields.get("message"))
    channel = message.inner(message.fields.get("arg")).text("channel")
    for part in message.rows("data"):
        if channel == "account":
            if part.text("available") == part.text("equity"):  # flat: all of it is wallet
                yield _wallet(row, part)
        elif channel == "orders" and part.text("status") in _STREAM_DONE:
            yield from _filled(row, part)


def _wallet(row: Row, part: Row) -> Item:
    """`equity` of a flat account, without P&L of what is open."""
    at, event = row.at("seen_at"), f"account|{row.text('seen_at')}"
    return Statement(VENUE, "", event, at, part.text("marginCoin"), part.amount("equity"))


def _filled(row: Row, part: Row) -> Iterator[Entry]:
    """A fill at the moment it was seen: the one clock that the balances have, too."""
    symbol, at = part.text("instId"), row.at("seen_at")
    event, side = f"trade|{part.text('tradeId')}", part.text("posSide") or "both"
    size: Decimal = signed(part.amount("fillSz"), part.text("side"))
    asset = part.text("fillFeeCcy")
    pnl = part.flow("pnl")
    yield Entry(
        VENUE,
        "",
        event,
        at,
        EntryKind.FILL,
        asset,
        pnl,
        "fill",
        symbol,
        side,
        size,
        part.amount("fillPx"),
    )
    fee = part.flow("fillFee")
    yield Entry(VENUE, "", event, at, EntryKind.FEE, asset, fee, "fillFee", symbol, side)


FORMS = (
    form("bitget bills", "billId businessType amount coin cTime", _bill),
    form("bitget records", "id type coin amount balance ts", _record),
    form("bitget stream", "seen_at message", _stream),
)
