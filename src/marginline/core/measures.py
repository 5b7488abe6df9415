"""The menu of every number marginline can produce: name, unit, sign, one plain sentence.

A venue maps its own words onto these names. What a venue does not have is null with a reason,
never 0 and never left out (but for the few marked `optional`, present only where they exist).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


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


def _meanings() -> dict[Measure, Meaning]:
    m, asset, fraction, price = Measure, Unit.ASSET, Unit.FRACTION, Unit.PRICE
    plus, signed, direction = Sign.POSITIVE, Sign.SIGNED, Sign.DIRECTION
    return {
        m.WALLET_BALANCE: Meaning(asset, signed, "Everything booked, without unrealized P&L."),
        m.CREDIT: Meaning(
            asset, plus, "Bonus inside the balance: it supports positions but cannot be withdrawn."
        ),
        m.UNREALIZED_PNL: Meaning(
            asset, signed, "What closing at the mark would add to the wallet, before fees."
        ),
        m.EQUITY: Meaning(asset, signed, "What the pool is worth before any haircut."),
        m.COLLATERAL_VALUE: Meaning(asset, signed, "The collateral after haircuts."),
        m.HAIRCUT: Meaning(asset, plus, "What haircuts take off: value before minus value after."),
        m.MARGIN_BALANCE: Meaning(asset, signed, "What the venue holds against its requirement."),
        m.SUPPORT: Meaning(
            asset,
            signed,
            "What stands against the requirement: margin balance less what the venue takes off.",
            optional=True,
        ),
        m.POSITION_INITIAL_MARGIN: Meaning(asset, plus, "Initial margin of the open positions."),
        m.ORDER_INITIAL_MARGIN: Meaning(asset, plus, "All that resting orders take."),
        m.BORROW_INITIAL_MARGIN: Meaning(asset, plus, "Initial margin of borrowed assets."),
        m.INITIAL_MARGIN: Meaning(
            asset, plus, "Margin used: positions, orders and loans together."
        ),
        m.MAINTENANCE_MARGIN: Meaning(
            asset, plus, "The least the venue demands to keep the positions open."
        ),
        m.CLOSING_FEE: Meaning(
            asset, plus, "What the liquidation trigger adds on top of maintenance margin."
        ),
        m.MARGIN_RATIO: Meaning(fraction, plus, "Requirement over support: liquidation at 1."),
        m.INITIAL_MARGIN_RATIO: Meaning(fraction, plus, "Initial margin over support."),
        m.VENUE_RATIO: Meaning(
            fraction, signed, "The ratio as the venue's screen prints it, in its own direction."
        ),
        m.BUFFER: Meaning(
            asset,
            signed,
            "Support left above the requirement: what may be lost before forced action.",
        ),
        m.AVAILABLE_BALANCE: Meaning(asset, signed, "What new orders may use."),
        m.WITHDRAWABLE_BALANCE: Meaning(asset, plus, "What may be transferred out."),
        m.EXCESS_BALANCE: Meaning(
            asset,
            signed,
            "Margin balance less the margin of resting orders and the maintenance margin.",
            optional=True,
        ),
        m.CALL_AMOUNT: Meaning(
            asset, plus, "What a margin call asks for: back to initial margin.", optional=True
        ),
        m.CALL_PRICE: Meaning(
            price, plus, "The price at which equity meets maintenance margin.", optional=True
        ),
        m.EFFECTIVE_LEVERAGE: Meaning(fraction, plus, "Gross notional over margin balance."),
        m.GROSS_NOTIONAL: Meaning(
            asset, plus, "Value of all positions at the mark, longs and shorts added."
        ),
        m.NET_NOTIONAL: Meaning(
            asset, direction, "Value of all positions at the mark, shorts taken off."
        ),
        m.UNREALIZED_SHARE: Meaning(
            fraction, plus, "Share of the margin balance that is unrealized profit."
        ),
        m.CREDIT_SHARE: Meaning(fraction, plus, "Share of the margin balance that is credit."),
        m.MARGIN_ADDABLE: Meaning(
            asset, plus, "The most that can be added to this isolated position.", optional=True
        ),
        m.MARGIN_REMOVABLE: Meaning(
            asset, plus, "The most that can be taken from this isolated position.", optional=True
        ),
        m.NOTIONAL: Meaning(asset, plus, "Value of the position at the mark."),
        m.TIER: Meaning(Unit.NUMBER, plus, "Number of the tier row reached, counted from 1."),
        m.MAINTENANCE_RATE: Meaning(
            fraction, plus, "Maintenance rate of that row, without fees and deduction."
        ),
        m.LIQUIDATION_PRICE: Meaning(
            price, plus, "The mark at which the pool is liquidated, all else standing still."
        ),
        m.LIQUIDATION_PRICE_BELOW: Meaning(
            price, plus, "Lower end of the prices at which the pool is not liquidated."
        ),
        m.LIQUIDATION_PRICE_ABOVE: Meaning(
            price, plus, "Upper end of the prices at which the pool is not liquidated."
        ),
        m.BANKRUPTCY_PRICE: Meaning(
            price, plus, "The price at which nothing of the margin balance is left."
        ),
        m.BREAK_EVEN_PRICE: Meaning(price, plus, "The closing price that pays back the fees."),
        m.RETURN_ON_MARGIN: Meaning(fraction, signed, "Unrealized P&L over initial margin."),
        m.ADL_SCORE: Meaning(
            Unit.NUMBER, signed, "Rank score in the venue's deleveraging queue.", optional=True
        ),
        m.FUNDING_NEXT: Meaning(
            asset, signed, "Cash flow of the next funding at today's mark and rate."
        ),
    }


MEANINGS = _meanings()

M = Measure

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
