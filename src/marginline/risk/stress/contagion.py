"""Contagion: what each position is of its pool's requirement and bad day, and whom it takes along.

In a pool nobody falls alone: the venue acts on all of it. For each position: its part of the
requirement and of what the worst day takes, what closing it frees, how far its own price may go
before the whole pool falls, and which other positions fall with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.findings import AbsentError, Code, Finding, Gap, Status
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, exactly, text_or_none, to_text
from marginline.errors import InputError
from marginline.risk.attribution import levels
from marginline.risk.stress.comfort import Comfort, ComfortDocument, comforts
from marginline.risk.stress.scenarios import SCENARIOS, Scenario
from marginline.risk.stress.splitting import EXACT_UP_TO, Figure, Split, split
from marginline.risk.stress.stress import OwnMove, PoolDay, Share, Stress, pools_on, stress
from marginline.venues.plausible import blinding_of

CONTAGION_SCHEMA = "marginline/contagion/1"


class PartDocument(TypedDict):
    """A position's part of a figure of its pool; `error` where orders were drawn."""

    amount: str
    share: str | None
    error: str | None


class PositionContagionDocument(TypedDict):
    """One position in its pool; amounts in the pool's asset."""

    position: str
    requirement: PartDocument | None
    loss: PartDocument | None
    freed_by_closing: str | None
    own_move: str | None
    own_move_is: OwnMove
    takes_with_it: list[str]


class SplitDocument(TypedDict):
    """What was split, and how."""

    whole: str
    rest: str
    method: str


class PoolContagionDocument(TypedDict):
    """One pool with its positions."""

    pool: str
    asset: str
    day: str | None
    day_title: str | None
    requirement: SplitDocument | None
    loss: SplitDocument | None
    comfort: ComfortDocument | None
    positions: list[PositionContagionDocument]
    findings: list[dict[str, str]]


class ContagionDocument(TypedDict):
    """The document `marginline/contagion/1`."""

    schema: str
    name: str | None
    status: str
    pools: list[PoolContagionDocument]
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class PositionContagion:
    """One position: what closing it frees, its own move to the line, and who falls with it.

    `freed` in the pool's asset, fees included; `own_move` a signed fraction of its mark; None where
    it cannot be told, or no move leads there: `own_move_is` says which.
    """

    position: str
    freed: Decimal | None
    own_move: Decimal | None
    own_move_is: OwnMove
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolContagion:
    """One pool: its requirement, and what the day takes of its buffer, split over its positions.

    `day`: of those asked for the one that leaves the least buffer. None: a figure is not known, and
    `findings` say which.
    """

    pool: str
    asset: str
    day: Scenario | None
    requirement: Split | None
    loss: Split | None
    positions: tuple[PositionContagion, ...]
    findings: tuple[Finding, ...] = ()
    comfort: Comfort | None = None

    def to_dict(self) -> PoolContagionDocument:
        """The pool as JSON-able data."""
        return {
            "pool": self.pool,
            "asset": self.asset,
            "day": None if self.day is None else self.day.name,
            "day_title": None if self.day is None else self.day.heading,
            "requirement": _split_document(self.requirement),
            "loss": _split_document(self.loss),
            "comfort": None if self.comfort is None else self.comfort.to_dict(),
            "positions": [self._position(each) for each in self.positions],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _position(self, each: PositionContagion) -> PositionContagionDocument:
        return {
            "position": each.position,
            "requirement": _part(self.requirement, each.position),
            "loss": _part(self.loss, each.position),
            "freed_by_closing": text_or_none(each.freed),
            "own_move": text_or_none(each.own_move),
            "own_move_is": each.own_move_is,
            "takes_with_it": list(each.takes),
        }


@dataclass(frozen=True, slots=True)
class Contagion:
    """Every pool that holds positions.

    `status`: the account's now; `findings`: why it is not wholly known, where it is not.
    """

    name: str | None
    status: Status
    pools: tuple[PoolContagion, ...]
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> ContagionDocument:
        """The answer as JSON-able data, amounts as decimal strings or null."""
        return {
            "schema": CONTAGION_SCHEMA,
            "name": self.name,
            "status": self.status.value,
            "pools": [pool.to_dict() for pool in self.pools],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def _split_document(found: Split | None) -> SplitDocument | None:
    if found is None:
        return None
    return {"whole": to_text(found.whole), "rest": to_text(found.rest), "method": found.method}


def _part(found: Split | None, key: str) -> PartDocument | None:
    if found is None:
        return None
    return {
        "amount": to_text(found.parts[key]),
        "share": text_or_none(found.share(key)),
        "error": text_or_none(found.errors.get(key)),
    }


@exactly
def contagion(
    account: Account,
    scenarios: Iterable[Scenario] = SCENARIOS,
    *,
    exact_up_to: int = EXACT_UP_TO,
) -> Contagion:
    """Who drains whom in every pool, judged by the venue's rules with positions left out.

    Args:
        account: as loaded.
        scenarios: the days of which each pool's worst is split.
        exact_up_to: so many positions have their Shapley parts counted; beyond, orders are drawn.
    """
    found = stress(account, scenarios)
    pools = tuple(_pools(account, found, exact_up_to))
    return Contagion(account.name, found.today.status, pools, blinding_of(account))


def _pools(account: Account, found: Stress, exact_up_to: int) -> Iterator[PoolContagion]:
    by_pool: dict[str, list[Share]] = {}
    held = {each.pool: each for each in comforts(account, found.today)}
    for share in found.shares:
        by_pool.setdefault(share.pool, []).append(share)
    for name, shares in by_pool.items():
        keys = [share.position for share in shares]
        day, notes = _worst(found, name), list[Finding]()
        splits: list[Split | None] = []
        for figure in (_requirement(account, name), _lost(account, name, day)):
            try:
                splits.append(
                    None if figure is None else split(keys, figure, exact_up_to=exact_up_to)
                )
            except (AbsentError, InputError) as wrong:
                splits.append(None)
                notes.append(_finding(name, wrong))
        positions = tuple(
            PositionContagion(
                s.position,
                s.freed,
                s.own_move,
                s.own_move_is,
                tuple(k for k in keys if k != s.position),
            )
            for s in shares
        )
        asset = found.today.pool(name).asset
        yield PoolContagion(
            name, asset, day, splits[0], splits[1], positions, tuple(notes), held.get(name)
        )


def _finding(pool: str, wrong: AbsentError | InputError) -> Finding:
    if isinstance(wrong, AbsentError):
        return Finding(wrong.gap.code, pool, f"its shares are not told: {wrong.gap.message}")
    return Finding(Code.UNSUPPORTED, pool, f"its shares are not told: {wrong}")


def _worst(found: Stress, pool: str) -> Scenario | None:
    """The day that leaves the pool the least buffer."""
    days = [(_of(day.pools, pool), day.scenario) for day in found.days]
    known = [
        (each.buffer, number, s)
        for number, (each, s) in enumerate(days)
        if each and each.buffer is not None
    ]
    return min(known, key=lambda each: each[:2])[2] if known else None


def _of(pools: Iterable[PoolDay], name: str) -> PoolDay | None:
    return next((pool for pool in pools if pool.pool == name), None)


# -- the figures -----------------------------------------------------------------------------------


def sized(account: Account, scales: Mapping[str, Decimal]) -> Account:
    """The account with so much of each position's size; rows that are not named stand."""
    rows = tuple(
        row if (by := scales.get(row.key, ONE)) == ONE else replace(row, size=row.size * by)
        for row in account.positions
    )
    return replace(account, positions=rows, reported=None)


def _requirement(account: Account, pool: str) -> Figure:
    def figure(scales: Mapping[str, Decimal]) -> Decimal:
        found = levels(sized(account, scales)).get(pool)
        if found is None:
            return Decimal(0)
        return _known(found.requirement, found.why)

    return figure


def _lost(account: Account, pool: str, day: Scenario | None) -> Figure | None:
    if day is None:
        return None

    def figure(scales: Mapping[str, Decimal]) -> Decimal:
        there = sized(account, scales)
        before, after = levels(there).get(pool), pools_on(there, day).get(pool)
        if before is None or after is None:
            return Decimal(0)
        return _known(before.buffer, before.why) - _known(after.buffer, after.why)

    return figure


def _known(figure: Decimal | None, why: str) -> Decimal:
    if figure is None:
        raise AbsentError(Gap(Code.MISSING_DATA, why))
    return figure
