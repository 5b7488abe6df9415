"""Rows of the venue's ledger as they were told, for attribution over runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "booked_2"
down_revision = "booked_1"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sources",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name="sources_key"),
    )
    op.create_index("sources_at", "sources", ["account", "at"])
    op.create_index("sources_seal", "sources", ["seal"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("sources")
