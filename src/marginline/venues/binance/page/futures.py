"""Binance futures: what USDS-M and COIN-M say beyond the standard measures.

Read the lines beside Binance's own pages; they are in their order: wallet and balances, margin of
positions and orders, maintenance and ratio, what may be moved, liquidation, deleveraging.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Citation, Evidence
from marginline.core.assessment.standard_pool import available_balance_floored
from marginline.core.findings import approximate, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.binance.page import sources
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit

S = sources
REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED = (Kind.CROSS,), (Kind.ISOLATED,)


def isolated_order_margin(pool: PoolFigures) -> Decimal:
    """What orders on isolated symbols have reserved in a cross pool."""
    orders = (o for o in pool.pool.orders if o.isolated)
    return sum((need(o.amount) * need(o.requirement_rate) for o in orders), ZERO)


def withdrawable(pool: PoolFigures) -> Figure:
    """The smaller of the published terms, less credit, not below 0.

    The first published term (the whole wallet balance) is never below the second: left out.
    """
    leg = pool.pool.legs[0]
    held = isolated_order_margin(pool) + leg.liability + leg.locked
    wallet = pool[M.WALLET_BALANCE] - held - pool[M.MAINTENANCE_MARGIN]
    margin = pool[M.SUPPORT] - pool[M.INITIAL_MARGIN]
    return formulas.positive_part(formulas.smaller(wallet, margin) - pool[M.CREDIT])


def margin_addable(pool: PoolFigures) -> Figure:
    """The most that the cross pool can post to an isolated position."""
    free = pool[M.WALLET_BALANCE] - isolated_order_margin(pool) - pool[M.MAINTENANCE_MARGIN]
    return formulas.positive_part(formulas.smaller(free, pool[M.AVAILABLE_BALANCE]))


def margin_removable(pool: PoolFigures) -> Figure:
    """The most that can be taken from an isolated position: maintenance and initial margin stay."""
    wallet = pool[M.WALLET_BALANCE]
    initial = wallet + pool[M.UNREALIZED_PNL] - pool[M.INITIAL_MARGIN]
    return formulas.positive_part(formulas.smaller(wallet - pool[M.MAINTENANCE_MARGIN], initial))


def adl_score(position: PositionFigures) -> Figure:
    """Profit ratio of the position times margin ratio of its pool."""
    pool = position.pool
    rate = need(position.exposure.value_rate)
    return formulas.adl_score_binance(
        position[M.UNREALIZED_PNL] * rate,
        pool[M.WALLET_BALANCE],
        pool[M.UNREALIZED_PNL],
        pool[M.MAINTENANCE_MARGIN],
    )


_WITHDRAW_CAVEAT = approximate(
    "Binance's fourth term of the withdrawable balance is not public; the three known are used"
)
_ADL_CAVEAT = approximate(
    "Binance's ranking formula is of 2019; whether it changed after October 2025 is not public"
)
_MULTI_LIQUIDATION = approximate(
    "Binance publishes no liquidation price of multi-assets mode; derived from its margin rules"
)
_MULTI_WITHDRAW = unsupported("Binance does not publish how much may leave a multi-assets account")

# -- pools -------------------------------------------------------------------------------------


def _also(measure: M, words: str, of: Of, unit: Unit = Unit.AMOUNT) -> tuple[AnyLine, ...]:
    """Other words for a figure: of another answer, of an event, of a part of the account."""
    return tuple(Line("", measure, word=word, of=of, unit=unit) for word in words.split())


def _pool(maintenance: Citation, known: Evidence, moves: Evidence) -> tuple[AnyLine, ...]:
    """`known`: how well the figures are known that only USDS-M examples print; `moves` likewise."""
    usdm = known is REPRODUCED
    return (
        Line("BAL-001", M.WALLET_BALANCE, S.WALLET, DOCUMENTED, "walletBalance", Of.ALL,
             label="crossWalletBalance / isolatedWallet", seen="B6",
             how="balance - isolated margins posted; isolated: what is posted"),
        *_also(M.WALLET_BALANCE, "balance wb", Of.ALL),
        *_also(M.WALLET_BALANCE, "crossWalletBalance cw", Of.CROSS),
        *_also(M.WALLET_BALANCE, "isolatedWallet iw", Of.ISOLATED),
        Line("PNL-001", M.UNREALIZED_PNL, S.WALLET, DOCUMENTED, "unrealizedProfit", Of.ALL,
             label="crossUnPnl / unRealizedProfit", seen="B6",
             how="q (mark - entry); inverse q face (1/entry - 1/mark)"),
        *_also(M.UNREALIZED_PNL, "crossUnPnl", Of.CROSS),
        Line("BAL-002", M.MARGIN_BALANCE, S.WALLET, known, "marginBalance", Of.ALL,
             label="crossWalletBalance + crossUnPnl / isolatedMargin", kinds=(*CROSS, *ISOLATED),
             how="wallet - owed - locked + unrealized P&L",
             seen="1.57109202 - 0.12; B6" if usdm else "B6"),
        Line("IM-001", M.POSITION_INITIAL_MARGIN, S.MARGIN_REQUIREMENT, known,
             "positionInitialMargin", Of.ALL, seen="B10",
             how="sum over positions; legs of a hedge do not net"),
        Line("IM-002", M.ORDER_INITIAL_MARGIN, S.MARGIN_REQUIREMENT, known,
             "openOrderInitialMargin", Of.CROSS, seen="5,950; B10" if usdm else "B10",
             how="(max(abs(pos + bids), abs(pos - asks)) - abs(pos)) / leverage, order value at its"
             " own price"),
        Line("IM-003", M.INITIAL_MARGIN, S.MARGIN_REQUIREMENT, DOCUMENTED, "initialMargin", Of.ALL,
             how="positions + orders", seen="B10"),
        Line("MM-001", M.MAINTENANCE_MARGIN, maintenance, REPRODUCED, "maintMargin", Of.ALL,
             how="sum over its positions", seen="71,200.81144; B1" if usdm else "B1c"),
        Line("RATIO-001", M.MARGIN_RATIO, S.LIQUIDATION, DOCUMENTED, label="margin ratio",
             how="maintenance margin / margin balance, `venue_ratio` likewise; liquidation at 1,"
             " and at it", seen="B2, B6"),
        Line("AVL-001", M.AVAILABLE_BALANCE, S.ADJUST_MARGIN, moves, "availableBalance", Of.CROSS,
             compute=available_balance_floored, formula="max(0, support - initial_margin)",
             seen="B6, B7"),
        Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.WITHDRAW, moves, "maxWithdrawAmount", Of.CROSS,
             compute=withdrawable, kinds=CROSS, caveat=_WITHDRAW_CAVEAT, seen="B8; APPROXIMATE",
             formula="max(0, min(wallet_balance - isolated orders - maintenance_margin - owed -"
             " locked, support - initial_margin) - credit)"),
        *_also(M.WITHDRAWABLE_BALANCE, "withdrawAvailable", Of.CROSS),
        Line("ADJ-001", M.MARGIN_ADDABLE, S.ADJUST_MARGIN, moves, label="max addable margin",
             compute=margin_addable, kinds=CROSS, seen="B7",
             formula="max(0, min(wallet_balance - isolated orders - maintenance_margin,"
             " available_balance))"),
        Line("ADJ-002", M.MARGIN_REMOVABLE, S.ADJUST_MARGIN, moves, label="max removable margin",
             compute=margin_removable, kinds=ISOLATED, seen="B7",
             formula="max(0, min(wallet_balance - maintenance_margin,"
             " wallet_balance + unrealized_pnl - initial_margin))"),
        Line("WDR-002", M.WITHDRAWABLE_BALANCE, S.ADJUST_MARGIN, moves, compute=margin_removable,
             formula="margin_removable: it leaves for the cross pool first", kinds=ISOLATED,
             seen="B7"),
    )  # fmt: skip


MULTI: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, S.MULTI_ASSETS, DOCUMENTED, "totalWalletBalance", Of.JOINT,
         seen="B9"),
    *_also(M.UNREALIZED_PNL, "totalUnrealizedProfit", Of.JOINT),
    Line("BAL-002", M.MARGIN_BALANCE, S.MULTI_ASSETS, REPRODUCED, "totalMarginBalance", Of.JOINT,
         how="account equity: sum(min(E * bid, E * ask)), E = wallet + P&L of the asset",
         seen="416.02; B9, B25"),
    Line("IM-001", M.INITIAL_MARGIN, S.MARGIN_REQUIREMENT, REPRODUCED, "totalInitialMargin",
         Of.JOINT, how="sum(IM * ask)", seen="76.525 = 416.02 - 339.495; B25"),
    Line("MM-001", M.MAINTENANCE_MARGIN, S.MARGIN_RATIO, REPRODUCED, "totalMaintMargin", Of.JOINT,
         how="sum(MM * ask)", seen="199.596; B25"),
    *_also(M.POSITION_INITIAL_MARGIN, "totalPositionInitialMargin", Of.JOINT),
    *_also(M.ORDER_INITIAL_MARGIN, "totalOpenOrderInitialMargin", Of.JOINT),
    Line("RATIO-001", M.MARGIN_RATIO, S.MARGIN_RATIO, REPRODUCED, label="margin ratio",
         how="account maintenance margin / account equity", seen="47.98 %; B25"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.MULTI_ASSETS, REPRODUCED, "availableBalance", Of.JOINT,
         compute=available_balance_floored, formula="max(0, support - initial_margin)",
         how="max(0, equity - IM); in an asset: divided by its ask",
         seen="76.525; 76.91 USDT; B9, B25"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.READING, word="maxWithdrawAmount", of=Of.JOINT,
         gap=_MULTI_WITHDRAW),
)  # fmt: skip
"""Multi-assets mode: one pool in USD."""

# -- positions ---------------------------------------------------------------------------------


def _position(liquidation: Citation, known: Evidence, even: Evidence) -> tuple[AnyLine, ...]:
    usdm = known is REPRODUCED
    return (
        *_also(M.NOTIONAL, "notional notionalValue", Of.POSITION, Unit.VALUE),
        *_also(M.UNREALIZED_PNL, "unRealizedProfit unrealizedProfit up", Of.POSITION),
        *_also(M.MARGIN_BALANCE, "isolatedMargin", Of.ISOLATED),
        Line("MM-002", M.MAINTENANCE_MARGIN, S.BRACKETS, REPRODUCED, "maintMargin", Of.POSITION,
             how="value * rate - cum, floor < value <= cap; hedge legs apart",
             seen="0.08004280, 0.0016; B1, B1c, B22"),
        *_also(M.MAINTENANCE_MARGIN, "mm", Of.POSITION),
        Line("IM-004", M.INITIAL_MARGIN, S.MARGIN_REQUIREMENT, known, "positionInitialMargin",
             Of.POSITION, how="value at the mark / leverage",
             seen="0.61571385; B10" if usdm else "B10"),
        Line("LIQ-001", M.LIQUIDATION_PRICE, liquidation, REPRODUCED, "liquidationPrice",
             Of.POSITION, Unit.PRICE,
             how="the price where margin balance = maintenance margin, tiers taken at that price,"
             " all else standing",
             seen="1,153.26; 26,316.89; 11,383.99; 190.29; live 10.03654386; B1" if usdm
             else "33,599.42; B1c"),
        Line("BKR-001", M.BANKRUPTCY_PRICE, S.READING, DERIVED),
        Line("BE-001", M.BREAK_EVEN_PRICE, S.BREAK_EVEN, even, "breakEvenPrice", Of.POSITION,
             Unit.PRICE, how="entry - fees / q; inverse in 1/price",
             seen="0.385077; 8.611692; B18" if usdm else "B18"),
        *_also(M.BREAK_EVEN_PRICE, "bep", Of.POSITION, Unit.PRICE),
        Line("FND-001", M.FUNDING_NEXT, S.FUNDING, DOCUMENTED, label="funding fee",
             how="-signed value at the mark * rate", seen="B13"),
        Line("ADL-001", M.ADL_SCORE, S.ADL, known, label="LeveragePnL", caveat=_ADL_CAVEAT,
             compute=adl_score, seen="9.41, 1.26; B4; APPROXIMATE" if usdm else "B4; APPROXIMATE",
             formula="max(0, unrealized_pnl) / max(1, wallet_balance)"
             " * maintenance_margin / (wallet_balance + unrealized_pnl of the pool)"),
    )  # fmt: skip


USDM = _pool(S.LIQUIDATION_PRICE_USDM, REPRODUCED, DOCUMENTED)
USDM_POSITION = _position(S.LIQUIDATION_PRICE_USDM, REPRODUCED, REPRODUCED)
COINM = _pool(S.LIQUIDATION_PRICE_COINM, DOCUMENTED, SECOND_HAND)
COINM_POSITION = _position(S.LIQUIDATION_PRICE_COINM, DOCUMENTED, DERIVED)
PRICES = (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE)
MULTI_POSITION: tuple[AnyLine, ...] = tuple(
    Line(f"LIQ-00{n}", measure, S.READING, DERIVED, caveat=_MULTI_LIQUIDATION,
         how="not published: the root of ratio = 1, kink between bid and ask included; APPROXIMATE")
    for n, measure in enumerate(PRICES, start=1)
)  # fmt: skip
"""Over the lines of a USDS-M position."""
