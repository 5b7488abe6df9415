"""The textbook: initial and maintenance margin fixed at entry, a call instead of a liquidation."""

from __future__ import annotations

from datetime import date

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Citation, Evidence, Rule, absent
from marginline.core.assessment.standard import STANDARD
from marginline.core.assessment.standard_pool import available_balance
from marginline.core.assessment.standard_position import liquidation_price
from marginline.core.findings import not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Trigger
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import separate_pools
from marginline.venues.rulebook import Rulebook

GUIDE_1 = Citation("Guide 1, margin balance in crypto derivatives")
GUIDE_2 = Citation("Guide 2, margin calculations in crypto futures")
_CALLS = not_applicable("the textbook calls for margin instead of liquidating; see call_price")

TRIGGER = Trigger(liquidates=False)


def call_amount(pool: PoolFigures) -> Figure:
    """Once called: what restores equity to initial margin; otherwise 0."""
    maintenance = pool[M.MAINTENANCE_MARGIN]
    if maintenance == 0 or pool[M.SUPPORT] > maintenance:
        return ZERO
    return formulas.positive_part(pool[M.INITIAL_MARGIN] - pool[M.SUPPORT])


def call_price_of_pool(pool: PoolFigures) -> Figure:
    """The call price of the one instrument the pool holds."""
    symbols = {p.exposure.instrument.symbol for p in pool.positions}
    if len(symbols) != 1:
        return not_applicable("the pool does not hold exactly one instrument; see its positions")
    return pool.positions[0][M.CALL_PRICE]


def call_price(position: PositionFigures) -> Figure:
    """Where equity meets maintenance, chosen as a liquidation price would be."""
    return liquidation_price(position)


def withdrawable(pool: PoolFigures) -> Figure:
    """What is above initial margin, unrealized profit and credit left in place."""
    profit = formulas.positive_part(pool[M.UNREALIZED_PNL])
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE] - profit - pool[M.CREDIT])


POOL_RULES = (
    STANDARD[M.MARGIN_BALANCE].cited(
        "TEXT-BAL-001", GUIDE_1, Evidence.DOCUMENTED, label="margin balance"
    ),
    STANDARD[M.INITIAL_MARGIN].cited(
        "TEXT-IM-001", GUIDE_2, Evidence.DOCUMENTED, label="initial margin"
    ),
    STANDARD[M.MAINTENANCE_MARGIN].cited(
        "TEXT-MM-001", GUIDE_2, Evidence.DOCUMENTED, label="maintenance margin"
    ),
    Rule(
        "TEXT-AVL-001",
        M.AVAILABLE_BALANCE,
        available_balance,
        "equity - initial_margin",
        GUIDE_2,
        Evidence.DOCUMENTED,
        label="available margin",
    ),
    Rule(
        "TEXT-WDR-001",
        M.WITHDRAWABLE_BALANCE,
        withdrawable,
        "max(0, available_balance - max(0, unrealized_pnl) - credit)",
        GUIDE_1,
        Evidence.DERIVED,
    ),
    Rule(
        "TEXT-CALL-001",
        M.CALL_AMOUNT,
        call_amount,
        "initial_margin - equity once equity <= maintenance_margin, else 0",
        GUIDE_2,
        Evidence.DOCUMENTED,
        label="margin call",
    ),
    Rule(
        "TEXT-CALL-002",
        M.CALL_PRICE,
        call_price_of_pool,
        "call_price of the one instrument",
        GUIDE_2,
        Evidence.DERIVED,
    ),
)

POSITION_RULES = (
    absent("TEXT-LIQ-001", M.LIQUIDATION_PRICE, _CALLS, GUIDE_2),
    absent("TEXT-LIQ-002", M.LIQUIDATION_PRICE_BELOW, _CALLS, GUIDE_2),
    absent("TEXT-LIQ-003", M.LIQUIDATION_PRICE_ABOVE, _CALLS, GUIDE_2),
    Rule(
        "TEXT-CALL-003",
        M.CALL_PRICE,
        call_price,
        "the price where equity = maintenance_margin",
        GUIDE_2,
        Evidence.DERIVED,
    ),
)


def resolve(account: Account) -> Resolved:
    """A cross pool for each settle asset, a pool for each isolated position."""
    resolver = Resolver(account, "textbook")
    pools = separate_pools(resolver, _exposure, TRIGGER)
    return resolver.resolved(pools)


def _exposure(resolver: Resolver, position: Position) -> Exposure:
    schedule = resolver.tiers(position.instrument)
    rate = resolver.initial_rate(position, schedule, Basis.ENTRY)
    maintenance = MaintenanceTerm(schedule, basis=Basis.ENTRY)
    return resolver.exposure(position, maintenance, InitialTerm(rate, basis=Basis.ENTRY))


RULEBOOKS = (
    Rulebook(
        code="TEXT-1",
        venue="textbook",
        mode=None,
        title="Textbook: the guides' own definitions",
        effective_from=date(1970, 1, 1),
        effective_until=None,
        valuation_asset="USD",
        pool_rules=POOL_RULES,
        position_rules=POSITION_RULES,
        resolve=resolve,
        notes=(
            "Orders need no margin; initial and maintenance margin stay as they were at entry.",
            (
                "Guide 2's '10x: IM 60, MM 30' divides a margin that is already 100x by ten again;"
                " initial margin is notional / leverage, so 10x of 60,000 is 6,000."
            ),
        ),
    ),
)
