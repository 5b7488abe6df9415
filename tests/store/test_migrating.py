"""Tables from nothing, and from every revision before; a newer one is not touched."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from marginline.errors import StoreError
from marginline.store.migrating import migrate, scripts
from marginline.store.opening import open_store
from marginline.store.rows import Part
from marginline.store.tables import METADATA, PARTS
from tests.store.rows import one_of_each


def engine_of(url: str, part: Part) -> sqlalchemy.Engine:
    if url.startswith("sqlite") and part == "booked":
        url = url.replace("history.db", "history-booked.db")
    return sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def revisions(part: Part) -> list[str]:
    found: ScriptDirectory = scripts(part)
    return [each.revision for each in reversed(list(found.walk_revisions()))]


def differences(engine: sqlalchemy.Engine, part: Part) -> list[object]:
    other = {name for each in PARTS if each != part for name in METADATA[each].tables}
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": f"version_{part}",
                "compare_type": True,
                "include_name": lambda name, kind, _: (
                    kind != "table" or (name not in other and not name.startswith("version_"))
                ),
            },
        )
        return list(compare_metadata(context, METADATA[part]))


@pytest.mark.parametrize("part", PARTS)
def test_the_tables_are_those_of_the_rows(url: str, part: Part) -> None:
    open_store(url).close()
    engine = engine_of(url, part)
    assert differences(engine, part) == []
    engine.dispose()


def test_tables_of_every_revision_before_are_brought_up_to_date(url: str) -> None:
    for part in PARTS:
        engine = engine_of(url, part)
        for revision in revisions(part):
            with engine.begin() as connection:
                migrate(connection, part, revision)
        assert differences(engine, part) == []
        engine.dispose()
    with open_store(url) as store:
        store.write(one_of_each()).result(20)
        for row in one_of_each():
            assert store.read.rows(type(row)) == [row]


def test_opening_twice_changes_nothing(url: str) -> None:
    with open_store(url) as store:
        store.write(one_of_each()).result(20)
    with open_store(url) as one, open_store(url) as two:
        for row in one_of_each():
            assert one.read.rows(type(row)) == two.read.rows(type(row)) == [row]


def test_a_store_of_a_newer_program_is_left_alone(url: str) -> None:
    open_store(url).close()
    engine = engine_of(url, "booked")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE version_booked SET version_num = 'booked_999'")
    engine.dispose()
    with pytest.raises(StoreError, match="newer marginline") as found:
        open_store(url)
    assert found.value.where


def test_the_revisions_are_in_the_package() -> None:
    folder = Path(scripts("booked").dir)
    assert (folder / "env.py").exists()
    assert revisions("booked")
    assert revisions("telemetry")
