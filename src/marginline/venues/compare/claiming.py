"""What a venue printed beside what we compute, word by word of its page's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.measures import POSITION_MEASURES, Measure
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.compare.comparing import (
    Claim,
    Said,
    last_digit,
    part,
    price_slack,
    price_tolerance,
    printed,
    told,
    total,
    untold_orders,
    untold_positions,
)
from marginline.venues.compare.lines import AnyLine, Of, Unit

_WITH_ORDERS = (
    Measure.ORDER_INITIAL_MARGIN,
    Measure.INITIAL_MARGIN,
    Measure.AVAILABLE_BALANCE,
)


def _no_tick(symbol: str, account: Account) -> Decimal:  # noqa: ARG001 - one venue's question
    return ZERO


@dataclass(frozen=True, slots=True)
class Beside:
    """An account, its assessment, the words of the venue's page, and where the venue cuts figures.

    `step_of` gives one unit of the last decimal of an asset's amounts, `ratio_step` that of ratios;
    `mark` is the word for the price at which the venue made its figures, `tick_of` how far its own
    price of a symbol may be off the algebraic one.
    """

    account: Account
    assessment: Assessment
    words: tuple[AnyLine, ...]
    step_of: Callable[[str], Decimal]
    ratio_step: Decimal
    mark: str
    tick_of: Callable[[str, Account], Decimal] = _no_tick

    # -- positions -----------------------------------------------------------------------------

    def positions(self, rows: Said) -> Iterator[Claim]:
        """Every word of every position that is told."""
        for pool in self.assessment.pools:
            if pool.kind == Kind.RISK_UNIT.value:
                continue
            for position in pool.figures.positions:
                if position.name in rows:
                    yield from self._position(pool, position, part(rows, position.name))

    def _position(
        self, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        own = [w for w in self.words if w.of in self._whose(position)]
        older = {w.older for w in own if w.older and position.isolated and w.word not in said}
        for word in own:
            label = word.older if word.older in older else word.word
            theirs = printed(said, label)
            if theirs is None or word.word in older:
                continue
            pooled = word.of is Of.POOL and not (
                position.isolated and word.measure in POSITION_MEASURES
            )
            where, figures = (pool.id, pool.figures) if pooled else (position.name, position)
            ours = figures.figure(word.measure)
            slack = self.slack(position, said)
            if word.unit is Unit.COVER:
                room = self._cover_room(pool, slack, theirs)
            else:
                room = self._room(word, position, slack, theirs)
            yield Claim(where, label, word.measure, word.read(theirs), ours, room)

    @staticmethod
    def _whose(position: PositionFigures) -> tuple[Of, ...]:
        return (Of.POSITION, Of.POOL, *((Of.ISOLATED,) if position.isolated else ()))

    def slack(self, position: PositionFigures, said: Said) -> Decimal:
        """How far an amount of a position may be off: its own cut, and what a cut mark moves."""
        cut = price_slack(position.exposure, last_digit(said, self.mark))
        return self.step_of(position.exposure.asset) + cut

    def _room(
        self, word: AnyLine, position: PositionFigures, slack: Decimal, theirs: Decimal
    ) -> Decimal:
        if word.unit is Unit.PRICE:
            symbol = position.exposure.instrument.symbol
            return price_tolerance(position, slack, theirs) + self.tick_of(symbol, self.account)
        if word.unit is Unit.AMOUNT:
            return slack
        initial = position.figure(Measure.INITIAL_MARGIN)
        if word.unit is Unit.RETURN and isinstance(initial, Decimal) and initial > 0:
            return self.ratio_step + slack / initial
        return self.ratio_step

    def _cover_room(self, pool: PoolAssessment, slack: Decimal, theirs: Decimal) -> Decimal:
        """How far support over requirement may be off where both are off by `slack`."""
        room = self.ratio_step
        for measure in (Measure.SUPPORT, Measure.MAINTENANCE_MARGIN):
            amount = pool.figures.figure(measure)
            if isinstance(amount, Decimal) and amount:
                room += abs(theirs * slack / amount)
        return room

    # -- pools of several assets ---------------------------------------------------------------

    def joint(self, said: Said, positions: Said, step: Decimal) -> Iterator[Claim]:
        """Every word of the pool of several assets."""
        for pool in self.assessment.pools:
            if pool.kind != Kind.ACCOUNT:
                continue
            slack = step + self._inside([pool], positions)
            for word in self.words:
                theirs = printed(said, word.word) if word.of is Of.JOINT else None
                if theirs is None:
                    continue
                cover = word.unit is Unit.COVER
                room = self._cover_room(pool, slack, theirs) if cover else slack
                ours = self.as_told(word.measure, pool.figures.figure(word.measure))
                yield Claim(pool.id, word.word, word.measure, theirs, ours, room)

    # -- assets --------------------------------------------------------------------------------

    def assets(self, rows: Said, positions: Said, step: Decimal) -> Iterator[Claim]:
        """Every word of every asset that has pools of its own: of its cross pool, or of all."""
        for asset in rows:
            pools = [pool for pool in self.assessment.pools if pool.asset == asset]
            cross = [pool for pool in pools if pool.kind == Kind.CROSS]
            alone = len(pools) == len(cross) == 1
            where = asset if alone else f"assets.{asset}"
            slack = self.step_of(asset) + step + self._inside(pools, positions)
            for word in self.words:
                own = {Of.ALL: pools, Of.CROSS: cross if alone else []}.get(word.of or Of.POOL)
                theirs = printed(part(rows, asset), word.word)
                if theirs is not None and own:
                    ours = self.as_told(
                        word.measure, total(pool.figures.figure(word.measure) for pool in own)
                    )
                    room = slack
                    if word.unit is Unit.COVER:
                        room = self._cover_room(own[0], slack, theirs)
                    yield Claim(where, word.word, word.measure, theirs, ours, room)

    def _inside(self, pools: Iterable[PoolAssessment], positions: Said) -> Decimal:
        every = (position for pool in pools for position in pool.figures.positions)
        return sum((self.slack(p, part(positions, p.name)) for p in every), ZERO)

    def as_told(self, measure: Measure, ours: Figure) -> Figure:
        """Ours, or why there is none: positions or orders that no answer tells are not absent."""
        if measure is not Measure.WALLET_BALANCE and not told(self.account, "positions"):
            return untold_positions("positions")
        orders = measure in _WITH_ORDERS and not told(self.account, "orders")
        return untold_orders("orders") if orders else ours
