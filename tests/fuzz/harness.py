"""Mutated account files, and what must hold of every one of them.

Taking information away never makes a status better and never changes a number without a finding;
nothing but an InputError is ever raised; no answer takes longer than two seconds.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Iterator
from typing import Any

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.venues.assessing import assess
from tests.cli.running import sample
from tests.risk.books import LINEAR

STORIES = (
    "comfortable",
    "strained",
    "one-move-away",
    "hedged-but-called",
    "rich-on-paper",
    "coins-as-collateral",
)
SECONDS_MAX = 2.0
_NAMED_DEFAULTS = """
    mode position_mode side orders settings extra name id margin_mode contract_size credit borrowed
    interest locked collateral unsettled isolated_included kind keyed_by reduce_only parts market
    position_side cap underlying reported tick_size size_step settle_step expires_at instruments
    index last bid ask open_interest deduction fees maker by_instrument max_leverage initial_rate
    settle base quote options_value opened_at realized_pnl funding extra_margin
"""
_DEFAULTED = frozenset(_NAMED_DEFAULTS.split())
"""Fields whose absence the contract gives a meaning, or that only informs."""

_VALUES: tuple[object, ...] = (
    None, "", "NaN", "0", "-1", "1e999", "0.000000000000000000000000000001", "1" * 40, "-0.5",
    "1000000000000000000000", [], {}, True, "both", "\x00", "USDT",
)  # fmt: skip


def documents() -> list[dict[str, Any]]:
    """The accounts that are mutated: those of the demonstration and one of the questions."""
    return [*(sample(name) for name in STORIES), copy.deepcopy(LINEAR)]


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path below a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*path, name)
            yield from places(member, (*path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield (*path, number)
            yield from places(member, (*path, number))


def parent_of(document: Any, path: tuple[str | int, ...]) -> Any:
    """What holds the last step of a path."""
    for step in path[:-1]:
        document = document[step]
    return document


def judged(document: dict[str, Any]) -> Assessment | None:
    """The assessment; None where the file is refused. Anything else raised is a fault."""
    begun = time.process_time()
    try:
        found = assess(from_dict(document))
    except InputError:
        return None
    passed = time.process_time() - begun
    assert passed < SECONDS_MAX, f"took {passed} seconds"
    return found


def check_less(whole: Assessment, less: Assessment) -> None:
    """What must hold when information has been taken away."""
    if less.status in (Status.HEALTHY, Status.WATCH):
        assert less.status.rank >= whole.status.rank, f"{whole.status} became {less.status}"
    explained = {(finding.where, finding.measure) for finding in less.all_findings()}
    new = set(less.all_findings()) - set(whole.all_findings())
    for pool in whole.pools:
        other = next((each for each in less.pools if each.id == pool.id), None)
        if other is None:
            continue
        for measure, value in pool.measures.items():
            now = other.measures.get(measure)
            if now is None and value is not None:
                assert (pool.id, measure) in explained, f"{measure} is null without a word"
            elif now != value:
                assert new, f"{measure} went from {value} to {now} without a finding"


def one(chance: random.Random, bases: list[dict[str, Any]], wholes: list[Assessment]) -> str:
    """One mutation, checked; what it was."""
    number = chance.randrange(len(bases))
    document = copy.deepcopy(bases[number])
    paths = list(places(document))
    path = chance.choice(paths)
    parent, last = parent_of(document, path), path[-1]
    if chance.random() < 0.5 and isinstance(last, str):
        del parent[last]
        told = f"{STORIES[number] if number < len(STORIES) else 'LINEAR'}: without {path}"
        found = judged(document)
        if found is not None and not _defaulted(path):
            check_less(wholes[number], found)
        return told
    value = chance.choice(_VALUES)
    parent[last] = value
    for _ in range(chance.randrange(3)):
        other = chance.choice(paths)
        try:
            parent_of(document, other)[other[-1]] = chance.choice(_VALUES)
        except (KeyError, IndexError, TypeError):
            continue
    judged(document)
    return f"{number}: {path} = {value!r}"


def _defaulted(path: tuple[str | int, ...]) -> bool:
    return any(isinstance(step, str) and step in _DEFAULTED for step in path)


def run(seed: int, inputs: int) -> None:
    """So many mutations from a seed.

    Raises:
        AssertionError: a mutation broke a rule; the message names seed and number.
    """
    chance = random.Random(seed)
    bases = documents()
    wholes = [found for base in bases if (found := judged(base)) is not None]
    assert len(wholes) == len(bases)
    for number in range(inputs):
        state = chance.getstate()
        try:
            one(chance, bases, wholes)
        except Exception as fault:
            chance.setstate(state)
            raise AssertionError(f"seed {seed}, input {number}: {fault!r}") from fault
