"""The assessment: what an account is worth, what it must hold, how far it is from forced action.

`to_dict()` gives the document `marginline/assessment/1`; measures can also be read as attributes,
`pool.margin_balance`, where None means that there is none (a finding says why).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, NotRequired, TypedDict

from marginline.core.account.moments import moment_text
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.measured import Measured, Measures
from marginline.core.distance.distance import Distance, DistanceDocument, Distances
from marginline.core.findings import Finding, Status, ranked
from marginline.core.later import Later
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import text_or_none

ASSESSMENT_SCHEMA = "marginline/assessment/1"


def _none_reported() -> Measures:
    return {}


_NAMES = {measure: measure.value for measure in Measure}  # `value` of an enum is slow Python


def measures_document(measures: Measures) -> dict[str, str | None]:
    """Measures by name, as decimal strings or null."""
    return {_NAMES[measure]: text_or_none(value) for measure, value in measures.items()}


class _Beside(TypedDict, total=False):
    reported: dict[str, str | None]


class PositionDocument(TypedDict):
    """A position in the document; `measures` as decimal strings or null.

    `reported`: the venue's own figures where ours are null.
    """

    key: str
    instrument: str
    side: str
    measures: dict[str, str | None]
    reported: NotRequired[dict[str, str | None]]


class AssetDocument(TypedDict):
    """An asset of a pool of several in the document."""

    asset: str
    measures: dict[str, str | None]


class _Status(TypedDict, total=False):
    status: str


class _PoolParts(TypedDict, total=False):
    distance: DistanceDocument
    assets: list[AssetDocument]
    requirement_parts: dict[str, str | None]


class PoolDocument(TypedDict):
    """A pool in the document. A risk unit has no `status` and no `distance`."""

    id: str
    kind: str
    asset: str
    status: NotRequired[str]
    measures: dict[str, str | None]
    reported: NotRequired[dict[str, str | None]]
    positions: list[PositionDocument]
    assets: NotRequired[list[AssetDocument]]
    requirement_parts: NotRequired[dict[str, str | None]]
    distance: NotRequired[DistanceDocument]
    findings: list[dict[str, str]]


class _Mode(TypedDict, total=False):
    mode: str


class _Provenance(TypedDict, total=False):
    name: str
    source: str
    age_seconds: int


class AssessmentDocument(TypedDict):
    """The document `marginline/assessment/1`. A venue with one mode only has no `mode`."""

    schema: str
    venue: str
    mode: NotRequired[str]
    name: NotRequired[str]
    source: NotRequired[str]
    age_seconds: NotRequired[int]
    as_of: str
    rulebook: dict[str, str]
    status: str
    asset: str
    measures: dict[str, str | None]
    reported: NotRequired[dict[str, str | None]]
    pools: list[PoolDocument]
    findings: list[dict[str, str]]


def _beside(reported: Measures) -> _Beside:
    """The venue's own figures in the document, where there are any."""
    return {"reported": measures_document(reported)} if reported else {}


@dataclass(frozen=True, slots=True)
class PositionAssessment(Measured):
    """One position's figures, in its settle asset; `reported` the venue's where ours are null."""

    key: str
    instrument: str
    side: str
    measures: Measures
    reported: Measures = field(default_factory=_none_reported)

    def to_dict(self) -> PositionDocument:
        """The position as it stands in the document."""
        return {
            "key": self.key,
            "instrument": self.instrument,
            "side": self.side,
            "measures": measures_document(self.measures),
            **_beside(self.reported),
        }


@dataclass(frozen=True, slots=True)
class AssetAssessment(Measured):
    """One asset of a pool of several, its figures in that asset."""

    asset: str
    measures: Measures

    def to_dict(self) -> AssetDocument:
        """The asset as it stands in the document."""
        return {"asset": self.asset, "measures": measures_document(self.measures)}


class Parts(NamedTuple):
    """What a pool is made of, as an assessment tells it."""

    positions: tuple[PositionAssessment, ...]
    assets: tuple[AssetAssessment, ...]
    requirement_parts: Mapping[str, Decimal | None]


Notes = Later[tuple[Finding, ...]]
"""Findings, most important first, made when they are first read."""


def with_more(notes: Notes, *more: Finding) -> Notes:
    """Findings with some more among them."""
    return notes.then(lambda found: ranked((*found, *more)))


@dataclass(frozen=True, slots=True)
class PoolAssessment(Measured):
    """One pool's figures, in its asset. `status` is None for a risk unit, which has none.

    The status is judged at once; measures, parts and findings are made when they are first read.
    `reported` are the venue's own figures where ours are null.
    """

    id: str
    kind: str
    asset: str
    status: Status | None
    measures: Measures
    parts: Later[Parts]
    notes: Notes
    figures: PoolFigures = field(compare=False, repr=False)
    distances: Distances = field(compare=False, repr=False)
    reported: Measures = field(default_factory=_none_reported)

    @property
    def positions(self) -> tuple[PositionAssessment, ...]:
        """The positions of the pool, in the order of the account."""
        return self.parts.now.positions

    @property
    def assets(self) -> tuple[AssetAssessment, ...]:
        """The assets of a pool of several; of any other none."""
        return self.parts.now.assets

    @property
    def requirement_parts(self) -> Mapping[str, Decimal | None]:
        """The named parts of a requirement that no position carries, in the pool's asset."""
        return self.parts.now.requirement_parts

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to know of the pool, most important first."""
        return self.notes.now

    @property
    def distance(self) -> Distance:
        """How far prices may move until this pool is liquidated; found when first read."""
        return self.distances.find()

    def position(self, key: str) -> PositionAssessment:
        """The position with this key. Raises KeyError naming those there are."""
        for position in self.positions:
            if position.key == key:
                return position
        raise KeyError(f"no position {key!r} in pool {self.id!r}; it has: {_keys(self)}")

    def to_dict(self) -> PoolDocument:
        """The pool as it stands in the document."""
        status: _Status = {} if self.status is None else {"status": self.status.value}
        return {
            "id": self.id,
            "kind": self.kind,
            "asset": self.asset,
            **status,
            "measures": measures_document(self.measures),
            **_beside(self.reported),
            "positions": [position.to_dict() for position in self.positions],
            **self._parts_document(),
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _parts_document(self) -> _PoolParts:
        document: _PoolParts = {}
        if self.status is not None:
            document["distance"] = self.distance.to_dict()
        if self.assets:
            document["assets"] = [asset.to_dict() for asset in self.assets]
        if self.requirement_parts:
            parts = self.requirement_parts.items()
            document["requirement_parts"] = {name: text_or_none(part) for name, part in parts}
        return document


def _keys(pool: PoolAssessment) -> str:
    return ", ".join(position.key for position in pool.positions) or "none"


@dataclass(frozen=True, slots=True)
class RulebookReference:
    """Which rules made the figures: code, first day in force, digest of rules and parameters."""

    code: str
    effective_from: str
    told: Later[str]

    @property
    def digest(self) -> str:
        """SHA-256 over rules, parameters and code, taken when it is first asked for."""
        return self.told.now

    def to_dict(self) -> dict[str, str]:
        """The reference as it stands in the document."""
        return {"code": self.code, "effective_from": self.effective_from, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Assessment(Measured):
    """The whole account. `asset` is what the account-wide measures stand in.

    `reported` are the venue's own figures of the whole where ours are null or not told as one.
    """

    venue: str
    mode: str | None
    as_of: datetime
    rulebook: RulebookReference
    status: Status
    asset: str
    measures: Measures
    pools: tuple[PoolAssessment, ...]
    notes: Notes
    rules: Rules = field(compare=False, repr=False)
    name: str | None = field(default=None, compare=False)
    source: str | None = field(default=None, compare=False)
    age_seconds: int | None = field(default=None, compare=False)
    reported: Measures = field(default_factory=_none_reported)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to know of the account as a whole, most important first."""
        return self.notes.now

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

    def to_dict(self) -> AssessmentDocument:
        """The document `marginline/assessment/1`."""
        mode: _Mode = {} if self.mode is None else {"mode": self.mode}
        return {
            "schema": ASSESSMENT_SCHEMA,
            "venue": self.venue,
            **mode,
            **self._provenance(),
            "as_of": moment_text(self.as_of),
            "rulebook": self.rulebook.to_dict(),
            "status": self.status.value,
            "asset": self.asset,
            "measures": measures_document(self.measures),
            **_beside(self.reported),
            "pools": [pool.to_dict() for pool in self.pools],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _provenance(self) -> _Provenance:
        document: _Provenance = {}
        if self.name is not None:
            document["name"] = self.name
        if self.source is not None:
            document["source"] = self.source
        if self.age_seconds is not None:
            document["age_seconds"] = self.age_seconds
        return document
