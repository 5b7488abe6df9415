"""What Alembic runs: the revisions of one part, in the transaction that the caller has open."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    version_table=given["version_table"],
    target_metadata=given["metadata"],
)
context.run_migrations()
