"""A record on the terminal: a small picture, a table of a few moments, the events."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.cli.commands.history.record import Record
from marginline.cli.page.page import Cell, Page, Part, data, left
from marginline.cli.page.words import counted
from marginline.core.account.moments import wire_moment
from marginline.core.numbers import ONE
from marginline.store.rows import RollupRow

ROWS, TABLE, EVENTS = 8, 16, 12
_STYLES = {
    "watch": "yellow",
    "margin_call": "bold yellow",
    "liquidation": "bold red",
    "unknown": "magenta",
}


def write_record(page: Page, record: Record) -> None:
    """The picture, the table and the events."""
    points = record.points
    if not points:
        since, until = wire_moment(record.since), wire_moment(record.until)
        page.line(f"{data(record.account)}: nothing is kept from {since} to {until}")
        return
    first, last = _time(points[0].at), _time(points[-1].at)
    page.line(
        (data(record.account), "bold"), f"  {first} to {last}, {counted(len(points), 'moment')}"
    )
    page.paragraph(_finding(page, record))
    _picture(page, points)
    page.blank()
    _table(page, record)
    _events(page, record)


def _finding(page: Page, record: Record) -> str:
    """The worst of the span in one sentence."""
    known = [row for row in record.points if row.ratio is not None]
    unknown = len(record.points) - len(known)
    also = f"; not known at {unknown} of {len(record.points)} moments" if unknown else ""
    if not known:
        return "Its figures were not known at any moment of it."
    worst = max(known, key=lambda row: row.weight)
    assert worst.ratio is not None
    ratio = page.style.percent(worst.ratio, (ONE,))
    return f"Worst: {ratio} of the support in use, {worst.status}, at {_time(worst.at)}{also}."


def _picture(page: Page, points: Sequence[RollupRow]) -> None:
    """Requirement filled from below, support the line above it; `?` where nothing was known."""
    width = min(len(points), max(page.width - 4, 20))
    columns = [_column(points, number, width) for number in range(width)]
    tops = [row.support for row in columns if row.support is not None]
    tops += [row.requirement for row in columns if row.requirement is not None]
    top = max(tops, default=Decimal(0))
    if top <= 0:
        return
    fill, line = ("#", "=") if page.plain else ("█", "─")
    for level in range(ROWS, 0, -1):
        cells: list[Part] = []
        for row in columns:
            if row.support is None or row.requirement is None:
                cells.append(("?" if level == 1 else " ", "magenta"))
            elif _height(row.support, top) == level:
                cells.append((line, _STYLES.get(row.status, "")))
            elif _height(row.requirement, top) >= level:
                cells.append((fill, "dim"))
            else:
                cells.append(" ")
        page.line(*cells, indent=2)
    words = (
        f"{line} support, {fill} requirement; top {page.style.amount(top, points[-1].asset or '')}"
    )
    page.line((f"{words} {data(points[-1].asset or '')}", "dim"), indent=2)


def _column(points: Sequence[RollupRow], number: int, of: int) -> RollupRow:
    inside = points[number * len(points) // of : (number + 1) * len(points) // of]
    return max(inside, key=lambda row: (row.rank, row.weight))


def _height(value: Decimal, top: Decimal) -> int:
    return max(0, min(ROWS, round(value / top * ROWS)))


def _table(page: Page, record: Record) -> None:
    heads = ["at", "status", "ratio", "support", "requirement", "buffer", "to the line"]
    rows = [[*(left(each, "dim") for each in heads[:2]), *(Cell(h, "dim") for h in heads[2:])]]
    count = min(TABLE, len(record.points))
    for number in range(count):
        row = _column(record.points, number, count)
        amounts = [
            Cell("?" if value is None else page.style.amount(value, row.asset or ""))
            for value in (row.support, row.requirement, row.buffer)
        ]
        ratio = "?" if row.ratio is None else page.style.percent(row.ratio, (ONE,))
        move = "?" if row.nearest is None else page.style.distance(row.nearest)
        status = left(row.status.replace("_", " "), _STYLES.get(row.status, ""))
        rows.append([left(_time(row.at)), status, Cell(ratio), *amounts, Cell(move)])
    page.table(rows)


def _events(page: Page, record: Record) -> None:
    for row in record.events[-EVENTS:]:
        amount = (
            "" if row.amount is None else page.style.amount(row.amount, row.asset or "", sign=True)
        )
        words = f"{row.kind}  {data(row.words)}  {amount} {data(row.asset or '')}"
        page.line((_time(row.at), "dim"), f"  {words.rstrip()}", indent=2)
    if len(record.events) > EVENTS:
        page.line((f"{len(record.events) - EVENTS} earlier events; --json lists them all", "dim"))
    for gap in record.gaps[-EVENTS:]:
        healed = "" if gap.healed_at is not None else ", not healed"
        words = f"{data(gap.stream)} from {_time(gap.start)} to {_time(gap.end)}{healed}: "
        page.paragraph(("gap: ", "yellow"), words + data(gap.reason, 200), indent=2, hanging=2)


def _time(ms: int) -> str:
    return wire_moment(ms)[:19].replace("T", " ")
