"""Leverage that regulators allow, by jurisdiction and day: a ceiling whatever a study finds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from marginline.core.nouns import dataclass
from marginline.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest leverage of crypto derivatives for one kind of client; 0: they are forbidden.

    `verified`: read in the source itself; else repeated from others, and to be checked.
    """

    jurisdiction: str
    effective_from: date
    leverage: Decimal
    source: str
    verified: bool


CAPS = (
    Cap(
        "eu-retail",
        date(2018, 8, 1),
        Decimal(2),
        "ESMA Decision (EU) 2018/796: contracts for differences on cryptocurrencies 2:1, close-out"
        " at 50 % of the margin of the account",
        verified=False,
    ),
    Cap(
        "uk-retail",
        date(2021, 1, 6),
        Decimal(0),
        "FCA PS20/10: no crypto derivatives for retail clients",
        verified=False,
    ),
    Cap(
        "japan-retail",
        date(2020, 5, 1),
        Decimal(2),
        "FSA proposal of 2020-01-14 (from 4x), with the amended FIEA; final text not retrieved",
        verified=False,
    ),
)
JURISDICTIONS = tuple(dict.fromkeys(cap.jurisdiction for cap in CAPS))


def cap_at(jurisdiction: str, day: date) -> Cap | None:
    """The cap in force on a day; None before the first.

    Raises:
        InputError: no cap of that jurisdiction is known.
    """
    if jurisdiction not in JURISDICTIONS:
        known = ", ".join(JURISDICTIONS)
        raise InputError(
            [Problem("jurisdiction", jurisdiction, "is not known", f"one of: {known}")]
        )
    found = [c for c in CAPS if c.jurisdiction == jurisdiction and c.effective_from <= day]
    return max(found, key=lambda cap: cap.effective_from, default=None)
