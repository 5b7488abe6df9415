"""Binance's funding rate and mark price by the formula of their day.

On 2025-09-18 at 08:01 UTC the funding rate began to be divided by (8 / interval hours), and the
moving average of the mark price went from one minute to 30 samples of one second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.rules import Citation
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, exactly
from marginline.venues.binance.page import sources

CHANGE = datetime(2025, 9, 18, 8, 1, tzinfo=UTC)
INTEREST = Decimal("0.0001")  # per 8 hours; 0 for a few symbols such as ETHBTC
CLAMP = Decimal("0.0005")
IMPACT_MARGIN = Decimal(200)  # USDT (COIN-M: USD) of margin behind the impact notional


@dataclass(frozen=True, slots=True)
class FundingRule:
    """Which formula of funding and mark price holds at a moment.

    `divides`: the 8-hour rate is divided by the intervals in 8 hours. `basis_seconds`: span of the
    moving average in the mark price (USDS-M).
    """

    code: str
    effective_from: datetime
    divides: bool
    basis_seconds: int
    citation: Citation


RULES = (
    FundingRule(
        "BNUM-FND-2019",
        datetime(2019, 9, 9, tzinfo=UTC),
        divides=False,
        basis_seconds=60,
        citation=sources.FUNDING,
    ),
    FundingRule(
        "BNUM-FND-2025-09", CHANGE, divides=True, basis_seconds=30, citation=sources.FUNDING_CHANGE
    ),
)


def rule_at(moment: datetime) -> FundingRule:
    """The rule in force at a moment; the first one before it existed."""
    return [rule for rule in RULES if rule.effective_from <= moment or rule is RULES[0]][-1]


@exactly
def funding_rate(
    premiums: Sequence[Decimal],
    interval_hours: Decimal,
    moment: datetime,
    *,
    interest: Decimal = INTEREST,
    floor: Decimal | None = None,
    cap: Decimal | None = None,
) -> Decimal:
    """Funding rate of one interval, a fraction of value; longs pay when it is positive.

    `(P + clamp(I - P, ±0.05 %)) / (8 / interval hours)` since 2025-09-18 08:01 UTC; before, with
    the interest of the interval and undivided. `P` is the premium index averaged over the interval:
    late samples weigh more, but for hourly funding, where all weigh the same.

    Args:
        premiums: samples of the premium index in order of time (Binance takes one each 5 s).
        interval_hours: hours between payments: 8, 4 or 1.
        moment: when the payment falls due; selects the formula.
        interest: interest per 8 hours, a fraction.
        floor: lowest rate the symbol allows, None for no floor.
        cap: highest rate the symbol allows, None for no cap.

    Source: BNUM-FND-2019, BNUM-FND-2025-09.
    """
    rule = rule_at(moment)
    hourly = interval_hours == ONE
    average = formulas.average_premium_equal if hourly else formulas.average_premium_weighted
    premium, intervals = average(premiums), 8 / interval_hours
    if rule.divides:
        rate = formulas.funding_rate(premium, interest, CLAMP, intervals)
    else:
        rate = formulas.funding_rate(premium, interest / intervals, CLAMP, ONE)
    low, high = (rate if floor is None else floor), (rate if cap is None else cap)
    return formulas.funding_rate_capped(rate, low, high)


@exactly
def mark_price(
    index: Decimal,
    *,
    last_funding_rate: Decimal,
    hours_to_funding: Decimal,
    interval_hours: Decimal,
    basis_samples: Sequence[Decimal],
    contract_price: Decimal,
) -> Decimal:
    """Mark price of a perpetual: the median of two index-based prices and the last trade.

    `median(index * (1 + rate * hours / interval), index + average(mid - index), last)`

    Args:
        index: price index.
        last_funding_rate: the last funding rate, a fraction per interval.
        hours_to_funding: hours until the next payment.
        interval_hours: hours between payments.
        basis_samples: samples of `(bid + ask) / 2 - index`; `rule_at(moment).basis_seconds` says
            over which span (30 of one second since 2025-09-18 08:01 UTC).
        contract_price: last traded price.
    """
    first = formulas.price_one(index, last_funding_rate, hours_to_funding, interval_hours)
    second = formulas.price_two(index, formulas.average_premium_equal(basis_samples))
    return formulas.mark_price_perpetual(first, second, contract_price)


@exactly
def delivery_mark_price(index: Decimal, basis_samples: Sequence[Decimal]) -> Decimal:
    """Mark price of a delivery contract: the index plus the average basis, without a median."""
    return formulas.price_two(index, formulas.average_premium_equal(basis_samples))


@exactly
def impact_notional(highest_leverage: Decimal) -> Decimal:
    """Notional behind impact bid and ask: 200 USDT of margin at the highest leverage."""
    return formulas.impact_margin_notional(IMPACT_MARGIN, ONE / highest_leverage)
