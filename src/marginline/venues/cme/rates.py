"""Performance bond rates by date, as the user keeps them: a CSV to `parameters.per_contract`.

    symbol,effective_from,effective_until,maintenance,initial,source
    BTC,2026-11-02,2026-11-16,82000,,advisory 26-001
    BTC,2026-11-16,,85500,94050,advisory 26-014

- `symbol`: as in the account's positions;
- `effective_from`: first day in force, YYYY-MM-DD;
- `effective_until`: first day no longer in force; blank: until the symbol's next row, the last
  row without end;
- `maintenance`: USD per contract;
- `initial`: USD per contract; blank: 110 % of maintenance for a speculator, 100 % for a hedger;
- `source`: free text, kept.

`effective_until`, `initial` and `source` may be left out. Rates are amounts, never estimated: a
day that no row covers is an error.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from marginline.core.account.account import Account
from marginline.core.account.file import read_text
from marginline.core.account.tables import PerContract
from marginline.core.document._scalars import Refused, any_text, number_of, preview
from marginline.core.nouns import dataclass
from marginline.errors import DocumentError, PayloadError, Problem

NEEDED = ("symbol", "effective_from", "maintenance")
COLUMNS = (*NEEDED, "effective_until", "initial", "source")
_FEW = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """What one contract asks for over a span of days; amounts in USD."""

    symbol: str
    effective_from: date
    effective_until: date | None
    maintenance: Decimal
    initial: Decimal | None
    source: str = ""

    def covers(self, day: date) -> bool:
        """Whether the rate is in force on a day."""
        return self.effective_from <= day and (
            self.effective_until is None or day < self.effective_until
        )

    @property
    def span(self) -> str:
        """The days in force, as text."""
        end = "" if self.effective_until is None else f" until {self.effective_until}"
        return f"from {self.effective_from}{end}"


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by symbol and date, from one file."""

    rows: tuple[Rate, ...]
    name: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that have a rate."""
        return tuple(dict.fromkeys(row.symbol for row in self.rows))

    def at(self, symbol: str, moment: datetime) -> Rate:
        """The rate of a symbol in force at a moment (days begin at 00:00 UTC).

        Raises:
            PayloadError: none covers it; the message names the spans there are.
        """
        day = moment.astimezone(UTC).date()
        own = [row for row in self.rows if row.symbol == symbol]
        for row in own:
            if row.covers(day):
                return row
        if not own:
            text, remedy = "has no rates", f"there is: {', '.join(self.symbols) or 'none'}"
        else:
            shown = "; ".join(row.span for row in own[-_FEW:])
            text, remedy = "no rate covers this day", f"the rates are {shown}"
        problem = Problem(f"rates.{symbol}", day.isoformat(), text, remedy)
        raise PayloadError([problem], self.name)

    def per_contract(self, symbols: Iterable[str], moment: datetime) -> dict[str, PerContract]:
        """`parameters.per_contract` for these symbols at a moment.

        Raises:
            PayloadError: a symbol has no rate for that day.
        """
        return {symbol: _entry(self.at(symbol, moment)) for symbol in symbols}


def _entry(rate: Rate) -> PerContract:
    extra = {"span": rate.span} | ({"source": rate.source} if rate.source else {})
    return PerContract(maintenance=rate.maintenance, initial=rate.initial, extra=extra)


def with_rates(account: Account, rates: Rates) -> Account:
    """The account with the rates in force at its moment, for every contract it holds or orders.

    Raises:
        PayloadError: a contract has no rate for that day.
    """
    held = [p.instrument for p in account.positions if p.size]
    symbols = dict.fromkeys([*held, *(o.instrument for o in account.orders)])
    found = {**account.parameters.per_contract, **rates.per_contract(symbols, account.as_of)}
    return replace(account, parameters=replace(account.parameters, per_contract=found))


# -- reading -----------------------------------------------------------------------------------


def read_rates(source: str | os.PathLike[str]) -> Rates:
    """The rates in a CSV file, or in CSV text (which has a line break).

    Raises:
        PayloadError: a column is missing or unknown, a cell cannot be read, rows overlap.
    """
    if isinstance(source, str) and "\n" in source:
        return rates_of_rows(csv_rows(source), "rates")
    name = os.fspath(source)
    try:
        _, text = read_text(Path(name))
    except DocumentError as problem:
        raise PayloadError(problem.problems, name) from None
    return rates_of_rows(csv_rows(text), name)


def csv_rows(text: str) -> list[dict[str, object]]:
    """The rows of a CSV by column; a blank cell is left out.

    Raises:
        PayloadError: a column is missing, unknown or given twice, or a row is of another length.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    head = [name.strip() for name in next(lines, [])]
    problems = _head_problems(head)
    rows: list[dict[str, object]] = []
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            text = f"has {len(cells)} cells, the head has {len(head)}"
            problems.append(Problem(f"line {number}", "", text, "mend the line"))
            continue
        pairs = zip(head, (cell.strip() for cell in cells), strict=True)
        rows.append({name: cell for name, cell in pairs if cell})
    if problems:
        raise PayloadError(problems, "rates")
    return rows


def _head_problems(head: Sequence[str]) -> list[Problem]:
    known = ", ".join(COLUMNS)
    problems = [
        Problem("line 1", "", f"the column {name} is missing", f"the columns are: {known}")
        for name in NEEDED
        if name not in head
    ]
    for index, name in enumerate(head):
        if name not in COLUMNS:
            text = "is no column of a rates file"
            problems.append(Problem("line 1", preview(name), text, f"the columns are: {known}"))
        elif name in head[:index]:
            problems.append(Problem("line 1", name, "the column is given twice", "drop one"))
    return problems


def rates_of_rows(rows: Iterable[Mapping[str, object]], name: str = "") -> Rates:
    """Rates from rows by column, each judged.

    Raises:
        PayloadError: a cell cannot be read, or rows of one symbol overlap.
    """
    problems: list[Problem] = []
    found: dict[str, list[Rate]] = {}
    for number, row in enumerate(rows):
        rate = _rate(row, f"rates[{number}]", problems)
        if rate is not None:
            found.setdefault(rate.symbol, []).append(rate)
    ended = [rate for own in found.values() for rate in _ended(own, problems)]
    if not ended and not problems:
        problems.append(Problem("rates", "", "no rate is given", "give at least one row"))
    if problems:
        raise PayloadError(problems, name)
    return Rates(tuple(ended), name)


def _rate(row: Mapping[str, object], where: str, problems: list[Problem]) -> Rate | None:
    before = len(problems)
    cells = {name: value for name, value in row.items() if value not in (None, "")}
    problems += [
        Problem(f"{where}.{name}", "", "is missing", "give it")
        for name in NEEDED
        if name not in cells
    ]
    problems += [
        Problem(f"{where}.{preview(name)}", "", "is not known", f"known: {', '.join(COLUMNS)}")
        for name in cells
        if name not in COLUMNS
    ]
    symbol = _text(cells.get("symbol"), f"{where}.symbol", problems)
    source = _text(cells.get("source"), f"{where}.source", problems)
    begin = _day(cells.get("effective_from"), f"{where}.effective_from", problems)
    end = _day(cells.get("effective_until"), f"{where}.effective_until", problems)
    maintenance = _amount(cells.get("maintenance"), f"{where}.maintenance", problems)
    initial = _amount(cells.get("initial"), f"{where}.initial", problems)
    if begin is not None and end is not None and end <= begin:
        text = f"must be after effective_from, {begin}"
        problems.append(Problem(f"{where}.effective_until", str(end), text, ""))
    if len(problems) > before or begin is None or maintenance is None:
        return None
    return Rate(symbol, begin, end, maintenance, initial, source)


def _text(value: object, where: str, problems: list[Problem]) -> str:
    try:
        return "" if value is None else any_text(str(value))
    except Refused as refused:
        problems.append(Problem(where, preview(value), refused.message, refused.remedy))
        return ""


def _day(value: object, where: str, problems: list[Problem]) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        problems.append(Problem(where, preview(value), "is no day", "write it as YYYY-MM-DD"))
        return None


def _amount(value: object, where: str, problems: list[Problem]) -> Decimal | None:
    if value is None:
        return None
    try:
        number = number_of(value)
    except Refused as refused:
        problems.append(Problem(where, preview(value), refused.message, refused.remedy))
        return None
    if number < 0:
        problems.append(Problem(where, preview(value), "must not be negative", ""))
    return number


def _ended(own: list[Rate], problems: list[Problem]) -> list[Rate]:
    """The rates of one symbol in order; a blank end is the next one's beginning."""
    ordered = sorted(own, key=lambda rate: rate.effective_from)
    ended: list[Rate] = []
    for rate, following in zip(ordered, [*ordered[1:], None], strict=True):
        begin = None if following is None else following.effective_from
        end = begin if rate.effective_until is None else rate.effective_until
        if begin is not None and (
            begin == rate.effective_from or (end is not None and end > begin)
        ):
            text = f"two rates are in force on {begin}"
            problems.append(Problem(f"rates.{rate.symbol}", "", text, "end one before the other"))
        ended.append(replace(rate, effective_until=end))
    return ended
