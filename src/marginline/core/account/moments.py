"""Moments as text: RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_text(moment: datetime) -> str:
    """The moment as RFC 3339 text in UTC, "2026-09-01T12:00:00Z"."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
