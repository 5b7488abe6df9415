"""8,000 mutated account files and raw answers; FUZZ_INPUTS says how many (`make fuzz`: 1e6)."""

from __future__ import annotations

import os

import pytest

from tests.fuzz import harness, raw

SHARDS = 8
INPUTS = int(os.environ.get("FUZZ_INPUTS", "8000"))
EACH = INPUTS // (2 * SHARDS)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutation_reads_as_safe_or_breaks_the_program(shard: int) -> None:
    harness.run(1000 + shard, EACH)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutated_answer_reads_as_safe_or_breaks_a_reader(shard: int) -> None:
    raw.run(2000 + shard, EACH)
