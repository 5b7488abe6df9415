"""Our own form of a log, for whatever has no reader: JSON, JSON lines or CSV with these names."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.rows import Item, Row, form

FIELDS = (
    "venue", "account", "event", "at", "kind", "asset", "amount", "word", "instrument", "side",
    "size", "price", "margin", "credit", "balance",
)  # fmt: skip
"""The columns; `event`, `at`, `kind`, `asset` and `amount` are needed, the rest may be left out."""


def _entry(row: Row) -> Iterator[Item]:
    """A kind that is none of ours is unknown, its word kept."""
    word = row.text("kind")
    known = word in set(EntryKind)
    kind = EntryKind(word) if known else EntryKind.UNKNOWN
    venue, account = row.text("venue") or "neutral", row.text("account")
    side = row.text("side") or "both"
    if side not in ("both", "long", "short"):
        raise row.wrong("side", "is none of the choices", "both, long or short")
    entry = Entry(
        venue,
        account,
        row.text("event"),
        row.at("at"),
        kind,
        row.text("asset"),
        row.amount("amount"),
        row.text("word") or word,
        row.text("instrument") or None,
        side,
        row.optional("size"),
        row.optional("price"),
        row.text("margin"),
        row.optional("credit"),
    )
    yield entry
    if row.text("balance"):
        said = row.amount("balance")
        yield Statement(venue, account, entry.event, entry.at, entry.asset, said, entry.amount)


def _balance(row: Row) -> Iterator[Item]:
    at, venue = row.at("at"), row.text("venue") or "neutral"
    event = f"balance|{row.text('at')}"
    yield Statement(venue, row.text("account"), event, at, row.text("asset"), row.amount("balance"))


FORMS = (
    form("neutral", "event at kind asset amount", _entry),
    form("neutral balance", "at asset balance", _balance),
)
