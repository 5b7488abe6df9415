"""20,000 mutated account files and raw answers; FUZZ_INPUTS says how many (`make fuzz`: 1e6).

FUZZ_SEED gives others than those of every run. A fault names its seed and number.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path as FilePath

import pytest

from tests.fuzz.captured import captured
from tests.fuzz.harness import documents
from tests.fuzz.mutating import Path, memory_limited, placed, run
from tests.fuzz.raw import Answered, check, judged_of
from tests.fuzz.told import told

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
SEED = int(os.environ.get("FUZZ_SEED", "1")) * 100_000
SHARDS = max(4, INPUTS // 20_000)
DOCUMENTS, ANSWERS, CAPTURED = (INPUTS * share // (10 * SHARDS) for share in (4, 3, 3))
each_shard = pytest.mark.parametrize("shard", range(SHARDS))


@pytest.fixture(autouse=True)
def _no_collections() -> Iterator[None]:
    """What stands is not looked through for circles again and again: a tenth of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@cache
def answered() -> list[Answered]:
    return [Answered(each) for each in told()]


@cache
def recorded(data: FilePath) -> list[Answered]:
    return [Answered(each) for each in captured(data)]


@each_shard
def test_no_mutation_reads_as_safe_or_breaks_the_program(shard: int) -> None:
    with memory_limited():
        run(SEED + shard, DOCUMENTS, documents(SEED + shard))


@each_shard
def test_no_mutated_answer_reads_as_safe_or_breaks_a_reader(shard: int) -> None:
    with memory_limited():
        run(SEED + 20_000 + shard, ANSWERS, answered())


@each_shard
def test_no_mutated_capture_reads_as_safe_or_breaks_a_reader(
    shared_data: FilePath, shard: int
) -> None:
    with memory_limited():
        run(SEED + 40_000 + shard, CAPTURED, recorded(shared_data))


FOUND: list[tuple[str, Path, object]] = [
    (
        "OKX__Subscriptions__Unified__Account__Balance.txt",
        ("balance", "data", 0, "details", 0, "stgyEq"),
        None,
    ),
    ("bitget-uta-locked-outside-balance: assets", ("assets", "data", "assets", 0, "locked"), None),
    ("binance__futures__user_data_json__account_update.json", ("events", "a", "B", 0, "wb"), None),
    (
        "bitmex-position-partial-thin-rows: position update",
        ("positions", 1, "data", 0, "symbol"),
        {"result": {}},
    ),
    (
        "flat-account-empty-answers: bybit_positions bybit_wallet",
        ("wallet_balance", "result", "list", 0, "totalMarginBalance"),
        "1" * 40,
    ),
]


@pytest.mark.parametrize(("name", "path", "value"), FOUND, ids=[name for name, _, _ in FOUND])
def test_what_other_seeds_have_found_stays_mended(
    shared_data: FilePath, name: str, path: Path, value: object
) -> None:
    base = next(each for each in recorded(shared_data) if each.told.name == name)
    found = judged_of(base, placed(base.told.answers, path, value))
    if value is None:
        check(base, path, found)


def test_the_limit_of_memory_holds() -> None:
    with memory_limited(2**28), pytest.raises(MemoryError):
        bytearray(2**30)
