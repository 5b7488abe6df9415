"""Risk units of scenario margin: their parameters, and the pool that shows one unit's figures.

Parameters stand in `parameters.venue.scenario` by underlying; what an account leaves out is
packaged for the day in the venue's `parameters/scenario.toml` (`OTHERS` holds for underlyings
without an entry of their own, `LADDER` has the slices of the minimum charge), or missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.document._scalars import Refused, number_of
from marginline.core.findings import AbsentError, Code, Gap, missing
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.polynomial import Curve
from marginline.core.pool import scenario
from marginline.core.pool.exposure import Exposure, need
from marginline.core.pool.pool import Kind, Part, Pool
from marginline.core.pool.scenario import FloorStep, Scenario
from marginline.venues.resolve import packaged
from marginline.venues.resolve.resolver import Resolver


def unit_pool(asset: str, unit: str, found: Scenario | Gap, members: tuple[Exposure, ...]) -> Pool:
    """A unit's own figures; the account pool sums them."""
    if isinstance(found, Gap):
        whole = (Part(f"risk unit {unit}", found),)
        return Pool(unit, Kind.RISK_UNIT, asset, (), maintenance_parts=whole, initial_parts=whole)
    parts, initial = _unit_parts(found, members)
    return Pool(unit, Kind.RISK_UNIT, asset, (), maintenance_parts=parts, initial_parts=initial)


def _unit_parts(
    found: Scenario, members: tuple[Exposure, ...]
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    try:
        valued = [(e, Curve(_signed_value(e))) for e in members]
    except AbsentError as absent:
        whole = (Part(f"risk unit {found.unit}", absent.gap),)
        return whole, whole
    named = scenario.parts(found, valued)
    worst = max((named[family.name] for family in found.families), default=ZERO)
    charges = {charge.name: named[charge.name] for charge in found.charges}
    base = scenario.base(found, valued)
    above = base - worst - sum(charges.values(), ZERO)
    rows = {"worst price move": worst, **charges, "minimum above them": above}
    initial = (Part("initial", scenario.initial(found, valued)),)
    return tuple(Part(name, amount) for name, amount in rows.items()), initial


def _signed_value(exposure: Exposure) -> Decimal:
    value = exposure.notional_at(need(exposure.mark)) * need(exposure.value_rate)
    return value if exposure.size > 0 else -value


class UnitParameters:
    """`parameters.venue` of one underlying, over what is packaged for it."""

    def __init__(self, resolver: Resolver, unit: str) -> None:
        self._resolver = resolver
        self._venue = resolver.account.parameters.venue
        units = self._venue.get("scenario")
        own = units.get(unit) if isinstance(units, Mapping) else None
        self._own: Mapping[str, object] = own if isinstance(own, Mapping) else {}
        self._where = f"parameters.venue.scenario.{unit}"
        self._packaged = self._entry(unit) or self._entry("OTHERS")

    def _entry(self, key: str) -> packaged.Dated | None:
        account = self._resolver.account
        folder = self._resolver.folder
        return packaged.in_force(folder, "scenario", account.venue, key, account.as_of)

    def _value(self, name: str) -> object:
        if name in self._own:
            return self._own[name]
        found = None if self._packaged is None else self._packaged.entry.get(name)
        if found is not None and self._packaged is not None:
            text = f"{name} is packaged: {self._packaged.source}"
            self._resolver.note(Code.PACKAGED_PARAMETER, f"{self._where}.{name}", text)
        return found

    def number(self, name: str) -> Decimal:
        """A factor or rate; AbsentError where neither the account nor the package has it."""
        return _number(self._value(name), f"{self._where}.{name}")

    def shocks(self) -> tuple[Decimal, ...]:
        """The sizes of the price moves, each taken up and down."""
        found, where = self._value("spot_shocks"), f"{self._where}.spot_shocks"
        rows = found if isinstance(found, (list, tuple)) else [found]
        return tuple(_number(row, where) for row in rows)

    def factor(self, default: Decimal) -> Decimal:
        """Initial margin over maintenance margin of a unit."""
        given = self._venue.get("initial_factor", default)
        return _number(given, "parameters.venue.initial_factor")

    def ladder(self) -> tuple[FloorStep, ...]:
        """The slices of the minimum charge, each with its multiplier."""
        given, where = self._venue.get("minimum_ladder"), "parameters.venue.minimum_ladder"
        if given is None and (entry := self._entry("LADDER")) is not None:
            given = entry.rows
            self._resolver.note(Code.PACKAGED_PARAMETER, where, f"packaged: {entry.source}")
        return tuple(_steps(given, where))


def _steps(given: object, where: str) -> Iterator[FloorStep]:
    last = -ONE
    for number, row in enumerate(given if isinstance(given, (list, tuple)) else ()):
        said: Mapping[str, object] = row if isinstance(row, Mapping) else {}
        place = f"{where}[{number}]"
        floor = _number(said.get("floor"), f"{place}.floor")
        if floor <= last or (number == 0 and floor):
            raise AbsentError(missing(f"{place}.floor is {to_text(floor)}: floors rise from 0"))
        last = floor
        yield FloorStep(floor, _number(said.get("multiplier"), f"{place}.multiplier"))
    if last < 0:
        raise AbsentError(missing(f"the slices of the minimum charge are not given; give {where}"))


def _number(value: object, where: str) -> Decimal:
    if value is None:
        raise AbsentError(missing(f"it is not public for this underlying; give {where}"))
    try:
        number = number_of(value)
    except Refused as refused:
        raise AbsentError(missing(f"{where} {refused.message}")) from None
    if number < 0:
        raise AbsentError(missing(f"{where} is {to_text(number)}, and is never negative"))
    return number
