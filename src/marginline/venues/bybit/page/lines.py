"""Bybit's unified account in isolated and cross mode, and its classic inverse account.

Read the lines beside Bybit's own pages; they are in their order: the glossary's account
quantities, collateral, borrowing, margin of positions, liquidation, deleveraging, P&L. Signs: upper
for a long, lower for a short.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.facts import (
    liquidation_facts,
    part_facts,
    price_facts,
    shown,
    tier_facts,
)
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Evidence, Fact
from marginline.core.assessment.standard import STANDARD_OF_POSITION
from marginline.core.findings import approximate, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool import terms
from marginline.core.pool.exposure import Basis, Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.pools import contracts
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit

S = sources
REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED = (Kind.CROSS,), (Kind.ISOLATED,)

WITHDRAW_CAVEAT = approximate(
    "Bybit prints no amount that may leave a unified account: available less bonus is our reading"
)
_ADL_CAVEAT = approximate(
    "Bybit ranks by leveraged return and does not publish how it is counted in a unified account"
)
_FREE = not_applicable("this pool holds free money only: in isolated mode positions stand apart")
_POSTED = not_applicable("margin leaves an isolated position for its asset's wallet first")

# -- arithmetic of its own ---------------------------------------------------------------------


def orders_part(position: PositionFigures) -> Decimal:
    """What the larger order side adds to the maintenance margin of a symbol, in its settle."""
    exposure = position.exposure
    extra = need(exposure.maintenance.extra_notional)
    if not extra:
        return ZERO
    schedule, value = terms.schedule_of(exposure), terms.charged_value(exposure)
    low, high = schedule.row(value - extra), schedule.row(value)
    return formulas.tier_requirement(
        value, schedule.rates[high], schedule.deductions[high]
    ) - formulas.tier_requirement(value - extra, schedule.rates[low], schedule.deductions[low])


def position_only(position: PositionFigures) -> Figure:
    """Maintenance margin of the position without its symbol's orders, closing fee included."""
    return position.maintenance() - orders_part(position)


def maintenance_margin(pool: PoolFigures) -> Figure:
    """Positions, the orders above them, orders of symbols without a position, loans."""
    total = pool.total(M.MAINTENANCE_MARGIN, requirement=True)
    for position in pool.positions:
        total += orders_part(position) * need(position.exposure.requirement_rate)
    total += sum((need(part.amount) for part in pool.pool.maintenance_parts), ZERO)
    borrows = (loan.charge(pool.owed(loan), loan.maintenance) for loan in pool.pool.borrows)
    return total + sum(borrows, ZERO)


def maintenance_facts(pool: PoolFigures) -> Iterable[Fact]:
    """What the positions do not carry: orders, loans."""
    for position in pool.positions:
        if position.exposure.maintenance.extra_notional != ZERO:
            symbol, amount = position.exposure.instrument.symbol, orders_part(position)
            yield Fact(f"orders of {symbol}", amount, position.exposure.asset, "account")
    yield from part_facts(pool)


def available_cross(pool: PoolFigures) -> Figure:
    """Margin balance less haircut loss and initial margin; the order loss is not taken off."""
    haircut = next(need(p.amount) for p in pool.pool.adjustments if p.name == "haircut loss")
    return formulas.available_margin(pool[M.MARGIN_BALANCE] + haircut, pool[M.INITIAL_MARGIN])


def withdrawable_cross(pool: PoolFigures) -> Figure:
    """The smaller of available and wallet balance, less bonus."""
    free = formulas.smaller(pool[M.AVAILABLE_BALANCE], pool[M.WALLET_BALANCE])
    return formulas.positive_part(free - pool[M.CREDIT])


def available_isolated(pool: PoolFigures) -> Figure:
    """Free money of one asset: wallet less position margins, order margins, locked and bonus."""
    free = formulas.available_margin(pool[M.SUPPORT], pool[M.INITIAL_MARGIN])
    return free - pool[M.CREDIT]


def withdrawable_isolated(pool: PoolFigures) -> Figure:
    """What is available, nothing where that is negative."""
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE])


def interest_bearing(pool: PoolFigures) -> Iterable[Fact]:
    """What is owed in each asset, and the part of it that comes from unrealized losses alone.

    Only that part may be free of interest, up to the asset's interest-free allowance; margin is
    charged on all of it.
    """
    for loan in pool.pool.borrows:
        owed = pool.owed(loan)
        if not owed:
            continue
        yield Fact(f"owed in {loan.asset}", owed, loan.asset, "account")
        loss = -formulas.negative_part(pool.pnl_of(loan.asset))
        name = f"of it from unrealized loss (may be free of interest) in {loan.asset}"
        free = formulas.smaller(owed - need(loan.fixed), loss)
        yield Fact(name, free, loan.asset, str(S.BORROWING))


def printed_facts(position: PositionFigures) -> Iterable[Fact]:
    """What stands in the isolated formula: the margin with its grossed addition, and the terms."""
    yield from price_facts(position)
    yield from tier_facts(position)
    for name, figure in position.exposure.own.items():
        yield Fact(name.replace("_", " "), shown(figure), "", "account")


# -- pools -------------------------------------------------------------------------------------

JOINT_BALANCES: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, S.WALLET, DOCUMENTED, "totalWalletBalance", Of.CUT,
         how="ours: sum(balance * USD index), gross of `spotBorrow`; theirs after collateral ratio"
         " and switch, and `reconcile` compares it so", seen="theirs reproduced, 4 accounts"),
    Line("BAL-002", M.CREDIT, S.BONUS, DOCUMENTED, label="bonus", seen="2023-02-28",
         how="inside the balance: supports, cannot be withdrawn"),
    Line("PNL-001", M.UNREALIZED_PNL, S.GLOSSARY, DOCUMENTED, "totalPerpUPL", Of.CUT,
         how="ours at the mark; theirs after collateral ratio and switch",
         seen="theirs reproduced, 4 accounts"),
    Line("", M.UNREALIZED_PNL, word="totalPerpUpl", of=Of.CUT, how="the same, as streams spell it"),
    Line("EQ-001", M.EQUITY, S.GLOSSARY, DOCUMENTED, "totalEquity", Of.JOINT,
         how="wallet + P&L + option value - borrowed, no haircut"),
    Line("COL-001", M.COLLATERAL_VALUE, S.COLLATERAL, DOCUMENTED,
         how="by quantity of the coin, slice by slice, positive amounts alone",
         seen="reproduced on the article's BTC table"),
    Line("COL-002", M.HAIRCUT, S.COLLATERAL, DOCUMENTED),
)  # fmt: skip
JOINT_RATIOS: tuple[AnyLine, ...] = (
    Line("RATIO-001", M.MARGIN_RATIO, S.GLOSSARY, DOCUMENTED, "accountMMRate", Of.JOINT, Unit.RATIO,
         how="total MM / support; liquidation at 100 %"),
    Line("RATIO-002", M.VENUE_RATIO, S.GLOSSARY, DOCUMENTED, label="accountMMRate",
         how="total MM / support"),
    Line("RATIO-003", M.INITIAL_MARGIN_RATIO, S.GLOSSARY, DOCUMENTED, "accountIMRate", Of.JOINT,
         Unit.RATIO, how="total IM / support"),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.GLOSSARY, DOCUMENTED, "totalAvailableBalance", Of.JOINT,
         compute=available_cross, formula="margin_balance - haircut loss - initial_margin",
         how="margin balance - haircut loss - total IM (no order loss)"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.BONUS, DERIVED, caveat=WITHDRAW_CAVEAT,
         compute=withdrawable_cross, how="max(0, min(available, wallet) - bonus), APPROXIMATE",
         formula="max(0, min(available_balance, wallet_balance) - credit)"),
)  # fmt: skip
LOANS: AnyLine = Line(
    "IM-003", M.BORROW_INITIAL_MARGIN, S.BORROWING, DERIVED, facts=interest_bearing,
    formula="sum(owed * index * initial rate of the tier (1 / spot leverage))",
    label="borrowed assets IM",
)  # fmt: skip
_OF_BASIS = {Basis.ENTRY: (1, "E"), Basis.MARK: (2, "M")}  # the entry-based rule came first


def _cross(basis: Basis) -> tuple[AnyLine, ...]:
    """The joint pool, in the glossary's order; `basis` names the price of positions."""
    number, price = _OF_BASIS[basis]
    return (
        *JOINT_BALANCES,
        Line("BAL-003", M.MARGIN_BALANCE, S.GLOSSARY, DOCUMENTED, "totalMarginBalance", Of.JOINT,
             formula="sum((balance - borrowed + unrealized_pnl), after its collateral ratio,"
             " * index)"),
        Line("BAL-004", M.SUPPORT, S.GLOSSARY, DOCUMENTED,
             label="margin balance - haircut loss + order loss",
             how="`parameters.venue.haircut_loss` and `order_loss` (USD)"),
        Line("IM-001", M.POSITION_INITIAL_MARGIN, S.NEW_MARGIN, REPRODUCED,
             label="totalPositionIM"),
        Line("IM-002", M.ORDER_INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED, label="totalOrderIM"),
        LOANS,
        Line("IM-004", M.INITIAL_MARGIN, S.GLOSSARY, DOCUMENTED, "totalInitialMargin", Of.JOINT),
        Line(f"MM-00{number}", M.MAINTENANCE_MARGIN, S.GLOSSARY, DOCUMENTED,
             "totalMaintenanceMargin", Of.JOINT, compute=maintenance_margin, regroups=True,
             formula=f"sum(q {price} r - D + close fee) + orders above it + loans * index * rate",
             facts=maintenance_facts),
        *JOINT_RATIOS,
    )  # fmt: skip


CROSS_ENTRY, CROSS_MARK = _cross(Basis.ENTRY), _cross(Basis.MARK)
COIN: tuple[AnyLine, ...] = tuple(
    Line("", measure, word=word, of=Of.COIN, how=how)
    for word, measure, how in (
        ("walletBalance", M.WALLET_BALANCE, "balance of the coin, in the coin"),
        ("unrealisedPnl", M.UNREALIZED_PNL, "P&L of what settles in it"),
        ("equity", M.EQUITY, "balance - borrowed + P&L + option value"),
        ("bonus", M.CREDIT, "credit"),
        ("totalPositionIM", M.POSITION_INITIAL_MARGIN, "of what settles in it"),
        ("totalPositionMM", M.MAINTENANCE_MARGIN, "of what settles in it"),
        ("totalOrderIM", M.ORDER_INITIAL_MARGIN, "of what settles in it"),
    )
)
"""What a row of a coin says, beside the coin's leg of the joint pool."""
ISOLATED_POOL: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, S.WALLET, DOCUMENTED, kinds=CROSS,
         label="walletBalance - margins of positions"),
    Line("BAL-002", M.WALLET_BALANCE, S.POSITIONS, DOCUMENTED, "positionBalance", Of.ISOLATED,
         kinds=ISOLATED),
    Line("BAL-003", M.CREDIT, S.BONUS, DOCUMENTED, kinds=CROSS, label="bonus",
         how="inside the balance: supports, cannot be withdrawn"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, S.NEW_MARGIN, DOCUMENTED, kinds=ISOLATED,
         label="positionIM"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED, kinds=CROSS,
         label="totalOrderIM"),
    Line("MM-001", M.MAINTENANCE_MARGIN, S.NEW_MARGIN, DOCUMENTED, kinds=ISOLATED,
         label="positionMM"),
    Line("MM-002", M.MAINTENANCE_MARGIN, S.ACCOUNT_INFO, gap=_FREE, kinds=CROSS),
    Line("RATIO-001", M.MARGIN_RATIO, S.GLOSSARY, gap=_FREE, kinds=CROSS),
    Line("RATIO-002", M.VENUE_RATIO, S.GLOSSARY, gap=_FREE, kinds=CROSS),
    Line("RATIO-003", M.BUFFER, S.GLOSSARY, gap=_FREE, kinds=CROSS),
    Line("AVL-001", M.AVAILABLE_BALANCE, S.GLOSSARY, DOCUMENTED, kinds=CROSS,
         label="walletBalance - totalPositionIM - totalOrderIM - locked - bonus",
         compute=available_isolated,
         formula="wallet_balance - order_initial_margin - locked - credit"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.GLOSSARY, DERIVED, label="transferable", kinds=CROSS,
         compute=withdrawable_isolated, formula="max(0, available_balance)"),
    Line("WDR-002", M.WITHDRAWABLE_BALANCE, S.READING, gap=_POSTED, kinds=ISOLATED),
)  # fmt: skip

# -- positions ---------------------------------------------------------------------------------

_FEE = "q E (1 -/+ 1/L) f (inverse Q/E (1 +/- 1/L) f)"
_BELOW = "the price below the mark where support = maintenance_margin, up to the tick"
_ABOVE = "the price above the mark where support = maintenance_margin, down to the tick"
_PRINTED = (
    "long (q E (1 - 1/L) - D - X / (1 - f)) / (q (1 - r)), short (q E (1 + 1/L) + D + X / (1 + f))"
    " / (q (1 + r)); inverse long Q (1 + r) / (Q/E (1 + 1/L) + X / (1 + f) + D), short"
    " Q (1 - r) / (Q/E (1 - 1/L) - X / (1 - f) - D); on the tick"
)
_NO_PRICE = (ZERO, Decimal(999999))  # what is printed where no price is reached
_IM_SEEN = {Basis.ENTRY: "53.98243950, 3.634521", Basis.MARK: "2,537.375"}

PROFIT: tuple[AnyLine, ...] = (
    Line("PNL-002", M.UNREALIZED_PNL, S.POSITIONS, REPRODUCED, "unrealisedPnl", Of.POSITION,
         label="unrealisedPnl (at the mark)", how="q (M - E), inverse Q (1/E - 1/M)",
         seen="-0.00029413, -1.83"),
    Line("BE-001", M.BREAK_EVEN_PRICE, S.BREAK_EVEN, DOCUMENTED, "breakEvenPrice", Of.POSITION,
         Unit.PRICE, compute=contracts.break_even_price, none=_NO_PRICE,
         formula="(E q - realized) / (q - |q| max(f, 0.00055))",
         how="(E q - realized) / (q - abs(q) max(f, 0.00055)); inverse (Q + abs(Q) f) /"
         " (Q/E + realized) derived", facts=STANDARD_OF_POSITION[M.BREAK_EVEN_PRICE].facts),
    Line("FND-001", M.FUNDING_NEXT, S.FUNDING, DOCUMENTED, label="funding",
         how="-value at the mark * rate"),
    Line("ADL-001", M.ADL_SCORE, S.ADL, SECOND_HAND, label="adlRankIndicator", caveat=_ADL_CAVEAT,
         compute=contracts.adl_score, formula="unrealized_pnl / entry value * effective leverage"),
)  # fmt: skip
"""P&L, break-even, funding and rank: the same in every mode."""
BANKRUPTCY: AnyLine = Line(
    "BKR-001", M.BANKRUPTCY_PRICE, S.READING, DERIVED, compute=contracts.bankruptcy_price,
    formula="the price where margin_balance = 0, long up, short down to the tick",
)  # fmt: skip
_OWN_BANKRUPTCY: AnyLine = Line(
    "BKR-002", M.BANKRUPTCY_PRICE, S.LIQUIDATION_ISOLATED, REPRODUCED, "bustPrice", Of.POSITION,
    Unit.PRICE, compute=contracts.own_bankruptcy_price, none=_NO_PRICE,
    formula="E (1 -/+ 1/L) (inverse E L / (L +/- 1)), moved by added margin; long up, short down",
    facts=STANDARD_OF_POSITION[M.BANKRUPTCY_PRICE].facts, seen="7,735.372549 from 7,890.08 at 50x",
)  # fmt: skip


def _liquidation(*, printed: bool) -> tuple[AnyLine, ...]:
    """The ends of the safe range; `printed`: the price is the isolated formula's own."""
    first = 100 if printed else 0
    below, above, price = (f"LIQ-{first + n:03}" for n in (1, 2, 3))
    source = S.LIQUIDATION_ISOLATED if printed else S.LIQUIDATION
    evidence = DERIVED if printed else DOCUMENTED
    facts = printed_facts if printed else liquidation_facts
    return (
        Line(below, M.LIQUIDATION_PRICE_BELOW, source, evidence, label="liqPrice", facts=facts,
             compute=contracts.liquidation_price_below, formula=_BELOW),
        Line(above, M.LIQUIDATION_PRICE_ABOVE, source, evidence, label="liqPrice", facts=facts,
             compute=contracts.liquidation_price_above, formula=_ABOVE),
        Line(price, M.LIQUIDATION_PRICE, source, evidence, "liqPrice", Of.POSITION, Unit.PRICE,
             compute=contracts.printed_price if printed else contracts.liquidation_price,
             formula=_PRINTED if printed else "the end on the side that hurts", facts=facts,
             none=_NO_PRICE),
    )  # fmt: skip


def _position(basis: Basis, *, isolated: bool) -> tuple[AnyLine, ...]:
    """Lines of a position whose maintenance is priced at `basis`."""
    number, price = _OF_BASIS[basis]
    initial_price = "E" if isolated else price
    reproduced = isolated or basis is Basis.ENTRY
    return (
        Line(f"IM-10{number}", M.INITIAL_MARGIN, S.NEW_MARGIN, REPRODUCED, "positionIM",
             Of.POSITION, formula=f"q {initial_price} / L + {_FEE}",
             seen="" if isolated else _IM_SEEN[basis]),
        Line(f"MM-10{number}", M.MAINTENANCE_MARGIN, S.NEW_MARGIN,
             REPRODUCED if reproduced else DOCUMENTED, "positionMM", Of.POSITION,
             compute=None if isolated else position_only, facts=tier_facts, regroups=True,
             formula=f"q {price} r - D + {_FEE}",
             seen="" if isolated or basis is Basis.MARK else "2.97456450, 0.381021"),
        Line("TIER-001", M.TIER, S.RISK_LIMIT, DOCUMENTED, label="riskId",
             how="tiers over position and orders of the symbol; marginal limits", seen=""
             "every deduction of BTCUSDT's 20 rows follows from limits and rates"),
        *_liquidation(printed=isolated and basis is Basis.MARK),
        _OWN_BANKRUPTCY if isolated else BANKRUPTCY,
        *PROFIT,
    )  # fmt: skip


CROSS_POSITION_ENTRY = _position(Basis.ENTRY, isolated=False)
CROSS_POSITION_MARK = _position(Basis.MARK, isolated=False)
ISOLATED_POSITION_ENTRY = _position(Basis.ENTRY, isolated=True)
ISOLATED_POSITION_MARK = _position(Basis.MARK, isolated=True)


# -- the classic inverse account ------------------------------------------------------------------


_PROFIT_CAVEAT = approximate(
    "what may leave the classic account is second-hand: unrealized profit and bonus stay"
)
_NOT_AT_ONCE = not_applicable("margin leaves an isolated position for its coin's wallet first")


def available_inverse(pool: PoolFigures) -> Figure:
    """Margin balance less the margins of positions and orders."""
    return formulas.available_margin(pool[M.MARGIN_BALANCE], pool[M.INITIAL_MARGIN])


def withdrawable_inverse(pool: PoolFigures) -> Figure:
    """Available less unrealized profit and bonus."""
    profit = formulas.positive_part(pool[M.UNREALIZED_PNL])
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE] - profit - pool[M.CREDIT])


_L = S.LIQUIDATION_INVERSE
INVERSE_POOL: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, _L, DOCUMENTED, label="wallet balance"),
    Line("BAL-002", M.CREDIT, S.BONUS, DOCUMENTED, label="bonus"),
    Line("BAL-003", M.MARGIN_BALANCE, _L, DOCUMENTED, label="equity"),
    Line("BAL-004", M.SUPPORT, _L, REPRODUCED, label="balance - order margin + unrealized P&L"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, S.ORDER_COST, DOCUMENTED, label="position margin"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED, label="order margin",
         how="as in the unified account; a buy at min(limit, best ask), a sell at max(limit, best"
         " bid), where the market is given"),
    Line("IM-003", M.INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED,
         label="position and order margin"),
    Line("MM-001", M.MAINTENANCE_MARGIN, _L, REPRODUCED, label="maintenance margin"),
    Line("RATIO-001", M.MARGIN_RATIO, _L, DERIVED),
    Line("AVL-001", M.AVAILABLE_BALANCE, _L, SECOND_HAND, label="available balance",
         compute=available_inverse, formula="margin_balance - initial_margin"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.BONUS, SECOND_HAND, label="withdrawable", kinds=CROSS,
         compute=withdrawable_inverse, caveat=_PROFIT_CAVEAT,
         formula="max(0, available_balance - max(0, unrealized_pnl) - credit)"),
    Line("WDR-002", M.WITHDRAWABLE_BALANCE, S.READING, gap=_NOT_AT_ONCE, kinds=ISOLATED),
)  # fmt: skip
_ENDS = (
    (M.LIQUIDATION_PRICE_BELOW, contracts.liquidation_price_below, ""),
    (M.LIQUIDATION_PRICE_ABOVE, contracts.liquidation_price_above, ""),
    (M.LIQUIDATION_PRICE, contracts.liquidation_price, "5,739.50"),
)
INVERSE_POSITION: tuple[AnyLine, ...] = (
    Line("IM-101", M.INITIAL_MARGIN, S.ORDER_COST, DOCUMENTED, label="position margin",
         formula="Q / (E L) + Q/E (1 +/- 1/L) f"),
    Line("MM-101", M.MAINTENANCE_MARGIN, _L, REPRODUCED, label="maintenance margin",
         formula="Q/E r - D + Q f / bankruptcy price"),
    Line("TIER-001", M.TIER, S.RISK_LIMIT, DOCUMENTED, label="riskId"),
    *(
        Line(f"LIQ-00{n}", measure, _L, REPRODUCED, label="liqPrice", compute=compute, seen=seen,
             formula="Q (1/E - 1/P) = -(balance - order margin - Q/E r - Q f / bankruptcy price)",
             facts=liquidation_facts)
        for n, (measure, compute, seen) in enumerate(_ENDS, start=1)
    ),
    Line("BKR-001", M.BANKRUPTCY_PRICE, _L, REPRODUCED, label="bustPrice", seen="5,718.57",
         compute=contracts.own_bankruptcy_price,
         formula="long (1 + f) Q / (Q/E + balance - order margin), short (1 - f) Q / (Q/E - ...);"
         " isolated E L / (L +/- 1); long up, short down to the tick",
         facts=STANDARD_OF_POSITION[M.BANKRUPTCY_PRICE].facts),
    *PROFIT,
)  # fmt: skip
