"""What funding takes from a pool, payment by payment, and when its buffer is gone by that alone.

Everything else stands: prices, sizes, rates. The worst case is every net position paying the cap of
its instrument at every payment; where no cap is given none is guessed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.account.moments import moment_text
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.findings import AbsentError, Gap
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly, text_or_none, to_text
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind
from marginline.risk.inputs import Number, number
from marginline.venues.assessing import assess

_LONGEST = timedelta(days=3650)
_HOUR = timedelta(hours=1)


class DrainDocument(TypedDict):
    """What funding takes, in a document; amounts in the pool's asset, plus takes."""

    over_hours: str
    expected: str | None
    at_cap: str | None
    gone_at: str | None
    gone_at_cap: str | None
    not_told: list[str]
    no_cap: list[str]


@dataclass(frozen=True, slots=True)
class Drain:
    """What funding takes from one pool within a time, in its asset; plus takes.

    `expected`: at today's rates; `at_cap`: where every net position pays its cap. `gone_at`,
    `gone_at_cap`: the payment with which the buffer is gone; None: not within ten years, or not
    known. `not_told`: instruments whose rate or interval is missing, so that nothing is expected;
    `no_cap`: those whose cap was not given.
    """

    pool: str
    asset: str
    over: timedelta
    expected: Decimal | None
    at_cap: Decimal | None
    gone_at: datetime | None
    gone_at_cap: datetime | None
    not_told: tuple[str, ...] = ()
    no_cap: tuple[str, ...] = ()

    def to_dict(self) -> DrainDocument:
        """The drain as JSON-able data."""
        return {
            "over_hours": to_text(Decimal(str(self.over / _HOUR))),
            "expected": text_or_none(self.expected),
            "at_cap": text_or_none(self.at_cap),
            "gone_at": None if self.gone_at is None else moment_text(self.gone_at),
            "gone_at_cap": None if self.gone_at_cap is None else moment_text(self.gone_at_cap),
            "not_told": list(self.not_told),
            "no_cap": list(self.no_cap),
        }


@dataclass(frozen=True, slots=True)
class _Payer:
    """The net position in one instrument: when it pays, and how much each time (plus takes)."""

    symbol: str
    first: datetime
    every: timedelta
    amount: Decimal
    at_cap: Decimal | None

    def payments(self, until: datetime) -> Iterator[tuple[datetime, str]]:
        at = self.first
        while at <= until:
            yield at, self.symbol
            at += self.every


@exactly
def funding_drain(
    account: Account, over: timedelta, caps: Mapping[str, Number] | None = None
) -> tuple[Drain, ...]:
    """What funding takes from every pool that holds positions.

    Args:
        account: as loaded; `market.funding` gives rates and intervals, and when the next one is
            paid (an interval from now where it does not).
        over: the horizon.
        caps: by symbol the highest rate of one payment, a fraction; "*" for every other symbol.

    Raises:
        InputError: a cap that is no number above 0.
    """
    known = {s: number(f"caps[{s}]", cap, above=0) for s, cap in (caps or {}).items()}
    pools = (p for p in assess(account).pools if p.figures.pool.kind is not Kind.RISK_UNIT)
    return tuple(_drain(account, p, over, known) for p in pools if p.figures.pool.exposures)


def _drain(
    account: Account, pool: PoolAssessment, over: timedelta, caps: Mapping[str, Decimal]
) -> Drain:
    not_told: list[str] = []
    payers = list(_payers(account, pool, caps, not_told))
    no_cap = tuple(each.symbol for each in payers if each.at_cap is None)
    rates = {each.symbol: each.amount for each in payers}
    worst = {each.symbol: each.at_cap for each in payers if each.at_cap is not None}
    buffer = pool.measures.get(Measure.BUFFER)
    end = account.as_of + over
    whole = not not_told
    capped = whole and not no_cap and bool(payers)
    return Drain(
        pool.id,
        pool.asset,
        over,
        _taken(payers, rates, end) if whole else None,
        _taken(payers, worst, end) if capped else None,
        _gone(payers, rates, buffer, account.as_of) if whole else None,
        _gone(payers, worst, buffer, account.as_of) if capped else None,
        tuple(not_told),
        no_cap,
    )


def _payers(
    account: Account, pool: PoolAssessment, caps: Mapping[str, Decimal], not_told: list[str]
) -> Iterator[_Payer]:
    values: dict[str, Decimal] = {}
    for e in pool.figures.pool.exposures:
        if e.instrument.expires_at is not None:
            continue
        symbol = e.instrument.symbol
        try:
            value = e.notional_at(need(e.mark)) * need(e.value_rate)
        except AbsentError:
            not_told.append(symbol)
            continue
        values[symbol] = values.get(symbol, ZERO) + (value if e.size > 0 else -value)
    for symbol, value in values.items():
        told = account.market.funding.get(symbol)
        if told is None or told.rate is None or told.interval_hours is None:
            not_told.append(symbol)
            continue
        every = timedelta(hours=float(told.interval_hours))
        first = account.as_of + every if told.next_at is None else told.next_at
        while first <= account.as_of:
            first += every
        cap = caps.get(symbol, caps.get("*"))
        at_cap = None if cap is None else abs(value) * cap
        yield _Payer(symbol, first, every, value * told.rate, at_cap)


def _taken(payers: list[_Payer], amounts: Mapping[str, Decimal], end: datetime) -> Decimal:
    paid = (amounts[symbol] for each in payers for _, symbol in each.payments(end))
    return sum(paid, ZERO)


def _gone(
    payers: list[_Payer],
    amounts: Mapping[str, Decimal],
    buffer: Decimal | Gap | None,
    now: datetime,
) -> datetime | None:
    """The payment with which a buffer that stands otherwise is used up."""
    if not isinstance(buffer, Decimal):
        return None
    if buffer <= 0:
        return now
    left = buffer
    for at, symbol in heapq.merge(*(each.payments(now + _LONGEST) for each in payers)):
        left -= amounts[symbol]
        if left <= 0:
            return at
    return None
