"""The schema brought up to date by Alembic, from nothing or from any revision before."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from marginline.errors import StoreError
from marginline.store.rows import Part
from marginline.store.tables import METADATA

_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 0x6D617267
"""Of PostgreSQL's advisory locks: two programs that start at once migrate one after the other."""


def migrate(connection: Connection, part: Part, revision: str = "head") -> None:
    """Bring a part's tables to a revision, within the connection's transaction.

    Raises:
        StoreError: a newer marginline has written it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    try:
        config = _config(part)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    except CommandError as problem:
        where = connection.engine.url.render_as_string(hide_password=True)
        reason = f"its tables are of a revision that is not known here ({problem})"
        remedy = "a newer marginline wrote it: use that one, or name another file"
        raise StoreError(where, reason, remedy) from None


def revision_of(connection: Connection, part: Part) -> str | None:
    """The revision of a part's tables; None where there are none."""
    context = MigrationContext.configure(connection, opts={"version_table": f"version_{part}"})
    return context.get_current_revision()


def scripts(part: Part) -> ScriptDirectory:
    """The revisions of a part."""
    return ScriptDirectory.from_config(_config(part))


def _config(part: Part) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("version_locations", str(_FOLDER / part).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = f"version_{part}"
    config.attributes["metadata"] = METADATA[part]
    return config
