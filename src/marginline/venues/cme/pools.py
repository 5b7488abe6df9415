"""From a CME account to its one pool: cash, open contracts at an amount each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Finding, missing
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool, Trigger
from marginline.core.pool.schedules import TierSchedule
from marginline.errors import DocumentError, Problem
from marginline.venues.resolve.resolver import Resolver

FOLDER = "cme"
USD = "USD"
SPECULATOR, HEDGER = Decimal("1.1"), ONE  # initial performance bond as a multiple of maintenance
MAINTENANCE = "maintenance per contract"
INITIAL = "initial per contract"
TRIGGER = Trigger(inclusive=False, liquidates=False)

_NO_RATES = TierSchedule("size", "whole", (ZERO,), (ZERO,), (ZERO,), (None,), (None,))
"""Nothing is charged by a rate: the amounts stand in the terms' constants."""

_ORDERS = (
    "the clearing house asks for no performance bond on resting orders; what the broker reserves is"
    " its own matter and not counted"
)
_SPREADS = (
    "long and short contracts of {} are open: each is charged in full; the credit that SPAN gives"
    " for a spread, and the charge between months, need the clearing house's own files"
)


def resolve_speculator(account: Account) -> Resolved:
    """The one pool of a speculator (HRP): initial is 110 % of maintenance.

    Raises:
        DocumentError: a position is isolated, or settles in another asset than USD.
    """
    return _resolve(account, SPECULATOR)


def resolve_hedger(account: Account) -> Resolved:
    """The one pool of a hedger or member (non-HRP): initial is maintenance.

    Raises:
        DocumentError: a position is isolated, or settles in another asset than USD.
    """
    return _resolve(account, HEDGER)


def _resolve(account: Account, factor: Decimal) -> Resolved:
    resolver = Resolver(account, FOLDER)
    _refuse(resolver)
    exposures = tuple(_exposure(resolver, p, factor) for p in resolver.positions())
    _notes(resolver, exposures)
    others = [w.asset for w in account.wallets if w.asset != USD]
    cash = replace(resolver.cross_leg(USD), cuts_pnl=False)  # variation is paid in cash
    legs = (cash, *(_other_leg(resolver, asset) for asset in others))
    pool = Pool(USD, Kind.ACCOUNT, USD, legs, exposures, trigger=TRIGGER)
    return resolver.resolved((pool,))


def _refuse(resolver: Resolver) -> None:
    problems = []
    for index, row in enumerate(resolver.account.positions):
        if row.margin_mode == "isolated":
            text = "CME knows no isolated positions"
            problems.append(
                Problem(f"positions[{index}].margin_mode", "isolated", text, "leave it out")
            )
        if row.size and resolver.asset_of(row) != USD:
            asset = resolver.asset_of(row)
            where = f"positions[{index}].instrument"
            text = f"{row.instrument} settles in {asset}"
            problems.append(Problem(where, row.instrument, text, "CME contracts settle in USD"))
    if problems:
        raise DocumentError(problems)


def _other_leg(resolver: Resolver, asset: str) -> Leg:
    """Collateral in another currency, after the clearing house's haircut."""
    return resolver.joint_leg(asset, USD, haircut=resolver.haircut(asset))


def _exposure(resolver: Resolver, position: Position, factor: Decimal) -> Exposure:
    maintenance, initial = per_contract(resolver, position.instrument, factor)
    size = abs(position.size)
    exposure = resolver.exposure(
        position,
        MaintenanceTerm(_NO_RATES, Basis.ENTRY, fee_constant=maintenance * size),
        InitialTerm(ZERO, Basis.ENTRY, fee_constant=initial * size),
    )
    return replace(exposure, own={MAINTENANCE: maintenance, INITIAL: initial})


def per_contract(resolver: Resolver, symbol: str, factor: Decimal) -> tuple[Figure, Figure]:
    """Maintenance and initial performance bond of one contract, in USD."""
    given = resolver.account.parameters.per_contract.get(symbol)
    where = f"parameters.per_contract.{symbol}.maintenance"
    gap = missing(f"the maintenance performance bond of {symbol} is not given; give {where}")
    maintenance: Figure = gap
    if given is not None and given.maintenance is not None:
        maintenance = given.maintenance
    if given is not None and given.initial is not None:
        return maintenance, given.initial
    return maintenance, maintenance * factor


def _notes(resolver: Resolver, exposures: tuple[Exposure, ...]) -> None:
    if resolver.account.orders:
        finding = Finding(Code.APPROXIMATE, USD, _ORDERS, Measure.ORDER_INITIAL_MARGIN)
        resolver.findings.append(finding)
    sides: dict[str, set[bool]] = {}
    for exposure in exposures:
        underlying = exposure.instrument.underlying or exposure.instrument.symbol
        sides.setdefault(underlying, set()).add(exposure.size > 0)
    for underlying, found in sides.items():
        if len(found) == 2:
            text = _SPREADS.format(underlying)
            finding = Finding(Code.APPROXIMATE, USD, text, Measure.MAINTENANCE_MARGIN)
            resolver.findings.append(finding)
