"""One position in normal form: what it is worth, and what is charged for it.

Nobody changes an exposure or a term once it is made. They are not frozen because Python makes a
frozen dataclass at two to three times the cost, and an assessment makes three for each position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from marginline import formulas
from marginline.core.account.account import Instrument
from marginline.core.findings import AbsentError, Gap, missing
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.schedules import Rounding, TierSchedule

Figure = Decimal | Gap

P = ParamSpec("P")
Found = TypeVar("Found")


def need(found: Found | Gap) -> Found:
    """What is there, or AbsentError with the reason why it is not."""
    if type(found) is Gap:  # asked a dozen times a position: `isinstance` takes twice as long
        raise AbsentError(found)
    return found


def known(found: Found | Gap) -> Found | None:
    """What is there, None where it is not: for who has another to take, or nothing to say."""
    return None if isinstance(found, Gap) else found


def figured(compute: Callable[P, Found | Gap]) -> Callable[P, Found | Gap]:
    """The function, with the gap as what it gives where a number that it needs is absent."""

    @wraps(compute)
    def found(*args: P.args, **kwargs: P.kwargs) -> Found | Gap:
        try:
            return compute(*args, **kwargs)
        except AbsentError as absent:
            return absent.gap

    return found


_NO_INDEX = missing("no index price is given")


class Basis(StrEnum):
    """At which price a term values the position."""

    MARK = "mark"
    ENTRY = "entry"
    INDEX = "index"


@dataclass(slots=True)
class MaintenanceTerm:
    """What the venue demands for one exposure, in its settle asset.

    `value * (rate + slope * coins) - deduction + fee_constant + notional * fee_rate`, where `value`
    is the notional at `basis` plus `extra_notional` (resting orders at their own price, charged
    by the same schedule). `closing_fee_rate` is what the trigger adds on top without being part of
    the venue's figure. Of the exposures of one `group` only the larger of the long and the short
    sum counts. `counts` False: the position shows its maintenance, the pool leaves it out (the
    smaller side of a hedge whose larger side alone is charged, ADR 0301). `keyed_at`: the price at
    which the value that chooses the row is taken, where that is not the charged one (ADR 0501).
    """

    schedule: TierSchedule | Gap
    basis: Basis = Basis.MARK
    fee_constant: Figure = ZERO
    fee_rate: Figure = ZERO
    closing_fee_rate: Figure = ZERO
    extra_notional: Figure = ZERO
    slope: Decimal = ZERO
    group: str | None = None
    rounding: Rounding | None = None
    counts: bool = True
    keyed_at: Basis | None = None


@dataclass(slots=True)
class InitialTerm:
    """Initial margin of one exposure: `notional * rate + fee_constant + notional * fee_rate`.

    The rate is 1 / leverage, or the tier's where no leverage is set; `basis` says at which price.
    """

    rate: Figure
    basis: Basis = Basis.MARK
    fee_constant: Figure = ZERO
    fee_rate: Figure = ZERO
    rounding: Rounding | None = None


@dataclass(slots=True)
class Exposure:
    """One open position as the pool sees it. `size` is signed, > 0 long.

    `asset` names the leg that its P&L settles in. `value_rate` converts that asset to the pool's
    for reports, `requirement_rate` for requirements (a venue may take a worse one). `fees` is the
    cash already paid for it (negative), `funding_rate` the next rate. `liquidation_fee_rate` is the
    fee of a forced close, where the venue's own bankruptcy price is net of it. `own` holds what
    only the venue's own rules read, by name (ADR 0201).
    """

    key: str
    instrument: Instrument
    side: str
    size: Decimal
    entry_price: Figure
    mark: Figure
    asset: str
    maintenance: MaintenanceTerm
    initial: InitialTerm
    index: Figure = _NO_INDEX
    leverage: Decimal | None = None
    value_rate: Figure = ONE
    requirement_rate: Figure = ONE
    funding_rate: Figure = ZERO
    fees: Figure = ZERO
    liquidation_fee_rate: Figure = ZERO
    own: Mapping[str, Figure] = field(default_factory=dict, hash=False)

    @property
    def inverse(self) -> bool:
        """Whether P&L is linear in 1/price instead of price."""
        return self.instrument.payoff == "inverse"

    @property
    def unit(self) -> Decimal:
        """Settle asset per unit of size and of price (inverse: of 1/price)."""
        instrument = self.instrument
        if instrument.payoff != "quanto":
            return instrument.contract_size
        if instrument.multiplier is None:
            where = f"instruments.{instrument.symbol}.multiplier"
            raise AbsentError(missing(f"the quanto multiplier is not given; add {where}"))
        return instrument.multiplier

    def priced(self, mark: Figure, index: Figure) -> Exposure:
        """The same exposure at other prices; `replace` would take three times as long."""
        return Exposure(
            self.key, self.instrument, self.side, self.size, self.entry_price, mark, self.asset,
            self.maintenance, self.initial, index, self.leverage, self.value_rate,
            self.requirement_rate, self.funding_rate, self.fees, self.liquidation_fee_rate,
            self.own,
        )  # fmt: skip

    def price(self, basis: Basis) -> Decimal:
        """The price that a term with this basis uses."""
        if basis is Basis.MARK:
            return need(self.mark)
        return need(self.entry_price if basis is Basis.ENTRY else self.index)

    def notional_at(self, price: Decimal) -> Decimal:
        """Unsigned value at a price, in the settle asset."""
        instrument = self.instrument
        if instrument.payoff == "inverse":
            return formulas.notional_inverse(self.size, instrument.contract_size, price)
        return formulas.notional_linear(self.size, self.unit, price)

    def pnl_at(self, price: Decimal) -> Decimal:
        """Unrealized P&L at a price, in the settle asset; plus is profit."""
        entry, instrument = need(self.entry_price), self.instrument
        if instrument.payoff == "inverse":
            unit = instrument.contract_size
            return formulas.unrealized_pnl_inverse(self.size, unit, entry, price)
        return formulas.unrealized_pnl_linear(self.size, self.unit, entry, price)


def moved_to(exposure: Exposure, marks: Mapping[str, Decimal]) -> Exposure:
    """The exposure at another mark of its instrument, its own index in the same ratio."""
    mark = marks.get(exposure.instrument.symbol)
    if mark is None:
        return exposure
    index = exposure.index
    if isinstance(index, Decimal) and isinstance(exposure.mark, Decimal):
        index = index * mark / exposure.mark
    return exposure.priced(mark, index)
