"""False comfort and false alarm: what holds a pool up, and what a move really does to it.

A ratio alone lies twice. It may look well because of profit that stands only while prices do, of a
bonus that cannot be withdrawn, of coins that fall with the market: without them the line is near or
passed. And it may look bad where a hedge leaves little for prices to take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.standing import STANDING
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly, text_or_none, to_text
from marginline.ledger.attribution.attribution import Levels

Prop = Literal["unrealized_profit", "bonus", "coins", "most_cut"]
BOTH_WAYS = ("fall-10", "rise-10")
LITTLE = Decimal("0.25")
"""Of the buffer. What is left of one's own below it is false comfort; a move of 10 % that takes
less belies a ratio that looks bad."""


class ComfortDocument(TypedDict):
    """What holds a pool up and what a move does to it; amounts in its asset."""

    borrowed: dict[str, str]
    buffer_without: dict[str, str]
    status_without: dict[str, str]
    most_cut: str | None
    buffer_own: str
    false_comfort: bool
    moved_by_10_percent: str | None
    false_alarm: bool


@dataclass(frozen=True, slots=True)
class Comfort:
    """One pool.

    `props`: what of its support is borrowed, in its asset, by what it is; `without`: the buffer
    that is left without each, `statuses` how the pool would stand then; `most_cut` is the
    collateral of which haircuts take the largest share, None where nothing is cut. `moved`: what of
    the buffer the worse of a fall and a rise of all prices by 10 % takes (minus: both give); None:
    not known, or not asked for, as it is healthy.
    """

    pool: str
    asset: str
    status: Status
    buffer: Decimal
    props: Mapping[Prop, Decimal]
    without: Mapping[Prop, Decimal]
    moved: Decimal | None
    statuses: Mapping[Prop, Status]
    most_cut: str | None = None

    @property
    def own(self) -> Decimal:
        """The buffer without unrealized profit and bonus. Coins are one's own, though they fall."""
        borrowed = (self.props.get("unrealized_profit", ZERO), self.props.get("bonus", ZERO))
        return self.buffer - sum(borrowed, ZERO)

    @property
    def false_comfort(self) -> bool:
        """Whether profit and bonus hold it up: without them little of the buffer is left."""
        return self.buffer > 0 and self.own < LITTLE * self.buffer

    @property
    def false_alarm(self) -> bool:
        """Whether it looks bad and a move of 10 % either way takes little of what is left."""
        strained = self.status in {Status.WATCH, Status.MARGIN_CALL}
        moved = self.moved
        return strained and moved is not None and self.buffer > 0 and moved < LITTLE * self.buffer

    def to_dict(self) -> ComfortDocument:
        """The comfort as JSON-able data."""
        return {
            "borrowed": {name: to_text(amount) for name, amount in self.props.items()},
            "buffer_without": {name: to_text(left) for name, left in self.without.items()},
            "status_without": {name: status.value for name, status in self.statuses.items()},
            "most_cut": self.most_cut,
            "buffer_own": to_text(self.own),
            "false_comfort": self.false_comfort,
            "moved_by_10_percent": text_or_none(self.moved),
            "false_alarm": self.false_alarm,
        }


@exactly
def comforts(account: Account, assessment: Assessment) -> tuple[Comfort, ...]:
    """Every pool that can be liquidated, holds positions, and whose buffer is known."""
    return tuple(_comforts(account, assessment))


def _comforts(account: Account, assessment: Assessment) -> Iterator[Comfort]:
    known = [p for p in assessment.pools if p.status is not None and p.figures.positions]
    strained = any(p.status in {Status.WATCH, Status.MARGIN_CALL} for p in known)
    days = _moved_both_ways(account) if strained else []
    for pool in known:
        buffer = pool.measures.get(Measure.BUFFER)
        if buffer is None or pool.status is None:
            continue
        props = dict(_props(pool))
        after = [day[pool.id].buffer for day in days if pool.id in day]
        told = [each for each in after if each is not None]
        whole = len(told) == len(BOTH_WAYS)
        yield Comfort(
            pool.id,
            pool.asset,
            pool.status,
            buffer,
            props,
            {name: buffer - amount for name, amount in props.items()},
            buffer - min(told) if whole else None,
            {name: _standing(pool, amount) for name, amount in props.items()},
            None if (cut := most_cut(pool)) is None else cut[0],
        )


def _standing(pool: PoolAssessment, amount: Decimal) -> Status:
    """How the pool would stand with so much less support."""
    figures = pool.figures
    return figures.pool.trigger.status(requirement(figures), figures[Measure.SUPPORT] - amount)


def _moved_both_ways(account: Account) -> list[Mapping[str, Levels]]:
    """Every pool where all prices have moved. Imported here: the healthy need none of it."""
    from marginline.risk.stress.scenarios import BY_NAME  # noqa: PLC0415
    from marginline.risk.stress.stress import pools_on  # noqa: PLC0415

    return [pools_on(account, BY_NAME[name]) for name in BOTH_WAYS]


def _props(pool: PoolAssessment) -> Iterator[tuple[Prop, Decimal]]:
    """What holds the pool up and may go: only what is there is named."""
    profit = pool.measures.get(Measure.UNREALIZED_PNL) or ZERO
    bonus = pool.measures.get(Measure.CREDIT) or ZERO
    coins = coins_of(pool)
    if profit > 0:
        yield "unrealized_profit", profit
    if bonus > 0:
        yield "bonus", bonus
    if coins > 0:
        yield "coins", coins
    if (cut := most_cut(pool)) is not None:
        yield "most_cut", cut[1]


def most_cut(pool: PoolAssessment) -> tuple[str, Decimal] | None:
    """The collateral of which haircuts take the largest share, and what it counts for.

    In the pool's asset, after haircut; None where nothing that counts is cut.
    """
    found: list[tuple[Decimal, str, Decimal]] = []
    for asset in pool.assets:
        value = asset.measures.get(Measure.COLLATERAL_VALUE)
        cut = asset.measures.get(Measure.HAIRCUT)
        rate = next((leg.index for leg in pool.figures.pool.legs if leg.asset == asset.asset), ZERO)
        if value and cut and value > 0 and cut > 0 and isinstance(rate, Decimal):
            found.append((cut / (value + cut), asset.asset, value * rate))
    return max(found)[1:] if found else None


def coins_of(pool: PoolAssessment) -> Decimal:
    """Collateral, in the pool's asset, whose own price moves with the market; after haircut."""
    if not pool.assets:
        wallet = pool.measures.get(Measure.WALLET_BALANCE) or ZERO
        return ZERO if pool.asset in STANDING else wallet
    total = ZERO
    for asset in pool.assets:
        value = asset.measures.get(Measure.COLLATERAL_VALUE)
        if asset.asset in STANDING or value is None or value <= 0:
            continue
        rate = next((leg.index for leg in pool.figures.pool.legs if leg.asset == asset.asset), ZERO)
        total += value * rate if isinstance(rate, Decimal) else ZERO
    return total
