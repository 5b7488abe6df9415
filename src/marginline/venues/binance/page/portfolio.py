"""Binance Portfolio Margin and PM Pro: one ratio, uniMMR, over everything.

Higher uniMMR is safer: adjusted equity over maintenance margin. Ours is the other way round and
carries the level, so that liquidation (uniMMR 1.05) is 1 like everywhere else.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.rules import Citation, Evidence
from marginline.core.findings import approximate, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.venues.binance.page import sources
from marginline.venues.binance.page.futures import PRICES
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit

S = sources
DOCUMENTED, DERIVED = Evidence.DOCUMENTED, Evidence.DERIVED

NO_REQUIREMENT = Decimal(99_999_999)
"""What `uniMMR` prints where nothing is required."""
_NO_INITIAL = not_applicable("PM Pro has no initial margin: it checks uniMMR, not orders")
_NO_AVAILABLE = unsupported("Binance's virtual available balance of portfolio margin is not public")
_NO_WITHDRAW = unsupported("Binance does not publish how much may leave a portfolio margin account")
_NO_ADL = unsupported("Binance does not publish how portfolio margin positions are ranked for ADL")
_DERIVED_LIQUIDATION = approximate(
    "Binance publishes no liquidation price of portfolio margin; derived from uniMMR = 1.05"
)


def uni_mmr(pool: PoolFigures) -> Figure:
    """Adjusted equity over maintenance margin; none without a requirement."""
    requirement = pool[M.MAINTENANCE_MARGIN]
    if requirement == 0:
        return not_applicable("without maintenance margin uniMMR is without bound")
    return pool[M.SUPPORT] / requirement


def withdrawable_pro(pool: PoolFigures) -> Figure:
    """What leaves uniMMR at 1.2 or better, in USD; never more than the coin's own wallet."""
    kept = Decimal("1.2") * pool[M.MAINTENANCE_MARGIN]
    return formulas.positive_part(pool[M.MARGIN_BALANCE] - kept)


def _pool(source: Citation) -> tuple[AnyLine, ...]:
    return (
        Line("EQ-001", M.EQUITY, source, DOCUMENTED, "actualEquity", Of.JOINT,
             how="sum(E * index)", seen="B29, B30"),
        Line("EQ-002", M.MARGIN_BALANCE, source, DOCUMENTED, "accountEquity", Of.JOINT,
             how="sum(min(E * index * rate, E * index)), rates in tiers for Pro",
             seen="B29, B30, B34"),
        Line("EQ-003", M.SUPPORT, source, DOCUMENTED, label="adjusted equity",
             how="account equity - `parameters.venue.open_loss` (PM only)", seen="B30"),
        Line("MM-001", M.MAINTENANCE_MARGIN, source, DOCUMENTED, "accountMaintMargin", Of.JOINT,
             how="futures MM * index + loan * rate by tier * index", seen="B29, B30"),
        Line("RATIO-001", M.VENUE_RATIO, source, DOCUMENTED, "uniMMR", Of.JOINT, Unit.COVER,
             compute=uni_mmr, formula="support / maintenance_margin",
             how="adjusted equity / maintenance margin: higher is safer", seen="B29, B30"),
    )  # fmt: skip


POSITION: tuple[AnyLine, ...] = (
    *(
        Line(f"LIQ-00{n}", measure, S.READING, DERIVED, caveat=_DERIVED_LIQUIDATION,
             how="not published: the price where uniMMR = 1.05; APPROXIMATE")
        for n, measure in enumerate(PRICES, start=1)
    ),
    Line("ADL-001", M.ADL_SCORE, S.READING, gap=_NO_ADL),
)  # fmt: skip
PM: tuple[AnyLine, ...] = (
    *_pool(S.PM),
    Line("IM-001", M.INITIAL_MARGIN, S.PM_RULES, DOCUMENTED, "accountInitialMargin", Of.JOINT,
         how="value / leverage + borrowed / (leverage - 1)", seen="B31"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.PM_RULES, word="totalAvailableBalance", of=Of.JOINT,
         label="virtual available", gap=_NO_AVAILABLE),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.READING, word="virtualMaxWithdrawAmount", of=Of.JOINT,
         gap=_NO_WITHDRAW),
)  # fmt: skip
_INITIALS = (
    M.POSITION_INITIAL_MARGIN,
    M.ORDER_INITIAL_MARGIN,
    M.BORROW_INITIAL_MARGIN,
    M.INITIAL_MARGIN,
    M.INITIAL_MARGIN_RATIO,
    M.AVAILABLE_BALANCE,
)
PRO: tuple[AnyLine, ...] = (
    *_pool(S.PM_PRO),
    *(Line(f"IM-00{n}", m, S.PM_PRO, gap=_NO_INITIAL) for n, m in enumerate(_INITIALS, start=1)),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.PM_WITHDRAW, DOCUMENTED, label="max withdraw",
         compute=withdrawable_pro, formula="max(0, margin_balance - 1.2 * maintenance_margin)",
         seen="B33"),
)  # fmt: skip
PRO_POSITION: tuple[AnyLine, ...] = (
    *POSITION,
    Line("IM-010", M.INITIAL_MARGIN, S.PM_PRO, gap=_NO_INITIAL),
    Line("ROM-001", M.RETURN_ON_MARGIN, S.PM_PRO, gap=_NO_INITIAL),
)
