"""CME: performance bond, call and daily settlement, in the order of its pages.

There is no liquidation price: below maintenance the broker calls, back up to initial. The price at
which that happens, all else standing, is the call price.
"""

from __future__ import annotations

from collections.abc import Iterable

from marginline import formulas
from marginline.core.assessment.facts import leg_facts, shown
from marginline.core.assessment.figures import (
    PoolFigures,
    PoolRules,
    PositionFigures,
    PositionRules,
)
from marginline.core.assessment.rules import Evidence, Fact, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.assessment.standard_position import position_initial, position_maintenance
from marginline.core.findings import not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.venues.cme import sources
from marginline.venues.cme.pools import INITIAL, MAINTENANCE

DOCUMENTED, DERIVED = Evidence.DOCUMENTED, Evidence.DERIVED

_CALLS = not_applicable("CME calls for performance bond instead of liquidating; see call_price")
_NO_TIERS = not_applicable("the performance bond is an amount per contract, without tiers")
_NO_RATIO = not_applicable("CME prints amounts, no ratio")
_NO_FUNDING = not_applicable("futures of CME pay no funding")
_ONE_INSTRUMENT = not_applicable(
    "the account does not hold exactly one instrument; see its positions"
)


def withdrawable(pool: PoolFigures) -> Figure:
    """Free funds: equity above the initial performance bond."""
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE] - pool[M.CREDIT])


def call_amount(pool: PoolFigures) -> Figure:
    """Once equity is below maintenance: what restores it to initial; otherwise 0."""
    if pool[M.SUPPORT] >= pool[M.MAINTENANCE_MARGIN]:
        return ZERO
    return formulas.positive_part(pool[M.INITIAL_MARGIN] - pool[M.SUPPORT])


def call_price(position: PositionFigures) -> Figure:
    """The price of this contract at which equity meets maintenance."""
    symbol = position.exposure.instrument.symbol
    price = position.pool.safe_range(symbol).price
    if price is None:
        return not_applicable(f"no price of {symbol} alone brings equity to maintenance")
    return price


def call_price_of_pool(pool: PoolFigures) -> Figure:
    """The call price of the one instrument that is held."""
    symbols = {p.exposure.instrument.symbol for p in pool.positions}
    return pool.positions[0].figure(M.CALL_PRICE) if len(symbols) == 1 else _ONE_INSTRUMENT


def call_facts(position: PositionFigures) -> Iterable[Fact]:
    """The proof: equity and maintenance at the call price."""
    symbol = position.exposure.instrument.symbol
    price = position.pool.safe_range(symbol).price
    if price is not None:
        there = PoolFigures(position.pool.pool.at({symbol: price}), position.pool.all_rules)
        yield Fact("equity at call_price", there[M.SUPPORT], "USD")
        yield Fact("maintenance_margin at call_price", there[M.MAINTENANCE_MARGIN], "USD")


def bond_facts(position: PositionFigures) -> Iterable[Fact]:
    """Contracts, and the amounts of one."""
    exposure = position.exposure
    yield Fact("contracts", abs(exposure.size), "", "account")
    for name in (MAINTENANCE, INITIAL):
        yield Fact(name, shown(exposure.own[name]), "USD", "parameters.per_contract")


POOL: PoolRules = (
    STANDARD[M.WALLET_BALANCE].cited(
        "CMEF-BAL-001", sources.SETTLEMENT, DERIVED, label="cash balance"
    ),
    STANDARD[M.UNREALIZED_PNL].cited(
        "CMEF-SET-001", sources.SETTLEMENT, DERIVED, label="variation since the last settlement"
    ),
    STANDARD[M.MARGIN_BALANCE].cited("CMEF-EQ-001", sources.BONDS, DOCUMENTED, label="equity"),
    STANDARD[M.INITIAL_MARGIN].cited(
        "CMEF-IM-001", sources.BONDS, DOCUMENTED, label="initial performance bond"
    ),
    STANDARD[M.MAINTENANCE_MARGIN].cited(
        "CMEF-MM-001", sources.BONDS, DOCUMENTED, label="maintenance performance bond"
    ),
    absent("CMEF-RATIO-001", M.VENUE_RATIO, _NO_RATIO, sources.BONDS),
    STANDARD[M.AVAILABLE_BALANCE].cited(
        "CMEF-AVL-001", sources.ADVISORY_930, DOCUMENTED, label="free funds / margin excess"
    ),
    Rule(
        "CMEF-WDR-001",
        M.WITHDRAWABLE_BALANCE,
        withdrawable,
        "max(0, equity - initial_margin - credit)",
        sources.ADVISORY_930,
        DOCUMENTED,
        label="release of excess performance bond (930.F)",
        facts=leg_facts,
    ),
    Rule(
        "CMEF-CALL-001",
        M.CALL_AMOUNT,
        call_amount,
        "initial_margin - equity once equity < maintenance_margin, else 0",
        sources.BONDS,
        DOCUMENTED,
        label="performance bond call",
    ),
    Rule(
        "CMEF-CALL-002",
        M.CALL_PRICE,
        call_price_of_pool,
        "call_price of the one instrument",
        sources.READING,
        DERIVED,
    ),
)

POSITION: PositionRules = (
    STANDARD_OF_POSITION[M.UNREALIZED_PNL].cited(
        "CMEF-SET-002",
        sources.SETTLEMENT,
        DERIVED,
        label="variation since the last settlement",
    ),
    Rule(
        "CMEF-IM-002",
        M.INITIAL_MARGIN,
        position_initial,
        "contracts * initial per contract (maintenance * 1.1 for a speculator, * 1 for a hedger)",
        sources.BONDS,
        DOCUMENTED,
        label="initial performance bond",
        facts=bond_facts,
    ),
    Rule(
        "CMEF-MM-002",
        M.MAINTENANCE_MARGIN,
        position_maintenance,
        "contracts * maintenance per contract",
        sources.BONDS,
        DOCUMENTED,
        label="maintenance performance bond",
        facts=bond_facts,
    ),
    absent("CMEF-MM-003", M.TIER, _NO_TIERS, sources.BONDS),
    absent("CMEF-MM-004", M.MAINTENANCE_RATE, _NO_TIERS, sources.BONDS),
    absent("CMEF-LIQ-001", M.LIQUIDATION_PRICE, _CALLS, sources.BONDS),
    absent("CMEF-LIQ-002", M.LIQUIDATION_PRICE_BELOW, _CALLS, sources.BONDS),
    absent("CMEF-LIQ-003", M.LIQUIDATION_PRICE_ABOVE, _CALLS, sources.BONDS),
    Rule(
        "CMEF-CALL-003",
        M.CALL_PRICE,
        call_price,
        "settlement price - (equity - maintenance_margin) / (contracts * contract size)",
        sources.READING,
        DERIVED,
        label="equivalent call price",
        facts=call_facts,
    ),
    absent("CMEF-FND-001", M.FUNDING_NEXT, _NO_FUNDING, sources.CONTRACT),
)
