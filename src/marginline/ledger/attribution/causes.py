"""The causes of change, in the fixed order in which a change is stepped through."""

from __future__ import annotations

from enum import StrEnum

from marginline.ledger.entry import EntryKind


class Cause(StrEnum):
    """Why a figure moved. The order is the order of the steps (ADR 0701)."""

    RULES = "rules"  # another day's rulebook and packaged tables, mode, contract terms
    TIERS = "tiers"  # tier tables and other parameters of the file
    HAIRCUTS = "haircuts"
    MARKET = "market"  # the index of a held position
    BASIS = "basis"  # its mark against its index
    PRICE = "price"  # its mark, where no index tells the two apart
    HEDGE = "hedge"  # what a hedge was to make by its ratio
    HEDGE_RESIDUAL = "hedge_residual"  # what it made beside that
    COLLATERAL_PRICE = "collateral_price"
    FUNDING = "funding"
    FEES = "fees"
    INTEREST = "interest"
    TRANSFERS = "transfers"
    BONUS = "bonus"
    LIQUIDATION = "liquidation"  # fees of a liquidation, insurance
    CONVERSIONS = "conversions"
    ADJUSTMENTS = "adjustments"
    POSITION_CHANGES = "position_changes"  # fills against the closing mark
    MARGIN_MOVES = "margin_moves"  # between cross and isolated pools
    ORDERS = "orders"  # resting orders and settings
    LOANS = "loans"  # what is owed, locked, switched off as collateral
    UNKNOWN = "unknown"  # entries that nobody knows the meaning of
    UNEXPLAINED = "unexplained"  # what neither file nor log explains: 0 on a complete book


CASH: dict[EntryKind, Cause] = {
    EntryKind.FUNDING: Cause.FUNDING,
    EntryKind.FEE: Cause.FEES,
    EntryKind.INTEREST: Cause.INTEREST,
    EntryKind.TRANSFER: Cause.TRANSFERS,
    EntryKind.BONUS_GRANTED: Cause.BONUS,
    EntryKind.BONUS_WITHDRAWN: Cause.BONUS,
    EntryKind.LIQUIDATION_FEE: Cause.LIQUIDATION,
    EntryKind.INSURANCE: Cause.LIQUIDATION,
    EntryKind.AUTO_EXCHANGE: Cause.CONVERSIONS,
    EntryKind.ADJUSTMENT: Cause.ADJUSTMENTS,
    EntryKind.UNKNOWN: Cause.UNKNOWN,
}
"""The cause that each kind of cash flow is. Realized P&L belongs to the position's change."""

WORDS: dict[Cause, str] = {
    Cause.RULES: "new rules",
    Cause.TIERS: "tiers and parameters",
    Cause.HAIRCUTS: "haircuts",
    Cause.MARKET: "market",
    Cause.BASIS: "basis",
    Cause.PRICE: "price",
    Cause.HEDGE: "hedge",
    Cause.HEDGE_RESIDUAL: "hedge residual",
    Cause.COLLATERAL_PRICE: "collateral price",
    Cause.FUNDING: "funding",
    Cause.FEES: "fees",
    Cause.INTEREST: "interest",
    Cause.TRANSFERS: "transfers",
    Cause.BONUS: "bonus",
    Cause.LIQUIDATION: "liquidation and insurance",
    Cause.CONVERSIONS: "conversions",
    Cause.ADJUSTMENTS: "adjustments",
    Cause.POSITION_CHANGES: "position changes",
    Cause.MARGIN_MOVES: "margin moved",
    Cause.ORDERS: "orders and settings",
    Cause.LOANS: "loans and locks",
    Cause.UNKNOWN: "unknown entries",
    Cause.UNEXPLAINED: "unexplained",
}
"""Each cause as a person reads it."""
