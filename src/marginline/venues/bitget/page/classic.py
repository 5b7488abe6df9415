"""Bitget classic futures: what single and union mode say beyond the standard measures.

Read this list beside Bitget's own pages; it is in their order: equity and available, margin of
positions and orders, maintenance and ratio, liquidation and worst closing price, bonus, ADL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.facts import price_facts
from marginline.core.assessment.figures import (
    PoolFigures,
    PoolRules,
    PositionFigures,
    PositionRules,
)
from marginline.core.assessment.rules import Citation, Evidence, Fact, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.assessment.standard_position import liquidation_price
from marginline.core.findings import AbsentError, Code, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bitget.page import sources

REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED, ACCOUNT = Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT

NO_TRANSFER = unsupported("Bitget does not publish how much may be transferred out")
NO_ADL = unsupported("Bitget publishes the rank of a position, not how it is made")


# -- liquidation price -------------------------------------------------------------------------


def frozen_liquidation_price(position: PositionFigures) -> Figure:
    """Cross estimate until 2025-09-29: maintenance margin stays what it is at today's mark.

    `mark - (cross equity - maintenance margin) / net size` (inverse: in 1/price). None at or below
    zero. A net short of a linear contract is repriced, as is one without a net size: maintenance
    moves with the price, `(equity + size * mark) / (size * (1 + rate + fee))` (reproduced, 1
    account; two captured longs are frozen).
    """
    exposure = position.exposure
    symbol, mark = exposure.instrument.symbol, need(exposure.mark)
    same = (p.exposure for p in position.pool.positions)
    net = sum((e.size for e in same if e.instrument.symbol == symbol), ZERO)
    if net == 0 or (net < 0 and not exposure.inverse):
        return liquidation_price(position)
    spare = position.pool[M.BUFFER]
    if exposure.inverse:
        price = formulas.bankruptcy_price_inverse(net, exposure.unit, mark, spare)
    else:
        price = formulas.bankruptcy_price_linear(net, exposure.unit, mark, spare)
    if price <= 0:
        return not_applicable(f"no price of {symbol} above zero liquidates this pool")
    return price


# -- break-even price --------------------------------------------------------------------------


def break_even_facts(position: PositionFigures) -> Iterable[Fact]:
    """Entry price, what was paid, and the fee of the close."""
    exposure = position.exposure
    for name, figure in (
        ("entry price", exposure.entry_price),
        ("fees and funding", exposure.fees),
        ("taker fee", exposure.maintenance.fee_rate),
    ):
        yield Fact(name, figure if isinstance(figure, Decimal) else figure.message, "", "account")


def break_even(position: PositionFigures) -> Figure:
    """Where closing, its taker fee included, just pays back the fees and funding so far.

    Long `(entry * q - paid) / (q * (1 - taker))`, short with plus signs; paid is a negative flow.
    """
    exposure = position.exposure
    entry, paid = need(exposure.entry_price), need(exposure.fees)
    taker = need(exposure.maintenance.fee_rate)
    size, unit = exposure.size, exposure.unit
    if exposure.inverse:
        return formulas.liquidation_price_inverse(size, unit, entry, paid, taker, ZERO)
    return formulas.liquidation_price_linear(size, unit, entry, paid, taker, ZERO)


BREAK_EVEN = Rule(
    "BG-BE-001",
    M.BREAK_EVEN_PRICE,
    break_even,
    "(entry * size - fees - funding) / (size * (1 - side * taker fee)), side 1 or -1",
    sources.API_POSITION,
    REPRODUCED,
    label="breakEvenPrice",
    facts=break_even_facts,
)


# -- worst closing price -----------------------------------------------------------------------


def worst_price_isolated(position: PositionFigures) -> Figure:
    """Where the margin just pays the loss and the liquidation fee g of the close.

    Long `(margin - E * q) / (q * (g - 1))`, short `(margin + E * q) / (q * (g + 1))`.
    """
    exposure, margin = position.exposure, position.pool[M.WALLET_BALANCE]
    entry, fee = need(exposure.entry_price), need(exposure.liquidation_fee_rate)
    size, unit = exposure.size, exposure.unit
    if exposure.inverse:
        price = formulas.liquidation_price_inverse(size, unit, entry, margin, fee, ZERO)
    else:
        price = formulas.liquidation_price_linear(size, unit, entry, margin, fee, ZERO)
    if price <= 0:
        return not_applicable("no price above zero uses up the margin of this position")
    return price


def worst_price_cross(position: PositionFigures) -> Decimal:
    """Bitget's worst closing price of a cross position: funds shared pro rata to value.

    Long `(mark - funds * value / total value / q) / (1 - g)`, short with plus signs. Linear only.
    """
    exposure, pool = position.exposure, position.pool
    fee, mark = need(exposure.liquidation_fee_rate), need(exposure.mark)
    value = position[M.NOTIONAL] * need(exposure.value_rate)
    share = formulas.share(value, pool[M.GROSS_NOTIONAL])
    funds = formulas.positive_part(pool[M.MARGIN_BALANCE]) * share / need(exposure.value_rate)
    side = ONE if exposure.size > 0 else -ONE
    return (mark - funds / (exposure.size * exposure.unit)) / (ONE - side * fee)


def worst_price_facts(position: PositionFigures) -> Iterable[Fact]:
    """Prices as given, and the price below (above) which Bitget refuses a close."""
    yield from price_facts(position)
    exposure = position.exposure
    if exposure.inverse or position.isolated:
        return
    quote = exposure.instrument.quote or ""
    # Fresh figures: what a fact looks up must not enter the tree that is being recorded.
    pool = PoolFigures(position.pool.pool, position.pool.all_rules)
    same = next(p for p in pool.positions if p.name == position.name)
    try:
        price: Decimal | str = worst_price_cross(same)
    except AbsentError as missing:
        price = missing.gap.message
    yield Fact("worst acceptable closing price", price, quote, str(sources.WORST_PRICE))


# -- the lists ---------------------------------------------------------------------------------

_FROZEN = (
    Code.APPROXIMATE,
    (
        "Bitget's own estimate of its day keeps maintenance margin at today's mark for a long and"
        " reprices it for a short, as captured; the status follows the margin ratio, and _below and"
        " _above are where that reaches 1"
    ),
)
_ESTIMATE = (
    Code.APPROXIMATE,
    (
        "Bitget calls its cross liquidation price an estimate; derived from its margin ratio, since"
        " the formula is an image we could not read"
    ),
)
_UNION_ESTIMATE = (
    Code.APPROXIMATE,
    "no liquidation price of union mode could be read at Bitget; derived from its margin ratio",
)
PRICES = (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE)

FLAT = "value * (rate of the tier reached + taker fee)"
BY_OPENING = (
    "opened before 2025-11-10 08:00 UTC: value * (rate of the tier reached + taker fee);"
    " later: sum(slice * (rate of the slice + taker fee))"
)
AT_ENTRY, AT_MARK = "size * entry_price / leverage", "size * mark_price / leverage"


def balances(prefix: str, *, kinds: tuple[Kind, ...], union: bool) -> PoolRules:
    """Equity, unrealized P&L, margin balance, available."""
    margin_label = "unionTotalMargin" if union else "cross equity / marginSize + unrealizedPL"
    return (
        STANDARD[M.EQUITY].cited(
            f"{prefix}-EQ-001", sources.API_ACCOUNT, DOCUMENTED, label="accountEquity"
        ),
        STANDARD[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-001", sources.API_ACCOUNT, DOCUMENTED, label="unrealizedPL"
        ),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-EQ-002",
            sources.UNION if union else sources.RISK,
            DOCUMENTED if union else REPRODUCED,
            label=margin_label,
            kinds=kinds,
        ),
        STANDARD[M.AVAILABLE_BALANCE].cited(
            f"{prefix}-AVL-001",
            sources.MARK_MARGIN,
            DOCUMENTED,
            label="unionAvailable" if union else "available",
        ),
        absent(f"{prefix}-WDR-001", M.WITHDRAWABLE_BALANCE, NO_TRANSFER, sources.API_ACCOUNT),
    )


def initials(prefix: str, source: Citation) -> PoolRules:
    """Margin of positions and of orders."""
    orders = STANDARD[M.ORDER_INITIAL_MARGIN].cited(
        f"{prefix}-IM-002", sources.RISK, DOCUMENTED, label="locked"
    )
    return (
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            f"{prefix}-IM-001", source, REPRODUCED, label="crossedMargin / marginSize"
        ),
        replace(orders, formula="sum(opening value * (1 / leverage + taker fee))"),
    )


def requirement(prefix: str, source: Citation, *, union: bool, added: bool) -> PoolRules:
    """Maintenance margin and the ratio it makes."""
    maintenance = STANDARD[M.MAINTENANCE_MARGIN].cited(
        f"{prefix}-MM-001", source, DOCUMENTED, label="unionMm" if union else "maintenance margin"
    )
    liabilities = "sum(liability * its tier's rate - offset)" if added else "liability * 5 %"
    joined = "positions + " if added else "max(positions, "
    formula = f"{joined}{liabilities}" + ("" if added else ")")
    ratio = "crossedRiskRate" if union else "marginRatio / crossedRiskRate"
    return (
        replace(maintenance, formula=formula) if union else maintenance,
        STANDARD[M.MARGIN_RATIO].cited(
            f"{prefix}-RATIO-001", sources.RISK, REPRODUCED, label=ratio
        ),
        STANDARD[M.VENUE_RATIO].cited(f"{prefix}-RATIO-002", sources.RISK, REPRODUCED, label=ratio),
    )


def bonus(prefix: str) -> PoolRules:
    """Trading bonus: it carries positions, and any transfer out voids what is left of it."""
    return (
        STANDARD[M.CREDIT].cited(f"{prefix}-BON-001", sources.BONUS, DOCUMENTED, label="coupon"),
    )


def position_rules(
    prefix: str, *, maintenance: str, initial: str, source: Citation, evidence: Evidence
) -> PositionRules:
    """What holds of a position in every mode and at every date."""
    of = STANDARD_OF_POSITION
    own_maintenance = of[M.MAINTENANCE_MARGIN].cited(
        f"{prefix}-MM-002", source, evidence, label="value * (keepMarginRate + taker fee)"
    )
    own_initial = of[M.INITIAL_MARGIN].cited(
        f"{prefix}-IM-003", sources.MARK_MARGIN, REPRODUCED, label="marginSize"
    )
    return (
        replace(own_initial, formula=initial),
        replace(own_maintenance, formula=maintenance),
        of[M.MAINTENANCE_RATE].cited(
            f"{prefix}-MM-003", sources.API_POSITION, DOCUMENTED, label="keepMarginRate"
        ),
        of[M.MARGIN_RATIO].cited(
            f"{prefix}-RATIO-003", sources.RISK, REPRODUCED, label="marginRatio", kinds=(ISOLATED,)
        ),
        *(
            of[m].cited(
                f"{prefix}-LIQ-00{n}",
                sources.API_POSITION,
                REPRODUCED,
                label="liquidationPrice",
                kinds=(ISOLATED,),
            )
            for n, m in enumerate(PRICES, start=1)
        ),
        *worst_price_rules(prefix),
        replace(BREAK_EVEN, code=f"{prefix}-BE-001"),
        of[M.RETURN_ON_MARGIN].cited(
            f"{prefix}-ROE-001", sources.MARK_MARGIN, DOCUMENTED, label="ROE / unrealizedPLR"
        ),
        absent(f"{prefix}-ADL-001", M.ADL_SCORE, NO_ADL, sources.API_ADL),
    )


def worst_price_rules(prefix: str) -> PositionRules:
    """Isolated: net of the liquidation fee. Cross: where the margin balance is zero."""
    of = STANDARD_OF_POSITION
    shared = of[M.BANKRUPTCY_PRICE].cited(
        f"{prefix}-BKR-002", sources.READING, DERIVED, kinds=(CROSS, ACCOUNT)
    )
    return (
        Rule(
            f"{prefix}-BKR-001",
            M.BANKRUPTCY_PRICE,
            worst_price_isolated,
            "(entry * size - side * margin) / (size * (1 - side * liquidation fee)), side 1 or -1",
            sources.WORST_PRICE,
            DOCUMENTED,
            label="worst acceptable closing price",
            kinds=frozenset({ISOLATED}),
            facts=price_facts,
        ),
        replace(shared, facts=worst_price_facts),
    )


def cross_prices(
    prefix: str, kind: Kind, caveat: tuple[Code, str], source: Citation
) -> PositionRules:
    """The ends of the safe range of a cross pool, derived from the ratio."""
    return tuple(
        STANDARD_OF_POSITION[m].cited(
            f"{prefix}-LIQ-01{n}",
            source,
            DERIVED,
            label="liquidationPrice",
            kinds=(kind,),
            caveat=caveat,
        )
        for n, m in enumerate(PRICES, start=1)
    )


def _frozen(prefix: str) -> PositionRules:
    own = Rule(
        f"{prefix}-LIQ-020",
        M.LIQUIDATION_PRICE,
        frozen_liquidation_price,
        "mark_price - (support - maintenance_margin) / net size (inverse: in 1/price); a net short"
        " of a linear contract (support + size * mark) / (size * (1 + rate + fee))",
        sources.API_POSITION,
        REPRODUCED,
        label="liquidationPrice",
        kinds=frozenset({CROSS}),
        caveat=_FROZEN,
    )
    return (*cross_prices(prefix, CROSS, _ESTIMATE, sources.RISK)[1:], own)


# -- single mode -------------------------------------------------------------------------------

SINGLE_POOL: PoolRules = (
    *balances("BGCL", kinds=(CROSS, ISOLATED), union=False),
    *initials("BGCL", sources.MARK_MARGIN),
    *requirement("BGCL", sources.RISK, union=False, added=False),
    *bonus("BGCL"),
)
SINGLE_2023 = (
    *position_rules(
        "BGCL", maintenance=FLAT, initial=AT_ENTRY, source=sources.RISK, evidence=REPRODUCED
    ),
    *_frozen("BGCL"),
)
SINGLE_2025_09 = (
    *position_rules(
        "BGCL", maintenance=FLAT, initial=AT_MARK, source=sources.RISK, evidence=REPRODUCED
    ),
    *cross_prices("BGCL", CROSS, _ESTIMATE, sources.MARK_MARGIN),
)
SINGLE_2025_11 = (
    *position_rules(
        "BGCL",
        maintenance=BY_OPENING,
        initial=AT_MARK,
        source=sources.PROGRESSIVE,
        evidence=REPRODUCED,
    ),
    *cross_prices("BGCL", CROSS, _ESTIMATE, sources.MARK_MARGIN),
)

# -- union mode --------------------------------------------------------------------------------


def _union_pool(*, added: bool) -> PoolRules:
    return (
        *balances("BGMA", kinds=(ACCOUNT,), union=True),
        *initials("BGMA", sources.MARK_MARGIN),
        *requirement("BGMA", sources.UNION, union=True, added=added),
        *bonus("BGMA"),
    )


def _union_position(maintenance: str, initial: str, source: Citation) -> PositionRules:
    return (
        *position_rules(
            "BGMA", maintenance=maintenance, initial=initial, source=source, evidence=DOCUMENTED
        ),
        *cross_prices("BGMA", ACCOUNT, _UNION_ESTIMATE, sources.READING),
    )


UNION_POOL_LARGER = _union_pool(added=False)
UNION_POOL_SUM = _union_pool(added=True)
UNION_2024 = _union_position(FLAT, AT_ENTRY, sources.RISK)
UNION_2025_09 = _union_position(FLAT, AT_MARK, sources.RISK)
UNION_2025_11 = _union_position(BY_OPENING, AT_MARK, sources.PROGRESSIVE)
