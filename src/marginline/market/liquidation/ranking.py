"""The queue of auto-deleveraging: scores by the venues' formulas, exact, and places in the queue.

Binance ranks by profit over wallet times margin ratio, Bybit by leveraged return. Losers and the
maker stand last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from marginline import formulas
from marginline.market.accounts.crowd import Crowd
from marginline.market.accounts.state import LegKey, Owner
from marginline.market.contracts import BINANCE, CONTRACTS, SETTLE, Contract
from marginline.market.moment import Moment
from marginline.market.tiers import maintenance

SHOWN = {BINANCE: 4}
"""Highest place shown; Bybit's is 5."""
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Queued:
    """A position in the queue: of a named account (`leg`), or a row of the crowd."""

    score: Fraction
    size: int
    owner: Owner | None = None
    leg: LegKey | None = None
    row: int | None = None


def queue(moment: Moment, contract: Contract, direction: int) -> list[Queued]:
    """Positions of one side (1 long, -1 short) of a contract, first to be reduced first."""
    found = [*_named(moment, contract, direction), *_crowd(moment, contract, direction)]
    found.sort(key=lambda queued: -queued.score)
    return found


def place(moment: Moment, owner: Owner, leg: LegKey) -> int:
    """Where an open position stands: 0 the last fifth, 4 (Bybit 5) the first to be reduced."""
    direction = 1 if owner.positions[leg].size > 0 else -1
    line = queue(moment, CONTRACTS[leg[0]], direction)
    mine = next(q.score for q in line if q.owner is owner and q.leg == leg)
    below = sum(1 for queued in line if queued.score < mine)
    highest = SHOWN.get(moment.venue.code, 5)
    return below * (highest + 1) // len(line)


def _named(moment: Moment, contract: Contract, direction: int) -> Iterator[Queued]:
    for owner in moment.venue.owners.values():
        for leg, holding in owner.positions.items():
            if leg[0] == contract.number and holding.size * direction > 0:
                score = _score(moment, owner, leg)
                yield Queued(score, abs(holding.size), owner=owner, leg=leg)


def _score(moment: Moment, owner: Owner, leg: LegKey) -> Fraction:
    """Score of one position, by the pool that it is in."""
    holding, contract = owner.positions[leg], CONTRACTS[leg[0]]
    mark = moment.mark(contract)
    isolated = owner.isolated(leg[0])
    pool = (
        [leg] if isolated else [other for other in owner.positions if not owner.isolated(other[0])]
    )
    wallet = holding.posted if isolated else _cross_wallet(moment, owner)
    pnl, required, value = 0, 0, 0
    for other in pool:
        its = CONTRACTS[other[0]]
        price, held = moment.mark(its), owner.positions[other]
        worth = abs(held.size) * price * its.unit
        pnl += held.pnl(its, price)
        value += worth
        required += maintenance(moment.rows[its.number], worth)
    own = holding.pnl(contract, mark)
    if moment.venue.code == BINANCE:
        return formulas.adl_score_binance(
            Fraction(own, 10**8),
            Fraction(wallet, 10**8),
            Fraction(pnl, 10**8),
            Fraction(required, 10**8),
        )
    entry = abs(holding.cost)
    if isolated:
        margin = wallet
        leverage = Fraction(entry, margin) if margin > 0 else Fraction(0)
    else:
        leverage = Fraction(value, wallet + pnl) if wallet + pnl > 0 else Fraction(0)
    return formulas.adl_score_leveraged_return(Fraction(own, entry), leverage)


def _cross_wallet(moment: Moment, owner: Owner) -> int:
    """Balance of a cross pool in 1e-8 USDT, coins at index."""
    total = owner.free()
    for asset, amount in owner.wallets.items():
        if asset != SETTLE and amount:
            rate = moment.rates.index(asset) / moment.rates.index(SETTLE)
            total += int(amount * rate)
    return total


def _crowd(moment: Moment, contract: Contract, direction: int) -> Iterator[Queued]:
    crowd: Crowd = moment.venue.crowd
    mark, rows = moment.mark(contract), moment.rows[contract.number]
    for row in crowd.rows_of(contract.number):
        size = int(crowd.size[row])
        if size * direction <= 0:
            continue
        margin, pnl = int(crowd.margin[row]), size * mark * contract.unit - int(crowd.cost[row])
        score = NOTHING  # what the formula gives every loser
        if pnl > 0:
            required = maintenance(rows, abs(size) * mark * contract.unit)
            score = formulas.adl_score_binance(
                *(Fraction(part, 10**8) for part in (pnl, margin, pnl, required))
            )
        yield Queued(score, abs(size), row=row)
