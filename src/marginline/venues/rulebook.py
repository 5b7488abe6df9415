"""A rulebook: how one venue, in one mode, over one span of time, judges an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Literal

from marginline.core.account.account import Account, Order
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.assessment import RulebookReference
from marginline.core.assessment.figures import PoolRules, PositionRules, Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.later import Later
from marginline.core.nouns import dataclass
from marginline.core.pool.exposure import Figure

if TYPE_CHECKING:
    from pathlib import Path


MarginMode = Literal["cross", "isolated"]


@dataclass(frozen=True)
class Rulebook:
    """The rules of one venue and mode, in force from a day up to (not including) another.

    `pool_rules` and `position_rules` are in the order of the venue's own page and stand over the
    standard measures. `resolve` turns an account into pools. `parameters` are the packaged tables
    by file name, as text: they are part of the digest. `historical` marks a venue that has closed.
    `order_cost` is what the venue asks for a new order before it takes it, where it says so.
    `credit_lost_on_withdrawal`: any transfer out voids the credit that is left in the wallet.
    `margin_mode`: the one of every position, where it is the account's and not each position's own.
    `settles_at_close`: fees and funding of a position reach the wallet when it closes, not before.
    `notes` say what holds for the whole book and fits no single measure.
    """

    code: str
    venue: str
    mode: str | None
    title: str
    effective_from: date
    effective_until: date | None
    valuation_asset: str
    pool_rules: PoolRules
    position_rules: PositionRules
    resolve: Callable[[Account], Resolved]
    parameters: Mapping[str, str] = field(default_factory=dict)
    historical: bool = False
    order_cost: Callable[[Account, Order], Figure] | None = None
    credit_lost_on_withdrawal: bool = False
    settles_at_close: bool = False
    margin_mode: MarginMode | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def rules(self) -> Rules:
        """The standard rules with this book's own over them."""
        return Rules.over((POOL_RULES, POSITION_RULES), (self.pool_rules, self.position_rules))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over rules, packaged parameters and the venue folder's code.

        Equal digests mean equal claims and equal arithmetic on the way from account to pools.
        """
        from hashlib import sha256  # noqa: PLC0415 - a status needs no digest, a document does

        digest = sha256()
        for line in self._lines():
            digest.update(line.encode() + b"\n")
        return digest.hexdigest()

    def _lines(self) -> Iterator[str]:
        yield f"{self.code} {self.effective_from} {self.effective_until}"
        for scope, tables in (("pool", self.rules.pool), ("position", self.rules.position)):
            for kind, table in tables.items():
                for measure, rule in table.items():
                    gap = "" if rule.gap is None else rule.gap.message
                    yield f"{scope} {kind} {measure.value} {rule.code} {rule.formula} {gap}"
        for name, text in sorted(self.parameters.items()):
            yield f"{name}\n{text}"
        yield from _sources(_folder_of(self.resolve))

    @cached_property
    def reference(self) -> RulebookReference:
        """What an assessment says of the rules it used."""
        told = Later(lambda: self.digest)
        return RulebookReference(self.code, self.effective_from.isoformat(), told)

    def covers(self, moment: datetime) -> bool:
        """Whether the book is in force at a moment; a day begins at 00:00 UTC."""
        day = moment.astimezone(UTC).date()
        ended = self.effective_until is not None and day >= self.effective_until
        return self.effective_from <= day and not ended

    @property
    def span(self) -> str:
        """The days in force, as text."""
        end = "" if self.effective_until is None else f" until {self.effective_until}"
        return f"from {self.effective_from}{end}"


def _folder_of(resolve: Callable[[Account], Resolved]) -> str:
    """The folder of `marginline.venues` that a resolver lies in, however deep."""
    while isinstance(resolve, partial):
        resolve = resolve.func
    return resolve.__module__.split(".")[2]


@cache
def _sources(folder: str) -> tuple[str, ...]:
    """The Python files of a venue folder as text, in the order of their places in it."""
    from pathlib import Path  # noqa: PLC0415 - as above

    return tuple(_texts(Path(__file__).parent / folder))


def _texts(folder: Path) -> Iterator[str]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_text("utf-8")
