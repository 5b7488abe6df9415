"""Hyperliquid: fills, funding, and the other updates of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "hyperliquid"

WORDS = Words("""
Open~Long Open~Short Close~Long Close~Short | fill | closedPnl | a fill
Long~>~Short Short~>~Long | fill | closedPnl | one fill that closes and opens
Buy Sell | fill | closedPnl | spot
Liquidated~* | liquidation | closedPnl | forced by the venue
Auto-Deleveraging | adl | closedPnl | deleveraged
Settlement | settlement | closedPnl | settled
Spot~Dust~Conversion | auto_exchange | closedPnl | small amounts converted
funding | funding | usdc as printed | received positive
deposit | transfer | received | paid in
withdraw | transfer | paid | paid out, its fee beside
internalTransfer subAccountTransfer spotTransfer | transfer | by user and destination | unsigned
send | transfer | by user and destination | unsigned
accountClassTransfer | transfer | by toPerp | between spot and perpetuals
cStakingTransfer | transfer | by isDeposit | to and from staking
spotGenesis rewardsClaim vaultLeaderCommission | adjustment | received | given
vaultCreate vaultDeposit | transfer | paid | into a vault
vaultDistribution vaultWithdraw | transfer | received | out of a vault
deployGasAuction | fee | paid | gas
""")
_UNSIGNED = {"deposit", "spotGenesis", "rewardsClaim", "vaultLeaderCommission"}
_RECEIVED = _UNSIGNED | {"vaultDistribution", "vaultWithdraw"}


def _fill(row: Row) -> Iterator[Item]:
    """`tid` is shared by both sides of a trade, and 0 for dust: it is no key alone."""
    coin, at, word = row.text("coin"), row.at("time"), row.text("dir")
    event = "|".join(("fill", coin, row.text("time"), row.text("tid"), row.text("oid")))
    asset = "USDC"
    kind = WORDS.kind(word)
    forced = row.inner(row.fields.get("liquidation")).text("liquidatedUser")
    if kind is EntryKind.FILL and forced and forced.lower() == row.owner.lower():
        kind = EntryKind.LIQUIDATION
    yield Entry(
        VENUE,
        "",
        event,
        at,
        kind,
        asset,
        row.flow("closedPnl"),
        word,
        coin,
        size=signed(row.amount("sz"), row.text("side")),
        price=row.amount("px"),
    )
    fee = -row.flow("fee")
    yield Entry(
        VENUE, "", event, at, EntryKind.FEE, row.text("feeToken") or asset, fee, "fee", coin
    )


def _update(row: Row) -> Iterator[Item]:
    """Funding and the rest. The hash is all zero for funding: user, coin, time tell it."""
    delta, at = row.inner(row.fields.get("delta")), row.at("time")
    word = delta.text("type")
    event = "|".join((word, row.text("hash"), row.text("time"), delta.text("coin")))
    if word == "funding":
        amount, symbol = delta.amount("usdc"), delta.text("coin")
        yield Entry(VENUE, "", event, at, EntryKind.FUNDING, "USDC", amount, word, symbol)
        return
    asset = delta.first("token", "feeToken") or "USDC"
    size = delta.optional(
        next((n for n in ("usdc", "amount", "netWithdrawnUsd") if delta.text(n)), "usdc")
    )
    if word == "liquidation":  # the fills tell it
        return
    amount = _direction(row, delta, word, ZERO if size is None else size)
    yield Entry(VENUE, "", event, at, WORDS.kind(word, amount), asset, amount, word)
    fee = delta.flow("fee")
    if fee and amount <= 0:
        yield Entry(VENUE, "", event, at, EntryKind.FEE, asset, -fee, "fee")


def _direction(row: Row, delta: Row, word: str, size: Decimal) -> Decimal:
    """The sign of an unsigned amount, from what the update says of its two sides."""
    if word == "accountClassTransfer":
        return size if delta.fields.get("toPerp") is True else -size
    if word == "cStakingTransfer":
        return -size if delta.fields.get("isDeposit") is True else size
    if word in _RECEIVED:
        return size
    if not delta.text("destination"):
        return -size if word in WORDS.rows else size
    if not row.owner:
        raise row.wrong("delta", f"{word} has two sides", "say whose log it is: owner=ADDRESS")
    return size if delta.text("destination").lower() == row.owner.lower() else -size


FORMS = (
    form("hyperliquid fills", "coin px sz side dir closedPnl fee time", _fill),
    form("hyperliquid updates", "time hash delta", _update),
)
