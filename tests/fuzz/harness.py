"""Mutated account files: those of the demonstration, every venue's samples, and drawn ones.

`tests.fuzz.mutating` says what must hold.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code
from marginline.venues.assessing import assess
from tests.cli.running import sample
from tests.fuzz.mutating import (
    SELDOM,
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
from tests.venues.draws import SAMPLES, drawn

STORIES = (
    "comfortable",
    "strained",
    "one-move-away",
    "hedged-but-called",
    "rich-on-paper",
    "coins-as-collateral",
)
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
_LONG = ("bitmex", "okx portfolio")
DRAWN_OF = 4
"""A seed draws one account around each fourth sample; four neighbouring seeds one around each."""


@dataclass(frozen=True)
class Document:
    """A document that is mutated."""

    name: str
    document: dict[str, Any]

    @property
    def weight(self) -> float:
        """How often it is taken beside others."""
        return SELDOM if self.name.removeprefix("drawn ").startswith(_LONG) else 1

    @cached_property
    def whole(self) -> Assessment:
        """What it is judged as."""
        return assess(from_dict(self.document))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every place in it."""
        return tuple(places(self.document))

    def mutate(self, chance: random.Random) -> None:
        """One mutation of it, checked.

        Raises:
            AssertionError: it broke a rule; the message names the account and the places.
        """
        path = chance.choice(self.paths)
        here = [f"{self.name}: {'.'.join(map(str, path))}"]
        try:
            if chance.random() < 0.5 and isinstance(path[-1], str):
                found = judged_of(without(self.document, path))
                if found is not None and not _defaulted(path) and not _packaged(found):
                    check_less(self.whole, found)
                return
            mutated: Any = self.document
            for _ in range(1 + chance.randrange(3)):
                try:
                    value = other_value(chance, at(mutated, path))
                    mutated = placed(mutated, path, value)
                except (KeyError, IndexError, TypeError, AttributeError):
                    break
                here.append(f"{'.'.join(map(str, path))} = {value!r:.60}")
                path = chance.choice(self.paths)
            judged_of(mutated)
        except Exception as fault:
            raise AssertionError(f"{' '.join(here)}: {fault!r}") from fault


def documents(seed: int) -> list[Document]:
    """Every account there is, and those that a seed draws."""
    named = {name: sample(name) for name in STORIES} | {"questions": LINEAR} | SAMPLES
    chance = random.Random(seed)
    for name in sorted(SAMPLES)[seed % DRAWN_OF :: DRAWN_OF]:
        named[f"drawn {name}"] = drawn(chance, name)[0]
    return [Document(name, document) for name, document in named.items()]


def judged_of(document: dict[str, Any]) -> Assessment | None:
    """The assessment of a document; None where the file is refused."""
    return judged(lambda: assess(from_dict(document)))


def _packaged(found: Assessment) -> bool:
    """Whether the venue's packaged parameters stand for what is gone, which is then said."""
    return any(finding.code is Code.PACKAGED_PARAMETER for finding in found.all_findings())


def _defaulted(path: Path) -> bool:
    return any(isinstance(step, str) and step in _DEFAULTED for step in path)
