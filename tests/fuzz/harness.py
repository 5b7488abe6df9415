"""Mutated account files: those of the demonstration, and of every venue's samples.

`tests.fuzz.mutating` says what must hold.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code
from marginline.venues.assessing import assess
from tests.cli.running import sample
from tests.fuzz.mutating import (
    Path,
    at,
    check_less,
    judged,
    other_value,
    placed,
    places,
    without,
)
from tests.risk.books import LINEAR

STORIES = (
    "comfortable",
    "strained",
    "one-move-away",
    "hedged-but-called",
    "rich-on-paper",
    "coins-as-collateral",
)
SAMPLES = FilePath(__file__).parents[1] / "venues" / "samples"
_NAMED_DEFAULTS = """
    mode position_mode side orders settings extra name id margin_mode contract_size credit borrowed
    interest locked collateral unsettled isolated_included kind keyed_by reduce_only parts market
    position_side cap underlying reported tick_size size_step settle_step expires_at instruments
    index last bid ask open_interest deduction fees maker by_instrument max_leverage initial_rate
    settle base quote options_value opened_at realized_pnl funding extra_margin leverage
    spot_leverage multiplier margin_asset max_loss
"""
_DEFAULTED = frozenset(_NAMED_DEFAULTS.split())
"""Fields whose absence the contract gives a meaning, or that only informs."""
_SELDOM = 0.3
"""How much rarer the accounts with hundreds of risk steps are taken: each costs ten others."""


@dataclass(frozen=True)
class Base:
    """A document that is mutated, what it is judged as, and every place in it."""

    name: str
    document: dict[str, Any]
    whole: Assessment
    paths: tuple[Path, ...]


def bases() -> list[Base]:
    """Every account there is."""
    named = {name: sample(name) for name in STORIES} | {"questions": LINEAR}
    for file in sorted(SAMPLES.glob("*.json")):
        for mode, document in json.loads(file.read_text(encoding="utf-8")).items():
            named[f"{file.stem} {mode}".strip()] = document
    return [
        Base(name, document, assess(from_dict(document)), tuple(places(document)))
        for name, document in named.items()
    ]


def one(chance: random.Random, base: Base) -> None:
    """One mutation, checked.

    Raises:
        AssertionError: it broke a rule; the message names the account and the places.
    """
    path = chance.choice(base.paths)
    here = [f"{base.name}: {'.'.join(map(str, path))}"]
    try:
        if chance.random() < 0.5 and isinstance(path[-1], str):
            found = judged_of(without(base.document, path))
            if found is not None and not _defaulted(path) and not _packaged(found):
                check_less(base.whole, found)
            return
        mutated: Any = base.document
        for _ in range(1 + chance.randrange(3)):
            try:
                value = other_value(chance, at(mutated, path))
                mutated = placed(mutated, path, value)
            except (KeyError, IndexError, TypeError, AttributeError):
                break
            here.append(f"{'.'.join(map(str, path))} = {value!r:.60}")
            path = chance.choice(base.paths)
        judged_of(mutated)
    except Exception as fault:
        raise AssertionError(f"{' '.join(here)}: {fault!r}") from fault


def judged_of(document: dict[str, Any]) -> Assessment | None:
    """The assessment of a document; None where the file is refused."""
    return judged(lambda: assess(from_dict(document)))


def _packaged(found: Assessment) -> bool:
    """Whether the venue's packaged parameters stand for what is gone, which is then said."""
    return any(finding.code is Code.PACKAGED_PARAMETER for finding in found.all_findings())


def _defaulted(path: Path) -> bool:
    return any(isinstance(step, str) and step in _DEFAULTED for step in path)


def run(seed: int, inputs: int) -> None:
    """So many mutations from a seed.

    Raises:
        AssertionError: a mutation broke a rule; the message names seed and number.
    """
    chance = random.Random(seed)
    accounts = bases()
    weights = [_SELDOM if base.name.startswith("bitmex") else 1 for base in accounts]
    for number, base in enumerate(chance.choices(accounts, weights, k=inputs)):
        try:
            one(chance, base)
        except Exception as fault:
            raise AssertionError(f"seed {seed}, input {number}: {fault!r}") from fault
