"""Worlds over many seeds: do prices have their statistics, do stories go as they are told?

And a store over many kills: is anything lost that was acknowledged? Progress is on standard error.

`make simulate ARGS="--seeds 20 --days 20 --stories 10"`; prints a table each, and exits with 1
where a median lies outside its band or a story fails in more than one seed of ten.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.durability import durability
from marginline.market.scenarios import SCENARIOS, scenario
from tests.market.statistics import BANDS, FUNDING_BANDS, funding_facts, price_facts
from tests.market.timelines import run
from tests.market.verdicts import Failed, check

FIRST_SEED = 1
ALLOWED = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds of price statistics")
    parser.add_argument("--days", type=int, default=20, help="days of each")
    parser.add_argument("--stories", type=int, default=10, help="seeds of each story")
    parser.add_argument("--only", choices=[*SCENARIOS], help="one story alone")
    parser.add_argument("--kills", type=int, default=1_000, help="kills of a store's writer")
    parser.add_argument("--flips", type=int, default=5_000, help="bytes of a store to flip")
    args = parser.parse_args()
    good = True
    if args.seeds and not args.only:
        good &= facts("Prices", price_facts, BANDS, args.seeds, args.days)
        good &= facts("Funding", funding_facts, FUNDING_BANDS, args.seeds, args.days)
    if args.stories:
        good &= stories([args.only] if args.only else list(SCENARIOS), args.stories)
    if args.kills and not args.only:
        good &= durability(args.kills, args.flips)
    return 0 if good else 1


def facts(
    title: str,
    measure: Callable[[int, int], dict[str, float]],
    bands: Mapping[str, tuple[float, float]],
    seeds: int,
    days: int,
) -> bool:
    begun = time.perf_counter()
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        found.append(measure(seed, days))
        told = f"{time.perf_counter() - begun:.0f} s"
        print(f"{title.lower()}: {len(found)} of {seeds} seeds, {told}", file=sys.stderr)
    print(f"\n{title}: {seeds} seeds of {days} days in {time.perf_counter() - begun:.0f} s")
    print(f"{'fact':<42}{'band':>16}{'median':>10}{'5 %':>10}{'95 %':>10}")
    good = True
    for name, (low, high) in bands.items():
        values = np.array([each[name] for each in found])
        median = float(np.median(values))
        inside = low <= median <= high
        good &= inside
        least, most = np.quantile(values, [0.05, 0.95])
        band = f"{low:.4g} .. {high:.4g}"
        mark = "" if inside else "  outside"
        print(f"{name:<42}{band:>16}{median:>10.3g}{least:>10.3g}{most:>10.3g}{mark}")
    return good


def stories(names: list[str], seeds: int) -> bool:
    good = True
    print(f"\n{'story':<18}{'holds in':>10}{'s a run':>10}")
    for name in names:
        begun, failures = time.perf_counter(), []
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            print(f"{name}: seed {seed - FIRST_SEED + 1} of {seeds} …", file=sys.stderr)
            try:
                check(run(scenario(name), seed))
            except Failed as failed:
                failures.append(str(failed))
        took = (time.perf_counter() - begun) / seeds
        print(f"{name:<18}{f'{seeds - len(failures)} of {seeds}':>10}{took:>10.1f}", flush=True)
        for failure in failures:
            print(f"    {failure[:300]}")
        good &= len(failures) <= ALLOWED * seeds
    return good


if __name__ == "__main__":
    sys.exit(main())
