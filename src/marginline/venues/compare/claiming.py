"""What a venue printed beside what we compute, word by word of its page's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.measures import POSITION_MEASURES, Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind, Leg
from marginline.venues.compare.comparing import (
    Claim,
    Said,
    last_digit,
    money_tolerance,
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

_OF_WALLETS = (Measure.WALLET_BALANCE, Measure.CREDIT)
_WITH_ORDERS = (
    Measure.ORDER_INITIAL_MARGIN,
    Measure.INITIAL_MARGIN,
    Measure.AVAILABLE_BALANCE,
)


Pools = Sequence[PoolAssessment]


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure that is printed of a position: the word, where it stands, and the number."""

    word: AnyLine
    pool: PoolAssessment
    position: PositionFigures
    said: Said
    theirs: Decimal


def room_of_price(it: Printed, price: Decimal | None) -> Decimal:
    """How far a price may be off at which an amount of the pool is zero, its inputs being cut."""
    return price_tolerance(it.position, money_tolerance(it.pool.figures.positions), price)


def _no_tick(symbol: str, account: Account) -> Decimal:  # noqa: ARG001 - one venue's question
    return ZERO


@dataclass(frozen=True, slots=True)
class Beside:
    """An account, its assessment, the words of the venue's page, and where the venue cuts figures.

    `step_of` gives one unit of the last decimal of an asset's amounts, `ratio_step` that of ratios;
    `mark` is the word for the price at which the venue made its figures, `tick_of` how far its own
    price of a symbol may be off the algebraic one; `with_orders` are the figures that orders are
    part of, `answers` those that tell positions and orders; `cross_apart`: the cross pool is told
    apart from isolated positions; `held` are the rows of positions. A venue that cuts otherwise
    overrides `room` and the like.
    """

    account: Account
    assessment: Assessment
    words: tuple[AnyLine, ...]
    step_of: Callable[[str], Decimal]
    ratio_step: Decimal
    mark: str
    tick_of: Callable[[str, Account], Decimal] = _no_tick
    with_orders: tuple[Measure, ...] = _WITH_ORDERS
    answers: tuple[str, str] = ("positions", "orders")
    cross_apart: bool = True
    held: Said = field(default_factory=dict)

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
        whose = self._whose(position)
        own = [w for w in self.words if w.of in whose]
        older = {w.older for w in own if w.older and position.isolated and w.word not in said}
        for word in own:
            label = word.older if word.older in older else word.word
            theirs = printed(said, label)
            if theirs is None or word.word in older:
                continue
            pooled = word.measure not in POSITION_MEASURES
            pooled = pooled or (word.of is Of.POOL and not position.isolated)
            where, read = pool.id if pooled else position.name, self.read(word, theirs, said)
            figure = Printed(word, pool, position, said, theirs)
            room = self.room(figure)
            ours = pool.figures.figure(word.measure) if pooled else self.ours(figure, read, room)
            yield Claim(where, label, word.measure, read, ours, room)

    @staticmethod
    def _whose(position: PositionFigures) -> tuple[Of, ...]:
        return (Of.POSITION, Of.POOL, Of.ISOLATED if position.isolated else Of.CROSSED)

    def read(self, word: AnyLine, theirs: Decimal, said: Said) -> Decimal | None:  # noqa: ARG002
        """What a printed figure says; a venue that counts in units of its own says how much."""
        return word.read(theirs)

    def ours(self, it: Printed, _theirs: Decimal | None, _room: Decimal, /) -> Figure:
        """Our figure of a position; a venue that prints by a formula of its own has another."""
        return it.position.figure(it.word.measure)

    def room(self, it: Printed) -> Decimal:
        """How far a printed figure of a position may be off."""
        unit, slack = it.word.unit, self.slack(it.position, it.said)
        if unit is Unit.COVER:
            return self._cover_room(it.pool, slack, it.theirs)
        if unit is Unit.PRICE:
            tick = self.tick_of(it.position.exposure.instrument.symbol, self.account)
            return price_tolerance(it.position, slack, it.theirs) + tick
        if unit is Unit.AMOUNT:
            return slack
        initial = it.position.figure(Measure.INITIAL_MARGIN)
        if unit is Unit.RETURN and isinstance(initial, Decimal) and initial > 0:
            return self.ratio_step + slack / initial
        return self.ratio_step

    def slack(self, position: PositionFigures, said: Said) -> Decimal:
        """How far an amount of a position may be off: its own cut, and what a cut mark moves."""
        cut = price_slack(position.exposure, last_digit(said, self.mark))
        return self.step_of(position.exposure.asset) + cut

    def _cover_room(self, pool: PoolAssessment, slack: Decimal, theirs: Decimal) -> Decimal:
        """How far support over requirement may be off where both are off by `slack`."""
        room = self.ratio_step
        for measure in (Measure.SUPPORT, Measure.MAINTENANCE_MARGIN):
            amount = pool.figures.figure(measure)
            if isinstance(amount, Decimal) and amount:
                room += abs(theirs * slack / amount)
        return room

    def room_of_pools(
        self, word: AnyLine, pools: Pools, slack: Decimal, theirs: Decimal
    ) -> Decimal:
        """How far a figure over pools may be off whose amounts are off by `slack`."""
        if word.unit is Unit.COVER:
            return self._cover_room(pools[0], slack, theirs)
        return self.ratio_step if word.unit is Unit.RATIO else slack

    # -- pools of several assets ---------------------------------------------------------------

    @property
    def joint_pool(self) -> PoolAssessment | None:
        """The pool of several assets, if the account has one."""
        return next((p for p in self.assessment.pools if p.kind == Kind.ACCOUNT), None)

    def joint(self, said: Said, step: Decimal, where: str | None = None) -> Iterator[Claim]:
        """Every word of the pool of several assets, told of it or of `where`."""
        words = [word for of in (Of.JOINT, Of.CUT) for word in self.words if word.of is of]
        for pool in self.assessment.pools:
            if pool.kind == Kind.ACCOUNT:
                slack = self.slack_of_pools([pool], step, said)
                yield from self._of_pools(where or pool.id, words, [pool], said, slack)

    def coins(self, joint: PoolAssessment, rows: Said, words: Sequence[AnyLine]) -> Iterator[Claim]:
        """These words of every coin of the pool of several assets, in the coin."""
        legs = {leg.asset: leg for leg in joint.figures.pool.legs}
        for asset in rows:
            if asset not in legs:
                continue
            said = part(rows, asset)
            own = [p for p in joint.figures.positions if p.exposure.asset == asset]
            figures, slack = self.of_coin(joint, legs[asset], own), money_tolerance(own)
            for word in words:
                theirs = printed(said, word.word)
                if theirs is not None and word.measure in figures:
                    ours = self.as_told(word.measure, figures[word.measure])
                    yield Claim(f"assets.{asset}", word.word, word.measure, theirs, ours, slack)

    def of_coin(
        self, joint: PoolAssessment, leg: Leg, own: Sequence[PositionFigures]
    ) -> dict[Measure, Figure]:
        """Our figures of a coin: of its leg, and of the positions and orders that settle in it."""
        pnl = total(p.figure(Measure.UNREALIZED_PNL) for p in own)
        initial = total(p.figure(Measure.INITIAL_MARGIN) for p in own)
        orders = total(o.amount for o in joint.figures.pool.orders if o.asset == leg.asset)
        return {
            Measure.WALLET_BALANCE: leg.balance,
            Measure.UNREALIZED_PNL: pnl,
            Measure.EQUITY: leg.balance - leg.liability + leg.options_value + pnl,
            Measure.CREDIT: leg.credit,
            Measure.POSITION_INITIAL_MARGIN: initial,
            Measure.ORDER_INITIAL_MARGIN: orders,
            Measure.INITIAL_MARGIN: initial + orders,
            Measure.MAINTENANCE_MARGIN: total(p.figure(Measure.MAINTENANCE_MARGIN) for p in own),
        }

    # -- assets --------------------------------------------------------------------------------

    def assets(self, rows: Said, step: Decimal) -> Iterator[Claim]:
        """Every word of every asset that has pools of its own: of all of them or the cross one."""
        for asset in rows:
            said = part(rows, asset)
            pools = [pool for pool in self.assessment.pools if pool.asset == asset]
            whose = {Of.ALL: pools, Of.CROSS: self.cross_of(pools)}
            for word in self.words:
                own = whose.get(word.of or Of.POOL)
                if own:
                    inside = self.slack_of_pools(own, self.step_of(asset) + step, said)
                    where = self.place(asset, word, pools)
                    yield from self._of_pools(where, [word], own, said, inside)

    def place(self, asset: str, _word: AnyLine, pools: Pools, /) -> str:
        """Where a word of an asset stands: at its only pool, or at all of them."""
        only = len(pools) == 1 and pools[0].kind == Kind.CROSS
        return asset if only else f"assets.{asset}"

    def cross_of(self, pools: list[PoolAssessment]) -> list[PoolAssessment]:
        """The pool that words of the cross pool are of; none where the venue mixes others in."""
        cross = [pool for pool in pools if pool.kind == Kind.CROSS]
        return cross if self.cross_apart or len(cross) == len(pools) else []

    def slack_of_pools(self, pools: Pools, step: Decimal, _said: Said, /) -> Decimal:
        """How far an amount over pools may be off: a step, and the cuts of what is in it."""
        every = (position for pool in pools for position in pool.figures.positions)
        return step + sum((self.slack(p, part(self.held, p.name)) for p in every), ZERO)

    def _of_pools(
        self,
        where: str,
        words: Iterable[AnyLine],
        pools: Pools,
        said: Said,
        slack: Decimal,
    ) -> Iterator[Claim]:
        for word in words:
            theirs = printed(said, word.word)
            if theirs is not None:
                summed = total(self.of_pool(word, pool) for pool in pools)
                room = self.room_of_pools(word, pools, slack, theirs)
                ours, read = self.as_told(word.measure, summed), self.read(word, theirs, said)
                yield Claim(where, word.word, word.measure, read, ours, room)

    def of_pool(self, word: AnyLine, pool: PoolAssessment) -> Figure:
        """Our figure of one of the pools that a word is of."""
        return pool.figures.figure(word.measure)

    def as_told(self, measure: Measure, ours: Figure) -> Figure:
        """Ours, or why there is none: positions or orders that no answer tells are not absent."""
        if measure not in _OF_WALLETS and not told(self.account, "positions"):
            return untold_positions(self.answers[0])
        orders = measure in self.with_orders and not told(self.account, "orders")
        return untold_orders(self.answers[1]) if orders else ours
