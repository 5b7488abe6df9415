"""`marginline history`: what a monitor has kept of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from marginline.cli.commands.history.out import Out
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.durations import moment_of, seconds_of
from marginline.cli.live.needs import needs_live
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import now
from marginline.core.account.moments import wire_moment
from marginline.core.numbers import text_or_none
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.cli.commands.history.record import Record
    from marginline.store.reading import Reader

USUAL_SPAN = "24h"
STEPS = {"1s": 1_000, "15s": 15_000, "5m": 300_000, "1h": 3_600_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which time, in which steps, of which history."""

    span: str | None
    until: str | None
    step: str | None
    url: str | None
    config: str | None
    parameters: bool = False
    venue: str | None = None


def run(account: str | None, asked: Asked, out: Out, *, checked: bool, exact: bool) -> Exit:
    """Show it, or write it; see the command."""
    needs_live("history", "", "sqlalchemy", "alembic")
    from marginline.cli.commands.history.files import free_outputs
    from marginline.cli.live.history import asked_address
    from marginline.store.opening import reading_store

    free_outputs(out)
    span = None if asked.span is None else int(seconds_of("--span", asked.span) * 1000)
    _step_of(asked, 0)
    page = Page(Style(exact=exact))
    with reading_store(asked_address(asked.url, asked.config)) as reader:
        if checked:
            return _checked(page, reader, as_json=out.as_json)
        if asked.parameters:
            return _parameters(page, reader, account, asked, span, as_json=out.as_json)
        if account is None:
            return _accounts(page, reader, as_json=out.as_json)
        return _account(page, reader, account, asked, out)


def _parameters(
    page: Page, reader: Reader, account: str | None, asked: Asked, span: int | None, *,
    as_json: bool,
) -> Exit:  # fmt: skip
    """Changes of tables: of all time where no span is named."""
    from marginline.cli.commands.history.parameters import changes, show

    until = None if asked.until is None else moment_of("--until", asked.until)
    end = until or int(now().timestamp() * 1000)
    equal = {"venue": asked.venue, "account": account}
    found = changes(
        reader,
        since=None if span is None else end - span,
        until=until,
        equal={name: value for name, value in equal.items() if value is not None},
    )
    return show(page, found, as_json=as_json)


def _step_of(asked: Asked, span_ms: int) -> int:
    """The step asked for, else the finest that gives no more than a few hundred points."""
    if asked.step is not None:
        if asked.step not in STEPS:
            raise UsageProblem(f"--step {shown(asked.step, 40)}: choose from {', '.join(STEPS)}")
        return STEPS[asked.step]
    fits = (step for step in STEPS.values() if span_ms <= step * 600)
    return next(fits, STEPS["1h"])


def _steps(asked: Asked, span_ms: int) -> list[int]:
    """The step to look at, and the coarser ones to fall back on where none was asked for."""
    first = _step_of(asked, span_ms)
    if asked.step is not None:
        return [first]
    return [step for step in STEPS.values() if step >= first]


def _account(page: Page, reader: Reader, account: str, asked: Asked, out: Out) -> Exit:
    from marginline.cli.commands.history.files import write_files
    from marginline.cli.commands.history.record import Record
    from marginline.cli.commands.history.shown import write_record
    from marginline.store.rows import EventRow, GapRow, RollupRow

    spans = reader.spans()
    if account not in spans:
        names = ", ".join(data(name, 60) for name in spans) or "nothing yet"
        raise UsageProblem(f"{data(account)}: nothing is kept of it; there is: {names}")
    end = spans[account][1] + 1 if asked.until is None else moment_of("--until", asked.until)
    span = int(seconds_of("--span", asked.span or USUAL_SPAN) * 1000)
    since, step = end - span, 0
    points: list[RollupRow] = []
    for step in _steps(asked, span):  # fine steps are not kept for long
        first = since - since % step
        points = reader.rows(RollupRow, account=account, step=step, since=first, until=end)
        if points:
            break
    events = reader.rows(EventRow, account=account, since=since, until=end)
    gaps = [
        gap for gap in reader.rows(GapRow, since=since, until=end) if gap.account in {"", account}
    ]
    record = Record(account, step, since, end, points, events, gaps)
    if out.as_json:
        write_document(document(record))
    elif not write_files(record, out):
        write_record(page, record)
    known = any(point.status != "unknown" for point in points)
    return Exit.HEALTHY if known else Exit.UNKNOWN


def document(record: Record) -> dict[str, object]:
    """The document `marginline/history/1`."""
    from marginline.cli.commands.history.record import FIGURES

    return {
        "schema": "marginline/history/1",
        "account": record.account,
        "step_s": record.step // 1000,
        "since": wire_moment(record.since),
        "until": wire_moment(record.until),
        "points": [
            {
                "at": wire_moment(row.at),
                "status": row.status,
                "pool": row.pool,
                "asset": row.asset,
                **{name: text_or_none(getattr(row, name)) for name in FIGURES},
            }
            for row in record.points
        ],
        "events": [
            {
                "at": wire_moment(row.at),
                "kind": row.kind,
                "words": row.words,
                "amount": text_or_none(row.amount),
                "asset": row.asset,
            }
            for row in record.events
        ],
        "gaps": [
            {
                "stream": row.stream,
                "since": wire_moment(row.start),
                "until": wire_moment(row.end),
                "healed_at": None if row.healed_at is None else wire_moment(row.healed_at),
                "reason": row.reason,
            }
            for row in record.gaps
        ],
    }


def _accounts(page: Page, reader: Reader, *, as_json: bool) -> Exit:
    spans = reader.spans()
    if as_json:
        rows = [
            {"account": name, "since": wire_moment(first), "until": wire_moment(last)}
            for name, (first, last) in spans.items()
        ]
        write_document({"schema": "marginline/history-accounts/1", "accounts": rows})
    elif not spans:
        page.line("Nothing is kept yet.")
    else:
        table = [[left("account", "dim"), left("since", "dim"), left("until", "dim")]]
        for name, (first, last) in spans.items():
            table.append([left(data(name)), left(wire_moment(first)), left(wire_moment(last))])
        page.table(table)
    return Exit.HEALTHY if spans else Exit.UNKNOWN


def _checked(page: Page, reader: Reader, *, as_json: bool) -> Exit:
    from marginline.store.checking import check

    found = check(reader)
    if as_json:
        write_document(
            {
                "schema": "marginline/history-check/1",
                "rows": found.rows,
                "seals": found.seals,
                "damages": [{"place": d.place, "text": shown(d.text, 300)} for d in found.damages],
            }
        )
    else:
        word = ("DAMAGED", "bold red") if found.damages else ("WHOLE", "bold green")
        rows = sum(found.rows.values())
        page.line(word, f"  {rows:,} rows, {found.seals:,} sealed commits looked at")
        counts = [[left(name), Cell(f"{count:,}")] for name, count in found.rows.items()]
        page.table(counts)
        for damage in found.damages:
            page.paragraph((f"{damage.place}: ", "red"), data(damage.text, 300), hanging=2)
    return Exit.MACHINE if found.damages else Exit.HEALTHY
