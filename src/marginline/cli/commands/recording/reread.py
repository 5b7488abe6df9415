"""`marginline replay --raw`: recorded raw messages read again, beside what was told then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from marginline.cli.exits import Exit, report
from marginline.cli.input.documents import write_document
from marginline.core.account.moments import wire_moment
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.monitor.recording.rereading import Reread, Rereader
    from marginline.monitor.recording.sinks import Found

SCHEMA = "marginline/reread/1"
_SHOWN = 5


def reread(
    title: str, found: Iterable[Found], since: int | None, until: int | None, *, as_json: bool
) -> Exit:
    """Read it all again and say how it compares."""
    from marginline.monitor.recording.rereading import Rereader

    reader = Rereader()
    asyncio.run(reader.read(found, since, until))
    if as_json:
        write_document(_document(title, reader))
    else:
        for line in _text(title, reader):
            print(line)
    if reader.cut is not None:
        report(str(reader.cut))
        return Exit.MACHINE
    if any(each.unlike for each in reader.found):
        return Exit.WATCH
    whole = reader.found and not any(each.unread for each in reader.found)
    return Exit.HEALTHY if whole else Exit.UNKNOWN


def _text(title: str, reader: Rereader) -> Iterator[str]:
    told = sum(each.told for each in reader.found)
    yield (
        f"Read again of {title}: {reader.messages:,} raw messages, {told:,} snapshots and changes"
        f" of {len(reader.found)} accounts."
    )
    if reader.why and told:
        yield f"Nothing can be read again: {reader.why}."
        return
    for each in reader.found:
        yield from _of(each)
    if reader.files:
        names = ", ".join(shown(name, 60) for name in sorted(reader.files))
        yield f"Of files, so no venue was asked: {names}"


def _of(found: Reread) -> Iterator[str]:
    name = shown(found.name, 60)
    unread = sum(found.unread.values())
    parts = [f"{found.same:,} of {found.told:,} the same"]
    parts += [f"{len(found.unlike):,} differ"] if found.unlike else []
    parts += [f"{unread:,} cannot be read again"] if unread else []
    yield f"  {name} ({found.venue}): {', '.join(parts)}"
    for unlike in found.unlike[:_SHOWN]:
        yield f"    {unlike.kind} of {wire_moment(unlike.at)}: {unlike.count} figures differ"
        for figure in unlike.figures[:_SHOWN]:
            told, read = shown(figure.told, 60), shown(figure.read, 60)
            yield f"      {shown(figure.where, 80)}: told {told}, read {read}"
    for reason, count in found.unread.items():
        yield f"    not read {count:,} times: {shown(reason, 200)}"


def _document(title: str, reader: Rereader) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "title": title,
        "runs": reader.runs,
        "messages": reader.messages,
        "why": reader.why or None,
        "files": sorted(reader.files),
        "cut": None
        if reader.cut is None
        else {"where": reader.cut.where, "reason": reader.cut.reason},
        "accounts": [
            {
                "name": each.name,
                "venue": each.venue,
                "told": each.told,
                "same": each.same,
                "unlike": [
                    {
                        "at": wire_moment(one.at),
                        "kind": one.kind,
                        "count": one.count,
                        "figures": [
                            {"where": f.where, "told": f.told, "read": f.read} for f in one.figures
                        ],
                    }
                    for one in each.unlike
                ],
                "unread": [
                    {"reason": reason, "count": count} for reason, count in each.unread.items()
                ],
            }
            for each in reader.found
        ],
    }
