"""The table as the document `marginline/accounts/1`."""

from __future__ import annotations

from datetime import datetime

from marginline.cli.commands.many.rows import told
from marginline.core.account.moments import moment_text
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import text_or_none, to_text
from marginline.risk.many.many import WHY_NO_BUFFERS, Many, Row

SCHEMA = "marginline/accounts/1"


def document(many: Many, at: datetime, name: str, source: str) -> dict[str, object]:
    """The whole table; numbers are decimal strings, null where unknown."""
    counts = many.counts()
    totals = many.totals
    return {
        "schema": SCHEMA,
        "name": name,
        "source": source,
        "at": moment_text(at),
        "status": many.status.value,
        "by_status": {status.value: counts[status] for status in Status},
        "accounts": [_row(row, shocked=many.shock is not None) for row in many.rows],
        "totals": {
            "accounts": totals.of,
            "equity_usd": text_or_none(totals.equity),
            "unrealized_usd": text_or_none(totals.unrealized),
            "requirement_usd": text_or_none(totals.requirement),
            "gross_notional_usd": text_or_none(totals.notional),
            "note": WHY_NO_BUFFERS,
        },
        "exposure": [
            {
                "coin": each.coin,
                "positions": to_text(each.positions),
                "held": to_text(each.held),
                "net": to_text(each.net),
                "net_usd": text_or_none(each.usd),
                "accounts": each.accounts,
            }
            for each in many.exposure
        ],
        "shock": _shock(many),
    }


def _shock(many: Many) -> dict[str, object] | None:
    if many.shock is None:
        return None
    return {"words": many.shock.words, "fell": [row.entry.name for row in many.fell]}


def _row(row: Row, *, shocked: bool) -> dict[str, object]:
    account, pool, assessment = row.entry.account, row.pool, row.entry.assessment
    nearest = None if pool is None else pool.distance.nearest
    return {
        "name": row.entry.name,
        "source": row.entry.source,
        "venue": None if account is None else account.venue,
        "mode": None if account is None else account.mode,
        "as_of": None if account is None else moment_text(account.as_of),
        "age_seconds": None if assessment is None else assessment.age_seconds,
        "status": row.status.value,
        "why": told(row, after=shocked).why,
        "pool": None if pool is None else pool.id,
        "asset": None if pool is None else pool.asset,
        "margin_ratio": None
        if pool is None
        else text_or_none(pool.measures.get(Measure.MARGIN_RATIO)),
        "buffer": None if pool is None else text_or_none(pool.measures.get(Measure.BUFFER)),
        "nearest": None if nearest is None else {**nearest.to_dict(), "way": nearest.way},
        "equity_usd": text_or_none(row.equity),
        "requirement_usd": text_or_none(row.requirement),
        "unrealized_usd": text_or_none(row.unrealized),
        "gross_notional_usd": text_or_none(row.notional),
        "not_in_totals": row.lacks or None,
        "after_shock": None if row.after is None else row.after.value,
    }
