"""CME gives no account answers to read; what it reads are the user's dated rates.

`rates` are rows by column (see `rates`), or a CSV with the same columns; they are laid onto an
account that is given beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from marginline.core.account.account import Account
from marginline.errors import PayloadError, Problem
from marginline.venues.cme.rates import NEEDED, csv_rows, rates_of_rows, with_rates
from marginline.venues.reader.fields import shape
from marginline.venues.reader.kinds import AnswerKind, Kinds
from marginline.venues.reader.reading import Answer, Request

KINDS: Mapping[str, Kinds] = {
    "cme": {
        "rates": AnswerKind(
            shape(),
            "performance bond per contract by date",
            "rows or a CSV, laid onto an account",
        )
    }
}
TEXTS: Mapping[str, Callable[[str], object]] = {"rates": csv_rows}
"""Kinds whose text may be other than JSON, with what parses it."""


def read(request: Request) -> Account:
    """The account given, with the rates in force at its moment.

    Raises:
        PayloadError: no rates or no account is given, or a contract has no rate for the day.
    """
    answer, account = request.answers.get("rates"), request.onto
    if answer is None or account is None:
        text = "CME has no answers that tell an account"
        remedy = "write an account file, and give it as account_onto with rates"
        raise PayloadError([Problem("account_onto", "", text, remedy)])
    if request.mode is not None and request.mode != account.mode:
        text = f"the account says {account.mode}"
        raise PayloadError([Problem("mode", request.mode, text, "leave the mode out")])
    as_of = account.as_of if request.as_of is None else request.as_of
    named = account.name if request.name is None else request.name
    account = replace(account, as_of=as_of, name=named)
    return with_rates(account, rates_of_rows(_rows(answer), answer.source))


def _rows(answer: Answer) -> list[Mapping[str, object]]:
    given = answer.value if isinstance(answer.value, (list, tuple)) else [answer.value]
    rows = [row for row in given if isinstance(row, Mapping)]
    if len(rows) < len(given):
        problem = Problem("rates", "", "each row must be an object", "give rows by column")
        raise PayloadError([problem], answer.source)
    return rows


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """Rows of rates are known by their columns; there is no address to know them by."""
    rows = value if isinstance(value, list) else []
    first = rows[0] if rows and isinstance(rows[0], Mapping) else {}
    known = path is None and all(name in first for name in NEEDED)
    return {"cme": "rates"} if known else {}
