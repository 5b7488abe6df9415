"""The menu of every number marginline can produce: name, unit, sign, one plain sentence.

A venue maps its own words onto these names. What a venue does not have is null with a reason,
never 0 and never left out (but for the few marked `optional`, present only where they exist).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum

from marginline.core.nouns import dataclass


class Unit(StrEnum):
    """What a measure is counted in."""

    ASSET = "asset"  # of a position: its settle asset; of a pool: the pool's asset
    FRACTION = "fraction"
    PRICE = "price"  # quote currency per unit of base
    NUMBER = "number"


class Sign(StrEnum):
    """Which values a measure can take, and what plus means."""

    POSITIVE = "never negative"
    SIGNED = "signed; plus is in the holder's favour"
    DIRECTION = "signed; plus is long"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one measure says: unit, sign, the sentence a trader reads; may it be left out?"""

    unit: Unit
    sign: Sign
    sentence: str
    optional: bool = False


class Measure(Enum):
    """One number of the menu. `measure.value` is its name in every document."""

    # of a pool or account
    WALLET_BALANCE = "wallet_balance"
    CREDIT = "credit"
    UNREALIZED_PNL = "unrealized_pnl"
    EQUITY = "equity"
    COLLATERAL_VALUE = "collateral_value"
    HAIRCUT = "haircut"
    MARGIN_BALANCE = "margin_balance"
    SUPPORT = "support"
    POSITION_INITIAL_MARGIN = "position_initial_margin"
    ORDER_INITIAL_MARGIN = "order_initial_margin"
    BORROW_INITIAL_MARGIN = "borrow_initial_margin"
    INITIAL_MARGIN = "initial_margin"
    MAINTENANCE_MARGIN = "maintenance_margin"
    CLOSING_FEE = "closing_fee"
    MARGIN_RATIO = "margin_ratio"
    INITIAL_MARGIN_RATIO = "initial_margin_ratio"
    VENUE_RATIO = "venue_ratio"
    BUFFER = "buffer"
    AVAILABLE_BALANCE = "available_balance"
    WITHDRAWABLE_BALANCE = "withdrawable_balance"
    EXCESS_BALANCE = "excess_balance"
    CALL_AMOUNT = "call_amount"
    CALL_PRICE = "call_price"
    EFFECTIVE_LEVERAGE = "effective_leverage"
    GROSS_NOTIONAL = "gross_notional"
    NET_NOTIONAL = "net_notional"
    UNREALIZED_SHARE = "unrealized_share"
    CREDIT_SHARE = "credit_share"
    MARGIN_ADDABLE = "margin_addable"
    MARGIN_REMOVABLE = "margin_removable"
    # of a position alone
    NOTIONAL = "notional"
    TIER = "tier"
    MAINTENANCE_RATE = "maintenance_rate"
    LIQUIDATION_PRICE = "liquidation_price"
    LIQUIDATION_PRICE_BELOW = "liquidation_price_below"
    LIQUIDATION_PRICE_ABOVE = "liquidation_price_above"
    BANKRUPTCY_PRICE = "bankruptcy_price"
    BREAK_EVEN_PRICE = "break_even_price"
    RETURN_ON_MARGIN = "return_on_margin"
    ADL_SCORE = "adl_score"
    FUNDING_NEXT = "funding_next"

    __hash__ = object.__hash__  # members are compared by identity; Enum's own hash is slow Python

    @property
    def meaning(self) -> Meaning:
        """Unit, sign and sentence of this measure."""
        return MEANINGS[self]


M = Measure
_ASSET, _FRACTION, _PRICE = Unit.ASSET, Unit.FRACTION, Unit.PRICE
_PLUS, _SIGNED, _DIRECTION = Sign.POSITIVE, Sign.SIGNED, Sign.DIRECTION

MEANINGS: Mapping[Measure, Meaning] = {
    M.WALLET_BALANCE: Meaning(_ASSET, _SIGNED, "Everything booked, without unrealized P&L."),
    M.CREDIT: Meaning(
        _ASSET, _PLUS, "Bonus inside the balance: it supports positions but cannot be withdrawn."
    ),
    M.UNREALIZED_PNL: Meaning(
        _ASSET, _SIGNED, "What closing at the mark would add to the wallet, before fees."
    ),
    M.EQUITY: Meaning(_ASSET, _SIGNED, "What the pool is worth before any haircut."),
    M.COLLATERAL_VALUE: Meaning(_ASSET, _SIGNED, "The collateral after haircuts."),
    M.HAIRCUT: Meaning(_ASSET, _PLUS, "What haircuts take off: value before minus value after."),
    M.MARGIN_BALANCE: Meaning(_ASSET, _SIGNED, "What the venue holds against its requirement."),
    M.SUPPORT: Meaning(
        _ASSET,
        _SIGNED,
        "What stands against the requirement: margin balance less what the venue takes off.",
        optional=True,
    ),
    M.POSITION_INITIAL_MARGIN: Meaning(_ASSET, _PLUS, "Initial margin of the open positions."),
    M.ORDER_INITIAL_MARGIN: Meaning(_ASSET, _PLUS, "All that resting orders take."),
    M.BORROW_INITIAL_MARGIN: Meaning(_ASSET, _PLUS, "Initial margin of borrowed assets."),
    M.INITIAL_MARGIN: Meaning(_ASSET, _PLUS, "Margin used: positions, orders and loans together."),
    M.MAINTENANCE_MARGIN: Meaning(
        _ASSET, _PLUS, "The least the venue demands to keep the positions open."
    ),
    M.CLOSING_FEE: Meaning(
        _ASSET, _PLUS, "What the liquidation trigger adds on top of maintenance margin."
    ),
    M.MARGIN_RATIO: Meaning(_FRACTION, _PLUS, "Requirement over support: liquidation at 1."),
    M.INITIAL_MARGIN_RATIO: Meaning(_FRACTION, _PLUS, "Initial margin over support."),
    M.VENUE_RATIO: Meaning(
        _FRACTION, _SIGNED, "The ratio as the venue's screen prints it, in its own direction."
    ),
    M.BUFFER: Meaning(
        _ASSET,
        _SIGNED,
        "Support left above the requirement: what may be lost before forced action.",
    ),
    M.AVAILABLE_BALANCE: Meaning(_ASSET, _SIGNED, "What new orders may use."),
    M.WITHDRAWABLE_BALANCE: Meaning(_ASSET, _PLUS, "What may be transferred out."),
    M.EXCESS_BALANCE: Meaning(
        _ASSET,
        _SIGNED,
        "Margin balance less the margin of resting orders and the maintenance margin.",
        optional=True,
    ),
    M.CALL_AMOUNT: Meaning(
        _ASSET, _PLUS, "What a margin call asks for: back to initial margin.", optional=True
    ),
    M.CALL_PRICE: Meaning(
        _PRICE, _PLUS, "The price at which equity meets maintenance margin.", optional=True
    ),
    M.EFFECTIVE_LEVERAGE: Meaning(_FRACTION, _PLUS, "Gross notional over margin balance."),
    M.GROSS_NOTIONAL: Meaning(
        _ASSET, _PLUS, "Value of all positions at the mark, longs and shorts added."
    ),
    M.NET_NOTIONAL: Meaning(
        _ASSET, _DIRECTION, "Value of all positions at the mark, shorts taken off."
    ),
    M.UNREALIZED_SHARE: Meaning(
        _FRACTION, _PLUS, "Share of the margin balance that is unrealized profit."
    ),
    M.CREDIT_SHARE: Meaning(_FRACTION, _PLUS, "Share of the margin balance that is credit."),
    M.MARGIN_ADDABLE: Meaning(
        _ASSET, _PLUS, "The most that can be added to this isolated position.", optional=True
    ),
    M.MARGIN_REMOVABLE: Meaning(
        _ASSET, _PLUS, "The most that can be taken from this isolated position.", optional=True
    ),
    M.NOTIONAL: Meaning(_ASSET, _PLUS, "Value of the position at the mark."),
    M.TIER: Meaning(Unit.NUMBER, _PLUS, "Number of the tier row reached, counted from 1."),
    M.MAINTENANCE_RATE: Meaning(
        _FRACTION, _PLUS, "Maintenance rate of that row, without fees and deduction."
    ),
    M.LIQUIDATION_PRICE: Meaning(
        _PRICE, _PLUS, "The mark at which the pool is liquidated, all else standing still."
    ),
    M.LIQUIDATION_PRICE_BELOW: Meaning(
        _PRICE, _PLUS, "Lower end of the prices at which the pool is not liquidated."
    ),
    M.LIQUIDATION_PRICE_ABOVE: Meaning(
        _PRICE, _PLUS, "Upper end of the prices at which the pool is not liquidated."
    ),
    M.BANKRUPTCY_PRICE: Meaning(
        _PRICE, _PLUS, "The price at which nothing of the margin balance is left."
    ),
    M.BREAK_EVEN_PRICE: Meaning(_PRICE, _PLUS, "The closing price that pays back the fees."),
    M.RETURN_ON_MARGIN: Meaning(_FRACTION, _SIGNED, "Unrealized P&L over initial margin."),
    M.ADL_SCORE: Meaning(
        Unit.NUMBER, _SIGNED, "Rank score in the venue's deleveraging queue.", optional=True
    ),
    M.FUNDING_NEXT: Meaning(
        _ASSET, _SIGNED, "Cash flow of the next funding at today's mark and rate."
    ),
}

POOL_MEASURES: tuple[Measure, ...] = (
    M.WALLET_BALANCE, M.CREDIT, M.UNREALIZED_PNL, M.EQUITY, M.COLLATERAL_VALUE, M.HAIRCUT,
    M.MARGIN_BALANCE, M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.BORROW_INITIAL_MARGIN,
    M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.CLOSING_FEE, M.MARGIN_RATIO, M.INITIAL_MARGIN_RATIO,
    M.VENUE_RATIO, M.BUFFER, M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE, M.EFFECTIVE_LEVERAGE,
    M.GROSS_NOTIONAL, M.NET_NOTIONAL, M.UNREALIZED_SHARE, M.CREDIT_SHARE,
)  # fmt: skip

REQUIREMENT_MEASURES: tuple[Measure, ...] = (
    M.POSITION_INITIAL_MARGIN, M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN,
)  # fmt: skip

ASSET_MEASURES: tuple[Measure, ...] = (
    M.WALLET_BALANCE, M.CREDIT, M.UNREALIZED_PNL, M.EQUITY, M.COLLATERAL_VALUE, M.HAIRCUT,
)  # fmt: skip

POSITION_MEASURES: tuple[Measure, ...] = (
    M.NOTIONAL, M.UNREALIZED_PNL, M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.CLOSING_FEE, M.TIER,
    M.MAINTENANCE_RATE, M.MARGIN_BALANCE, M.MARGIN_RATIO, M.LIQUIDATION_PRICE_BELOW,
    M.LIQUIDATION_PRICE_ABOVE, M.LIQUIDATION_PRICE, M.BANKRUPTCY_PRICE, M.BREAK_EVEN_PRICE,
    M.RETURN_ON_MARGIN, M.EFFECTIVE_LEVERAGE, M.FUNDING_NEXT,
)  # fmt: skip
