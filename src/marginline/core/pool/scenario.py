"""Risk-based margin: the requirement of a set of exposures is its worst loss under shocks.

    base = max(max over families (factor * worst loss), 0) + charges, but at least the floor
    maintenance = maintenance_factor * base + maintenance_constant
    initial = initial_factor * base + initial_constant

A shock moves every price of the unit by the same fraction `m`. What an exposure of signed value
`v` (at the mark, in the pool's asset) gains by it is `v * m` where P&L is linear, `v * m / (1 + m)`
where it is inverse; gains count by `gain_share`. All of it is linear in the prices between kinks,
so that the walk of the liquidation price stays exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import combinations

from marginline import formulas
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.polynomial import FLAT, Curve
from marginline.core.pool.exposure import Exposure


@dataclass(frozen=True, slots=True)
class ShockFamily:
    """Price moves as fractions, and the share of the worst loss among them that is charged."""

    name: str
    moves: tuple[Decimal, ...]
    factor: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Charge:
    """An addition to the worst loss: `rate` times the gross value of the unit.

    `by_expiry`: times the net value of each expiry instead, expiries added up.
    """

    name: str
    rate: Decimal
    by_expiry: bool = False


@dataclass(frozen=True, slots=True)
class FloorStep:
    """A slice of the minimum charge: what lies between `floor` and the next is multiplied."""

    floor: Decimal
    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class Scenario:
    """One risk unit: which exposures, which shocks, which additions, floor, factors, constants.

    `minimum_rate` on gross value gives the raw minimum, `minimum_steps` scale it slice by slice.
    """

    unit: str
    members: frozenset[str]
    families: tuple[ShockFamily, ...]
    gain_share: Decimal = ONE
    charges: tuple[Charge, ...] = ()
    minimum_rate: Decimal = ZERO
    minimum_steps: tuple[FloorStep, ...] = ()
    maintenance_factor: Decimal = ONE
    initial_factor: Decimal = ONE
    maintenance_constant: Decimal = ZERO
    initial_constant: Decimal = ZERO


Valued = Sequence[tuple["Exposure", Curve]]
"""Exposures with their signed value as a curve; a number is a curve that does not move."""


def parts(scenario: Scenario, valued: Valued) -> dict[str, Decimal]:
    """The named parts of the base: worst loss by family, charges, minimum."""
    found = {
        family.name: max((c.constant for c in _losses(scenario, family, valued)), default=ZERO)
        for family in scenario.families
    }
    found = {name: formulas.positive_part(loss) for name, loss in found.items()}
    for charge in scenario.charges:
        found[charge.name] = _charge(charge, valued, ZERO).constant
    if scenario.minimum_rate:
        found["minimum"] = _minimum(scenario, valued, ZERO).constant
    return found


def base(scenario: Scenario, valued: Valued) -> Decimal:
    """The worst loss with its charges, or the minimum where that is more."""
    return _base_at(scenario, valued, ZERO).constant


def maintenance(scenario: Scenario, valued: Valued) -> Decimal:
    """Maintenance margin of the unit."""
    return scenario.maintenance_factor * base(scenario, valued) + scenario.maintenance_constant


def initial(scenario: Scenario, valued: Valued) -> Decimal:
    """Initial margin of the unit."""
    return scenario.initial_factor * base(scenario, valued) + scenario.initial_constant


def maintenance_curve(scenario: Scenario, valued: Valued, t: Decimal) -> Curve:
    """Maintenance margin around `t`, with the shock that is worst there."""
    around = _base_at(scenario, valued, t).times(scenario.maintenance_factor)
    return around.shifted(scenario.maintenance_constant)


def edges(
    scenario: Scenario, valued: Valued, middles: Callable[[Iterable[Decimal]], Iterable[Decimal]]
) -> set[Decimal]:
    """Every `t` at which another shock becomes the worst, or a charge changes its formula.

    `middles` gives a point inside each segment that the `t` found so far cut the path into.
    """
    kinks = set(_kinks(scenario, valued))
    for middle in middles(kinks):
        for one, other in combinations(_candidates(scenario, valued, middle), 2):
            kinks.update(one.minus(other).crossings())
    return kinks


def _base_at(scenario: Scenario, valued: Valued, t: Decimal) -> Curve:
    return max(_candidates(scenario, valued, t), key=lambda curve: curve.at(t))


def _candidates(scenario: Scenario, valued: Valued, t: Decimal) -> list[Curve]:
    """The curves of which the base is the largest."""
    charges = FLAT
    for charge in scenario.charges:
        charges = charges.plus(_charge(charge, valued, t))
    found = [charges]
    for family in scenario.families:
        found += [loss.plus(charges) for loss in _losses(scenario, family, valued)]
    if scenario.minimum_rate:
        found.append(_minimum(scenario, valued, t))
    return found


def _losses(scenario: Scenario, family: ShockFamily, valued: Valued) -> Iterator[Curve]:
    for move in family.moves:
        loss = FLAT
        for exposure, value in valued:
            gain = move / (ONE + move) if exposure.inverse else move
            share = gain if exposure.size * gain < 0 else gain * scenario.gain_share
            loss = loss.minus(value.times(share))
        yield loss.times(family.factor)


def _gross(valued: Valued) -> Curve:
    total = FLAT
    for exposure, value in valued:
        total = total.plus(value if exposure.size > 0 else value.times(-ONE))
    return total


def _nets(valued: Valued) -> Iterable[Curve]:
    nets: dict[datetime | None, Curve] = {}
    for exposure, value in valued:
        expiry = exposure.instrument.expires_at
        nets[expiry] = nets.get(expiry, FLAT).plus(value)
    return nets.values()


def _charge(charge: Charge, valued: Valued, t: Decimal) -> Curve:
    if not charge.by_expiry:
        return _gross(valued).times(charge.rate)
    total = FLAT
    for net in _nets(valued):
        total = total.plus(net.times(charge.rate if net.at(t) >= 0 else -charge.rate))
    return total


def _minimum(scenario: Scenario, valued: Valued, t: Decimal) -> Curve:
    raw = _gross(valued).times(scenario.minimum_rate)
    if not scenario.minimum_steps:
        return raw
    here, scaled = raw.at(t), ZERO
    last = scenario.minimum_steps[0]
    for step in scenario.minimum_steps[1:]:
        if here <= step.floor:
            break
        scaled += (step.floor - last.floor) * last.multiplier
        last = step
    return raw.shifted(-last.floor).times(last.multiplier).shifted(scaled)


def _kinks(scenario: Scenario, valued: Valued) -> Iterator[Decimal]:
    if any(charge.by_expiry for charge in scenario.charges):
        for net in _nets(valued):
            yield from net.crossings()
    raw = _gross(valued).times(scenario.minimum_rate)
    for step in scenario.minimum_steps[1:]:
        yield from raw.crossings(step.floor)
