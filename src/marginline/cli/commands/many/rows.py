"""The rows of the table in words and numbers, once for text, Markdown, CSV and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.cli.page.numbers import Style
from marginline.cli.page.reasons import NONE, away_text, ratio_text, reason
from marginline.cli.page.words import status_word
from marginline.core.findings import Status
from marginline.core.numbers import ZERO, to_text
from marginline.risk.many.many import WHY_NO_BUFFERS, Many, Row

_PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Told:
    """One account in words."""

    status: Status
    name: str
    source: str
    venue: str
    nearest: str
    used: str
    equity: str
    after: str
    fell: bool
    why: str


def told(row: Row, *, after: bool) -> Told:
    """A row in the words of the page; `after`: there is a shock."""
    assessment, account, pool = row.entry.assessment, row.entry.account, row.pool
    venue = "" if account is None else " ".join(filter(None, (account.venue, account.mode)))
    why = row.entry.problem if assessment is None else reason(assessment, _PLAIN)
    return Told(
        status=row.status,
        name=row.entry.name,
        source=row.entry.source,
        venue=venue.replace("_", " "),
        nearest="" if pool is None else away_text(pool, _PLAIN).partition(" from ")[0] or NONE,
        used="" if pool is None else f"{pool.id} {ratio_text(pool, _PLAIN)}",
        equity=usd(row.equity),
        after="" if not after or row.after is None else status_word(row.after),
        fell=row.fell,
        why=why + (f" Under the shock: {row.after_problem}." if row.after_problem else ""),
    )


def usd(value: Decimal | None) -> str:
    """An amount of dollars for people: 12,480; "?" where it is not known."""
    if value is None:
        return "?"
    return _PLAIN.amount(value, "USD").partition(".")[0].replace("-0", "0", value.is_zero())


def counted(many: Many) -> str:
    """How many accounts stand where: "6 accounts: 1 liquidation, 5 healthy"."""
    counts = many.counts()
    parts = [
        f"{counts[status]} {status.value.replace('_', ' ')}"
        for status in sorted(Status, key=lambda each: -each.rank)
        if counts[status]
    ]
    number = len(many.rows)
    return f"{number:,} account{'' if number == 1 else 's'}: {', '.join(parts)}"


def totals(many: Many) -> list[tuple[str, str]]:
    """What is added up, by name, in USD."""
    found = many.totals
    return [
        ("equity", usd(found.equity)),
        ("unrealized P&L", usd(found.unrealized)),
        ("requirement", usd(found.requirement)),
        ("gross notional", usd(found.notional)),
    ]


def total_notes(many: Many) -> list[str]:
    """What the totals are not: of which accounts, and of no buffers."""
    left_out = [row for row in many.rows if row.lacks]
    notes = [f"of {many.totals.of} of {len(many.rows)} accounts; {WHY_NO_BUFFERS}"]
    notes += [f"not in the totals: {row.entry.name}: {row.lacks}" for row in left_out[:MOST]]
    if len(left_out) > MOST:
        notes.append(f"and {len(left_out) - MOST} more")
    return notes


MOST = 12
"""Lines of a list for people; files and JSON hold all."""

EXPOSURE_HEAD = ("coin", "positions", "held", "net", "net in USD", "accounts")


def exposures(many: Many) -> list[tuple[str, ...]]:
    """Exposure by coin, as `EXPOSURE_HEAD` names it."""
    return [
        (
            each.coin,
            _coins(each.positions),
            _coins(each.held),
            _coins(each.net),
            usd(each.usd),
            str(each.accounts),
        )
        for each in many.exposure
    ]


def _coins(value: Decimal) -> str:
    return _PLAIN.figure(value)


def shock_words(many: Many) -> str:
    """What the shock is, and how many fall; "" without one."""
    if many.shock is None:
        return ""
    fell = len(many.fell)
    whom = "none falls" if not fell else f"{fell} fall{'s' if fell == 1 else ''}"
    return f"under {many.shock.words}: {whom} to a graver status"


CSV_HEAD = (
    "status", "name", "source", "venue", "mode", "as_of", "pool", "asset", "nearest_move",
    "nearest_way", "nearest_instrument", "margin_ratio", "equity_usd", "requirement_usd",
    "unrealized_usd", "gross_notional_usd", "status_after_shock", "not_in_totals", "why",
)  # fmt: skip


def csv_rows(many: Many) -> list[Sequence[object]]:
    """Every account with exact numbers, as `CSV_HEAD` names them."""
    return [_csv_row(row) for row in many.rows]


def _csv_row(row: Row) -> Sequence[object]:
    account, pool = row.entry.account, row.pool
    move = None if pool is None else pool.distance.nearest
    ratio = None if pool is None else next(
        (v for m, v in pool.measures.items() if m.value == "margin_ratio"), None
    )  # fmt: skip
    amounts = (row.equity, row.requirement, row.unrealized, row.notional)
    return (
        row.status.value,
        row.entry.name,
        row.entry.source,
        account and account.venue,
        account and account.mode,
        account and account.as_of.isoformat(),
        pool and pool.id,
        pool and pool.asset,
        Number(None if move is None else move.move),
        move and move.way,
        move and move.instrument,
        Number(ratio),
        *(Number(amount) for amount in amounts),
        row.after and row.after.value,
        row.lacks or None,
        told(row, after=False).why,
    )


class Number:
    """An exact number of a CSV cell, which is no text: a minus is a minus."""

    def __init__(self, value: Decimal | None) -> None:
        self.value = value

    def __str__(self) -> str:
        return "" if self.value is None else to_text(self.value + ZERO)
