"""Back to a margin ratio: how much of a pool to close, or how much to pay in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance.distance import NOT_COMPUTED
from marginline.core.findings import AbsentError, Code, Finding
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, exactly, text_or_none, to_text
from marginline.core.pool.exposure import known, need
from marginline.risk.inputs import Number, margin_ratio, number
from marginline.risk.sizing.least import SHORT, Case, Least
from marginline.risk.sizing.search import about_steps
from marginline.risk.what_if.orders import (
    Cancel,
    Change,
    ChangeDocument,
    Trade,
)
from marginline.risk.what_if.what_if import WhatIf, WhatIfDocument, what_if
from marginline.venues.asking import with_endpoint
from marginline.venues.plausible import blinding_of

REDUCTION_SCHEMA = "marginline/reduction/1"
EACH = 12
"""Positions that are tried alone: each costs a search of its own."""
SHARE, DRAIN, ONE_ALONE = "close_share", "close_drain", "close_one"
CANCEL, PAY = "cancel_orders", "pay_in"


class RemedyDocument(TypedDict):
    """One way back in the document; null where it leads nowhere."""

    kind: str
    amount: str | None
    asset: str | None
    cost: str | None
    brings: str | None
    frees: str | None
    gives_up: str | None
    frees_per_exposure: str | None
    changes: list[ChangeDocument]
    what_if: WhatIfDocument | None
    reason: str


class ReductionDocument(TypedDict):
    """The document `marginline/reduction/1`; numbers as decimal strings or null."""

    schema: str
    pool: str
    ratio: str
    ratio_now: str | None
    close: RemedyDocument
    deposit: RemedyDocument
    ways: list[RemedyDocument]
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way back: the changes that do it, `amount` in one number, and the account after them.

    To close: `amount` is the fraction of every position, or of one alone; to pay in: the amount of
    `asset`. None where this way leads nowhere, and `reason` says why.

    `cost` is what is gone after it in the pool's asset (the fees of closing; what is paid in is not
    gone), `brings` what the pool's buffer gains, `frees` what its requirement falls by, `gives_up`
    the exposure that is closed, at the mark. None where nobody can say.
    """

    amount: Decimal | None
    asset: str | None
    changes: tuple[Change, ...]
    what_if: WhatIf | None
    reason: str = ""
    kind: str = ""
    cost: Decimal | None = None
    brings: Decimal | None = None
    frees: Decimal | None = None
    gives_up: Decimal | None = None

    @property
    def frees_per_exposure(self) -> Decimal | None:
        """Requirement freed per unit of exposure given up; None where none is given up."""
        if self.frees is None or not self.gives_up:
            return None
        return self.frees / self.gives_up

    def to_dict(self) -> RemedyDocument:
        """The remedy as JSON-able data."""
        return {
            "kind": self.kind,
            "amount": text_or_none(self.amount),
            "asset": self.asset,
            "cost": text_or_none(self.cost),
            "brings": text_or_none(self.brings),
            "frees": text_or_none(self.frees),
            "gives_up": text_or_none(self.gives_up),
            "frees_per_exposure": _six(self.frees_per_exposure),
            "changes": [change.to_dict() for change in self.changes],
            "what_if": None if self.what_if is None else self.what_if.to_dict(),
            "reason": self.reason,
        }


def _six(ratio: Decimal | None) -> str | None:
    """Six places of a quotient that may have no end; it ranks, nothing is paid by it."""
    return None if ratio is None else to_text(ratio.quantize(Decimal("1e-6")))


@dataclass(frozen=True, slots=True)
class Reduction:
    """How to bring one pool back to a margin ratio: by closing, or by paying in.

    Both are the least that does it, checked exactly: the least fraction in steps of 1e-8 with every
    size rounded up to the instrument's step, the least amount in steps of 1e-8.
    """

    pool: str
    ratio: Decimal
    ratio_now: Decimal | None
    close: Remedy
    deposit: Remedy
    findings: tuple[Finding, ...]
    ways: tuple[Remedy, ...] = ()
    """Every way there is: those that lead there first, of these the one that gives up no exposure,
    then by requirement freed per unit of exposure given up."""

    def to_dict(self) -> ReductionDocument:
        """The answer as JSON-able data, numbers as decimal strings or null."""
        return {
            "schema": REDUCTION_SCHEMA,
            "pool": self.pool,
            "ratio": to_text(self.ratio),
            "ratio_now": text_or_none(self.ratio_now),
            "close": self.close.to_dict(),
            "deposit": self.deposit.to_dict(),
            "ways": [way.to_dict() for way in self.ways],
            "findings": [finding.to_dict() for finding in self.findings],
        }


@exactly
def reduce_to(
    account: Account,
    pool_id: str,
    ratio: Number,
    *,
    asset: str | None = None,
    distance: Number | None = None,
    ranked: bool = True,
) -> Reduction:
    """How much of a pool to close (every position alike, at the mark), or how much to pay in.

    Args:
        account: as loaded.
        pool_id: "USDT", "BTCUSDT/long isolated", "USD" …
        ratio: the margin ratio to come back to; liquidation is at 1.
        asset: what would be paid in; left out, the pool's own asset, or in a pool of several the
            first stablecoin it holds. An isolated position takes it from its cross wallet.
        distance: how far the line must be away as well, as a fraction: 0.03, and no move of up to
            3 % leads there, with the resting orders that fill on the way. Left out, any.
        ranked: False leaves `ways` out, which cost more than the two that are always there.

    Raises:
        InputError: no such pool or asset; the message names those there are.
    """
    target = margin_ratio("ratio", ratio)
    case = Case(account, pool_id, target)
    case.keep_away(None if distance is None else number("distance", distance, above=0, maximum=1))
    tell = _Telling(case)
    try:
        now = case.ratio_now()
        reached = case.reached(())
        paid = case.asset_of(asset)
        if reached:
            nothing = Remedy(ZERO, None, (), what_if(account, []), "the pool is there already")
            return Reduction(pool_id, target, now, nothing, nothing, tell.notes(nothing))
        close = tell.told(case.by_closing(), SHARE)
        deposit = tell.told(case.by_paying(paid), PAY)
        if not ranked:
            return Reduction(pool_id, target, now, close, deposit, tell.notes(close))
        ways = _ranked([*tell.cancelling(), deposit, *tell.closing_each(), close])
        return Reduction(pool_id, target, now, close, deposit, tell.notes(close), ways)
    except AbsentError as absent:
        text = with_endpoint(absent.gap.message, account)
        return _unsaid(pool_id, target, Finding(absent.gap.code, pool_id, text))
    except ArithmeticError:
        return _unsaid(pool_id, target, Finding(Code.CONTRADICTION, pool_id, NOT_COMPUTED))


def _ranked(ways: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Those that lead there first; of these what gives up no exposure, then what frees most by it.

    What nobody can say of a way puts it last among them.
    """

    def place(way: Remedy) -> tuple[bool, bool, Decimal]:
        per = way.frees_per_exposure
        if way.kind in (PAY, CANCEL):
            return way.amount is None, False, Decimal("-Infinity")
        return way.amount is None, per is None, ZERO if per is None else -per

    return tuple(sorted(ways, key=place))


def _unsaid(pool_id: str, target: Decimal, note: Finding) -> Reduction:
    none = Remedy(None, None, (), None, note.message)
    return Reduction(pool_id, target, None, none, none, (note,))


class _Telling:
    """Ways back with what each costs, brings and leaves, beside the account of now."""

    def __init__(self, case: Case) -> None:
        self.case, self.account, self.pool = case, case.account, case.pool

    def told(self, way: Least, kind: str) -> Remedy:
        """The way with the account after it."""
        after = None if way.amount is None else what_if(self.account, way.changes)
        remedy = Remedy(way.amount, way.asset, way.changes, after, way.reason, kind)
        return self._valued(remedy)

    def closing_each(self) -> list[Remedy]:
        """Close of each position alone, where there are others; the one that takes most first.

        Of a pool of very many positions the `EACH` that take most are tried.
        """
        if len(self.case.rows) < 2:
            return []
        figures = PoolFigures(self.pool, self.case.trial.book.rules)
        held = {each.name: each[Measure.MAINTENANCE_MARGIN] for each in figures.positions}
        rows = sorted(self.case.rows, key=lambda row: -held.get(row.key, ZERO))[:EACH]
        return [
            self.told(
                self.case.by_closing_of([row], f"even closing all of {row.key} {SHORT}"),
                DRAIN if row is rows[0] else ONE_ALONE,
            )
            for row in rows
        ]

    def cancelling(self) -> list[Remedy]:
        """Cancel every resting order of the pool's instruments, where there are any."""
        of = {exposure.instrument.symbol for exposure in self.pool.exposures}
        resting = sorted({order.instrument for order in self.account.orders} & of)
        if not resting:
            return []
        changes = tuple(Cancel(symbol) for symbol in resting)
        after = what_if(self.account, changes)
        enough = self.case.reached(changes)
        reason = "" if enough else "resting orders do not take what is missing"
        amount = Decimal(1) if enough else None
        return [self._valued(Remedy(amount, None, changes, after, reason, CANCEL))]

    def _valued(self, way: Remedy) -> Remedy:
        """The way with what it costs and what it brings."""
        if way.what_if is None:
            return way
        gained = way.what_if.difference.pools.get(self.pool.id, {})
        brings, backed = gained.get(Measure.BUFFER), self._support_gained(way.what_if)
        worth = gained.get(Measure.EQUITY)
        if way.kind in (PAY, CANCEL):
            cost: Decimal | None = ZERO
        else:
            cost = None if worth is None else -worth
        frees = None if brings is None or backed is None else brings - backed
        return replace(way, cost=cost, brings=brings, frees=frees, gives_up=self._given_up(way))

    def _support_gained(self, found: WhatIf) -> Decimal | None:
        old, new = (_support(each.pools, self.pool.id) for each in (found.before, found.after))
        return None if old is None or new is None else new - old

    def _given_up(self, way: Remedy) -> Decimal | None:
        """Notional at the mark of what is closed, in the pool's asset."""
        if way.kind in (PAY, CANCEL):
            return ZERO
        held = {e.key: e for e in self.pool.exposures}
        given = ZERO
        for change in way.changes:
            if isinstance(change, Trade):
                e = held[change.instrument]
                try:
                    notional = e.notional_at(need(e.mark)) * need(e.value_rate)
                except AbsentError:
                    return None
                given += notional * abs(change.size / e.size)
        return given

    def notes(self, closing: Remedy) -> tuple[Finding, ...]:
        """Why the account is not wholly known, and what the sizes to close take for granted."""
        part = closing.changes and closing.amount != ONE
        symbols = [row.instrument for row in self.case.rows] if part else []
        return (*blinding_of(self.account), *about_steps(self.case.trial, symbols))


def _support(pools: Sequence[PoolAssessment], pool_id: str) -> Decimal | None:
    """What stands against a pool's requirement; 0 in one that is no more."""
    pool = next((each for each in pools if each.id == pool_id), None)
    if pool is None:
        return ZERO
    return known(pool.figures.figure(Measure.SUPPORT))
