"""Prices that Bitget makes by formulas of its own, with the facts that their explanations name."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.facts import price_facts
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Fact
from marginline.core.assessment.standard_position import liquidation_price
from marginline.core.findings import AbsentError, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.venues.bitget.page import sources


def frozen_liquidation_price(position: PositionFigures) -> Figure:
    """Cross estimate until 2025-09-29: maintenance margin stays what it is at today's mark.

    `mark - (cross equity - maintenance margin) / net size` (inverse: in 1/price). None at or below
    zero. A net short of a linear contract is repriced, as is one without a net size: maintenance
    moves with the price, `(equity + size * mark) / (size * (1 + rate + fee))` (reproduced, 1
    account; two captured longs are frozen).
    """
    exposure = position.exposure
    symbol, mark = exposure.instrument.symbol, need(exposure.mark)
    same = (p.exposure for p in position.pool.positions)
    net = sum((e.size for e in same if e.instrument.symbol == symbol), ZERO)
    if net == 0 or (net < 0 and not exposure.inverse):
        return liquidation_price(position)
    of = formulas.bankruptcy_price_inverse if exposure.inverse else formulas.bankruptcy_price_linear
    price = of(net, exposure.unit, mark, position.pool[M.BUFFER])
    if price <= 0:
        return not_applicable(f"no price of {symbol} above zero liquidates this pool")
    return price


def _closing_price(position: PositionFigures, cash: Decimal, fee: Decimal) -> Decimal:
    """Where closing, its fee included, leaves of some cash just nothing."""
    exposure = position.exposure
    inverse = exposure.inverse
    of = formulas.liquidation_price_inverse if inverse else formulas.liquidation_price_linear
    return of(exposure.size, exposure.unit, need(exposure.entry_price), cash, fee, ZERO)


def break_even_facts(position: PositionFigures) -> Iterable[Fact]:
    """Entry price, what was paid, and the fee of the close."""
    exposure = position.exposure
    for name, figure in (
        ("entry price", exposure.entry_price),
        ("fees and funding", exposure.fees),
        ("taker fee", exposure.maintenance.fee_rate),
    ):
        yield Fact(name, figure if isinstance(figure, Decimal) else figure.message, "", "account")


def break_even(position: PositionFigures) -> Figure:
    """Where closing, its taker fee included, just pays back the fees and funding so far.

    Long `(entry * q - paid) / (q * (1 - taker))`, short with plus signs; paid is a negative flow.
    """
    exposure = position.exposure
    need(exposure.entry_price)
    price = _closing_price(position, need(exposure.fees), need(exposure.maintenance.fee_rate))
    return price if price > 0 else not_applicable("no price of this contract pays back the fees")


def worst_price_isolated(position: PositionFigures) -> Figure:
    """Where the margin just pays the loss and the liquidation fee g of the close.

    Long `(margin - E * q) / (q * (g - 1))`, short `(margin + E * q) / (q * (g + 1))`.
    """
    margin = position.pool[M.WALLET_BALANCE]
    need(position.exposure.entry_price)
    price = _closing_price(position, margin, need(position.exposure.liquidation_fee_rate))
    if price <= 0:
        return not_applicable("no price above zero uses up the margin of this position")
    return price


def _worst_price_cross(position: PositionFigures) -> Decimal:
    """Bitget's worst closing price of a cross position: funds shared pro rata to value.

    Long `(mark - funds * value / total value / q) / (1 - g)`, short with plus signs. Linear only.
    """
    exposure, pool = position.exposure, position.pool
    fee, mark = need(exposure.liquidation_fee_rate), need(exposure.mark)
    value = position[M.NOTIONAL] * need(exposure.value_rate)
    share = formulas.share(value, pool[M.GROSS_NOTIONAL])
    funds = formulas.positive_part(pool[M.MARGIN_BALANCE]) * share / need(exposure.value_rate)
    side = ONE if exposure.size > 0 else -ONE
    return (mark - funds / (exposure.size * exposure.unit)) / (ONE - side * fee)


def worst_price_facts(position: PositionFigures) -> Iterable[Fact]:
    """Prices as given, and the price below (above) which Bitget refuses a close."""
    yield from price_facts(position)
    exposure = position.exposure
    if exposure.inverse or position.isolated:
        return
    # Fresh figures: what a fact looks up must not enter the tree that is being recorded.
    pool = PoolFigures(position.pool.pool, position.pool.all_rules)
    same = next(p for p in pool.positions if p.name == position.name)
    try:
        price: Decimal | str = _worst_price_cross(same)
    except AbsentError as missing:
        price = missing.gap.message
    quote = exposure.instrument.quote or ""
    yield Fact("worst acceptable closing price", price, quote, str(sources.WORST_PRICE))
