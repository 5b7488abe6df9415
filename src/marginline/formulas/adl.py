"""Scores by which venues rank positions for auto-deleveraging: the highest is reduced first."""

from __future__ import annotations

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import positive_part, zero_of


@formula(unit="fraction", source="glossary:adl-score", sign=">= 0; losers tie at 0")
def adl_score_binance(
    position_pnl: Number, wallet_balance: Number, pool_pnl: Number, maintenance_margin: Number
) -> Number:
    """Binance's leveraged P&L: profit in per cent of the wallet, times the margin ratio.

    `max(0, position_pnl) / max(1, wallet_balance) * maintenance_margin / (wallet_balance +
    pool_pnl)`, and 0 where the pool's balance is not positive. The floor of 1 is one unit of the
    asset, whichever it is: the venue's own rule.

    Args:
        position_pnl: unrealized P&L of the position.
        wallet_balance: wallet balance of its pool.
        pool_pnl: unrealized P&L of all positions of the pool.
        maintenance_margin: maintenance margin of the pool, >= 0.
    """
    margin_balance = wallet_balance + pool_pnl
    if margin_balance <= 0:
        return zero_of(position_pnl)
    score = positive_part(position_pnl) * maintenance_margin / margin_balance
    if wallet_balance > 1:
        return score / wallet_balance
    return score


@formula(unit="fraction", source="glossary:adl-score", sign="profit > 0")
def adl_score_bitmex(mark_value: Number, entry_value: Number, bankrupt_value: Number) -> Number:
    """BitMEX's score: P&L in per cent, times effective leverage if a profit, divided if a loss.

    `pnl = (mark_value - entry_value) / |entry_value|`,
    `leverage = |mark_value| / (mark_value - bankrupt_value)`.

    Args:
        mark_value: signed value at the mark; of an inverse long it is `-quantity / price`.
        entry_value: signed value at entry, not 0.
        bankrupt_value: signed value at the bankruptcy price, below `mark_value`.
    """
    pnl_ratio = (mark_value - entry_value) / abs(entry_value)
    leverage = abs(mark_value) / (mark_value - bankrupt_value)
    if pnl_ratio > 0:
        return pnl_ratio * leverage
    return pnl_ratio / leverage


@formula(unit="fraction", source="glossary:adl-score", sign="profit > 0")
def adl_score_leveraged_return(pnl_ratio: Number, effective_leverage: Number) -> Number:
    """Leveraged return: `pnl_ratio * effective_leverage`.

    Args:
        pnl_ratio: P&L as a fraction of what the venue divides by.
        effective_leverage: notional over the margin that carries it.
    """
    return pnl_ratio * effective_leverage
