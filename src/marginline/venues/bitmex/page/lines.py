"""BitMEX's page: its words, our measures, its rules, in its pages' order.

Balances, margin of a position, risk limits, cross margin, liquidation, deleveraging; and what is
other in multi-asset mode, where requirements, P&L and each asset's own balance are what they are,
and what stands against a requirement is not known, because BitMEX assigned the balances itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from marginline import formulas
from marginline.core.assessment import standard_position as standard
from marginline.core.assessment.facts import (
    fee_facts,
    leg_facts,
    leverage_facts,
    liquidation_facts,
    price_facts,
    shown,
    tier_facts,
)
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Citation, Evidence, Fact
from marginline.core.findings import Code, approximate, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bitmex.page import sources
from marginline.venues.bitmex.pools import contracts as own
from marginline.venues.bitmex.pools.contracts import COMMISSION, FUNDING, TAKER
from marginline.venues.bitmex.pools.resolve import ASSIGNMENT
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit, prices, printed_words

NAME, S = "BitMEX", sources
REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED = (Kind.CROSS,), (Kind.ISOLATED,)

_NO_RATIO = unsupported("how BitMEX made its marginUsedPcnt is not in what we could read")
_NO_REMOVAL = unsupported("how much margin could be taken off a position is not public")


_CROSS_PARTS = approximate(
    "the fee and funding parts of cross maintenance are those that one isolated position of"
    " 2022 shows; no document states them"
)
_OLD_CROSS = approximate(
    "before 2024 BitMEX liquidated cross positions one by one and shared only realized profit"
    " (realized every 10 minutes from 2023-04-11); that system is not public, the rules of"
    " 2024 are applied"
)
_ONE_HAIRCUT = approximate(
    "the announcement of 2025-02-25 states one haircut of 2 % for XBT, USDT and USDC and no pairs"
)

# -- arithmetic of its own ---------------------------------------------------------------------


def excess(pool: PoolFigures) -> Figure:
    """Margin balance less the margin of orders and the maintenance margin of positions."""
    return pool[M.MARGIN_BALANCE] - pool[M.ORDER_INITIAL_MARGIN] - pool[M.MAINTENANCE_MARGIN]


def withdrawable(pool: PoolFigures) -> Figure:
    """The smaller of wallet and margin balance less initial margin: no unrealized profit."""
    free = formulas.smaller(pool[M.WALLET_BALANCE], pool[M.MARGIN_BALANCE])
    return formulas.positive_part(free - pool[M.INITIAL_MARGIN] - pool[M.CREDIT])


def maintenance_facts(position: PositionFigures) -> Iterable[Fact]:
    """The step reached, the taker fee and what is reserved for it, the funding part."""
    yield from tier_facts(position)
    for name in (TAKER, COMMISSION, FUNDING):
        yield Fact(name, shown(position.exposure.own[name]))


def wallet_balance(pool: PoolFigures) -> Figure:
    """The pool's own asset alone: other assets have pools of their own."""
    return need(pool.pool.legs[0].balance)


def credit(pool: PoolFigures) -> Figure:
    """Bonus in the pool's own asset."""
    return pool.pool.legs[0].credit


def equity(pool: PoolFigures) -> Figure:
    """The pool's own asset less debts, with the P&L of its positions."""
    return pool.pool.legs[0].worth + pool[M.UNREALIZED_PNL]


def collateral_value(pool: PoolFigures) -> Figure:
    """Every asset's margin balance after its haircut for contracts that settle in this one."""
    return sum((leg.value(pool.amount(leg)) for leg in pool.pool.legs), ZERO)


def haircut(pool: PoolFigures) -> Figure:
    """What the haircuts take off, in the pool's asset."""
    legs = pool.pool.legs
    before = sum((pool.amount(leg) * need(leg.index) for leg in legs), ZERO)
    return before - pool[M.COLLATERAL_VALUE]


# -- pools -------------------------------------------------------------------------------------

POOL: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, S.TERMS, DOCUMENTED, "walletBalance", Of.ALL,
         label="walletBalance / posMargin",
         how="deposits - withdrawals + realised P&L; of an isolated position `posMargin`"),
    Line("", M.WALLET_BALANCE, word="amount", of=Of.ALL, how="of the wallet"),
    Line("PNL-001", M.UNREALIZED_PNL, S.CONTRACTS, DOCUMENTED, "unrealisedPnl", Of.ALL),
    Line("BAL-002", M.MARGIN_BALANCE, S.TERMS, DOCUMENTED, "marginBalance", Of.ALL,
         label="marginBalance / maintMargin of an isolated position",
         how="wallet + unrealised P&L; of an isolated position `maintMargin`"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, S.TERMS, DOCUMENTED,
         label="posInit / position margin", how="sum of entry value / leverage"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, S.ORDERS, DOCUMENTED, "initMargin", Of.CROSS,
         label="initMargin (grossOpenCost, grossOpenPremium)", how="see Orders",
         formula="sum((offers + bids beyond them) * (1 / leverage + 2 * taker fee)),"
         " reducing orders free"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.TERMS, DOCUMENTED, "availableMargin", Of.CROSS,
         how="margin balance - order margin - position margin; a shortfall is negative"),
    Line("EXC-001", M.EXCESS_BALANCE, S.TERMS, DOCUMENTED, "excessMargin", Of.CROSS,
         compute=excess, kinds=CROSS, formula="margin_balance - order_initial_margin"
         " - maintenance_margin",
         how="margin balance - order margin - maintenance margin (a measure of BitMEX alone, ADR"
         " 501)"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.TERMS, DOCUMENTED, "withdrawableMargin", Of.CROSS,
         compute=withdrawable, kinds=CROSS,
         formula="max(0, min(wallet_balance, margin_balance) - initial_margin - credit)",
         how="max(0, min(wallet, margin balance) - initial margin): unrealised profit never"
         " leaves"),
    Line("WDR-002", M.WITHDRAWABLE_BALANCE, S.TERMS, label="off an isolated position",
         gap=_NO_REMOVAL, kinds=ISOLATED),
    Line("MM-001", M.MAINTENANCE_MARGIN, S.PAYLOAD, REPRODUCED, label="posMaint",
         how="sum of `posMaint`"),
    Line("MM-002", M.MAINTENANCE_MARGIN, S.CROSS, SECOND_HAND, label="maintMargin", kinds=CROSS,
         how="of cross positions likewise"),
    Line("RATIO-001", M.VENUE_RATIO, S.API, label="marginUsedPcnt", gap=_NO_RATIO),
)  # fmt: skip

# -- positions ---------------------------------------------------------------------------------

_ENDS = (
    standard.liquidation_price,
    standard.liquidation_price_below,
    standard.liquidation_price_above,
)
_LINE = "the price where margin_balance = maintenance_margin, on the tick towards entry"
_MAINTENANCE = (
    "entry value * (rate of the step + max(0, side * funding rate))"
    " + 2 * taker fee * value at the bankruptcy price"
)


def _maintenance(
    number: str, source: Citation, evidence: Evidence, caveat: tuple[Code, str] | None = None
) -> AnyLine:
    """Of a position; known less well of a cross one, which has a caveat."""
    how = "rate * posCost + posComm + max(0, side * funding rate) * posCost"
    return Line(number, M.MAINTENANCE_MARGIN, source, evidence, label="posMaint",
        kinds=() if caveat is None else CROSS, caveat=caveat, formula=_MAINTENANCE,
        facts=maintenance_facts, how=how if caveat is None else "cross likewise")  # fmt: skip


def _ends(
    number: str, source: Citation, evidence: Evidence, caveat: tuple[Code, str] | None = None
) -> Iterable[AnyLine]:
    how = "where margin balance = posMaint, on the tick towards entry, both ends alike"
    line: AnyLine = Line(number, M.LIQUIDATION_PRICE, source, evidence, label="liquidationPrice",
        kinds=() if caveat is None else CROSS, caveat=caveat, formula=_LINE,
        facts=liquidation_facts,
        how=how if caveat is None else "cross likewise")  # fmt: skip
    for each, price in zip(prices(line), _ENDS, strict=True):
        yield replace(each, compute=own.on_tick(price))


def _position(caveat: tuple[Code, str]) -> tuple[AnyLine, ...]:
    return (
        Line("VAL-001", M.NOTIONAL, S.CONTRACTS, REPRODUCED, label="markValue",
             how="the value at the mark, unsigned"),
        Line("PNL-002", M.UNREALIZED_PNL, S.CONTRACTS, REPRODUCED, "unrealisedPnl", Of.POSITION),
        Line("IM-003", M.INITIAL_MARGIN, S.PAYLOAD, REPRODUCED, "posInit", Of.POSITION,
             compute=own.printed_initial, facts=leverage_facts,
             formula="entry value / leverage (none: * the step's initial rate), up to settle_step",
             how="posCost / leverage, **up** to `settle_step`"),
        _maintenance("MM-003", S.PAYLOAD, REPRODUCED),
        _maintenance("MM-004", S.CROSS, SECOND_HAND, caveat),
        Line("", M.MAINTENANCE_MARGIN, word="posMaint", of=Of.POSITION, how="as its rules above"),
        Line("", M.NOTIONAL, word="markValue", of=Of.POSITION, unit=Unit.VALUE,
             how="signed there, of an inverse long negative"),
        Line("RISK-001", M.TIER, S.RISK_LIMITS, DOCUMENTED, label="risk limit step + 1"),
        Line("RISK-002", M.MAINTENANCE_RATE, S.RISK_LIMITS, DOCUMENTED, label="maintMarginReq"),
        Line("BAL-003", M.MARGIN_BALANCE, S.PAYLOAD, REPRODUCED, "maintMargin", Of.ISOLATED,
             kinds=ISOLATED, how="posMargin + unrealisedPnl"),
        *_ends("LIQ-001", S.PAYLOAD, REPRODUCED),
        *_ends("LIQ-011", S.CROSS, DERIVED, caveat),
        Line("BKR-001", M.BANKRUPTCY_PRICE, S.PAYLOAD, REPRODUCED, label="bankruptPrice",
             compute=own.bankruptcy_price_isolated, kinds=ISOLATED, facts=price_facts,
             formula="entry - (posMargin - posComm) / (size * multiplier) (inverse: in 1/price),"
             " on the tick towards entry",
             how="E -/+ (posMargin - posComm) / (q * m), on the tick towards entry (long up, short"
             " down)"),
        Line("BKR-002", M.BANKRUPTCY_PRICE, S.READING, DERIVED, label="bankruptPrice",
             compute=own.on_tick(standard.bankruptcy_price), kinds=CROSS, facts=price_facts,
             formula="the price where margin_balance = 0, on the tick towards entry"),
        *(Line("", measure, word=word, of=Of.POSITION, unit=Unit.PRICE, how="as its rules above")
          for measure, word in ((M.LIQUIDATION_PRICE, "liquidationPrice"),
                                (M.BANKRUPTCY_PRICE, "bankruptPrice"))),
        Line("BE-001", M.BREAK_EVEN_PRICE, S.PAYLOAD, REPRODUCED, "breakEvenPrice", Of.POSITION,
             Unit.PRICE, compute=own.break_even_price, facts=fee_facts,
             formula="entry - fees / (size * multiplier) (inverse: in 1/price), up to the tick",
             how="E - fees / (q * m), up to the tick"),
        Line("ROE-001", M.RETURN_ON_MARGIN, S.PAYLOAD, REPRODUCED, "unrealisedRoePcnt",
             Of.POSITION, Unit.RETURN, how="unrealised P&L / posInit"),
        Line("FND-001", M.FUNDING_NEXT, S.FUNDING, DOCUMENTED, label="funding"),
        Line("ADL-001", M.ADL_SCORE, S.ADL, DOCUMENTED, compute=own.adl_score, facts=price_facts,
             label="PnL% * effective leverage (deleveragePercentile)",
             formula="pnl * leverage if pnl > 0, else pnl / leverage; pnl = (mark value - entry"
             " value) / |entry value|, leverage = |mark value| / (mark value - bankrupt value)"),
        Line("", M.WALLET_BALANCE, word="posMargin", of=Of.ISOLATED,
             how="posInit + posComm + posCross - posLoss; `isolated_margin` of the file"),
    )  # fmt: skip


POSITION_2022, POSITION_2024 = _position(_OLD_CROSS), _position(_CROSS_PARTS)

# -- multi-asset mode --------------------------------------------------------------------------

_NOT_ASSIGNED = (
    M.MARGIN_BALANCE, M.SUPPORT, M.MARGIN_RATIO, M.INITIAL_MARGIN_RATIO, M.BUFFER,
    M.AVAILABLE_BALANCE, M.EXCESS_BALANCE, M.WITHDRAWABLE_BALANCE, M.EFFECTIVE_LEVERAGE,
    M.UNREALIZED_SHARE, M.CREDIT_SHARE,
)  # fmt: skip
_NOT_ASSIGNED_OF_POSITION = (
    M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE, M.BANKRUPTCY_PRICE,
    M.ADL_SCORE, M.EFFECTIVE_LEVERAGE,
)  # fmt: skip
"""What needs the balance that stands behind a cross pool."""


def _gaps(hundreds: int, measures: tuple[M, ...]) -> tuple[AnyLine, ...]:
    return tuple(
        Line(f"GAP-{hundreds}{number:02}", measure, S.MULTI_ASSET, gap=ASSIGNMENT, kinds=CROSS)
        for number, measure in enumerate(measures, start=1)
    )


def _shared(source: Citation, caveat: tuple[Code, str] | None = None) -> tuple[AnyLine, ...]:
    return (
        Line("BAL-011", M.WALLET_BALANCE, S.TERMS, DOCUMENTED, label="walletBalance", kinds=CROSS,
             compute=wallet_balance, facts=leg_facts, formula="balance of the pool's own asset"),
        Line("BAL-012", M.CREDIT, S.READING, DERIVED, kinds=CROSS, compute=credit,
             facts=leg_facts, formula="credit in the pool's own asset"),
        Line("BAL-013", M.EQUITY, S.TERMS, DERIVED, label="marginBalance", kinds=CROSS,
             compute=equity, facts=leg_facts,
             formula="balance of the pool's own asset - owed + unrealized_pnl"),
        Line("COL-001", M.COLLATERAL_VALUE, source, DOCUMENTED, label="foreignMarginBalance",
             kinds=CROSS, compute=collateral_value, caveat=caveat, facts=leg_facts,
             formula="sum((balance + unrealized_pnl of the asset) * rate * ratio by settle"
             " asset)"),
        Line("COL-002", M.HAIRCUT, source, DOCUMENTED, label="haircut", kinds=CROSS,
             compute=haircut, facts=leg_facts,
             formula="sum((balance + unrealized_pnl of the asset) * rate) - collateral_value"),
        *_gaps(0, _NOT_ASSIGNED),
    )  # fmt: skip


_SHARED_2025 = _shared(S.HAIRCUTS_2025, _ONE_HAIRCUT)
MULTI_2022, MULTI_2025 = (*POOL, *_shared(S.MULTI_ASSET)), (*POOL, *_SHARED_2025)
MULTI_POSITION = (*POSITION_2024, *_gaps(1, _NOT_ASSIGNED_OF_POSITION))

WORDS = printed_words(POOL, POSITION_2024)
TABLES = {"BMEX": (POOL, POSITION_2024), "BMMA": (_SHARED_2025, MULTI_POSITION[-6:])}
"""Lines of pools and of positions by rulebook: the tables of the README."""
