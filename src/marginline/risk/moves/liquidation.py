"""Liquidation prices: every instrument moving alone, and all of them moving together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from decimal import Decimal
from typing import TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Finding, Gap, Status, ranked
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly, text_or_none, to_text
from marginline.core.pool.exposure import known
from marginline.core.unified import own_name
from marginline.risk.inputs import Number
from marginline.risk.moves.joint import JointMove, JointMoveDocument, joint_moves
from marginline.venues.asking import with_endpoint
from marginline.venues.assessing import assess
from marginline.venues.plausible import blinding_of

LIQUIDATION_SCHEMA = "marginline/liquidation/1"
_PRICES = {
    "price": Measure.LIQUIDATION_PRICE,
    "below": Measure.LIQUIDATION_PRICE_BELOW,
    "above": Measure.LIQUIDATION_PRICE_ABOVE,
}


class AloneMoveDocument(TypedDict):
    """An instrument of a pool in the document; prices as decimal strings or null."""

    pool: str
    instrument: str
    positions: list[str]
    mark: str | None
    price: str | None
    below: str | None
    above: str | None
    distance: str | None
    reasons: dict[str, str]


class LiquidationDocument(TypedDict):
    """The document `marginline/liquidation/1`."""

    schema: str
    status: str
    alone: list[AloneMoveDocument]
    joint: list[JointMoveDocument]
    findings: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class AloneMove:
    """One instrument of one pool, moving alone: where its pool is liquidated.

    `below` and `above` are the ends of the safe range, `price` the one that hurts (or, of a pool
    already under, the one that saves); `distance` is how far it is, as a fraction of the mark.
    Of each that is None, `reasons` says why under its name.
    """

    pool: str
    instrument: str
    positions: tuple[str, ...]
    mark: Decimal | None
    price: Decimal | None
    below: Decimal | None
    above: Decimal | None
    distance: Decimal | None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> AloneMoveDocument:
        """The row as JSON-able data, prices as decimal strings or null."""
        return {
            "pool": self.pool,
            "instrument": self.instrument,
            "positions": list(self.positions),
            "mark": text_or_none(self.mark),
            "price": text_or_none(self.price),
            "below": text_or_none(self.below),
            "above": text_or_none(self.above),
            "distance": text_or_none(self.distance),
            "reasons": dict(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class LiquidationPrices:
    """Every instrument alone, and the joint moves of every pool; `status`: the account's now."""

    status: Status
    alone: tuple[AloneMove, ...]
    joint: tuple[JointMove, ...]
    findings: tuple[Finding, ...]

    def of(self, instrument: str, pool: str | None = None) -> AloneMove:
        """The row of an instrument (in a pool). Raises KeyError naming those there are."""
        for row in self.alone:
            if row.instrument == instrument and pool in (None, row.pool):
                return row
        names = ", ".join(f"{row.instrument} in {row.pool}" for row in self.alone) or "none"
        raise KeyError(f"no row of {instrument!r}; there is: {names}")

    def nearest(self, direction: str, *, collateral: str = "stands") -> JointMove | None:
        """The joint move down or up that liquidates a pool first; None where none does."""
        reached = [
            (abs(each.move), number)
            for number, each in enumerate(self.joint)
            if each.move is not None
            and (each.direction, each.collateral) == (direction, collateral)
        ]
        return self.joint[min(reached)[1]] if reached else None

    def to_dict(self) -> LiquidationDocument:
        """The answer as JSON-able data.

        `schema` ("marginline/liquidation/1"), `status` of the account, `alone` (a row for each
        instrument of a pool), `joint` (a row for each pool, collateral variant and direction),
        `findings`.
        """
        return {
            "schema": LIQUIDATION_SCHEMA,
            "status": self.status.value,
            "alone": [row.to_dict() for row in self.alone],
            "joint": [row.to_dict() for row in self.joint],
            "findings": [finding.to_dict() for finding in self.findings],
        }


@exactly
def liquidation_prices(
    account: Account, betas: Mapping[str, Number] | None = None
) -> LiquidationPrices:
    """Where each pool is liquidated: by one instrument alone, and by all together.

    Alone: the liquidation prices of the assessment. Together: every price moves to
    `price * (1 + beta * t)`, down (t < 0) and up, once with the collateral standing and once with
    the rate of every collateral coin moving with the instrument of which it is the base.

    Args:
        account: as loaded.
        betas: by symbol, or by asset for collateral; 1 where not given, 0 lets it stand.

    Raises:
        InputError: a beta for what the account does not hold; the message names what it does.
    """
    assessment = assess(account)
    pools = [pool for pool in assessment.pools if pool.status is not None]
    alone = tuple(row for pool in pools for row in _alone(pool, account))
    joint, notes = joint_moves(
        account, pools, {own_name(account, name): beta for name, beta in (betas or {}).items()}
    )
    joint = tuple(
        replace(each, reason=with_endpoint(each.reason, account)) if each.reason else each
        for each in joint
    )
    caveats = [f for pool in pools for f in _caveats(pool)]
    findings = ranked([*blinding_of(account), *caveats, *notes])
    return LiquidationPrices(assessment.status, alone, joint, findings)


def _caveats(pool: PoolAssessment) -> Iterator[Finding]:
    """What the rulebook says of the liquidation prices it gives."""
    price, kind = Measure.LIQUIDATION_PRICE, pool.figures.pool.kind
    rule = pool.figures.all_rules.position[kind].get(price)
    if rule is None or rule.caveat is None:
        return  # without reading what all other measures have to say
    yield from (f for f in pool.findings if f.measure is price and f.where == pool.id)


def _alone(pool: PoolAssessment, account: Account) -> Iterator[AloneMove]:
    groups: dict[str, list[PositionFigures]] = {}
    for position in pool.figures.positions:
        groups.setdefault(position.exposure.instrument.symbol, []).append(position)
    printed = {each.key: each.reported.get(Measure.LIQUIDATION_PRICE) for each in pool.positions}
    for symbol, positions in groups.items():
        row, first = _row(pool.id, symbol, positions), positions[0].exposure
        told = {name: with_endpoint(text, account) for name, text in row.reasons.items()}
        if (theirs := printed.get(first.key)) is not None:
            for name in told.keys() & {"price", "below" if first.size > 0 else "above"}:
                told[name] += f"; the venue's own figure is {to_text(theirs)}"
        yield replace(row, reasons=told)


def _row(pool: str, symbol: str, positions: Iterable[PositionFigures]) -> AloneMove:
    legs = tuple(positions)
    first = legs[0]
    figures = {name: first.figure(measure) for name, measure in _PRICES.items()}
    reasons = {name: f.message for name, f in figures.items() if isinstance(f, Gap)}
    prices = {name: known(f) for name, f in figures.items()}
    mark = known(first.exposure.mark)
    price = prices["price"]
    distance = None if mark is None or price is None else abs(price - mark) / mark
    keys = tuple(leg.exposure.key for leg in legs)
    below, above = prices["below"], prices["above"]
    return AloneMove(pool, symbol, keys, mark, price, below, above, distance, reasons)
