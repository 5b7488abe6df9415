"""Documents before and after a change of the exact path, compared byte for byte.

    python -m tests.equality.recorder draw ACCOUNTS [COUNT [SEED]]
    python -m tests.equality.recorder record ACCOUNTS OUT
    python -m tests.equality.recorder compare OUT_BEFORE OUT_AFTER

`draw` writes accounts once (samples, stories, recorded payloads, COUNT drawn ones a venue group),
so that two records look at the same ones. `record` writes a line for each account: assessment,
some explanations, reconciliation, liquidation prices of the samples; the digest of rules and code
is left out. `compare` says how many are equal, equal but for digits after the 28th, and different.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from hashlib import sha256
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import marginline as ml
from marginline.core.measures import Measure
from marginline.errors import MarginlineError
from tests.conftest import ROOT
from tests.equality.drawn import GROUPS, accounts

Doc = dict[str, Any]
EXPLAINED = 4


def drawn(count: int, seed: int) -> Iterator[tuple[str, Doc]]:
    """Every account by name: samples, stories, payloads, and the drawn ones of each group."""
    samples = Path(__file__).parents[1] / "venues" / "samples"
    for file in sorted(samples.glob("*.json")):
        for mode, document in json.loads(file.read_text("utf-8")).items():
            yield f"sample {file.stem} {mode}", document
    for story in sorted((resources.files("marginline.cli") / "samples").iterdir(), key=str):
        yield f"story {story.name}", json.loads(story.read_text("utf-8"))
    yield from _payloads()
    for group in GROUPS:
        for number, document in enumerate(accounts(group, count, seed)):
            yield f"drawn {group} {number}", document


def _payloads() -> Iterator[tuple[str, Doc]]:
    from tests.venues.binance.samples import files, read_sample

    shared = Path(os.environ.get("MARGINLINE_SHARED") or ROOT.parent / "shared")
    folder = shared / "data" / "payloads"
    for path in files(folder) if folder.is_dir() else ():
        try:
            yield f"payload {path.name}", ml.to_dict(read_sample(path))
        except MarginlineError:
            continue


def recorded(line: str) -> str:
    """One account's documents as one line of JSON."""
    name, document = json.loads(line)
    made: Doc = {"name": name}
    try:
        account = ml.from_dict(document)
        assessment = ml.assess(account)
    except MarginlineError as refused:
        return json.dumps(made | {"refused": str(refused)})
    found: Any = assessment.to_dict()
    del found["rulebook"]["digest"]
    made["assessment"] = found
    made["explanations"] = [_told(assessment, *asked) for asked in _questions(name, assessment)]
    reconciled: Any = ml.reconcile(account).to_dict()
    made["reconcile"] = without_digest(reconciled)
    if not name.startswith("drawn") or int(sha256(name.encode()).hexdigest(), 16) % 20 == 0:
        made["liquidation"] = ml.liquidation_prices(account).to_dict()
    return json.dumps(made)


def _questions(name: str, assessment: ml.Assessment) -> Iterator[tuple[str, Measure]]:
    every = [(pool.id, measure) for pool in assessment.pools for measure in pool.measures]
    every += [
        (position.key, measure)
        for pool in assessment.pools
        for position in pool.positions
        for measure in position.measures
    ]
    whole = not name.startswith("drawn")
    draw = Random(name)
    yield from every if whole else draw.sample(every, min(EXPLAINED, len(every)))


def _told(assessment: ml.Assessment, where: str, measure: Measure) -> Any:
    return ml.explain(assessment, where, measure).to_dict()


def without_digest(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_digest(each) for name, each in value.items() if name != "digest"}
    if isinstance(value, list):
        return [without_digest(each) for each in value]
    return value


# -- comparing -----------------------------------------------------------------------------------


def compare(before: str, after: str) -> tuple[int, int, list[str]]:
    """How many lines are equal, how many but for digits after the 28th, and what differs."""
    equal = alike = 0
    different: list[str] = []
    with Path(before).open(encoding="utf-8") as old, Path(after).open(encoding="utf-8") as new:
        for one, two in zip(old, new, strict=True):
            if one == two:
                equal += 1
                continue
            found = list(differences(json.loads(one), json.loads(two)))
            if found:
                different.append(json.loads(one)["name"] + ": " + "; ".join(found[:4]))
            else:
                alike += 1
    return equal, alike, different


def differences(one: Any, two: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ by more than digits after the 28th."""
    if one == two:
        return
    if isinstance(one, dict) and isinstance(two, dict) and list(one) == list(two):
        for name in one:
            yield from differences(one[name], two[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (left, right) in enumerate(zip(one, two, strict=True)):
            yield from differences(left, right, f"{path}[{number}]")
    elif not _alike(one, two):
        yield f"{path}: {str(one)[:120]} | {str(two)[:120]}"


def _alike(one: object, two: object) -> bool:
    try:
        left, right = Decimal(str(one)), Decimal(str(two))
    except ArithmeticError:
        return False
    return abs(left - right) <= max(abs(left), abs(right), Decimal(1)) * Decimal("1e-26")


def main(arguments: list[str]) -> int:
    """See the head of this file."""
    match arguments:
        case ["draw", out, *numbers]:
            count, seed = (*map(int, numbers), *(2000, 1)[len(numbers) :])
            with Path(out).open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in drawn(count, seed))
        case ["record", given, out]:
            lines = Path(given).read_text("utf-8").splitlines()
            with ProcessPoolExecutor() as workers, Path(out).open("w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in workers.map(recorded, lines, chunksize=64))
        case ["compare", before, after]:
            equal, alike, different = compare(before, after)
            sys.stdout.write(
                f"{equal} equal, {alike} but for last digits, {len(different)} different\n"
            )
            sys.stdout.writelines(f"{line}\n" for line in different[:40])
            return 1 if different else 0
        case _:
            sys.stdout.write(__doc__ or "")
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
