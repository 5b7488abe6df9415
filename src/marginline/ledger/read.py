"""A venue's log as a ledger: which form a row has is told by its fields."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

from marginline.core.account.file import parse_json, read_text
from marginline.core.numbers import exactly
from marginline.errors import DocumentError, PayloadError, Problem
from marginline.ledger.entry import Entry, Statement
from marginline.ledger.ledger import Ledger
from marginline.ledger.logs import (
    binance,
    bingx,
    bitget,
    bitmex,
    bybit,
    deribit,
    dydx,
    hyperliquid,
    kraken,
    neutral,
    okx,
)
from marginline.ledger.rows import Form, Row

READERS: Mapping[str, tuple[Form, ...]] = {
    "binance": binance.FORMS,
    "bybit": bybit.FORMS,
    "bitget": bitget.FORMS,
    "bingx": bingx.FORMS,
    "okx": okx.FORMS,
    "deribit": deribit.FORMS,
    "hyperliquid": hyperliquid.FORMS,
    "kraken": kraken.FORMS,
    "dydx": dydx.FORMS,
    "bitmex": bitmex.FORMS,
    "neutral": neutral.FORMS,
}
"""The forms of each venue whose log can be read, and our own."""

_LISTS = (
    "list", "bills", "logs", "transfers", "fundingPayments", "fills", "data", "result", "entries",
    "new_entry",
)  # fmt: skip
"""Where an answer keeps its rows."""

Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Sequence[object] | Mapping[str, object]


@exactly
def read_ledger(*sources: Source, venue: str | None = None, owner: str = "") -> Ledger:
    """The ledger of one or several logs: files (JSON, JSON lines, CSV) or parsed answers.

    Args:
        sources: paths, open files, or answers as lists and dicts; read twice is booked once.
        venue: whose log it is; left out, the fields of a row tell it.
        owner: the address whose log it is, where a venue tells two sides (Hyperliquid).

    Raises:
        PayloadError: a row has no form that a reader knows, or a number in it cannot be read.
        DocumentError: a file cannot be read.
    """
    ledger = Ledger()
    for source in sources:
        name, rows = _rows(source)
        forms = _forms(rows, venue, name)
        items = list(_items(rows, forms, name, owner))
        ledger.add(_counted(items), [i for i in items if isinstance(i, Statement)])
    return ledger


def _items(
    rows: Iterable[Mapping[str, object]], forms: Sequence[Form], name: str, owner: str
) -> Iterator[Entry | Statement]:
    known: dict[frozenset[str], Form] = {}
    for number, fields in enumerate(rows, start=1):
        names = frozenset(fields)
        form = known.get(names)
        if form is None:
            form = known[names] = _form(names, forms, number, name)
        yield from form.read(Row(fields, number, name, owner))


def _form(names: frozenset[str], forms: Sequence[Form], number: int, source: str) -> Form:
    fitting = [form for form in forms if form.fields <= names]
    if fitting:
        return max(fitting, key=lambda form: len(form.fields))
    known = ", ".join(dict.fromkeys(form.name for form in forms))
    message = "has the fields of no log that is known"
    found = ", ".join(sorted(names)[:12])
    raise PayloadError([Problem(f"row {number}", found, message, f"known are: {known}")], source)


def _counted(items: Iterable[Entry | Statement]) -> Iterator[Entry]:
    """Entries; two equal rows of a log without ids are two, told apart by their count."""
    seen: Counter[tuple[str, ...]] = Counter()
    for item in items:
        if not isinstance(item, Entry):
            continue
        if not item.event.startswith("csv|"):
            yield item
            continue
        seen[item.key] += 1
        times = seen[item.key]
        yield item if times == 1 else item._replace(event=f"{item.event}|{times}")


def _forms(rows: Sequence[Mapping[str, object]], venue: str | None, name: str) -> tuple[Form, ...]:
    """The forms to try: the venue's; or all, the two venues with one form of income told apart."""
    if venue is not None:
        found = READERS.get(venue.partition("_")[0])
        if found is None:
            problem = Problem("venue", venue, "has no reader of logs", ", ".join(READERS))
            raise PayloadError([problem], name)
        return found + READERS["neutral"]
    every = tuple(form for forms in READERS.values() for form in forms)
    if not any("incomeType" in row for row in rows):
        return every
    symbols = [str(row.get("symbol")) for row in rows if row.get("symbol")]
    if not symbols:
        message = "income of Binance and of BingX looks alike where no row has a symbol"
        raise PayloadError([Problem("venue", "", message, "say whose log it is")], name)
    other = READERS["binance" if "-" in symbols[0] else "bingx"]
    return tuple(form for form in every if form not in other)


# -- from a source to rows ------------------------------------------------------------------------


def _rows(source: Source) -> tuple[str, list[Mapping[str, object]]]:
    if isinstance(source, (Mapping, list, tuple)):
        text = json.dumps(source, default=str)  # numbers of a parsed answer by their text
        return "", list(_found(parse_json(text)))
    name, text = read_text(source)
    if not text.strip():
        raise PayloadError([Problem("log", "", "is empty", "export it again")], name)
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return name, list(_csv(text, name))
    try:
        return name, list(_found(parse_json(text, name)))
    except DocumentError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or start != "{":
            raise
    return name, [row for line in lines for row in _found(parse_json(line, name))]


def _found(answer: object, currency: object = None) -> Iterator[Mapping[str, object]]:
    """The rows of an answer, out of whatever envelope the venue puts them in.

    A currency that only the envelope names (Bybit, 2022) is that of each row.
    """
    if isinstance(answer, (list, tuple)):
        for part in answer:
            yield from _found(part, currency)
        return
    if not isinstance(answer, Mapping):
        return
    currency = answer.get("currency", currency)
    inside = [answer[n] for n in _LISTS if isinstance(answer.get(n), (list, Mapping))]
    if inside and not _is_row(answer):
        for part in inside:
            yield from _found(part, currency)
    elif answer:
        yield answer if currency is None else {"currency": currency, **answer}


def _is_row(answer: Mapping[str, object]) -> bool:
    names = frozenset(answer)
    return any(form.fields <= names for forms in READERS.values() for form in forms)


def _csv(text: str, name: str) -> Iterator[Mapping[str, object]]:
    """Rows of a CSV; lines above the header, which some exports begin with, are passed over."""
    lines = [line for line in csv.reader(io.StringIO(text)) if any(line)]
    for place, line in enumerate(lines[:5]):
        if _is_row(dict.fromkeys(line)):
            header = lines[place]
            for row in lines[place + 1 :]:
                yield dict(zip(header, row, strict=False))
            return
    found = ", ".join(lines[0][:12]) if lines else ""
    message = "has a header that no reader knows; header names follow the user's language"
    raise PayloadError([Problem("header", found, message, "export it in English")], name)
