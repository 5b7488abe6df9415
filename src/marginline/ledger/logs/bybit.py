"""Bybit: the transaction logs (unified; classic and inverse), executions, and the CSV export."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.exactly import less, total
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "bybit"

WORDS = Words("""
TRADE | fill | cashFlow | fill and fee in one row
SETTLEMENT | funding | by change | funding; USDC contracts: also the session's P&L
DELIVERY | settlement | cashFlow | delivery
LIQUIDATION | liquidation | cashFlow | a fill forced by the venue
ADL | adl | cashFlow | a fill forced by deleveraging
AIRDROP FEE_REFUND ALPHA_SMALL_TOKEN_REFUND | adjustment | change | given or refunded
DIVIDEND_SETTLEMENT | adjustment | change | given or refunded
SPREAD_FEE_OUT BROKER_ABACCOUNT_FEE CUSTODY_NETWORK_FEE | fee | change | broker and custody fees
CUSTODY_SETTLE_FEE | fee | change | broker and custody fees
BONUS BONUS_RECOLLECT BONUS_TRANSFER_IN | bonus | change | trial fund given or taken back
BONUS_TRANSFER_OUT | bonus | change | trial fund given or taken back
TWAP_BUDGET_AIRDROP TWAP_BUDGET_RECALL | bonus | change | budget given or taken back
INTEREST INTEREST_REPAYMENT_INS_LOAN AUTO_INTEREST_REPAYMENT_INS_LOAN | interest | change | interest
INSTITUTION_PAYBACK_INTEREST_OUT | interest | change | interest of a loan
INSTITUTION_LIQ_INTEREST_OUT | interest | change | interest of a loan
TRANSFER_IN TRANSFER_OUT TRANSFER_IN_INS_LOAN | transfer | change | own accounts
TRANSFER_OUT_INS_LOAN | transfer | change | own accounts
INSTITUTION_LOAN_TRANSFER_* INSTITUTION_LOAN_WITHOUT_WITHDRAW | transfer | change | loan accounts
INSTITUTION_LOAN_RESERVE_* | transfer | change | loan accounts
PEF_TRANSFER_* DBS_CASH_* CUSTODY_LOCK CUSTODY_UNLOCK | transfer | change | custody
CUSTODY_UNLOCK_REFUND CUSTODY_CASH_RECOVER_TR | transfer | change | custody
BORROW REPAY BORROWED_AMOUNT_INS_LOAN | transfer | change | loan principal
PRINCIPLE_REPAYMENT_INS_LOAN | transfer | change | loan principal
AUTO_PRINCIPLE_REPAYMENT_INS_LOAN INSTITUTION_LOAN_IN | transfer | change | loan principal
INSTITUTION_PAYBACK_PRINCIPAL_OUT | transfer | change | loan principal
INSTITUTION_LIQ_PRINCIPAL_OUT LOANS_BORROW_FUNDS | transfer | change | loan principal
LOANS_PLEDGE_ASSET LOANS_ASSET_REDEMPTION FLOATING_TO_FIXED_* | transfer | change | loan principal
CURRENCY_BUY CURRENCY_SELL CONVERT IDN_CONVERT_* | auto_exchange | change | a leg of a conversion
SPOT_REPAYMENT_* | auto_exchange | change | a leg of a conversion
AUTO_SOLD_COLLATERAL_INS_LOAN | auto_exchange | change | conversion by the venue
AUTO_BUY_LIABILITY_INS_LOAN | auto_exchange | change | conversion by the venue
INSTITUTION_EXCHANGE_* PLATFORM_TOKEN_MNT_LIQ* | auto_exchange | change | conversion by the venue
AUTO_DEDUCTION PEF_PROFIT_SHARE | adjustment | change | roll back; profit share
TOKENS_* FLEXIBLE_STAKING_* FIXED_STAKING_* ONCHAINEARN_* | transfer | change | other products
STRUCTURE_PRODUCT_* | transfer | change | other products
CLASSIC_WEALTH_MANAGEMENT_* PREMIMUM_WEALTH_MANAGEMENT_* | transfer | change | other products
LIQUIDITY_MINING_* PWM_* DEFI_INVESTMENT_* EARNING_REDEMPTION_* | transfer | change | other products
Trade BlockTrade MovePosition FutureSpread | fill | execFee reversed | executions: a fill
AdlTrade | adl | execFee reversed | executions: deleveraged
Funding | funding | execFee reversed | executions: funding, no fill
BustTrade | liquidation | execFee reversed | executions: liquidated
Delivery Settle | settlement | execFee reversed | executions: delivered or settled
""")


def _log(row: Row) -> Iterator[Item]:
    """One row: P&L, fee and funding, which must add up to `change`; what does not stays visible."""
    word, asset, at = row.text("type"), row.text("currency"), row.at("transactionTime")
    ids = (row.text("id"), word, row.text("tradeId"))
    event = "|".join(ids)
    change, cash, fee = row.amount("change"), row.flow("cashFlow"), -row.flow("fee")
    funding = _funding(row, change, cash, fee)
    kind = WORDS.kind(word, change)
    symbol = row.text("symbol") or None
    entry = Entry(VENUE, "", event, at, kind, asset, change, word, symbol)
    if kind.fills and row.text("qty"):
        size, price = signed(row.amount("qty"), row.text("side")), row.optional("tradePrice")
        entry = entry._replace(size=size, price=price)
    yield from _parts(entry, cash, fee, funding)
    if row.text("bonusChange") and (used := row.flow("bonusChange")):
        if kind not in (EntryKind.BONUS_GRANTED, EntryKind.BONUS_WITHDRAWN):
            bonus = Entry(VENUE, "", event, at, EntryKind.BONUS_USED, asset, ZERO, "bonusChange")
            yield bonus._replace(instrument=symbol, credit=used)
    if row.text("cashBalance"):
        yield Statement(VENUE, "", event, at, asset, row.amount("cashBalance"), change)


def _funding(row: Row, change: Decimal, cash: Decimal, fee: Decimal) -> Decimal:
    """Funding as a flow, as the unified log prints it; reversed where the change says so."""
    funding = row.flow("funding")
    return -funding if total((cash, fee, -funding)) == change else funding


def _parts(entry: Entry, cash: Decimal, fee: Decimal, funding: Decimal) -> Iterator[Entry]:
    """A row whose amount is the whole change, in its parts; what they leave over is unknown."""
    change, kind, word = entry.amount, entry.kind, entry.word
    plain = entry._replace(size=None, price=None)
    fee = ZERO if kind is EntryKind.FEE else fee
    first = cash if kind.fills or kind is EntryKind.FUNDING else less(change, total((fee, funding)))
    if kind is not EntryKind.FUNDING:
        yield entry._replace(amount=first)
    elif cash:
        yield plain._replace(kind=EntryKind.SETTLEMENT, amount=cash)
    if fee:
        yield plain._replace(kind=EntryKind.FEE, amount=fee, word="fee")
    if funding:
        yield plain._replace(kind=EntryKind.FUNDING, amount=funding, word="funding")
    if rest := less(change, total((first, fee, funding))):
        yield plain._replace(kind=EntryKind.UNKNOWN, amount=rest, word=f"rest of {word}")


def _execution(row: Row) -> Iterator[Item]:
    """An execution tells no realized P&L: book it from the fills. Its fee is a cost."""
    word, symbol, at = row.text("execType"), row.text("symbol"), row.at("execTime")
    kind, cost = WORDS.kind(word), row.flow("execFee")
    event, asset = f"exec|{row.text('execId')}", row.text("feeCurrency") or _settle(symbol)
    if kind.fills:
        size = signed(row.amount("execQty"), row.text("side"))
        price = row.amount("execPrice")
        entry = Entry(VENUE, "", event, at, kind, asset, ZERO, word, symbol)
        yield entry._replace(size=size, price=price)
        kind = EntryKind.FEE
    yield Entry(VENUE, "", event, at, kind, asset, -cost, word, symbol)


def _settle(symbol: str) -> str:
    """The settle asset of a Bybit symbol, which an execution does not print."""
    for quote in ("USDT", "USDC", "PERP"):
        if symbol.endswith(quote):
            return "USDC" if quote == "PERP" else quote
    return symbol.partition("USD")[0]


def _export(row: Row) -> Iterator[Item]:
    """The account export: fees paid are negative there."""
    word, asset, at = row.text("Type"), row.text("Currency"), row.at("Time(UTC)")
    change, symbol = row.amount("Change"), row.text("Contract") or None
    parts = (row.flow("Cash Flow"), row.flow("Fee Paid"), row.flow("Funding"))
    event = "|".join(("csv", row.text("Time(UTC)"), word, asset, symbol or "", str(change)))
    kind = WORDS.kind(word, change)
    yield from _parts(Entry(VENUE, "", event, at, kind, asset, change, word, symbol), *parts)
    yield Statement(VENUE, "", event, at, asset, row.amount("Wallet Balance"), change)


FORMS = (
    form("bybit transaction log", "type currency change cashFlow transactionTime", _log),
    form("bybit executions", "execType execId execFee execTime symbol", _execution),
    form("bybit export", "Type Currency Change Time(UTC)", _export),
)
