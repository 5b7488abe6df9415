"""The leaves of explanations: inputs as given, and parameters with their sources."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Fact
from marginline.core.findings import AbsentError, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool import terms
from marginline.core.pool.exposure import Basis, Figure


def leg_facts(pool: PoolFigures) -> Iterable[Fact]:
    """The wallets as given."""
    for leg in pool.pool.legs:
        yield Fact(f"balance of {leg.asset}", shown(leg.balance), leg.asset, "account")
        for name, amount in (
            ("owed", leg.liability),
            ("locked", leg.locked),
            ("credit", leg.credit),
            ("options value", leg.options_value),
        ):
            if amount:
                yield Fact(f"{name} of {leg.asset}", amount, leg.asset, "account")
        if leg.asset != pool.pool.asset:
            yield Fact(f"index of {leg.asset}", shown(leg.index), pool.pool.asset, "market")
            if leg.rate_positive != leg.index:
                yield Fact(f"rate of a positive amount of {leg.asset}", shown(leg.rate_positive))
            if leg.rate_negative != leg.index:
                yield Fact(f"rate of a negative amount of {leg.asset}", shown(leg.rate_negative))


def adjustment_facts(pool: PoolFigures) -> Iterable[Fact]:
    """What the venue adds or takes off."""
    for part in pool.pool.adjustments:
        yield Fact(part.name, shown(part.amount), pool.pool.asset, part.note)


def trigger_facts(pool: PoolFigures) -> Iterable[Fact]:
    """The level of the trigger where it is not 1."""
    if pool.pool.trigger.level != ONE:
        yield Fact("level", pool.pool.trigger.level, "", "rulebook")


def order_facts(pool: PoolFigures) -> Iterable[Fact]:
    """What the orders of each instrument take."""
    for order in pool.pool.orders:
        yield Fact(f"orders of {order.instrument}", shown(order.amount), order.asset, "account")


def part_facts(pool: PoolFigures) -> Iterable[Fact]:
    """Requirements that no exposure carries, and loans."""
    for part in pool.pool.maintenance_parts:
        yield Fact(part.name, shown(part.amount), pool.pool.asset, part.note)
    for loan in pool.pool.borrows:
        yield Fact(f"loan of {loan.asset}", shown(loan.fixed), loan.asset, "account")


def price_facts(position: PositionFigures) -> Iterable[Fact]:
    """Size and prices as given."""
    exposure = position.exposure
    yield Fact("size", exposure.size, "", "account")
    if exposure.unit != ONE:
        yield Fact("contract size", exposure.unit, "", "instrument")
    yield Fact("entry price", shown(exposure.entry_price), "", "account")
    yield Fact("mark price", shown(exposure.mark), "", "market")


def tier_facts(position: PositionFigures) -> Iterable[Fact]:
    """The tier row reached, with its source."""
    exposure = position.exposure
    try:
        schedule, row = terms.schedule_of(exposure), terms.tier_row(exposure)
    except AbsentError as absent:
        yield Fact("tier", absent.gap.message)
        return
    yield Fact("charged value", terms.charged_value(exposure), exposure.asset)
    if exposure.maintenance.keyed_at is not None:
        yield Fact("value that chooses the tier", terms.tier_key(exposure), exposure.asset)
    yield Fact(f"rate of tier {row + 1}", schedule.rates[row], "fraction", schedule.source)
    yield Fact("deduction", terms.deduction_of(exposure, row), exposure.asset, schedule.source)
    for name, figure in (
        ("fee constant", exposure.maintenance.fee_constant),
        ("fee rate", exposure.maintenance.fee_rate),
    ):
        if figure != ZERO:
            yield Fact(name, shown(figure))


def leverage_facts(position: PositionFigures) -> Iterable[Fact]:
    """Leverage and the price it is applied at."""
    exposure = position.exposure
    if exposure.leverage is not None:
        yield Fact("leverage", exposure.leverage, "", "account")
    yield Fact("initial rate", shown(exposure.initial.rate), "fraction")
    price = exposure.initial.basis
    yield Fact(
        f"{price.value} price",
        shown(exposure.mark if price is Basis.MARK else exposure.entry_price),
    )


def funding_facts(position: PositionFigures) -> Iterable[Fact]:
    """The next funding rate."""
    yield Fact("funding rate", shown(position.exposure.funding_rate), "fraction", "market")


def fee_facts(position: PositionFigures) -> Iterable[Fact]:
    """Fees paid for the open position."""
    yield Fact("entry price", shown(position.exposure.entry_price), "", "account")
    yield Fact("fees", shown(position.exposure.fees), position.exposure.asset, "account")


def shown(figure: Figure) -> Decimal | str:
    """The number as a fact, or why there is none."""
    return figure.message if isinstance(figure, Gap) else figure


def liquidation_facts(position: PositionFigures) -> Iterable[Fact]:
    """The proof of a liquidation price: support and requirement of the pool at that price."""
    symbol = position.exposure.instrument.symbol
    found = position.pool.safe_range(symbol)
    for name, price in (("below", found.below), ("above", found.above)):
        if price is None:
            continue
        pool = PoolFigures(position.pool.pool.at({symbol: price}), position.pool.all_rules)
        there = next(p for p in pool.positions if p.name == position.name)
        asset = pool.pool.asset
        yield Fact(f"price {name}", price, position.exposure.instrument.quote or "")
        yield Fact(f"support at {name}", pool[Measure.SUPPORT], asset)
        yield Fact(f"maintenance_margin at {name}", pool[Measure.MAINTENANCE_MARGIN], asset)
        yield Fact(f"tier at {name}", there[Measure.TIER])
