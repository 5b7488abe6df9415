"""Whether the fills of the log are what moved the positions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.numbers import ZERO, to_text
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.entry import Entry
from marginline.ledger.exactly import less, total


def with_fills_checked(
    found: Attribution, before: Account, after: Account, entries: Iterable[Entry]
) -> Attribution:
    """The attribution with a note on every position whose size the log's fills do not explain.

    A log without sizes (Binance income) explains none: that is said once, and no fault.
    """
    span = [e for e in entries if before.as_of < e.at <= after.as_of and e.instrument]
    notes = []
    for symbol, moved in _moved(before, after).items():
        fills = [e.size for e in span if e.instrument == symbol and e.size is not None]
        told = total(fills)
        if not fills and moved:
            notes.append(
                f"{symbol}: its size moved by {to_text(moved)}; the log has no fills of it"
            )
        elif told != moved:
            text = f"its size moved by {to_text(moved)}, the fills of the log by {to_text(told)}"
            notes.append(f"{symbol}: {text}")
    return replace(found, notes=(*found.notes, *notes)) if notes else found


def _moved(before: Account, after: Account) -> dict[str, Decimal]:
    sizes: dict[str, Decimal] = {}
    for account, sign in ((before, -1), (after, 1)):
        for row in account.positions:
            sizes[row.instrument] = less(sizes.get(row.instrument, ZERO), -sign * row.size)
    return sizes
