"""Funding and the mark price of perpetuals."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import clamp, median_of_three, positive_part


@formula(unit="settle asset", source="glossary:funding", sign="received > 0, paid < 0")
def funding_payment(value: Number, rate: Number) -> Number:
    """Cash flow of one funding stamp to the holder: `-value * rate`. Longs pay a positive rate.

    Args:
        value: signed position value at the stamp's mark, long > 0.
        rate: funding rate, a fraction.
    """
    return -value * rate


@formula(unit="fraction", source="glossary:premium-index", sign="> 0 above the index")
def premium_index(impact_bid: Number, impact_ask: Number, index: Number) -> Number:
    """How far the book trades from the index.

    `(max(0, impact_bid - index) - max(0, index - impact_ask)) / index`

    Args:
        impact_bid: average price of selling the impact notional into the book.
        impact_ask: average price of buying it.
        index: index price, > 0.
    """
    return (positive_part(impact_bid - index) - positive_part(index - impact_ask)) / index


@formula(unit="fraction per interval", source="glossary:funding-rate", sign="> 0: longs pay")
def funding_rate(
    premium: Number, interest: Number, clamp_width: Number, intervals_per_base: Number
) -> Number:
    """Funding rate of one interval, before its cap.

    `(premium + clamp(interest - premium, -clamp_width, clamp_width)) / intervals_per_base`

    Args:
        premium: average premium index of the interval, a fraction.
        interest: interest rate of the base period (8 hours), a fraction.
        clamp_width: half-width of the clamp, >= 0, a fraction.
        intervals_per_base: intervals in the base period: 1 for 8 hours, 2 for 4, 8 for 1.
    """
    correction = clamp(interest - premium, -clamp_width, clamp_width)
    return (premium + correction) / intervals_per_base


@formula(unit="fraction per interval", source="glossary:funding-rate", sign="> 0: longs pay")
def funding_rate_capped(rate: Number, floor: Number, cap: Number) -> Number:
    """Funding rate within the instrument's floor and cap: `max(floor, min(rate, cap))`."""
    return clamp(rate, floor, cap)


@formula(unit="quote currency", source="glossary:impact-notional", sign="> 0")
def impact_margin_notional(amount: Number, initial_rate: Number) -> Number:
    """Notional that a margin of `amount` opens: `amount / initial_rate`.

    Args:
        amount: the margin, in quote currency (200 USDT on Binance).
        initial_rate: initial margin rate at the highest leverage, > 0, a fraction.
    """
    return amount / initial_rate


@formula(unit="fraction", source="glossary:premium-index", sign="> 0 above the index")
def average_premium_weighted(premiums: Sequence[Number]) -> Number:
    """Average premium in which late samples weigh more: `sum(i * premium_i) / sum(i)`, i from 1.

    Args:
        premiums: samples in order of time, at least one.
    """
    weighted = premiums[0]
    weights = 1
    for sample in range(1, len(premiums)):
        weighted = weighted + (sample + 1) * premiums[sample]
        weights = weights + sample + 1
    return weighted / weights


@formula(unit="fraction", source="glossary:premium-index", sign="> 0 above the index")
def average_premium_equal(premiums: Sequence[Number]) -> Number:
    """Plain average of premium samples: `sum(premium) / count`.

    Args:
        premiums: samples, at least one.
    """
    total = premiums[0]
    for sample in range(1, len(premiums)):
        total = total + premiums[sample]
    return total / len(premiums)


@formula(unit="price", source="glossary:mark-price", sign="> 0")
def price_one(
    index: Number, funding_rate: Number, hours_to_funding: Number, interval_hours: Number
) -> Number:
    """Index plus the funding still to come: `index * (1 + funding_rate * hours / interval)`.

    Args:
        index: index price.
        funding_rate: last funding rate, a fraction per interval.
        hours_to_funding: hours to the next funding stamp.
        interval_hours: hours of one interval, > 0.
    """
    return index * (1 + funding_rate * hours_to_funding / interval_hours)


@formula(unit="price", source="glossary:mark-price", sign="> 0")
def price_two(index: Number, average_basis: Number) -> Number:
    """Index plus the average gap of the mid price: `index + average_basis`.

    Args:
        index: index price.
        average_basis: moving average of `(bid + ask) / 2 - index`, signed.
    """
    return index + average_basis


@formula(unit="price", source="glossary:mark-price", sign="> 0")
def mark_price_perpetual(price_one: Number, price_two: Number, contract_price: Number) -> Number:
    """Mark price of a perpetual: the median of `price_one`, `price_two` and the last trade."""
    return median_of_three(price_one, price_two, contract_price)
