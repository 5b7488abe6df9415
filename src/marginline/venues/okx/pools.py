"""From an account at OKX to its pools, in its three modes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from marginline.core.account.account import Account, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Gap, not_applicable, unsupported
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    known,
)
from marginline.core.pool.pool import BorrowTerm, Leg, Part, Pool, Trigger
from marginline.core.pool.scenario import Charge, Scenario, ShockFamily
from marginline.core.pool.schedules import RateSchedule, TierSchedule
from marginline.venues.resolve.orders import with_order_gap
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.scenarios import UnitParameters, unit_pool
from marginline.venues.resolve.separate import isolated_pools, joint_pool, separate_pools, valued

FOLDER, USD = "okx", "USD"
TRIGGER = Trigger()
INITIAL_FACTOR = Decimal("1.3")
_NO_ORDERS = unsupported("OKX does not publish what resting orders take; ask account/balance: imr")
_IN_UNIT = not_applicable("portfolio margin charges risk units, not single positions")


def _resolver(account: Account) -> Resolver:
    return Resolver(account, FOLDER, tiers_keyed_by="size", tiers_kind="whole")


def resolve_futures(account: Account) -> Resolved:
    """Each settle asset its own cross pool, each isolated position its own."""
    resolver = _resolver(account)
    pools = separate_pools(resolver, exposure_of, TRIGGER)
    return _resolved(resolver, tuple(with_order_gap(resolver, pool, _NO_ORDERS) for pool in pools))


def resolve_multi(account: Account) -> Resolved:
    """One pool in USD for everything cross, its currencies discounted."""
    resolver = _resolver(account)
    exposures = tuple(
        valued(resolver, exposure_of(resolver, p), USD) for p in resolver.positions("cross")
    )
    return _resolved(resolver, _joint(resolver, exposures))


def resolve_portfolio(account: Account) -> Resolved:
    """One pool in USD that sums its risk units, and a pool for each unit."""
    resolver = _resolver(account)
    exposures: list[Exposure] = []
    scenarios: list[Scenario] = []
    parts: list[Part] = []
    units: list[Pool] = []
    for unit, positions in _by_underlying(resolver).items():
        found = unit_scenario(resolver, unit, positions)
        why = found if isinstance(found, Gap) else _IN_UNIT
        own = tuple(valued(resolver, exposure_of(resolver, p, why), USD) for p in positions)
        exposures += own
        units.append(unit_pool(USD, unit, found, own))
        if isinstance(found, Gap):
            parts.append(Part(f"risk unit {unit}", found))
        else:
            scenarios.append(found)
    joint = _joint(resolver, tuple(exposures), scenarios=tuple(scenarios), parts=tuple(parts))
    return _resolved(resolver, (*joint, *units))


def _resolved(resolver: Resolver, pools: tuple[Pool, ...]) -> Resolved:
    if any(pool.order_gap is not None for pool in pools):
        text = (
            "what resting orders add to maintenance and take off the equity is not public: ratio"
            " and prices leave them out"
        )
        resolver.note(Code.APPROXIMATE, "orders", text)
    return Resolved(pools, tuple(resolver.findings))


# -- exposures ---------------------------------------------------------------------------------


def exposure_of(resolver: Resolver, position: Position, why: Gap | None = None) -> Exposure:
    """Maintenance of the whole size's tier on the mark, the fee of a forced close on top.

    Initial margin stands on the mark, of an isolated position on its entry price. `why` says
    why the position has no charge of its own.
    """
    symbol = position.instrument
    schedule: TierSchedule | Gap = resolver.tiers(symbol) if why is None else why
    basis = Basis.ENTRY if position.margin_mode == "isolated" else Basis.MARK
    initial = resolver.initial_rate(position, schedule, basis) if why is None else why
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule, closing_fee_rate=_closing_fee(resolver, symbol)),
        InitialTerm(initial, basis),
    )


def _closing_fee(resolver: Resolver, symbol: str) -> Figure:
    """The liquidation fee where one is given, else the taker fee."""
    own = known(resolver.fee(symbol, "liquidation"))
    return resolver.fee(symbol, "taker") if own is None else own


# -- pools -------------------------------------------------------------------------------------


def _joint(
    resolver: Resolver,
    exposures: tuple[Exposure, ...],
    *,
    scenarios: tuple[Scenario, ...] = (),
    parts: tuple[Part, ...] = (),
) -> tuple[Pool, ...]:
    def leg_of(asset: str) -> Leg:
        return resolver.joint_leg(asset, USD, haircut=resolver.haircut(asset, keyed_by="quantity"))

    pool = joint_pool(resolver, USD, exposures, TRIGGER, leg_of, debt_of=partial(_loan, resolver))
    whole = replace(pool, maintenance_parts=parts, scenarios=scenarios)
    joint = (with_order_gap(resolver, whole, _NO_ORDERS),) if pool.legs else ()
    return (*joint, *isolated_pools(resolver, exposure_of, TRIGGER))


def _loan(resolver: Resolver, asset: str) -> BorrowTerm:
    """What is borrowed, and what the currency falls below zero by: it becomes a debt."""
    wallet = resolver.wallet(asset)
    owed = ZERO if wallet is None else wallet.borrowed

    def rates(name: str) -> RateSchedule | Gap:
        return resolver.borrow_rates(asset, name, keyed_by="quantity", kind="marginal")

    index = resolver.rate(asset, USD)
    needed, initial = rates("maintenance_rate"), rates("initial_rate")
    return BorrowTerm(asset, owed, index, needed, initial, follows_leg=True)


# -- risk units --------------------------------------------------------------------------------


def _by_underlying(resolver: Resolver) -> dict[str, list[Position]]:
    units: dict[str, list[Position]] = {}
    for position in resolver.positions("cross"):
        terms = resolver.instrument(position.instrument)
        name = terms.underlying or terms.base or position.instrument
        units.setdefault(name, []).append(position)
    return units


@figured
def unit_scenario(resolver: Resolver, unit: str, positions: list[Position]) -> Scenario | Gap:
    """Shocks and charges of one underlying: from the account, else packaged for the day."""
    said = UnitParameters(resolver, unit)
    moves = [move for shock in said.shocks() for move in (shock, -shock)]
    extreme = said.number("extreme_shock")
    return Scenario(
        unit,
        frozenset(position.key for position in positions),
        (
            ShockFamily("MR1 price moves", tuple(moves)),
            ShockFamily("MR6 extreme move", (extreme, -extreme), said.number("extreme_factor")),
        ),
        charges=(Charge("MR4 basis", said.number("basis_rate")),),
        minimum_rate=said.number("minimum_rate"),
        minimum_steps=said.ladder(),
        initial_factor=said.factor(INITIAL_FACTOR),
    )
