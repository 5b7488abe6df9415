"""Statuses and findings: expected outcomes as values from closed, ranked lists."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum, StrEnum
from typing import NamedTuple, Never, final

from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import to_text


class Status(StrEnum):
    """How near forced action is, worst last.

    UNKNOWN stands above HEALTHY and WATCH: an account that cannot be assessed is never safe. It
    stands below MARGIN_CALL and LIQUIDATION, which are certain.
    """

    HEALTHY = "healthy"
    WATCH = "watch"
    UNKNOWN = "unknown"
    MARGIN_CALL = "margin_call"
    LIQUIDATION = "liquidation"

    @property
    def rank(self) -> int:
        """Position in the order of gravity, 0 is HEALTHY."""
        return _STATUS_RANK[self]

    @staticmethod
    def worst(statuses: Iterable[Status]) -> Status:
        """The gravest of them; UNKNOWN when there is none, because nothing was assessed."""
        return max(statuses, key=_STATUS_RANK.__getitem__, default=Status.UNKNOWN)


_STATUS_RANK = {status: rank for rank, status in enumerate(Status)}


class Severity(StrEnum):
    """How much a finding matters, least first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Code(Enum):
    """Every kind of finding, most important first, with its ordinary severity."""

    MISSING_DATA = ("MISSING_DATA", Severity.ERROR)
    CONTRADICTION = ("CONTRADICTION", Severity.ERROR)
    STALE = ("STALE", Severity.ERROR)
    WATCH_DISTANCE = ("WATCH_DISTANCE", Severity.WARNING)
    WATCH_RATIO = ("WATCH_RATIO", Severity.WARNING)
    NEGATIVE_BALANCE = ("NEGATIVE_BALANCE", Severity.WARNING)
    UNSUPPORTED = ("UNSUPPORTED", Severity.WARNING)
    REPORTED = ("REPORTED", Severity.WARNING)
    APPROXIMATE = ("APPROXIMATE", Severity.WARNING)
    ABOVE_LAST_TIER = ("ABOVE_LAST_TIER", Severity.WARNING)
    LEVERAGE_ABOVE_TIER = ("LEVERAGE_ABOVE_TIER", Severity.WARNING)
    DEDUCTION_DIFFERS = ("DEDUCTION_DIFFERS", Severity.WARNING)
    POSITION_MODE = ("POSITION_MODE", Severity.WARNING)
    AUTO_EXCHANGE = ("AUTO_EXCHANGE", Severity.WARNING)
    PRICES_DISAGREE = ("PRICES_DISAGREE", Severity.WARNING)
    UNUSUAL = ("UNUSUAL", Severity.WARNING)
    STOP_BEYOND_LIQUIDATION = ("STOP_BEYOND_LIQUIDATION", Severity.WARNING)
    CREDIT_LOST = ("CREDIT_LOST", Severity.WARNING)
    OVERSTATED = ("OVERSTATED", Severity.WARNING)
    VENUE_WOULD_REFUSE = ("VENUE_WOULD_REFUSE", Severity.WARNING)
    HISTORICAL = ("HISTORICAL", Severity.INFO)
    PACKAGED_PARAMETER = ("PACKAGED_PARAMETER", Severity.INFO)
    UNKNOWN_FIELD = ("UNKNOWN_FIELD", Severity.INFO)
    NOT_APPLICABLE = ("NOT_APPLICABLE", Severity.INFO)

    __hash__ = object.__hash__  # members are compared by identity; Enum's own hash is slow Python

    @property
    def severity(self) -> Severity:
        """The severity a finding of this kind has unless it says otherwise."""
        return _SEVERITY[self]

    @property
    def rank(self) -> int:
        """0 is the most important kind."""
        return _CODE_ORDER[self]


_SEVERITY = {code: code.value[1] for code in Code}  # `value` of an enum is slow Python
_CODE_ORDER = {code: rank for rank, code in enumerate(Code)}


class Finding(NamedTuple):
    """Something the reader of an assessment must know.

    `where` is a path in the account file, a pool id, a position key, or "account"; `measure` is the
    number it explains, if it explains one. Of a null measure whose missing input can only help or
    only hurt, `at_least` and `at_most` are the ends between which it lies; None: no such end known.
    """

    code: Code
    where: str
    message: str
    measure: Measure | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.code.severity

    def to_dict(self) -> dict[str, str]:
        """The finding as it stands in the assessment document."""
        document = {
            "code": self.code.value[0],
            "severity": self.severity.value,
            "where": self.where,
        }
        if self.measure is not None:
            document["measure"] = self.measure.value
        for name, end in (("at_least", self.at_least), ("at_most", self.at_most)):
            if end is not None:
                document[name] = to_text(end)
        return document | {"message": self.message}


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most important first, each once, otherwise in the order they were found."""
    found = dict.fromkeys(findings)
    return tuple(sorted(found, key=_rank) if len(found) > 1 else found)


def _rank(finding: Finding) -> int:
    return _CODE_ORDER[finding.code]


@final
@dataclass(frozen=True, slots=True)
class Gap:
    """Stands where a number would be: why there is none.

    `code` is MISSING_DATA (the input lacks it), UNSUPPORTED (we cannot compute it) or
    NOT_APPLICABLE (it does not exist here).

    What is computed with a gap is that gap, of two the first, so that a rule reads as the venue's
    formula. Which of two is larger, or whether one is zero, nobody can say: order and truth raise
    AbsentError. `==` is that of records: a gap is never equal to a number.
    """

    code: Code
    message: str

    def __neg__(self) -> Gap:
        return self

    def __add__(self, _: Decimal | int | Gap, /) -> Gap:
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__

    def __bool__(self) -> bool:
        raise AbsentError(self)

    def __lt__(self, _: Never, /) -> bool:  # so typed, a comparison without `need` is an error
        raise AbsentError(self)

    __le__ = __gt__ = __ge__ = __lt__


UNKNOWN_BECAUSE = "the status is unknown: "
"""How a finding begins that says why."""


class AbsentError(Exception):
    """A number that others wait for is not there. Caught by the assessment, never by a user."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.message)
        self.gap = gap


def missing(message: str) -> Gap:
    """A gap because the input lacks something; the message names it and the remedy."""
    return Gap(Code.MISSING_DATA, message)


def approximate(message: str) -> tuple[Code, str]:
    """The caveat of a rule whose figure is near the venue's, and why it is no more than that."""
    return Code.APPROXIMATE, message


def unsupported(message: str) -> Gap:
    """A gap because the rule is not public or not built; the message gives the reason."""
    return Gap(Code.UNSUPPORTED, message)


def not_applicable(message: str) -> Gap:
    """A gap because the number has no meaning here."""
    return Gap(Code.NOT_APPLICABLE, message)
