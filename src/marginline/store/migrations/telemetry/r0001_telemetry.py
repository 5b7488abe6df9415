"""Assessments, roll-ups, events, raw messages, parameters, gaps, and the newest seal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "telemetry_1"
down_revision = None

AMOUNT = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "assessments",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("ratio", AMOUNT),
        sa.Column("support", AMOUNT),
        sa.Column("requirement", AMOUNT),
        sa.Column("buffer", AMOUNT),
        sa.Column("nearest", AMOUNT),
        sa.Column("stale", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("rulebook", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("document", sa.LargeBinary()),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "run", "sequence", name="assessments_key"),
    )
    op.create_index("assessments_at", "assessments", ["account", "at"])
    op.create_table(
        "rollups",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("ratio", AMOUNT),
        sa.Column("support", AMOUNT),
        sa.Column("requirement", AMOUNT),
        sa.Column("buffer", AMOUNT),
        sa.Column("nearest", AMOUNT),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "step", "slot", name="rollups_key"),
    )
    op.create_table(
        "events",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT),
        sa.Column("asset", sa.Text()),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "run", "sequence", name="events_key"),
    )
    op.create_index("events_at", "events", ["account", "at"])
    op.create_table(
        "raw",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("account", sa.Text()),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "sequence", name="raw_key"),
    )
    op.create_index("raw_received", "raw", ["received"])
    op.create_table(
        "parameters",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "account", "kind", "subject", "at", name="parameters_key"),
    )
    op.create_table(
        "gaps",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("healed_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "account", "stream", "start", name="gaps_key"),
    )
    op.create_table(
        "heads",
        sa.Column("part", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("heads", "gaps", "parameters", "raw", "events", "rollups", "assessments"):
        op.drop_table(name)
