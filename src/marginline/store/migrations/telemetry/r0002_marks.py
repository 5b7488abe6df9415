"""Hourly marks, for volatility over runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "telemetry_2"
down_revision = "telemetry_1"

AMOUNT = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "marks",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("mark", AMOUNT, nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "symbol", "hour", name="marks_key"),
    )
    op.create_index("marks_at", "marks", ["venue", "at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("marks")
