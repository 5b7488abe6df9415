"""20,000 mutated account files and raw answers; FUZZ_INPUTS says how many (`make fuzz`: 1e6)."""

from __future__ import annotations

import os

import pytest

from tests.fuzz import harness, raw
from tests.fuzz.mutating import memory_limited

SHARDS = 8
INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
EACH = INPUTS // (2 * SHARDS)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutation_reads_as_safe_or_breaks_the_program(shard: int) -> None:
    with memory_limited():
        harness.run(1000 + shard, EACH)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutated_answer_reads_as_safe_or_breaks_a_reader(shard: int) -> None:
    with memory_limited():
        raw.run(2000 + shard, EACH)


def test_the_limit_of_memory_holds() -> None:
    with memory_limited(2**28), pytest.raises(MemoryError):
        bytearray(2**30)
