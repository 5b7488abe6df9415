"""The least that brings a pool back to a margin ratio: the sizes alone, before anything is told.

Every size that is tried is made on the account, resolved and judged by the venue's own rules, each
once: what decides is exact, and floats search nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance import band
from marginline.core.distance.reach import health, stands
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, Direction, to_step
from marginline.core.pool.pool import Kind
from marginline.risk.inputs import wrong
from marginline.risk.moves.volatile import STANDING
from marginline.risk.sizing.search import along_chords, least_near
from marginline.risk.what_if.applying import apply
from marginline.risk.what_if.orders import Change, MarginChange, Trade, Transfer
from marginline.risk.what_if.trial import Trial
from marginline.venues.on_the_way import OnTheWay

FRACTION = Decimal("1e-8")
AMOUNT = Decimal("1e-8")
WHOLE = int(1 / FRACTION)
SHORT = "leaves the pool short"


@dataclass(frozen=True, slots=True)
class Least:
    """The least of one way that does it: `amount` in one number, and the changes that do it.

    To close: `amount` is a fraction of the positions; to pay in: an amount of `asset`. None where
    the way leads nowhere, and `reason` says why.
    """

    amount: Decimal | None
    changes: tuple[Change, ...] = ()
    reason: str = ""
    asset: str | None = None


class Case:
    """Changes tried on one account until its pool is at the ratio and as far as wanted.

    Raises:
        InputError: no such pool; the message names those there are.
    """

    def __init__(self, account: Account, pool_id: str, target: Decimal) -> None:
        self.account, self.target = account, target
        self.distance: Decimal | None = None
        self.trial = Trial(account)
        self.now = _pool(self.trial, pool_id)
        self.pool = self.now.pool
        keys = {exposure.key for exposure in self.pool.exposures}
        self.rows = [row for row in account.positions if row.size and row.key in keys]
        # many fractions of a position round up to the same step: each is tried once
        self._tried: dict[tuple[Change, ...], _After] = {(): _After(self.trial, self.now)}

    def keep_away(self, distance: Decimal | None) -> None:
        """Ask as well that the line is so far away, as a fraction of prices; None: no more."""
        if distance != self.distance:
            self.distance = distance
            for after in self._tried.values():
                after.is_there = after.least = None

    def ratio_now(self) -> Decimal | None:
        """The margin ratio of now; None where there is no support to compare with."""
        return self.now[Measure.MARGIN_RATIO] if self.now[Measure.SUPPORT] > 0 else None

    # -- what is tried -------------------------------------------------------------------------

    def reached(self, changes: Sequence[Change]) -> bool:
        """Whether the pool is there after the changes, or is there no more."""
        after = self._after(changes)
        if after.is_there is None:
            after.is_there = self._is_there(after)
        return after.is_there

    def _after(self, changes: Sequence[Change]) -> _After:
        tried = tuple(changes)
        found = self._tried.get(tried)
        if found is None:
            trial = Trial(self.account)
            for change in tried:
                apply(change, trial)
            figures = next((p for p in trial.pools() if p.name == self.pool.id), None)
            found = self._tried[tried] = _After(trial, figures)
        return found

    def _is_there(self, after: _After) -> bool:
        figures = after.figures
        if figures is None:
            return True
        support, needed = figures[Measure.SUPPORT], requirement(figures)
        if needed > self.target * support if needed else support < 0:
            return False
        return self.distance is None or self._clear(after, figures, self.distance)

    def _clear(self, after: _After, figures: PoolFigures, distance: Decimal) -> bool:
        """Whether no move within the distance leads to the line, and none is unproven."""
        if after.least is None:
            if not band.clear(figures, distance):
                return False
        elif not stands(after.least, figures.pool):
            return False
        way = OnTheWay(after.trial.account, after.trial.book)
        if not way:
            return True
        return way.within(figures.pool, distance) is None and not way.unproven(figures, distance)

    def _missing(self, changes: Sequence[Change]) -> Decimal:
        """About what is missing after the changes, in the pool's asset; 0 or less is enough."""
        after = self._after(changes)
        figures = after.figures
        if figures is None:
            return -ONE
        missing = requirement(figures) / self.target - figures[Measure.SUPPORT]
        if self.distance is None:
            return missing
        ends = band.at_ends(figures, self.distance)
        if ends:
            after.least = min(ends)
        return max(missing, -min(ends, default=health(figures)))

    def _missing_of(
        self, changes_of: Callable[[int], Sequence[Change]]
    ) -> Callable[[int], Decimal]:
        return lambda n: self._missing(changes_of(n) if n else ())

    def _falls_short(self, changes_of: Callable[[int], Sequence[Change]]) -> Callable[[int], bool]:
        return lambda n: not self.reached(changes_of(n) if n else ())

    # -- closing -------------------------------------------------------------------------------

    def by_closing(self) -> Least:
        """Close the same fraction of every position of the pool."""
        if not self.rows:
            return Least(None, reason="nothing is open in this pool")
        return self.by_closing_of(self.rows, f"even closing all of it {SHORT}")

    def by_closing_of(self, rows: Sequence[Position], short: str) -> Least:
        """Close the same fraction of some positions; `short` is told where all is too little."""

        def closed(n: int) -> tuple[Change, ...]:
            return tuple(Trade(row.key, self.part(row, n), reduce_only=True) for row in rows)

        if not self.reached(closed(WHOLE)):
            return Least(None, reason=short)
        guess = along_chords(self._missing_of(closed), WHOLE // 2, WHOLE)
        n = least_near(self._falls_short(closed), guess, WHOLE)
        assert n is not None
        changes, reason = closed(n), ""
        if changes == closed(WHOLE):  # by rounding up to a step, or by need
            n = WHOLE
            if self.pool.kind is Kind.ISOLATED:
                reason = "closing part of an isolated position releases its margin with it"
        return Least(n * FRACTION, changes, reason)

    def part(self, row: Position, n: int) -> Decimal:
        """What closes the fraction of a row, rounded up to the instrument's step."""
        size = abs(row.size) * n * FRACTION
        step = self.trial.steps(row.instrument).size
        if step is not None:
            size = min(to_step(size, step, Direction.UP), abs(row.size))
        return -size if row.size > 0 else size

    # -- paying in -----------------------------------------------------------------------------

    def asset_of(self, asset: str | None) -> str:
        """The asset that is paid in: the one asked for, the pool's own, or the first stablecoin.

        Raises:
            InputError: the pool holds none of it.
        """
        held = [leg.asset for leg in self.pool.legs]
        if asset is None:
            stable = [each for each in held if each in STANDING]
            return self.pool.asset if self.pool.asset in held else [*stable, *held][0]
        if asset not in held:
            message = f"pool {self.pool.id} holds none"
            raise wrong("asset", asset, message, f"one of: {', '.join(held)}")
        return asset

    def by_paying(self, asset: str) -> Least:
        """Pay in, or post from the cross wallet to an isolated position."""

        def paid(n: int) -> tuple[Change, ...]:
            if self.pool.kind is Kind.ISOLATED:
                return (MarginChange(self.rows[0].key, n * AMOUNT),)
            return (Transfer(asset, n * AMOUNT),)

        n = self._least_paid(paid)
        if n is None:
            reason = f"no amount of {asset} brings the pool there: it does not count as support"
            return Least(None, reason=reason, asset=asset)
        return Least(n * AMOUNT, paid(n), asset=asset)

    def _least_paid(self, paid: Callable[[int], Sequence[Change]]) -> int | None:
        """The least n that is enough: in a pool of one asset the arithmetic of now says it."""
        short = self._falls_short(paid)
        guess = int(to_step(self._missing(()), AMOUNT, Direction.UP) / AMOUNT)
        if guess > 0 and not short(guess) and short(guess - 1):
            return guess
        return least_near(short, along_chords(self._missing_of(paid), guess))

    # -- one alone -----------------------------------------------------------------------------

    def by_cutting(
        self, row: Position, step: Decimal, near: Decimal | None = None
    ) -> Decimal | None:
        """The least size of one position, in whole steps, that does it; None: none does.

        `near`: a size it is near, where one is known.

        Raises:
            AbsentError: a number that the answer needs is missing.
        """
        size = abs(row.size)
        whole = int(to_step(size, step, Direction.UP) / step)

        def cut(n: int) -> tuple[Change, ...]:
            part = min(n * step, size)
            return (Trade(row.key, -part if row.size > 0 else part, reduce_only=True),)

        if not self.reached(cut(whole)):
            return None
        if near is None:
            guess = along_chords(self._missing_of(cut), whole // 2, whole)
        else:
            guess = int(near / step)
        n = least_near(self._falls_short(cut), guess, whole)
        return None if n is None else min(n * step, size)


class _After:
    """The account after some changes, and the pool's figures; None where it is no more.

    `is_there` and `least` (the least health at an end of the distance) once they are asked for.
    """

    __slots__ = ("figures", "is_there", "least", "trial")

    def __init__(self, trial: Trial, figures: PoolFigures | None) -> None:
        self.trial, self.figures = trial, figures
        self.is_there: bool | None = None
        self.least: Decimal | None = None


def _pool(trial: Trial, pool_id: str) -> PoolFigures:
    pools = list(trial.pools())
    for figures in pools:
        if figures.name == pool_id:
            return figures
    there = ", ".join(figures.name for figures in pools) or "none"
    raise wrong("pool_id", pool_id, "there is no such pool", f"one of: {there}")
