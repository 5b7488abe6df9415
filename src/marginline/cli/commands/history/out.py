"""Where `marginline history` puts what it found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """Where it goes."""

    csv: str | None
    parquet: str | None
    by_day: bool
    force: bool
    as_json: bool
