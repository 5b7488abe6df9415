"""Whether a history on this machine knows an account: a look without the store's engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from marginline.store.rows import AssessmentRow


def knows(file: Path, account: str) -> bool:
    """Whether judgements of an account of this name are kept in a SQLite file.

    False also where the file is none of ours or cannot be read now: who needs to know why opens it.
    """
    if not account or not file.is_file():
        return False
    asked = f"SELECT 1 FROM {AssessmentRow.table} WHERE account = ? LIMIT 1"  # noqa: S608 - ours
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as found:
            return found.execute(asked, (account,)).fetchone() is not None
    except sqlite3.Error:
        return False
