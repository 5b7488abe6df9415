"""`marginline history --parameters`: tables of venues that changed, and what changed in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Page, data
from marginline.core.account.moments import wire_moment

if TYPE_CHECKING:
    from marginline.store.reading import Reader
    from marginline.store.rows import ParameterRow

SCHEMA = "marginline/history-parameters/1"
SHOWN = 8


class Changed(NamedTuple):
    """One place of a table: what stood there, and what stands there now; None: nothing."""

    path: str
    old: str | None
    new: str | None


class Change(NamedTuple):
    """A table as it stood from a moment on; `places` is None where it was first seen."""

    row: ParameterRow
    places: list[Changed] | None


def changes(
    reader: Reader, *, since: int | None, until: int | None, equal: dict[str, Any]
) -> list[Change]:
    """Every change of a table within a time, oldest first. Raises StoreError."""
    from marginline.store.rows import ParameterRow

    before: dict[tuple[str, str, str, str], ParameterRow] = {}
    found = []
    for row in reader.rows(ParameterRow, until=until, **equal):
        key = (row.venue, row.account, row.kind, row.subject)
        old, before[key] = before.get(key), row
        if since is not None and row.at < since:
            continue
        places = None if old is None else list(_places(_value(old), _value(row), ""))
        if places != []:
            found.append(Change(row, places))
    return found


def _value(row: ParameterRow) -> Any:  # Any: JSON of whatever depth
    return json.loads(row.document)


def _places(old: Any, new: Any, path: str) -> Iterator[Changed]:  # Any: as above
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _places(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            was, is_now = (each[index] if index < len(each) else None for each in (old, new))
            yield from _places(was, is_now, f"{path}[{index + 1}]")
    elif old != new:
        yield Changed(path, _text(old), _text(new))


def _text(value: Any) -> str | None:  # Any: as above
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True)


def show(page: Page, found: list[Change], *, as_json: bool) -> Exit:
    """Write them; UNKNOWN where nothing is kept of that time."""
    if as_json:
        write_document({"schema": SCHEMA, "changes": [_document(each) for each in found]})
    elif not found:
        page.line("No table changed in that time, or none is kept.")
    else:
        for each in found:
            _write(page, each)
    return Exit.HEALTHY if found else Exit.UNKNOWN


def _document(change: Change) -> dict[str, object]:
    row, places = change
    return {
        "at": wire_moment(row.at),
        "venue": row.venue,
        "account": row.account or None,
        "kind": row.kind,
        "subject": row.subject or None,
        "first": places is None,
        "digest": row.digest,
        "changes": [each._asdict() for each in places or ()],
    }


def _write(page: Page, change: Change) -> None:
    row, places = change
    of = f" of {data(row.account)}" if row.account else ""
    what = f"{row.kind} {data(row.subject)}".rstrip()
    moment = wire_moment(row.at)[:19].replace("T", " ")
    if places is None:
        page.line((moment, "dim"), f"  {row.venue}{of}  {what}: ", ("first seen", "dim"))
        return
    page.line((moment, "dim"), f"  {row.venue}{of}  {what}:")
    for place in places[:SHOWN]:
        old, new = (("none" if each is None else data(each, 60)) for each in place[1:])
        page.line(f"{data(place.path)}: {old} to {new}", indent=4)
    if len(places) > SHOWN:
        page.line((f"{len(places) - SHOWN} more; --json lists them all", "dim"), indent=4)
