"""The assessment: what an account is worth, what it must hold, how far it is from forced action.

`to_dict()` gives the document `marginline/assessment/1`; measures can also be read as attributes,
`pool.margin_balance`, where None means that there is none (a finding says why).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from marginline.core.figures import PoolFigures
from marginline.core.findings import Finding, Status
from marginline.core.measures import Measure
from marginline.core.moments import moment_text
from marginline.core.numbers import to_text
from marginline.core.rules import Rules

ASSESSMENT_SCHEMA = "marginline/assessment/1"

Measures = Mapping[Measure, Decimal | None]
_BY_NAME = {measure.value: measure for measure in Measure}


def measures_document(measures: Measures) -> dict[str, str | None]:
    """Measures by name, as decimal strings or null."""
    return {m.value: None if v is None else to_text(v) for m, v in measures.items()}


class _Measured:
    """Gives the measures as attributes."""

    __slots__ = ()
    measures: Measures

    def __getattr__(self, name: str) -> Decimal | None:
        measure = _BY_NAME.get(name)
        if measure is None or measure not in self.measures:
            raise AttributeError(f"{type(self).__name__} has no measure {name!r}")
        return self.measures[measure]


@dataclass(frozen=True, slots=True)
class PositionAssessment(_Measured):
    """One position's figures, in its settle asset."""

    key: str
    instrument: str
    side: str
    measures: Measures

    def to_dict(self) -> dict[str, Any]:
        """The position as it stands in the document."""
        head = {"key": self.key, "instrument": self.instrument, "side": self.side}
        return head | {"measures": measures_document(self.measures)}


@dataclass(frozen=True, slots=True)
class AssetAssessment(_Measured):
    """One asset of a pool of several, its figures in that asset."""

    asset: str
    measures: Measures

    def to_dict(self) -> dict[str, Any]:
        """The asset as it stands in the document."""
        return {"asset": self.asset, "measures": measures_document(self.measures)}


@dataclass(frozen=True, slots=True)
class PoolAssessment(_Measured):
    """One pool's figures, in its asset. `status` is None for a risk unit, which has none."""

    id: str
    kind: str
    asset: str
    status: Status | None
    measures: Measures
    positions: tuple[PositionAssessment, ...]
    assets: tuple[AssetAssessment, ...]
    requirement_parts: Mapping[str, Decimal | None]
    findings: tuple[Finding, ...]
    figures: PoolFigures = field(compare=False, repr=False)

    def position(self, key: str) -> PositionAssessment:
        """The position with this key. Raises KeyError naming those there are."""
        for position in self.positions:
            if position.key == key:
                return position
        raise KeyError(f"no position {key!r} in pool {self.id!r}; it has: {_keys(self)}")

    def to_dict(self) -> dict[str, Any]:
        """The pool as it stands in the document."""
        document: dict[str, Any] = {"id": self.id, "kind": self.kind, "asset": self.asset}
        if self.status is not None:
            document["status"] = self.status.value
        document["measures"] = measures_document(self.measures)
        document["positions"] = [position.to_dict() for position in self.positions]
        if self.assets:
            document["assets"] = [asset.to_dict() for asset in self.assets]
        if self.requirement_parts:
            document["requirement_parts"] = {
                name: None if part is None else to_text(part)
                for name, part in self.requirement_parts.items()
            }
        return document | {"findings": [finding.to_dict() for finding in self.findings]}


def _keys(pool: PoolAssessment) -> str:
    return ", ".join(position.key for position in pool.positions) or "none"


@dataclass(frozen=True, slots=True)
class RulebookReference:
    """Which rules made the figures: code, first day in force, digest of rules and parameters."""

    code: str
    effective_from: str
    digest: str

    def to_dict(self) -> dict[str, str]:
        """The reference as it stands in the document."""
        return {"code": self.code, "effective_from": self.effective_from, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Assessment(_Measured):
    """The whole account. `asset` is what the account-wide measures stand in."""

    venue: str
    mode: str | None
    as_of: datetime
    rulebook: RulebookReference
    status: Status
    asset: str
    measures: Measures
    pools: tuple[PoolAssessment, ...]
    findings: tuple[Finding, ...]
    rules: Rules = field(compare=False, repr=False)

    def pool(self, name: str) -> PoolAssessment:
        """The pool with this id. Raises KeyError naming those there are."""
        for pool in self.pools:
            if pool.id == name:
                return pool
        names = ", ".join(pool.id for pool in self.pools) or "none"
        raise KeyError(f"no pool {name!r}; there is: {names}")

    def all_findings(self) -> tuple[Finding, ...]:
        """The account's own findings and those of every pool."""
        return self.findings + tuple(f for pool in self.pools for f in pool.findings)

    def to_dict(self) -> dict[str, Any]:
        """The document `marginline/assessment/1`."""
        document: dict[str, Any] = {"schema": ASSESSMENT_SCHEMA, "venue": self.venue}
        if self.mode is not None:
            document["mode"] = self.mode
        return document | {
            "as_of": moment_text(self.as_of),
            "rulebook": self.rulebook.to_dict(),
            "status": self.status.value,
            "asset": self.asset,
            "measures": measures_document(self.measures),
            "pools": [pool.to_dict() for pool in self.pools],
            "findings": [finding.to_dict() for finding in self.findings],
        }
