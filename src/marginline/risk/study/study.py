"""A margin-rate study of one instrument: today's rate, how it would have held, its tiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypedDict

import numpy as np

from marginline.core.account.moments import moment_text
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, Direction, to_step, to_text
from marginline.errors import InputError, Problem
from marginline.risk.inputs import Number, number
from marginline.risk.odds.past import LEAST, Past
from marginline.risk.odds.paths import DAY
from marginline.risk.study.caps import Cap, cap_at
from marginline.risk.study.coverage import Coverage, Zone, coverage_of
from marginline.risk.study.rates import BRAKES, METHODS, SIDES, Method, Rates, Terms, rates_of
from marginline.risk.study.tiers import Level, RowDocument, Table, table_of

STUDY_SCHEMA = "marginline/study/1"
_MOST = 4_000
_HOUR = timedelta(hours=1)
_POINT = Decimal("0.0001")


class MethodDocument(TypedDict):
    """One method over the past; rates and losses are fractions of the notional."""

    method: str
    rate: str
    average: str
    coverage: str
    exceeded: int
    kupiec: str
    kupiec_p_value: str
    basel_zone: Zone
    worst_shortfall: str
    peak_to_trough: str
    largest_call_of_a_day: str


class MomentDocument(TypedDict):
    """The rate at a moment, EWMA's beside it, and what the close-out then begun took."""

    at: str
    rate: str
    ewma: str
    loss: str | None


class StudyDocument(TypedDict):
    """The document `marginline/study/1`."""

    schema: str
    symbol: str
    source: str
    begins: str
    ends: str
    step_minutes: str
    close_out_hours: str
    side: str
    brake: str
    chosen: str
    promised: str
    periods: int
    methods: list[MethodDocument]
    initial_rate: str
    maintenance_rate: str
    cap: dict[str, str | bool] | None
    tiers: list[RowDocument]
    over_time: list[MomentDocument]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Held:
    """How a method's rate held over the past.

    `rate`: of the last moment; `worst`: the largest loss beyond the rate; `peak_to_trough`: highest
    over lowest rate; `call`: the largest rise of the rate within a day. Fractions of the notional.
    """

    method: Method
    rate: float
    average: float
    coverage: Coverage
    worst: float
    peak_to_trough: float
    call: float
    rates: Rates

    def to_dict(self) -> MethodDocument:
        """The method as JSON-able data: six places, they are estimates."""
        found = self.coverage
        return {
            "method": self.method,
            "rate": f"{self.rate:.6f}",
            "average": f"{self.average:.6f}",
            "coverage": f"{found.realized:.6f}",
            "exceeded": found.exceeded,
            "kupiec": f"{found.kupiec:.6f}",
            "kupiec_p_value": f"{found.p_value:.6f}",
            "basel_zone": found.zone,
            "worst_shortfall": f"{self.worst:.6f}",
            "peak_to_trough": f"{self.peak_to_trough:.6f}",
            "largest_call_of_a_day": f"{self.call:.6f}",
        }


@dataclass(frozen=True, slots=True)
class Study:
    """The rates of one instrument by every method, and the table of the chosen one."""

    past: Past
    terms: Terms
    held: tuple[Held, ...]
    table: Table
    cap: Cap | None
    notes: tuple[str, ...]

    @property
    def chosen(self) -> Held:
        """The method of the terms."""
        return next(each for each in self.held if each.method == self.terms.method)

    @property
    def ends(self) -> datetime:
        """The last close that was used."""
        return self.past.ends_at

    def over_time(self, most: int = 240) -> Iterator[MomentDocument]:
        """At most so many moments of the chosen rate; of each stretch the worst loss."""
        rates = self.chosen.rates
        normal = next(each for each in self.held if each.method == "ewma").rates
        begins = self.past.ends_at - self.past.span
        count = len(rates.at)
        for part in range(min(most, count)):
            first, last = part * count // min(most, count), (part + 1) * count // min(most, count)
            beyond = np.nan_to_num(rates.loss[first:last] - rates.rate[first:last], nan=-np.inf)
            place = first + int(np.argmax(beyond))
            loss = float(rates.loss[place])
            yield {
                "at": moment_text(begins + self.past.step * int(rates.at[place])),
                "rate": f"{rates.rate[place]:.6f}",
                "ewma": f"{normal.rate[place]:.6f}",
                "loss": None if np.isnan(loss) else f"{loss:.6f}",
            }

    def to_dict(self, source: str = "") -> StudyDocument:
        """The study as JSON-able data."""
        row, cap = self.table.rows[0], self.cap
        return {
            "schema": STUDY_SCHEMA,
            "symbol": self.table.symbol,
            "source": source,
            "begins": moment_text(self.past.ends_at - self.past.span),
            "ends": moment_text(self.past.ends_at),
            "step_minutes": f"{self.past.step / timedelta(minutes=1):g}",
            "close_out_hours": f"{self.terms.close_out / _HOUR:g}",
            "side": self.terms.side,
            "brake": self.terms.brake,
            "chosen": self.terms.method,
            "promised": f"{self.terms.coverage:g}",
            "periods": self.chosen.coverage.observed,
            "methods": [each.to_dict() for each in self.held],
            "initial_rate": to_text(row.initial_rate),
            "maintenance_rate": to_text(row.rate),
            "cap": None
            if cap is None
            else {
                "jurisdiction": cap.jurisdiction,
                "effective_from": cap.effective_from.isoformat(),
                "leverage": to_text(cap.leverage),
                "source": cap.source,
                "verified": cap.verified,
            },
            "tiers": [each.to_dict() for each in self.table.rows],
            "over_time": list(self.over_time()),
            "notes": list(self.notes),
        }


def study(
    past: Past,
    terms: Terms | None = None,
    *,
    depth: Mapping[Number, Number] | None = None,
    maintenance_share: Number = "0.5",
    jurisdiction: str | None = None,
) -> Study:
    """Initial and maintenance rates of an instrument from its past and the depth of its book.

    Each rate is made from what was known at its moment and held against the close-out period that
    followed; periods that are counted do not overlap.

    Args:
        past: closes of one symbol.
        terms: coverage, close-out period, side, method, and what brakes the rate.
        depth: notional that rests within a distance (a fraction) of the mid price, cumulated; it
            makes the tiers. None: one tier, and a note says so.
        maintenance_share: the maintenance rate as a fraction of the initial one.
        jurisdiction: whose cap on leverage is applied; see `CAPS`.

    Raises:
        InputError: less than seven days, too few close-out periods, or terms that cannot be.
    """
    asked = terms or Terms()
    share = number("maintenance_share", maintenance_share, above=0, maximum=1)
    levels = [
        Level(number("depth", within, above=0), number(f"depth[{within}]", notional, above=0))
        for within, notional in (depth or {}).items()
    ]
    _check(past, asked)
    used = past.of(past.symbols[:1])
    if len(used.closes) > _MOST:
        used = used.thinned(used.span / _MOST)
    found = tuple(_held(used, replace(asked, method=method)) for method in METHODS)
    chosen = next(each for each in found if each.method == asked.method)
    day = past.ends_at.date()
    cap = None if jurisdiction is None else cap_at(jurisdiction, day)
    rate = min(to_step(Decimal(repr(chosen.rate)), _POINT, Direction.UP), ONE)
    hours = asked.close_out / _HOUR
    source = (
        f"marginline study, {asked.method}, coverage {asked.coverage:g} over {hours:g} h,"
        f" {used.span / DAY:.1f} days to {moment_text(past.ends_at)}"
    )
    table = table_of(
        used.symbols[0], day, rate, levels, maintenance_share=share, cap=cap, source=source
    )
    return Study(used, asked, found, table, cap, tuple(_notes(levels, cap, jurisdiction)))


def _check(past: Past, terms: Terms) -> None:
    problems = []
    if past.span < LEAST:
        days = f"{past.span / DAY:.1f}"
        problems.append(Problem("past", days, f"days are too few; give at least {LEAST.days}"))
    if not 0.5 < terms.coverage < 1:
        problems.append(Problem("coverage", str(terms.coverage), "must lie between 0.5 and 1"))
    if not 0.5 < terms.es_tail < 1:
        problems.append(Problem("es_tail", str(terms.es_tail), "must lie between 0.5 and 1"))
    if not 0 < terms.decay < 1:
        problems.append(Problem("decay", str(terms.decay), "must lie between 0 and 1"))
    if terms.close_out <= timedelta(0):
        problems.append(Problem("close_out", str(terms.close_out), "must be longer than 0"))
    choices = (("method", terms.method, METHODS), ("side", terms.side, SIDES))
    for name, value, known in (*choices, ("brake", terms.brake, BRAKES)):
        if value not in known:
            problems.append(
                Problem(name, str(value), "is not known", f"one of: {', '.join(known)}")
            )
    if problems:
        raise InputError(problems)


def _held(past: Past, terms: Terms) -> Held:
    rates = rates_of(past, terms)
    apart = slice(None, None, rates.steps)
    lost, rate = rates.loss[apart], rates.rate[apart]
    known = ~np.isnan(lost)
    observed = int(known.sum())
    if observed == 0:
        hours = terms.close_out / _HOUR
        message = f"hold no close-out period of {hours:g} h with enough of a past before it"
        raise InputError([Problem("past", f"{past.span / DAY:.1f} days", message, "give more")])
    beyond = np.maximum(lost[known] - rate[known], 0.0)
    day = max(1, round(DAY / past.step))
    rises = rates.rate[day:] - rates.rate[:-day]
    return Held(
        terms.method,
        float(rates.rate[-1]),
        float(rates.rate.mean()),
        coverage_of(terms.coverage, observed, int((beyond > 0).sum())),
        float(beyond.max()),
        float(rates.rate.max() / rates.rate.min()) if rates.rate.min() > 0 else float("inf"),
        float(max(0.0, rises.max())) if len(rises) else 0.0,
        rates,
    )


def _notes(depth: Sequence[Level], cap: Cap | None, jurisdiction: str | None) -> list[str]:
    notes = ["rates are estimates from the past; they promise nothing"]
    if not depth:
        notes.append("no depth was given: one tier, without an add-on for size")
    if jurisdiction is not None and cap is None:
        notes.append(f"no cap of {jurisdiction} was in force on that day")
    if cap is not None and not cap.verified:
        notes.append(f"the cap of {cap.jurisdiction} was not read in its source: {cap.source}")
    return notes
