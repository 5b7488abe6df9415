"""What readers lay into a draft in one way: positions with the venue's own figures, tiers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from marginline.core.account.account import Position
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.numbers import ONE
from marginline.venues.compare.lines import AnyLine, reported_of_position
from marginline.venues.reader.account_draft import POSITIONS, Draft
from marginline.venues.reader.fields import Row


def begin_positions(draft: Draft) -> None:
    """Positions are told afresh: what is laid from here on is all there are."""
    draft.positions, draft.reported.positions = {}, {}
    draft.reported.raw["positions"] = {}
    draft.known.add(POSITIONS)


def lay_position(
    draft: Draft,
    position: Position,
    row: Row,
    words: Iterable[AnyLine],
    *,
    step: Decimal = ONE,
    **said: str,
) -> None:
    """A position, and what its row says of the venue's own figures, by our measures and raw.

    `step` is what amounts count, `said` what stands beside the raw figures.
    """
    key, isolated = position.key, position.margin_mode == "isolated"
    told = reported_of_position(row, words, isolated=isolated, step=step)
    draft.positions[key], draft.reported.positions[key] = position, told
    draft.reported.raw["positions"][key] = dict(row.given) | said


def tier_table(rows: Iterable[Row], floor: str, kind: str | None = None, **words: str) -> TierTable:
    """Tiers by value in the order of their floors; `words` are the venue's for our columns."""
    found = []
    for row in rows:
        told: dict[str, Any] = {column: row.number(word) for column, word in words.items()}
        found.append(TierRow(floor=row.amount(floor), **told))
    found.sort(key=lambda row: row.floor)
    return TierTable(keyed_by="notional", kind=kind, rows=tuple(found))
