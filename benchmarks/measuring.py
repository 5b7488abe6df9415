"""Timing: medians of repeated runs, and rows that carry their yardstick."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what, how much, in which unit, against what, and the bar if there is one.

    `most`: what it is to stay at or below, where the bar is that; it is said whether it does.
    `pace`: how much slower this machine was in the same seconds than the one the bar comes from.
    """

    name: str
    value: float
    unit: str
    yardstick: str = ""
    yardstick_value: float | None = None
    bar: str = ""
    most: float | None = None
    pace: float | None = None

    def __post_init__(self) -> None:
        if self.most is not None and not self.bar:
            met = "met" if self.value <= self.most else "not met"
            object.__setattr__(self, "bar", f"at most {self.most:.4g} {self.unit}: {met}")

    @property
    def ratio(self) -> float | None:
        """Value over yardstick."""
        return None if not self.yardstick_value else self.value / self.yardstick_value

    @property
    def met(self) -> bool | None:
        """Whether the value is at most the bar; None where the bar is no amount in its unit."""
        return self._within(self.value)

    @property
    def at_pace(self) -> float | None:
        """The value as the machine of the bars would have measured it."""
        return None if self.pace is None else self.value / self.pace

    def _within(self, value: float) -> bool | None:
        most, _, unit = self.bar.partition(" ")
        return value <= float(most) if unit and self.unit.startswith(unit) else None

    def verdict(self) -> str:
        """The bar and whether it is met, here and at the pace of the machine it comes from."""
        told = {True: ": met", False: ": not met", None: ""}
        text = f"bar: {self.bar}{told[self.met]}"
        if self.pace is None or self.at_pace is None:
            return text
        here = f"; at pace 1 {self.at_pace:.4g}{told[self._within(self.at_pace)]}"
        return f"{text}{here}, pace {self.pace:.2f}"

    def to_dict(self) -> dict[str, object]:
        """The row as it stands in build/bench.json."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met, "at_pace": self.at_pace}


def median_seconds(
    function: Callable[[], object], *, repeats: int = 7, least: float = 0.05
) -> float:
    """Median wall time of one call; each repeat loops until it has lasted `least` seconds."""
    function()
    times = []
    for _ in range(repeats):
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < least:
            function()
            calls += 1
        times.append((time.perf_counter() - start) / calls)
    return statistics.median(times)


def medians(work: dict[str, Callable[[], object]], repeats: int = 15) -> dict[str, float]:
    """Median seconds of each, taken in turns, so that a noisy minute strikes all alike."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for one in work.values():
        one()
    for _ in range(repeats):
        for name, one in work.items():
            start = time.perf_counter()
            one()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def printed(rows: list[Row]) -> str:
    """The table as text."""
    lines = [f"{'measurement':58}{'value':>12} {'unit':14}{'ratio':>9}  yardstick"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:9.3g}"
        bar = f"  ({row.verdict()})" if row.bar else ""
        lines.append(
            f"{row.name:58}{row.value:12.4g} {row.unit:14}{ratio:>9}  {row.yardstick}{bar}"
        )
    return "\n".join(lines)
