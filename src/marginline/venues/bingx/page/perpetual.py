"""BingX: what perpetual and standard futures say beyond the standard measures, in page order."""

from __future__ import annotations

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.rules import Citation, Evidence
from marginline.core.findings import Code, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bingx.page import sources
from marginline.venues.bingx.pools import notices
from marginline.venues.compare.lines import (
    AnyLine,
    Line,
    Of,
    Unit,
    pool_rules,
    position_rules,
    printed_words,
)

DOCUMENTED, REPRODUCED = Evidence.DOCUMENTED, Evidence.REPRODUCED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND

_NO_WITHDRAW = unsupported("BingX does not publish how much may leave a futures account")
_NO_ADL = unsupported("BingX does not publish how positions are ranked for deleveraging")
_NO_FREE = unsupported("BingX does not publish what is available in multi-assets mode")
_AVAILABLE = (
    Code.APPROXIMATE,
    (
        "BingX's article and its sample answers disagree on whether unrealized profit is"
        " available; the samples are followed"
    ),
)
_FEE_BASE = (
    Code.APPROXIMATE,
    (
        "whether BingX takes the closing fee at the mark or at the bankruptcy price is not"
        " public; the mark is used"
    ),
)
_JOINT_BALANCE = (
    Code.APPROXIMATE,
    (
        "BingX says that its collateral ratio is used for the risk rate, not how: balances are cut"
        " by it here, unrealized profit and loss is not"
    ),
)
_NO_STANDARD_FREE = unsupported("BingX does not publish what is available in standard futures")


def available(pool: PoolFigures) -> Figure:
    """USDT-M: the smaller of balance and equity, coin-M: equity; less used and frozen margin."""
    held = pool[M.INITIAL_MARGIN]
    if any(position.exposure.inverse for position in pool.positions):
        return pool[M.MARGIN_BALANCE] - held
    own = formulas.smaller(pool[M.MARGIN_BALANCE] - pool[M.UNREALIZED_PNL], pool[M.MARGIN_BALANCE])
    return own - held


def loan_to_value(pool: PoolFigures) -> Figure:
    """Debts at full value over positive balances after their ratio, P&L and isolated margin out."""
    return notices.loan_to_value(pool.pool)


def standard_margin_rate(pool: PoolFigures) -> Figure:
    """NAV over initial margin less the adjustment factor: closed at 0, higher is safer."""
    initial = pool[M.INITIAL_MARGIN]
    if initial <= 0:
        return not_applicable("nothing is open, so there is no margin to compare with")
    return (pool[M.SUPPORT] - pool[M.MAINTENANCE_MARGIN]) / initial


# -- pools ---------------------------------------------------------------------------------------

S = sources


def _pool(balance_caveat: tuple[Code, str] | None = None) -> tuple[AnyLine, ...]:
    return (
        Line("BAL-001", M.WALLET_BALANCE, S.ACCOUNT, DOCUMENTED, "balance", Of.ALL,
             label="balance / position margin",
             how="deposits - withdrawals + realized - funding - fees; of an isolated position its"
             " fixed margin: initial margin + added by hand - funding paid", seen="9.8567"),
        Line("BAL-002", M.EQUITY, S.ACCOUNT, DOCUMENTED, "equity", Of.ALL,
             how="balance + unrealized P&L"),
        Line("", M.UNREALIZED_PNL, word="unrealizedProfit", of=Of.ALL),
        Line("BAL-003", M.MARGIN_BALANCE, S.ACCOUNT, DOCUMENTED, label="equity of the pool",
             caveat=balance_caveat,
             how="balance + unrealized P&L, of an isolated position fixed margin + unrealized P&L"
             if balance_caveat is None else
             'balance * index * ratio + unrealized P&L; "used when calculating risk rate"',
             seen="9.7914"),
        Line("IM-001", M.POSITION_INITIAL_MARGIN, S.MARGIN, DOCUMENTED, "usedMargin", Of.CROSS),
        Line("IM-002", M.ORDER_INITIAL_MARGIN, S.MARGIN, DOCUMENTED, "freezedMargin", Of.CROSS,
             how="order value / leverage + taker fee"),
        Line("RISK-001", M.SUPPORT, S.RISK, DOCUMENTED, label="",
             how="cross: balance - isolated margins - frozen + P&L of cross positions; isolated:"
             " fixed margin + P&L"),
        Line("MM-001", M.MAINTENANCE_MARGIN, S.RISK, DOCUMENTED,
             label="maintenance margin and closing fee",
             how="value at the mark * (rate + taker fee) - maintAmount, slice by slice",
             seen="30 = 150,000 * 0.02 %"),
        Line("RISK-002", M.MARGIN_RATIO, S.RISK, DOCUMENTED, label="risk", caveat=_FEE_BASE,
             how="maintenance margin / support; liquidation at 100 % and at it"),
        Line("RISK-003", M.VENUE_RATIO, S.RISK, DOCUMENTED, label="riskRate", how="the risk"),
    )  # fmt: skip


SINGLE: tuple[AnyLine, ...] = (
    *_pool(),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.READING, SECOND_HAND, "availableMargin", Of.CROSS,
         compute=available, caveat=_AVAILABLE,
         formula="min(balance, equity) - used - frozen (coin-M: equity - used - frozen)"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip
MULTI: tuple[AnyLine, ...] = (
    *_pool(_JOINT_BALANCE),
    Line("LTV-001", M.VENUE_RATIO, S.MULTI_ASSETS, DOCUMENTED, label="LTV",
         compute=loan_to_value, kinds=(Kind.ACCOUNT,),
         formula="sum(debts * index) / sum(balances * index * ratio)"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.READING, label="available", gap=_NO_FREE,
         kinds=(Kind.ACCOUNT,)),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip
STANDARD_FUTURES: tuple[AnyLine, ...] = (
    Line("MM-001", M.MAINTENANCE_MARGIN, S.STANDARD, DOCUMENTED,
         label="adjustment factor * margin",
         how="factor * (size * entry / leverage + margin added by hand)"),
    Line("NAV-001", M.SUPPORT, S.STANDARD, DOCUMENTED, label="NAV",
         how="balance + P&L + fees and funding of open positions (cash flows, settled at close)"),
    Line("RATE-001", M.VENUE_RATIO, S.STANDARD, REPRODUCED, label="margin rate",
         compute=standard_margin_rate, formula="NAV / initial_margin - adjustment factor",
         how="NAV / initial margin - factor; closed at 0", seen="150 / 15 - 0.1 = 990 %"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.READING, label="available", gap=_NO_STANDARD_FREE),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip

# -- positions -----------------------------------------------------------------------------------

_ROOT = (
    "isolated long (size * entry - margin - maintAmount) / (size * (1 - rate - fee)), short with"
    " plus signs: the root of risk = 1; cross likewise"
)
_ROOT_STANDARD = (
    "open + open * (fees + funding - (1 - factor) * margin) / (volume * direction); coin"
    " direction * volume * open / ((1 - factor) * margin + direction * volume - fees - funding)"
)


def _position(
    source: Citation, maintenance: Citation, root: str, older: str = ""
) -> tuple[AnyLine, ...]:
    return (
        Line("", M.UNREALIZED_PNL, word="unrealizedProfit", of=Of.POSITION),
        Line("", M.NOTIONAL, word="positionValue", of=Of.POSITION),
        Line("IM-003", M.INITIAL_MARGIN, S.MARGIN, REPRODUCED, "initialMargin", Of.POSITION,
             how="size * entry / leverage; coin-M contracts * value / entry / leverage",
             seen="1.3922"),
        Line("", M.MARGIN_BALANCE, word="margin", of=Of.ISOLATED, older=older,
             how="fixed margin + unrealized P&L"),
        Line("", M.MARGIN_RATIO, word="riskRate", of=Of.POOL, unit=Unit.RATIO,
             how="the risk of the position's pool"),
        Line("MM-002", M.MAINTENANCE_MARGIN, maintenance, REPRODUCED, how="as its pool's"),
        Line("LIQ-001", M.LIQUIDATION_PRICE, source, DERIVED, "liquidationPrice", Of.POSITION,
             Unit.PRICE, how=root),
        Line("ROM-001", M.RETURN_ON_MARGIN, S.ACCOUNT, REPRODUCED, "pnlRatio", Of.POSITION,
             Unit.RETURN, how="unrealized P&L / initial margin", seen="-0.7465"),
        Line("ADL-001", M.ADL_SCORE, S.READING, label="rank for deleveraging", gap=_NO_ADL),
    )  # fmt: skip


POSITION = _position(S.RISK, S.TIERS, _ROOT, older="initialMargin")
STANDARD_POSITION = _position(S.STANDARD, S.STANDARD, _ROOT_STANDARD)
WORDS = printed_words(SINGLE, POSITION)
STANDARD_WORDS = printed_words(STANDARD_FUTURES, STANDARD_POSITION)

SINGLE_POOL, MULTI_POOL = pool_rules("BXP", SINGLE), pool_rules("BXM", MULTI)
PERPETUAL_POSITION, MULTI_POSITION = (position_rules(p, POSITION) for p in ("BXP", "BXM"))
STANDARD_POOL = pool_rules("BXS", STANDARD_FUTURES)
STANDARD_OF_POSITION = position_rules("BXS", STANDARD_POSITION)

NAME = "BingX"
TABLES = {
    "BXP": (SINGLE, POSITION),
    "BXM": (MULTI,),
    "BXS": (STANDARD_FUTURES, STANDARD_POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""
