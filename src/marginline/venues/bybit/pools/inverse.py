"""From Bybit's classic inverse account to pools: each coin its own, positions cross or isolated.

Margins are counted at entry at all dates. The closing fee in the maintenance margin of a cross
position is that of its own bankruptcy price, which rests on what the wallet has left for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import AbsentError, Code, not_applicable
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Basis, Exposure, Figure, figured, need
from marginline.core.pool.pool import Kind, Leg, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.terms import maintenance_amount
from marginline.venues.bybit.pools.contracts import (
    BANKRUPTCY_PRICE,
    TAKER,
    exposure_of,
    side_of,
    with_isolated,
)
from marginline.venues.bybit.pools.orders import FOLDER, order_terms
from marginline.venues.bybit.pools.unified import initial_of
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import isolated_pools

TRIGGER = Trigger()
_NEVER = not_applicable("no price of this position alone uses up what the wallet has left for it")


def resolve_inverse(account: Account) -> Resolved:
    """A cross pool for each coin, a pool for each isolated position."""
    resolver = Resolver(account, FOLDER)
    pools = [_coin_pool(resolver, asset) for asset in resolver.assets()]
    pools += isolated_pools(resolver, _isolated, TRIGGER)
    for position in resolver.positions():
        if account.position_mode == "hedge" or position.side != "both":
            text = "the classic inverse account has one position a symbol; check position_mode"
            resolver.note(Code.POSITION_MODE, position.key, text)
    return resolver.resolved(pools)


def _at_entry(resolver: Resolver, position: Position) -> Exposure:
    return exposure_of(resolver, position, basis=Basis.ENTRY, initial_basis=Basis.ENTRY)


def _isolated(resolver: Resolver, position: Position) -> Exposure:
    return with_isolated(resolver, position, _at_entry(resolver, position), grossed=False)


def _coin_pool(resolver: Resolver, asset: str) -> Pool:
    margin = partial(initial_of, resolver, _at_entry)
    orders = order_terms(resolver, asset, margin, best=True)
    orders = tuple(
        replace(o, isolated=resolver.margin_mode(o.instrument) == "isolated") for o in orders
    )
    leg, taken = resolver.cross_leg(asset), _sum(orders)
    rows = [p for p in resolver.positions("cross") if resolver.asset_of(p) == asset]
    exposures = [_at_entry(resolver, position) for position in rows]
    off: Figure = -taken if isinstance(taken, Decimal) else taken
    return Pool(
        asset,
        Kind.CROSS,
        asset,
        (leg,),
        tuple(_with_bankruptcy(leg, taken, exposures)),
        orders=orders,
        adjustments=(Part("order margin", off, "orders of the account"),),
    )


@figured
def _sum(orders: Sequence[OrderTerm]) -> Figure:
    return sum((need(order.amount) for order in orders), ZERO)


# -- bankruptcy price of a cross position ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoinClaim:
    """One position's claim on a coin's wallet; `entry_value` and amounts are in the coin.

    `required` is its maintenance margin without closing fee, `loss` its unrealized loss (>= 0).
    """

    side: int
    entry_value: Decimal
    taker: Decimal
    required: Decimal
    loss: Decimal


def bankruptcy_values(balance: Decimal, claims: Sequence[CoinClaim]) -> list[Decimal | None]:
    """Value in coins of each position at its bankruptcy price; None where there is none.

    Loss and closing fee at that price use up the balance left by the requirements and losses of the
    others, whose requirements contain their own closing fees: with `y` the value, `s` the side and
    `F = sum(f y)`, each is `y = s (A - F)` with `A = balance + s * entry value - what the others
    take`, so that `F = sum(f s A) / (1 + sum(f s))`. One long alone: `(Q/E + balance) / (1 + f)`.
    What is not reached at any price pays no fee and leaves the sum.
    """
    taken = sum((c.required + c.loss for c in claims), ZERO)
    left = [balance + c.side * c.entry_value - (taken - c.required - c.loss) for c in claims]
    live = list(range(len(claims)))
    while True:
        weight = ONE + sum((claims[i].taker * claims[i].side for i in live), ZERO)
        charged = sum((claims[i].taker * claims[i].side * left[i] for i in live), ZERO)
        if not weight:  # a fee of -100 %, which contradicts itself
            return [None for _ in claims]
        fees = charged / weight
        values = {i: claims[i].side * (left[i] - fees) for i in live}
        reached = [i for i in live if values[i] > 0]
        if reached == live:
            return [values.get(i) for i in range(len(claims))]
        live = reached


def _with_bankruptcy(leg: Leg, taken: Figure, exposures: list[Exposure]) -> list[Exposure]:
    """The exposures with their own bankruptcy price and its closing fee in maintenance."""
    try:
        balance = leg.usable - need(taken)
        values = bankruptcy_values(balance, [_claim(exposure) for exposure in exposures])
    except AbsentError as absent:
        return [_with_fee(exposure, absent.gap, absent.gap) for exposure in exposures]
    found = []
    for exposure, value in zip(exposures, values, strict=True):
        if value is None:
            found.append(_with_fee(exposure, ZERO, _NEVER))
            continue
        price = abs(exposure.size) * exposure.unit / value
        fee = formulas.fee(value, need(exposure.own[TAKER]))
        found.append(_with_fee(exposure, fee, price))
    return found


def _claim(exposure: Exposure) -> CoinClaim:
    bare = replace(exposure, maintenance=replace(exposure.maintenance, fee_constant=ZERO))
    return CoinClaim(
        side=side_of(exposure),
        entry_value=exposure.notional_at(need(exposure.entry_price)),
        taker=need(exposure.own[TAKER]),
        required=maintenance_amount(bare),
        loss=-formulas.negative_part(exposure.pnl_at(need(exposure.mark))),
    )


def _with_fee(exposure: Exposure, fee: Figure, price: Figure) -> Exposure:
    return replace(
        exposure,
        maintenance=replace(exposure.maintenance, fee_constant=fee),
        own={**exposure.own, BANKRUPTCY_PRICE: price},
    )
