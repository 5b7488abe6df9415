"""Bybit's unified account in isolated and cross mode, beyond the standard measures.

Read these lists beside Bybit's own pages; they are in their order: the glossary's account
quantities, collateral, borrowing, margin of positions, liquidation, deleveraging, P&L.
"""

from __future__ import annotations

from collections.abc import Iterable

from marginline import formulas
from marginline.core.assessment.facts import (
    leg_facts,
    part_facts,
    price_facts,
    tier_facts,
    walk_facts,
)
from marginline.core.assessment.figures import (
    PoolFigures,
    PoolRules,
    PositionFigures,
    PositionRule,
    PositionRules,
)
from marginline.core.assessment.rules import Compute, Evidence, Fact, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, Gap, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Basis, Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.page.orders_part import orders_part, position_only
from marginline.venues.bybit.page.ruling import rule
from marginline.venues.bybit.pools import prices

REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED, ACCOUNT = Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT


# -- pool --------------------------------------------------------------------------------------


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
            symbol = position.exposure.instrument.symbol
            amount = orders_part(position)
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
        yield Fact(
            f"of it from unrealized loss (may be free of interest) in {loan.asset}",
            formulas.smaller(owed - need(loan.fixed), loss),
            loan.asset,
            str(sources.BORROWING),
        )


WITHDRAW_CAVEAT = (
    Code.APPROXIMATE,
    "Bybit prints no amount that may leave a unified account: available less bonus is our reading",
)
_FREE = not_applicable("this pool holds free money only: in isolated mode positions stand apart")


def joint_balances(prefix: str) -> PoolRules:
    """What a joint pool holds, in cross and in portfolio mode."""
    return (
        STANDARD[M.WALLET_BALANCE].cited(
            f"{prefix}-BAL-001", sources.WALLET, DOCUMENTED, label="totalWalletBalance"
        ),
        STANDARD[M.CREDIT].cited(f"{prefix}-BAL-002", sources.BONUS, DOCUMENTED, label="bonus"),
        STANDARD[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-001", sources.GLOSSARY, DOCUMENTED, label="totalPerpUPL"
        ),
        STANDARD[M.EQUITY].cited(
            f"{prefix}-EQ-001", sources.GLOSSARY, DOCUMENTED, label="totalEquity"
        ),
        STANDARD[M.COLLATERAL_VALUE].cited(f"{prefix}-COL-001", sources.COLLATERAL, DOCUMENTED),
        STANDARD[M.HAIRCUT].cited(f"{prefix}-COL-002", sources.COLLATERAL, DOCUMENTED),
    )


def joint_ratios(prefix: str) -> PoolRules:
    """How far a joint pool's margin goes: rates, what is free, what may leave."""
    return (
        STANDARD[M.MARGIN_RATIO].cited(
            f"{prefix}-RATIO-001", sources.GLOSSARY, DOCUMENTED, label="accountMMRate"
        ),
        STANDARD[M.VENUE_RATIO].cited(
            f"{prefix}-RATIO-002", sources.GLOSSARY, DOCUMENTED, label="accountMMRate"
        ),
        STANDARD[M.INITIAL_MARGIN_RATIO].cited(
            f"{prefix}-RATIO-003", sources.GLOSSARY, DOCUMENTED, label="accountIMRate"
        ),
        rule(
            f"{prefix}-AVL-001",
            M.AVAILABLE_BALANCE,
            available_cross,
            "margin_balance - haircut loss - initial_margin",
            sources.GLOSSARY,
            DOCUMENTED,
            label="totalAvailableBalance",
        ),
        rule(
            f"{prefix}-WDR-001",
            M.WITHDRAWABLE_BALANCE,
            withdrawable_cross,
            "max(0, min(available_balance, wallet_balance) - credit)",
            sources.BONUS,
            DERIVED,
            caveat=WITHDRAW_CAVEAT,
        ),
    )


def _cross_pool(basis: Basis) -> PoolRules:
    """The joint pool, in the glossary's order; `basis` names the price of positions."""
    margins = sources.NEW_MARGIN
    since = "M" if basis is Basis.MARK else "E"
    return (
        *joint_balances("BYCR"),
        rule(
            "BYCR-BAL-003",
            M.MARGIN_BALANCE,
            STANDARD[M.MARGIN_BALANCE].compute,
            "sum((balance - borrowed + unrealized_pnl), after its collateral ratio, * index)",
            sources.GLOSSARY,
            DOCUMENTED,
            label="totalMarginBalance",
            facts=leg_facts,
        ),
        STANDARD[M.SUPPORT].cited(
            "BYCR-BAL-004",
            sources.GLOSSARY,
            DOCUMENTED,
            label="margin balance - haircut loss + order loss",
        ),
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            "BYCR-IM-001", margins, REPRODUCED, label="totalPositionIM"
        ),
        STANDARD[M.ORDER_INITIAL_MARGIN].cited(
            "BYCR-IM-002", sources.CONTRACT_RULES, DOCUMENTED, label="totalOrderIM"
        ),
        rule(
            "BYCR-IM-003",
            M.BORROW_INITIAL_MARGIN,
            STANDARD[M.BORROW_INITIAL_MARGIN].compute,
            "sum(owed * index * initial rate of the tier (1 / spot leverage))",
            sources.BORROWING,
            DERIVED,
            label="borrowed assets IM",
            facts=interest_bearing,
        ),
        STANDARD[M.INITIAL_MARGIN].cited(
            "BYCR-IM-004", sources.GLOSSARY, DOCUMENTED, label="totalInitialMargin"
        ),
        rule(
            "BYCR-MM-002" if basis is Basis.MARK else "BYCR-MM-001",
            M.MAINTENANCE_MARGIN,
            maintenance_margin,
            f"sum(q {since} r - D + close fee) + orders above it + loans * index * rate",
            sources.GLOSSARY,
            DOCUMENTED,
            label="totalMaintenanceMargin",
            facts=maintenance_facts,
            regroups=True,
        ),
        *joint_ratios("BYCR"),
    )


ISOLATED_POOL: PoolRules = (
    STANDARD[M.WALLET_BALANCE].cited(
        "BYIS-BAL-001",
        sources.WALLET,
        DOCUMENTED,
        kinds=(CROSS,),
        label="walletBalance - margins of positions",
    ),
    STANDARD[M.WALLET_BALANCE].cited(
        "BYIS-BAL-002",
        sources.POSITIONS,
        DOCUMENTED,
        kinds=(ISOLATED,),
        label="positionBalance",
    ),
    STANDARD[M.CREDIT].cited(
        "BYIS-BAL-003", sources.BONUS, DOCUMENTED, kinds=(CROSS,), label="bonus"
    ),
    STANDARD[M.POSITION_INITIAL_MARGIN].cited(
        "BYIS-IM-001", sources.NEW_MARGIN, DOCUMENTED, kinds=(ISOLATED,), label="positionIM"
    ),
    STANDARD[M.ORDER_INITIAL_MARGIN].cited(
        "BYIS-IM-002", sources.CONTRACT_RULES, DOCUMENTED, kinds=(CROSS,), label="totalOrderIM"
    ),
    STANDARD[M.MAINTENANCE_MARGIN].cited(
        "BYIS-MM-001", sources.NEW_MARGIN, DOCUMENTED, kinds=(ISOLATED,), label="positionMM"
    ),
    absent("BYIS-MM-002", M.MAINTENANCE_MARGIN, _FREE, sources.ACCOUNT_INFO, CROSS),
    absent("BYIS-RATIO-001", M.MARGIN_RATIO, _FREE, sources.GLOSSARY, CROSS),
    absent("BYIS-RATIO-002", M.VENUE_RATIO, _FREE, sources.GLOSSARY, CROSS),
    absent("BYIS-RATIO-003", M.BUFFER, _FREE, sources.GLOSSARY, CROSS),
    rule(
        "BYIS-AVL-001",
        M.AVAILABLE_BALANCE,
        available_isolated,
        "wallet_balance - order_initial_margin - locked - credit",
        sources.GLOSSARY,
        DOCUMENTED,
        label="walletBalance - totalPositionIM - totalOrderIM - locked - bonus",
        kinds=(CROSS,),
    ),
    rule(
        "BYIS-WDR-001",
        M.WITHDRAWABLE_BALANCE,
        withdrawable_isolated,
        "max(0, available_balance)",
        sources.GLOSSARY,
        DERIVED,
        label="transferable",
        kinds=(CROSS,),
    ),
    absent(
        "BYIS-WDR-002",
        M.WITHDRAWABLE_BALANCE,
        not_applicable("margin leaves an isolated position for its asset's wallet first"),
        sources.READING,
        ISOLATED,
    ),
)


# -- positions ---------------------------------------------------------------------------------

_ADL_CAVEAT = (
    Code.APPROXIMATE,
    "Bybit ranks by leveraged return and does not publish how it is counted in a unified account",
)
_BELOW = "the price below the mark where support = maintenance_margin, up to the tick"
_ABOVE = "the price above the mark where support = maintenance_margin, down to the tick"
_PRINTED = (
    "long (q E (1 - 1/L) - D - X / (1 - f)) / (q (1 - r)), short (q E (1 + 1/L) + D + X / (1 + f))"
    " / (q (1 + r)); inverse long Q (1 + r) / (Q/E (1 + 1/L) + X / (1 + f) + D), short"
    " Q (1 - r) / (Q/E (1 - 1/L) - X / (1 - f) - D); on the tick"
)


def position_rules(prefix: str, basis: Basis, *, isolated: bool) -> PositionRules:
    """Rules of a position whose maintenance is priced at `basis`."""
    price = "M" if basis is Basis.MARK else "E"
    initial_price = "E" if isolated else price
    of = STANDARD_OF_POSITION
    number = 2 if basis is Basis.MARK else 1  # the entry-based rule came first
    fee = "q E (1 -/+ 1/L) f (inverse Q/E (1 +/- 1/L) f)"
    return (
        rule(
            f"{prefix}-IM-10{number}",
            M.INITIAL_MARGIN,
            of[M.INITIAL_MARGIN].compute,
            f"q {initial_price} / L + {fee}",
            sources.NEW_MARGIN,
            REPRODUCED,
            label="positionIM",
            facts=of[M.INITIAL_MARGIN].facts,
        ),
        rule(
            f"{prefix}-MM-10{number}",
            M.MAINTENANCE_MARGIN,
            of[M.MAINTENANCE_MARGIN].compute if isolated else position_only,
            f"q {price} r - D + {fee}",
            sources.NEW_MARGIN,
            REPRODUCED if basis is Basis.ENTRY or isolated else DOCUMENTED,
            label="positionMM",
            facts=tier_facts,
            regroups=True,
        ),
        of[M.TIER].cited(f"{prefix}-TIER-001", sources.RISK_LIMIT, DOCUMENTED, label="riskId"),
        *_liquidation(prefix, printed=isolated and basis is Basis.MARK),
        _bankruptcy(prefix, isolated=isolated),
        *profit_rules(prefix),
    )


def _liquidation(prefix: str, *, printed: bool) -> PositionRules:
    source = sources.LIQUIDATION_ISOLATED if printed else sources.LIQUIDATION
    ends: tuple[tuple[M, Compute[PositionFigures], str], ...] = (
        (M.LIQUIDATION_PRICE_BELOW, prices.liquidation_price_below, _BELOW),
        (M.LIQUIDATION_PRICE_ABOVE, prices.liquidation_price_above, _ABOVE),
        (M.LIQUIDATION_PRICE, prices.liquidation_price, "the end on the side that hurts"),
    )
    if printed:
        ends = (
            (M.LIQUIDATION_PRICE_BELOW, prices.liquidation_price_below, _BELOW),
            (M.LIQUIDATION_PRICE_ABOVE, prices.liquidation_price_above, _ABOVE),
            (M.LIQUIDATION_PRICE, prices.printed_price, _PRINTED),
        )
    evidence = DERIVED if printed else DOCUMENTED
    return tuple(
        rule(
            f"{prefix}-LIQ-{'1' if printed else '0'}0{n}",
            measure,
            compute,
            formula,
            source,
            evidence,
            label="liqPrice",
            facts=printed_facts if printed else walk_facts,
        )
        for n, (measure, compute, formula) in enumerate(ends, start=1)
    )


def printed_facts(position: PositionFigures) -> Iterable[Fact]:
    """What stands in the isolated formula: the margin with its grossed addition, and the terms."""
    exposure = position.exposure
    yield from price_facts(position)
    yield from tier_facts(position)
    for name, figure in exposure.own.items():
        shown = figure.message if isinstance(figure, Gap) else figure
        yield Fact(name.replace("_", " "), shown, "", "account")


def _bankruptcy(prefix: str, *, isolated: bool) -> PositionRule:
    if not isolated:
        return rule(
            f"{prefix}-BKR-001",
            M.BANKRUPTCY_PRICE,
            prices.bankruptcy_price,
            "the price where margin_balance = 0, long up, short down to the tick",
            sources.READING,
            DERIVED,
        )
    return rule(
        f"{prefix}-BKR-002",
        M.BANKRUPTCY_PRICE,
        prices.own_bankruptcy_price,
        "E (1 -/+ 1/L) (inverse E L / (L +/- 1)), moved by added margin; long up, short down",
        sources.LIQUIDATION_ISOLATED,
        REPRODUCED,
        label="bustPrice",
        facts=STANDARD_OF_POSITION[M.BANKRUPTCY_PRICE].facts,
    )


def profit_rules(prefix: str) -> PositionRules:
    """P&L, break-even, funding and rank: the same in every mode."""
    of = STANDARD_OF_POSITION
    return (
        of[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-002", sources.POSITIONS, REPRODUCED, label="unrealisedPnl (at the mark)"
        ),
        rule(
            f"{prefix}-BE-001",
            M.BREAK_EVEN_PRICE,
            prices.break_even_price,
            "(E q - realized) / (q - |q| max(f, 0.00055))",
            sources.BREAK_EVEN,
            DOCUMENTED,
            label="breakEvenPrice",
            facts=of[M.BREAK_EVEN_PRICE].facts,
        ),
        of[M.FUNDING_NEXT].cited(f"{prefix}-FND-001", sources.FUNDING, DOCUMENTED, label="funding"),
        rule(
            f"{prefix}-ADL-001",
            M.ADL_SCORE,
            prices.adl_score,
            "unrealized_pnl / entry value * effective leverage",
            sources.ADL,
            SECOND_HAND,
            label="adlRankIndicator",
            caveat=_ADL_CAVEAT,
        ),
    )


CROSS_POOL_ENTRY = _cross_pool(Basis.ENTRY)
CROSS_POOL_MARK = _cross_pool(Basis.MARK)
CROSS_POSITION_ENTRY = position_rules("BYCR", Basis.ENTRY, isolated=False)
CROSS_POSITION_MARK = position_rules("BYCR", Basis.MARK, isolated=False)
ISOLATED_POSITION_ENTRY = position_rules("BYIS", Basis.ENTRY, isolated=True)
ISOLATED_POSITION_MARK = position_rules("BYIS", Basis.MARK, isolated=True)
