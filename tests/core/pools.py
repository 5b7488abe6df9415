"""Pools in normal form for the tests of the core, built by hand: no venue in them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from marginline.core.account.account import Instrument
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule

D = Decimal
RULES = Rules.over((POOL_RULES, POSITION_RULES), ((), ()))
LINEAR = Instrument(symbol="X", payoff="linear", base="X", quote="USD", settle="USD")
INVERSE = Instrument(symbol="XUSD", payoff="inverse", base="X", quote="USD", settle="X")
QUANTO = Instrument(
    symbol="XQ", payoff="quanto", base="X", quote="USD", settle="BTC", multiplier=D("0.5")
)


def schedule(*rows: tuple[str, str], **terms: Any) -> TierSchedule:
    """(floor, rate) rows, marginal and by notional unless said, deductions as they follow."""
    floors = tuple(D(floor) for floor, _ in rows)
    rates = tuple(D(rate) for _, rate in rows)
    deductions = [D(0)]
    for n in range(1, len(rows)):
        deductions.append(deductions[-1] + floors[n] * (rates[n] - rates[n - 1]))
    if terms.get("kind") == "whole":
        deductions = [D(0)] * len(rows)
    base = TierSchedule(
        keyed_by="notional",
        kind="marginal",
        floors=floors,
        rates=rates,
        deductions=tuple(deductions),
        initial_rates=(None,) * len(rows),
        max_leverages=(None,) * len(rows),
    )
    return replace(base, **terms)


def term(*rows: tuple[str, str], **more: Any) -> MaintenanceTerm:
    return MaintenanceTerm(schedule(*(rows or (("0", "0.1"),))), **more)


def exposure(
    size: str,
    entry: str = "100",
    mark: str = "100",
    maintenance: MaintenanceTerm | None = None,
    instrument: Instrument = LINEAR,
    **more: Any,
) -> Exposure:
    """A position with a maintenance of 10 % and an initial margin of 20 % unless said."""
    given = {"key": f"{instrument.symbol}/both", "asset": instrument.settle or ""} | more
    return Exposure(
        instrument=instrument,
        side="both",
        size=D(size),
        entry_price=D(entry),
        mark=D(mark),
        maintenance=maintenance or term(),
        initial=given.pop("initial", InitialTerm(D("0.2"))),
        **given,
    )


def leg(balance: str, asset: str = "USD", **more: Any) -> Leg:
    return Leg(asset, D(balance), **more)


def pool(*parts: Leg | Exposure, kind: Kind = Kind.CROSS, **more: Any) -> Pool:
    """A pool of legs and exposures, in USD."""
    legs = tuple(part for part in parts if isinstance(part, Leg))
    exposures = tuple(part for part in parts if isinstance(part, Exposure))
    return Pool(more.pop("id", "USD"), kind, more.pop("asset", "USD"), legs, exposures, **more)


def figures(found: Pool) -> PoolFigures:
    return PoolFigures(found, RULES)


def haircut(*rows: tuple[str, str], **terms: Any) -> HaircutSchedule:
    """(floor, ratio) rows by value, marginal unless said."""
    floors = tuple(D(floor) for floor, _ in rows)
    ratios = tuple(D(ratio) for _, ratio in rows)
    sums = [D(0)]
    for n in range(1, len(rows)):
        sums.append(sums[-1] + floors[n] * (ratios[n - 1] - ratios[n]))
    return replace(HaircutSchedule("value", "marginal", floors, ratios, tuple(sums)), **terms)
