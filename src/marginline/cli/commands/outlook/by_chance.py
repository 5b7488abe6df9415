"""Sizes by chance of `marginline size`, as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByChance:
    """Sizes by chance as they were asked for."""

    candles: Sequence[str]
    touch: str | None
    edge: str | None
    kelly: str
    maintenance_rate: str | None
    within: str
