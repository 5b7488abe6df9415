"""From a Bitget account to pools: classic single and union mode, unified basic and advanced.

Until 2025-11-10 08:00 UTC the whole value is charged at the rate of the tier it reaches, in hedge
mode of the tier that both legs reach together. Positions opened from then on are charged slice by
slice, each leg by itself; those opened before keep the flat rate.
Resting orders take their opening cost, `value / leverage + open fee`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Gap, missing, unsupported
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, exactly, to_text
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    known,
    need,
)
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule, TierSchedule
from marginline.venues.resolve import packaged
from marginline.venues.resolve.orders import (
    counted,
    initial_rate,
    leg_of,
    opening,
    order_terms,
    price_of,
    total_value,
)
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import (
    isolated_pools,
    joint_pool,
    note_side,
    separate_pools,
    valued,
    valued_orders,
)

CUT_OVER = datetime(2025, 11, 10, 8, tzinfo=UTC)
WHOLE, MARGINAL = "whole", "marginal"


def schedule_for(
    resolver: Resolver, position: Position, *, progressive_always: bool
) -> TierSchedule | Gap:
    """The tiers of one position in the form that holds for it."""
    if progressive_always:
        return schedule_of_kind(resolver, position, MARGINAL)
    if resolver.account.as_of < CUT_OVER:
        return _with_both_legs(resolver, position, schedule_of_kind(resolver, position, WHOLE))
    if position.opened_at is not None:
        kind = WHOLE if position.opened_at < CUT_OVER else MARGINAL
        return schedule_of_kind(resolver, position, kind)
    return _of_unknown_age(resolver, position)


def schedule_of_kind(resolver: Resolver, position: Position, kind: str) -> TierSchedule | Gap:
    """The tiers of a symbol, whole or marginal whatever the file says of them."""
    symbol = position.instrument
    table = resolver.account.parameters.tiers.get(symbol)
    if table is None:
        return _as_kind(resolver.tiers(symbol), kind)
    if table.kind not in (None, kind):
        text = f"tiers are {kind} here, by rule and opening time; `{table.kind}` is not used"
        resolver.note(Code.APPROXIMATE, f"parameters.tiers.{symbol}.kind", text)
    return resolver.schedule(symbol, table, kind=kind)


@figured
def _as_kind(schedule: TierSchedule | Gap, kind: str) -> TierSchedule | Gap:
    """A packaged schedule, which is marginal as it comes, in the other form."""
    if kind == MARGINAL:
        return schedule
    schedule = need(schedule)
    none = (ZERO,) * len(schedule.rates)
    return replace(schedule, kind=WHOLE, deductions=none, per_unit=False)


@figured
def _of_unknown_age(resolver: Resolver, position: Position) -> TierSchedule | Gap:
    """Within the first tier both rules agree; above it the opening time must be known."""
    flat = need(schedule_of_kind(resolver, position, WHOLE))
    if len(flat.floors) == 1:
        return flat
    mark = need(resolver.mark(position.instrument))
    first = flat.floors[1]
    by_size = flat.keyed_by == "size"
    value = position.size if by_size else resolver.value(position.instrument, position.size, mark)
    if abs(value) > first:
        return missing(
            f"the opening time of {position.key} is not given; above {to_text(first)} positions"
            " opened before 2025-11-10 08:00 UTC are charged at a flat rate, later ones slice by"
            " slice: give opened_at"
        )
    text = (
        "opened_at is not given: within the first tier both rules agree; prices that lead above it"
        " are by the flat rate, which asks for more"
    )
    resolver.note(Code.APPROXIMATE, position.key, text, Measure.LIQUIDATION_PRICE)
    return flat


@figured
def _with_both_legs(
    resolver: Resolver, position: Position, schedule: TierSchedule | Gap
) -> TierSchedule | Gap:
    """The tiers a cross leg reaches together with the other leg.

    Both legs have the same mark, so that the sum of their values stands in a fixed ratio to the
    leg's own: the floors are scaled by it.
    """
    total = sum((abs(p.size) for p in legs(resolver, position)), ZERO)
    own = abs(position.size)
    if position.margin_mode != "cross" or total == own:
        return schedule
    schedule = need(schedule)
    floors = tuple(floor * own / total for floor in schedule.floors)
    cap = None if schedule.cap is None else schedule.cap * own / total
    note = f"{schedule.source}; the tier of both legs together"
    return replace(schedule, floors=floors, cap=cap, source=note)


def legs(resolver: Resolver, position: Position) -> list[Position]:
    """The open cross positions of the same instrument and margin asset, this one included."""
    asset = resolver.asset_of(position)
    return [
        p
        for p in resolver.rows.open_of(position.instrument)
        if p.margin_mode == "cross" and resolver.asset_of(p) == asset
    ]


def is_hedged(resolver: Resolver, position: Position) -> bool:
    """Whether a cross position has an open leg against it."""
    sizes = [p.size for p in legs(resolver, position)]
    return position.margin_mode == "cross" and min(sizes) < 0 < max(sizes)


TRIGGER = Trigger()

_NO_DEBT = unsupported("Bitget's maintenance margin of debts in the unified account is not public")
_NO_DEBT_INITIAL = unsupported("Bitget does not publish an initial margin of debts")
_HEDGED = (
    "both legs are open: the maintenance of the leg with the larger value counts; Bitget's formula"
    " of hedged positions is an image we could not read"
)
_NO_LIQUIDATION_FEE = (
    "parameters.fees.liquidation is not given: the worst closing price is taken without a"
    " liquidation fee"
)
_COIN_M = (
    "Bitget values a COIN-M position as its coins * contract mark / coin mark, and its liquidation"
    " price at today's coin index; here its value is face / mark, and the coin moves with the mark"
)


@dataclass(frozen=True, slots=True)
class Method:
    """What differs between Bitget's rulebooks.

    `initial_basis`: the price that position margin is taken at. `initial_fee`: it holds the closing
    fee. `progressive_always`: tiers are marginal whatever the opening time.
    `larger_of_loans`: union maintenance is the larger of futures' and liabilities', not the sum.
    """

    initial_basis: Basis = Basis.MARK
    initial_fee: bool = False
    progressive_always: bool = False
    larger_of_loans: bool = False


UNIFIED = Method(initial_fee=True, progressive_always=True)


class BitgetResolver(Resolver):
    """The look-ups of one account, and the method of its rulebook."""

    def __init__(self, account: Account, method: Method) -> None:
        super().__init__(account, FOLDER)
        self.method = method
        for position in self.positions():
            self._notes(position)

    def exposure_of(self, resolver: Resolver, position: Position) -> Exposure:
        """One position: tiers at the mark, the taker fee inside the maintenance rate."""
        symbol, method = position.instrument, self.method
        schedule = schedule_for(resolver, position, progressive_always=method.progressive_always)
        taker = resolver.fee(symbol, "taker")
        fee = taker if method.initial_fee else ZERO
        exposure = resolver.exposure(
            position,
            self._counted(position, MaintenanceTerm(schedule, fee_rate=taker)),
            InitialTerm(
                resolver.initial_rate(position, schedule), basis=method.initial_basis, fee_rate=fee
            ),
        )
        liquidation = self.fee(symbol, "liquidation")
        exposure = replace(
            exposure,
            liquidation_fee_rate=known(liquidation) or ZERO,
            fees=_paid(exposure.fees, position),
        )
        settle = self.settle(symbol)
        if exposure.asset == settle:
            return exposure
        gap = unsupported(
            f"{position.key} has its margin in {exposure.asset}, its P&L is counted in {settle}:"
            " Bitget's conversion between margin coins is not built"
        )
        return replace(exposure, mark=gap, entry_price=gap)

    def _counted(self, position: Position, term: MaintenanceTerm) -> MaintenanceTerm:
        """Of a hedge only the larger side counts; of equal sides the one that asks for more."""
        if not is_hedged(self, position):
            return term
        net = sum((p.size for p in legs(self, position)), ZERO)
        if net == 0:
            return replace(term, group=position.instrument)
        return replace(term, counts=position.size * net > 0)

    def _notes(self, position: Position) -> None:
        key, isolated = position.key, position.margin_mode == "isolated"
        note_side(self, position, legs=self.account.position_mode == "hedge")
        if is_hedged(self, position):
            self.note(Code.APPROXIMATE, key, _HEDGED, Measure.MAINTENANCE_MARGIN)
        if isolated and isinstance(self.fee(position.instrument, "liquidation"), Gap):
            self.note(Code.APPROXIMATE, key, _NO_LIQUIDATION_FEE, Measure.BANKRUPTCY_PRICE)
        if self.instrument(position.instrument).payoff == "inverse":
            self.note(Code.APPROXIMATE, key, _COIN_M, Measure.MAINTENANCE_MARGIN)
            self.note(Code.APPROXIMATE, key, _COIN_M, Measure.LIQUIDATION_PRICE)


def _paid(fees: Figure, position: Position) -> Figure:
    """Fees and funding of an open position together: Bitget's break-even price counts both."""
    text = f"the funding paid for {position.key} is not given; give funding"
    return fees + (missing(text) if position.funding is None else position.funding)


# -- pools ---------------------------------------------------------------------------------------


def resolve_single(account: Account, method: Method) -> Resolved:
    """Single mode: each margin coin its own cross pool, each isolated position its own."""
    resolver = BitgetResolver(account, method)
    return resolver.resolved(separate_pools(resolver, resolver.exposure_of, TRIGGER, _order_terms))


def resolve_basic(account: Account) -> Resolved:
    """Unified account, basic: one pool an asset."""
    resolver = BitgetResolver(account, UNIFIED)
    pools = separate_pools(resolver, resolver.exposure_of, TRIGGER, _order_terms)
    return resolver.resolved(_with_debts(resolver, pool) for pool in pools)


def resolve_union(account: Account, method: Method) -> Resolved:
    """Union (multi-asset) mode: all margin coins one pool in USDT, liabilities with margin."""
    resolver = BitgetResolver(account, method)
    pools = _joint_pools(resolver, "USDT", _liability_rates)
    if resolver.positions("isolated"):
        text = (
            "what Bitget says of union mode is about cross positions; isolated ones are taken as"
            " pools of their own"
        )
        resolver.note(Code.APPROXIMATE, "account", text)
    return resolver.resolved(pools)


def resolve_advanced(account: Account) -> Resolved:
    """Unified account, advanced: all assets one pool in USD, after their collateral ratios."""
    resolver = BitgetResolver(account, UNIFIED)
    return resolver.resolved(_joint_pools(resolver, "USD", lambda *_: _NO_DEBT))


_RatesOf = Callable[[BitgetResolver, str], RateSchedule | Gap]


def _joint_pools(resolver: BitgetResolver, valuation: str, rates_of: _RatesOf) -> tuple[Pool, ...]:
    def leg_of(asset: str) -> Leg:
        leg = resolver.joint_leg(asset, valuation, haircut=resolver.collateral(asset))
        if valuation == "USD":  # effEquity holds what spot orders lock (reproduced, 1 account)
            leg = replace(leg, locked=ZERO)
        return leg

    joint = joint_pool(
        resolver,
        valuation,
        (
            valued(resolver, resolver.exposure_of(resolver, position), valuation)
            for position in resolver.positions("cross")
        ),
        TRIGGER,
        leg_of,
        orders=valued_orders(resolver, valuation, _order_terms),
        debt_of=lambda asset: _debt(resolver, asset, valuation, rates_of),
    )
    joint = replace(joint, larger_of_loans=resolver.method.larger_of_loans)
    isolated = isolated_pools(resolver, resolver.exposure_of, TRIGGER)
    return (*((joint,) if joint.legs else ()), *isolated)


# -- what is owed --------------------------------------------------------------------------------


def _debt(resolver: BitgetResolver, asset: str, valuation: str, rates_of: _RatesOf) -> BorrowTerm:
    """What is owed of an asset: what is borrowed, and what its own equity falls below zero by."""
    wallet, rates = resolver.wallet(asset), rates_of(resolver, asset)
    owed = ZERO if wallet is None else wallet.borrowed
    index = resolver.rate(asset, valuation)
    return BorrowTerm(asset, owed, index, rates, _NO_DEBT_INITIAL, follows_leg=True)


def _with_debts(resolver: Resolver, pool: Pool) -> Pool:
    wallet = resolver.wallet(pool.asset) if pool.kind is Kind.CROSS else None
    if wallet is None or not wallet.borrowed:
        return pool
    term = BorrowTerm(pool.asset, wallet.borrowed, ONE, _NO_DEBT, _NO_DEBT_INITIAL)
    return replace(pool, borrows=(term,))


def _liability_rates(resolver: BitgetResolver, asset: str) -> RateSchedule | Gap:
    """By tier; before 2026-06-25 one rate of all: `parameters.venue.liability_rate`."""
    if not resolver.method.larger_of_loans:
        return resolver.borrow_rates(asset, "maintenance_rate", keyed_by="value", kind="marginal")
    rate = resolver.account.parameters.venue.get("liability_rate")
    if rate is None:
        as_of = resolver.account.as_of
        found = packaged.in_force(FOLDER, "liabilities", "bitget_futures", "union", as_of)
        assert found is not None, "the flat rate covers every day of the books that use it"
        rate = found.number("rate")
        text = f"maintenance rate {to_text(rate)} of liabilities: {found.source}"
        resolver.note(Code.PACKAGED_PARAMETER, "parameters.venue.liability_rate", text)
    if not isinstance(rate, Decimal):
        return missing("parameters.venue.liability_rate is not a number")
    return RateSchedule("value", "marginal", (ZERO,), (rate,), (ZERO,))


# -- what resting orders take ---------------------------------------------------------------------


FOLDER = "bitget"

_NETTING = (
    "Bitget publishes the cost of opening orders, not how orders net with a position: what would"
    " close a position takes nothing, all else in full, also on both sides; its frozen margin"
    " stays in cross equity"
)


def _order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    terms = order_terms(resolver, asset, order_margin)
    for term in terms:
        resolver.note(Code.APPROXIMATE, f"orders of {term.instrument}", _NETTING)
    return terms


@figured
def order_margin(resolver: Resolver, symbol: str, orders: Iterable[Order]) -> Figure:
    """Opening cost of a symbol's orders: `sum(value * (1 / leverage + taker fee))`."""
    resting = counted(orders)  # plan, stop and take-profit orders take nothing until triggered
    price = partial(_price, resolver)
    value = ZERO
    for side in ("buy", "sell"):
        own = [o for o in resting if o.side == side and _opens(resolver, o)]
        opened = opening(own, _closable(resolver, symbol, side), price)
        value += total_value(resolver, symbol, opened)
    return _cost(resolver, symbol, value) if value else ZERO


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """What the order form asks for an opening order: `value * (1 / leverage + taker fee)`."""
    resolver, symbol = Resolver(account, FOLDER), order.instrument
    value = resolver.value(symbol, order.size, _price(resolver, order))
    return _cost(resolver, symbol, value)


def _opens(resolver: Resolver, order: Order) -> bool:
    """In hedge mode the position side says whether an order opens or closes."""
    leg = leg_of(resolver, order)
    return leg == "both" or (order.side == "buy") == (leg == "long")


def _closable(resolver: Resolver, symbol: str, side: str) -> Decimal:
    """How much of the position (one-way mode) the orders of a side would close."""
    if resolver.account.position_mode == "hedge":
        return ZERO
    held = sum((p.size for p in resolver.rows.open_of(symbol)), ZERO)
    return formulas.positive_part(held if side == "sell" else -held)


def _price(resolver: Resolver, order: Order) -> Decimal:
    """The price an order is valued at: its own, also a market order's; else the mark."""
    return price_of(resolver, order) if order.price is None else order.price


def _cost(resolver: Resolver, symbol: str, value: Decimal) -> Decimal:
    margin = formulas.initial_margin_at_rate(value, initial_rate(resolver, symbol, value))
    return margin + formulas.fee(value, need(resolver.fee(symbol, "taker")))
