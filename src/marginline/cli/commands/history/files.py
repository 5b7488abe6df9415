"""A record as files: CSV for a sheet, Parquet for research."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from marginline.cli.commands.history.record import FIGURES, Record
from marginline.cli.exits import UsageProblem
from marginline.cli.page.words import counted
from marginline.cli.writing import Writer, free, write_file, write_text
from marginline.core.account.moments import wire_moment
from marginline.core.numbers import text_or_none
from marginline.store.rows import RollupRow

if TYPE_CHECKING:
    from marginline.cli.commands.history.out import Out

_HEADS = ("account", "at", "status", "pool", "asset", *FIGURES)
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a sheet would take for a formula where a name begins so; a number is a number."""


def free_outputs(out: Out) -> None:
    """Whether the files may be written, before any work. Raises UsageProblem."""
    if out.csv is not None and out.csv != "-":
        free(out.csv, force=out.force)
    if out.parquet is not None:
        _needs_arrow()
        if not out.by_day:
            free(out.parquet, force=out.force)


def _needs_arrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise UsageProblem("--parquet needs the extra `book`: pip install 'marginline[book]'")


def write_files(record: Record, out: Out) -> bool:
    """Write what was asked for; whether anything was."""
    if out.csv == "-":
        sys.stdout.write(csv_of(record.account, record.points))
    elif out.csv is not None:
        write_text(out.csv, csv_of(record.account, record.points), force=out.force)
        print(f"{out.csv}: {counted(len(record.points), 'moment')}")
    if out.parquet is not None:
        for path, rows in _places(record, out):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, _parquet(record.account, rows), force=out.force)
            print(f"{path}: {counted(len(rows), 'moment')}")
    return out.csv is not None or out.parquet is not None


def csv_of(account: str, rows: Iterable[RollupRow]) -> str:
    """Exact digits, moments in UTC, an empty cell where nothing was known."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(_HEADS)
    for row in rows:
        names = [_inert(each or "") for each in (account, row.status, row.pool, row.asset)]
        figures = [text_or_none(getattr(row, name)) or "" for name in FIGURES]
        sheet.writerow([names[0], wire_moment(row.at), *names[1:], *figures])
    return text.getvalue()


def _inert(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULAS) else name


def _places(record: Record, out: Out) -> list[tuple[Path, list[RollupRow]]]:
    assert out.parquet is not None
    if not out.by_day:
        return [(Path(out.parquet), record.points)]
    days: dict[str, list[RollupRow]] = {}
    for row in record.points:
        days.setdefault(wire_moment(row.at)[:10], []).append(row)
    folder = Path(out.parquet) / _file_name(record.account)
    return [(folder / f"{day}.parquet", rows) for day, rows in days.items()]


def _file_name(account: str) -> str:
    """The account's name as one folder's, whatever characters it has."""
    safe = "".join(c if c.isalnum() or c in "-_ " else f"%{ord(c):02X}" for c in account)
    return safe[:100] or "%"


def _parquet(account: str, rows: Sequence[RollupRow]) -> Writer:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, object] = {
        "account": pa.array([account] * len(rows), pa.string()),
        "at": pa.array([row.at for row in rows], pa.timestamp("ms", tz="UTC")),
        "status": pa.array([row.status for row in rows], pa.string()),
        "pool": pa.array([row.pool for row in rows], pa.string()),
        "asset": pa.array([row.asset for row in rows], pa.string()),
    }
    for name in FIGURES:
        values = [getattr(row, name) for row in rows]
        floats = [None if value is None else float(value) for value in values]
        columns[name] = pa.array(floats, pa.float64())
        columns[f"{name}_exact"] = pa.array([text_or_none(v) for v in values], pa.string())
    table = pa.table(columns)
    return lambda file: pq.write_table(table, file)
