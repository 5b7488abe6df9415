"""From a Bybit account in portfolio margin to its pools: the account, and its risk units.

A risk unit is one underlying, and needs its worst loss and more:

    maintenance = max loss over price and volatility shocks + contingency
    initial     = maintenance * initial factor of the unit

Public are the structure and the price range of BTC and ETH. The grid points between, the volatility
shocks, the contingency factors and the initial factor are not: those figures come from the venue
(`parameters.venue.risk_units`, GET /v5/asset/portfolio-margin) or stay UNSUPPORTED.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from marginline import formulas
from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, missing, unsupported
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Exposure, Figure, figured, need
from marginline.core.pool.pool import Kind, Part, Pool
from marginline.venues.bybit.pools.contracts import unscheduled
from marginline.venues.bybit.pools.orders import FOLDER
from marginline.venues.bybit.pools.unified import (
    TRIGGER,
    USD,
    UnifiedResolver,
    adjustments,
    joint_leg,
    loans,
    note_position_mode,
    refuse_isolated,
)
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import joint_pool

_ELSEWHERE = unsupported(
    "portfolio margin charges risk units; what they need at other prices rests on scenario factors"
    " that are not public"
)


def resolve_portfolio(account: Account) -> Resolved:
    """One pool in USD that sums the requirements of the risk units, and a pool for each unit."""
    resolver = UnifiedResolver(account, FOLDER)
    refuse_isolated(resolver)
    exposures = tuple(
        unscheduled(resolver, p, _ELSEWHERE, rate=resolver.rate(resolver.asset_of(p), USD))
        for p in resolver.positions()
    )
    units = _risk_units(resolver, exposures)
    leg_of = partial(joint_leg, resolver, options_support=True)
    pool = replace(
        joint_pool(resolver, USD, exposures, TRIGGER, leg_of),
        borrows=loans(resolver),
        adjustments=adjustments(resolver),
        maintenance_parts=tuple(Part(f"risk unit {u.name}", u.maintenance) for u in units),
        initial_parts=tuple(Part(f"risk unit {u.name}", u.initial) for u in units),
    )
    note_position_mode(resolver)
    pools = (pool, *map(_unit_pool, units)) if pool.legs else ()
    return resolver.resolved(pools)


def _unit_pool(unit: RiskUnit) -> Pool:
    """A unit's own figures; the account pool sums them."""
    return Pool(
        unit.name,
        Kind.RISK_UNIT,
        USD,
        (),
        maintenance_parts=(
            Part("max_loss", unit.max_loss),
            Part("contingency", unit.contingency),
        ),
        initial_parts=(Part("initial", unit.initial),),
    )


def _risk_units(resolver: Resolver, exposures: tuple[Exposure, ...]) -> list[RiskUnit]:
    """Every underlying with a position, an order, or a figure of the venue's."""
    account = resolver.account
    found = account.parameters.venue.get("risk_units")
    given: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    ordered = [_underlying(resolver, order.instrument) for order in account.orders]
    names = [_underlying(resolver, e.instrument.symbol) for e in exposures] + ordered + list(given)
    options = any(wallet.options_value for wallet in account.wallets)
    units = []
    for name in dict.fromkeys(names):
        own = [e for e in exposures if _underlying(resolver, e.instrument.symbol) == name]
        bare = not options and name not in ordered
        units.append(risk_unit(name, given.get(name), own, account.as_of, bare=bare))
    if found is not None and not isinstance(found, Mapping):
        where = "parameters.venue.risk_units"
        resolver.note(Code.MISSING_DATA, where, f"{where} is not a table by underlying")
    return units


def _underlying(resolver: Resolver, symbol: str) -> str:
    instrument = resolver.instrument(symbol)
    return instrument.underlying or symbol


# -- risk units -----------------------------------------------------------------------------------


NARROWED = datetime(2025, 1, 10, 8, 0, tzinfo=UTC)
"""When the price range of BTC and ETH went from 15 % to 10 %."""

_WIDE, _NARROW = Decimal("0.15"), Decimal("0.10")
_PUBLISHED = ("BTC", "ETH")
_API = "/v5/asset/portfolio-margin"


@dataclass(frozen=True, slots=True)
class RiskUnit:
    """What one underlying needs, in USD; `initial_factor` multiplies maintenance."""

    name: str
    max_loss: Figure
    contingency: Figure
    initial_factor: Figure

    @property
    def maintenance(self) -> Figure:
        """Worst loss and contingency together."""
        return self.max_loss + self.contingency

    @property
    def initial(self) -> Figure:
        """Maintenance times the unit's factor."""
        return self.maintenance * self.initial_factor


def price_range(unit: str, moment: datetime) -> Figure:
    """How far the scenarios move the price of a unit, up and down, a fraction."""
    if unit not in _PUBLISHED:
        return unsupported(f"Bybit publishes the price range of BTC and ETH alone, not of {unit}")
    return _NARROW if moment >= NARROWED else _WIDE


def risk_unit(
    name: str, given: object, exposures: Iterable[Exposure], moment: datetime, *, bare: bool
) -> RiskUnit:
    """A unit from the venue's own figures, as far as they are given; the rest as far as public.

    `bare`: the unit holds linear futures alone, without orders and options.
    """
    rows: Mapping[str, object] = given if isinstance(given, Mapping) else {}
    where = f"parameters.venue.risk_units.{name}"
    loss = _given(rows, "max_loss", where)
    contingency = _given(rows, "contingency", where)
    factor = _given(rows, "initial_factor", where)
    if loss is None:
        loss = futures_loss(name, exposures, moment, bare=bare)
    if contingency is None:
        text = f"Bybit's contingency factors are not public; give {where}.contingency ({_API})"
        contingency = unsupported(text)
    if factor is None:
        text = f"the initial margin factor of {name} is not public; give {where}.initial_factor"
        factor = unsupported(text)
    return RiskUnit(name, loss, contingency, factor)


def _given(rows: Mapping[str, object], name: str, where: str) -> Figure | None:
    value = rows.get(name)
    if value is None:
        return None
    return value if isinstance(value, Decimal) else missing(f"{where}.{name} is not a number")


@figured
def futures_loss(
    name: str, exposures: Iterable[Exposure], moment: datetime, *, bare: bool
) -> Figure:
    """Worst loss of a unit of linear futures, in USD: at one end of the price range.

    Their loss is a straight line in the price, so that the grid points between do not matter, and
    volatility shocks do not touch them.
    """
    reach, exposures = need(price_range(name, moment)), list(exposures)
    if not bare or any(e.inverse for e in exposures):
        where = f"parameters.venue.risk_units.{name}.max_loss"
        return unsupported(
            f"Bybit's scenario grid is public for linear futures alone; give {where} ({_API})"
        )
    return abs(sum(map(_value, exposures), ZERO)) * reach


def _value(exposure: Exposure) -> Decimal:
    value = formulas.value_linear(exposure.size, exposure.unit, need(exposure.mark))
    return value * need(exposure.value_rate)
