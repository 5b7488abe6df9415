"""Accounts with something left out, and what an assessment must say of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from tests.venues.documents import Doc


def leaves(value: object, path: str = "") -> list[str]:
    """The path of everything in a document, `wallets.0.balance`; what holds parts comes last."""
    if isinstance(value, dict):
        found = [leaf for key, member in value.items() for leaf in leaves(member, f"{path}.{key}")]
    elif isinstance(value, list):
        found = [leaf for n, member in enumerate(value) for leaf in leaves(member, f"{path}.{n}")]
    else:
        return [path[1:]]
    return [*found, path[1:]] if path else found


def without(whole: Doc, path: str) -> Doc:
    """The document without what stands at a path."""
    found = deepcopy(whole)
    *way, last = path.split(".")
    place: Any = found
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[int(last) if isinstance(place, list) else last]
    return found


def unexplained(found: Assessment) -> list[tuple[str, str]]:
    """Measures that are null though no finding at their place says why."""
    said = {(finding.where, finding.measure) for finding in found.all_findings()}
    places = [("account", found.measures)]
    places += [(pool.id, pool.measures) for pool in found.pools]
    places += [(held.key, held.measures) for pool in found.pools for held in pool.positions]
    return [
        (where, measure.value)
        for where, measures in places
        for measure, value in measures.items()
        if value is None and (where, measure) not in said
    ]


def unknown_or_bounded(found: Assessment) -> bool:
    """Whether the status is UNKNOWN, or the one that both ends of what is missing have."""
    said = any("either way, judged by the worse" in f.message for f in found.all_findings())
    return found.status is Status.UNKNOWN or said
