"""One Bybit position by itself: closing fee, bankruptcy price, and its terms in a pool.

The closing fee is part of initial and of maintenance margin. It is the taker fee of a close at the
isolated bankruptcy price, which depends on entry and leverage alone, not on the mark.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.findings import AbsentError, Code, Gap, missing, not_applicable
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.venues.resolve.resolver import Resolver

PRINTED = Decimal("0.00000001")  # amounts are printed at 8 digits
BANKRUPTCY_PRICE = "bankruptcy_price"
LIQUIDATION_MARGIN = "liquidation_margin"
TAKER = "taker"
REALIZED = "realized"

_NO_PRICE = not_applicable("no price brings the margin of this position to zero")


def exposure_of(
    resolver: Resolver,
    position: Position,
    *,
    basis: Basis,
    initial_basis: Basis,
    extra_notional: Figure = ZERO,
    rate: Figure = ONE,
) -> Exposure:
    """A position: tiers at `basis`, margin at leverage at `initial_basis`, closing fee in both."""
    schedule = resolver.tiers(position.instrument)
    initial_rate = resolver.initial_rate(position, schedule)
    fee = closing_fee(resolver, position, initial_rate)
    maintenance = MaintenanceTerm(schedule, basis, fee_constant=fee, extra_notional=extra_notional)
    initial = InitialTerm(initial_rate, initial_basis, fee_constant=fee)
    return _exposure(resolver, position, maintenance, initial, rate)


def unscheduled(resolver: Resolver, position: Position, gap: Gap, *, rate: Figure) -> Exposure:
    """A position whose margin is not its own (portfolio margin): P&L alone."""
    return _exposure(resolver, position, MaintenanceTerm(gap), InitialTerm(gap), rate)


def _exposure(
    resolver: Resolver,
    position: Position,
    maintenance: MaintenanceTerm,
    initial: InitialTerm,
    rate: Figure,
) -> Exposure:
    """With what Bybit's own rules read beside the terms: taker fee, what is realized already."""
    flows = [position.realized_pnl, position.funding, position.fees]
    given = [flow for flow in flows if flow is not None]
    realized: Figure = sum(given, ZERO) if given else _nothing_realized(position)
    own = {TAKER: resolver.fee(position.instrument, TAKER), REALIZED: realized}
    return resolver.exposure(
        position, maintenance, initial, value_rate=rate, requirement_rate=rate, own=own
    )


def _nothing_realized(position: Position) -> Gap:
    text = f"what {position.key} has realized is not given; give realized_pnl (with fees, funding)"
    return missing(text)


def uncharged(exposure: Exposure) -> Exposure:
    """The covered leg of a hedge pair: no tier's rate is charged on it, its closing fee stays."""
    term = exposure.maintenance
    if isinstance(term.schedule, Gap):
        return exposure
    none = tuple(ZERO for _ in term.schedule.rates)
    schedule = replace(term.schedule, rates=none, deductions=none)
    return replace(exposure, maintenance=replace(term, schedule=schedule))


def side_of(row: Position | Exposure) -> int:
    """1 long, -1 short."""
    return 1 if row.size > 0 else -1


@figured
def closing_fee(resolver: Resolver, position: Position, initial_rate: Figure) -> Figure:
    """Taker fee of closing at the isolated bankruptcy price, in the settle asset."""
    if position.entry_price is None:
        text = f"the entry price of {position.key} is not given; give entry_price"
        raise AbsentError(missing(text))
    leverage = ONE / need(initial_rate)
    return fee_at_bankruptcy(
        resolver.instrument(position.instrument),
        abs(position.size),
        position.entry_price,
        leverage=leverage,
        taker=need(resolver.fee(position.instrument, TAKER)),
        side=side_of(position),
    )


def fee_at_bankruptcy(
    instrument: Instrument,
    size: Decimal,
    entry: Decimal,
    *,
    leverage: Decimal,
    taker: Decimal,
    side: int,
) -> Decimal:
    """`q * E * (1 - side / L) * f`, inverse `Q / E * (1 + side / L) * f`, in the settle asset."""
    inverse = instrument.payoff == "inverse"
    linear = formulas.close_fee_at_bankruptcy_linear
    charge = formulas.close_fee_at_bankruptcy_inverse if inverse else linear
    return charge(size, instrument.contract_size, entry, leverage, taker, side)


# -- isolated ----------------------------------------------------------------------------------


def with_isolated(
    resolver: Resolver, position: Position, exposure: Exposure, *, grossed: bool
) -> Exposure:
    """An isolated position with its own bankruptcy price and the margin of its liquidation price.

    Margin added by hand moves the bankruptcy price and so the closing fee held for it; since
    2025-09-02 (`grossed`) the venue's formulas divide it by (1 -/+ taker fee).
    """
    own: dict[str, Figure]
    try:
        value = exposure.notional_at(need(exposure.entry_price))
        initial = formulas.initial_margin_at_rate(value, need(exposure.initial.rate))
        added = _added_margin(resolver, position, exposure, initial)
        if grossed:
            # at bankruptcy it moves the value down for a linear long, up for a short and inverse
            side = -side_of(exposure) if exposure.inverse else side_of(exposure)
            added /= ONE - side * need(exposure.own[TAKER])
        margin = initial + need(exposure.initial.fee_constant) + added
        price = bankruptcy_price(exposure, initial + added)
        own = {LIQUIDATION_MARGIN: margin, BANKRUPTCY_PRICE: price}
    except AbsentError as absent:
        own = dict.fromkeys((LIQUIDATION_MARGIN, BANKRUPTCY_PRICE), absent.gap)
    return replace(exposure, own={**exposure.own, **own})


def bankruptcy_price(exposure: Exposure, cash: Decimal) -> Figure:
    """Where the loss of one position has eaten the cash behind it.

    Without added margin `E * (1 - side / L)`, inverse `E * L / (L + side)`.
    """
    linear = formulas.bankruptcy_price_linear
    price_at = formulas.bankruptcy_price_inverse if exposure.inverse else linear
    price = price_at(exposure.size, exposure.unit, need(exposure.entry_price), cash)
    return price if price > 0 else _NO_PRICE


def _added_margin(
    resolver: Resolver, position: Position, exposure: Exposure, initial: Decimal
) -> Decimal:
    """What the position's margin holds beyond initial margin and closing fee.

    The file's `extra_margin` (or none) where the two agree at the venue's 8 digits; else what is
    really there.
    """
    if position.isolated_margin is None:
        text = f"the isolated margin of {position.key} is not given; give isolated_margin"
        raise AbsentError(missing(text))
    found = position.isolated_margin - initial - need(exposure.initial.fee_constant)
    given = position.extra_margin
    if abs(found - (given or ZERO)) <= PRINTED:
        return given or ZERO
    if given is not None:
        text = (
            f"isolated_margin less initial margin and closing fee is {to_text(found)}, extra_margin"
            f" says {to_text(given)}; the former is used (funding is taken from it, too)"
        )
        resolver.note(Code.APPROXIMATE, position.key, text)
    return found
