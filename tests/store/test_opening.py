"""A history that cannot be opened says why and what to do, and nothing is left behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `live` is not installed")

from marginline.errors import StoreError
from marginline.store.opening import open_store


def refused(path: Path) -> StoreError:
    with pytest.raises(StoreError) as found:
        open_store(f"sqlite:///{path}")
    return found.value


def test_a_file_that_is_no_database_is_told_and_no_second_one_is_left(tmp_path: Path) -> None:
    """An empty file with `-booked` in its name stood beside it."""
    file = tmp_path / "notes.db"
    file.write_text("this is text, and was never a database of anybody's\n" * 40)
    problem = refused(file)
    assert "file is not a database" in problem.reason
    assert "move the file away" in problem.remedy
    assert [each.name for each in tmp_path.iterdir()] == ["notes.db"]


def test_a_second_file_that_stands_there_stays(tmp_path: Path) -> None:
    file, booked = tmp_path / "notes.db", tmp_path / "notes-booked.db"
    file.write_text("this is text, and was never a database of anybody's\n" * 40)
    with closing(sqlite3.connect(booked)):
        booked.touch()
    refused(file)
    assert booked.exists()


@pytest.mark.parametrize(
    ("name", "reason"), [("", "Is a directory"), ("file/history.db", "file is no folder")]
)
def test_a_place_that_is_none_is_no_full_disk(tmp_path: Path, name: str, reason: str) -> None:
    """ "Is a directory; free space there": there was nothing to free."""
    (tmp_path / "file").write_text("")
    problem = refused(tmp_path / name)
    assert reason in problem.reason
    assert problem.remedy.startswith("name a file of its own under [history] url")
