"""2,000 mutated account files; FUZZ_INPUTS says how many instead (`make fuzz`: a million)."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.harness import run

SHARDS = 8
INPUTS = int(os.environ.get("FUZZ_INPUTS", "2000"))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutation_reads_as_safe_or_breaks_the_program(shard: int) -> None:
    run(1000 + shard, INPUTS // SHARDS)
