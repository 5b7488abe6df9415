"""Daily settlement, and how long a call may stand.

At each settlement the day's gain or loss is paid in cash: unrealized P&L becomes balance, and the
next day is counted from the settlement price.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Position, Wallet
from marginline.core.assessment.assessment import Assessment
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly
from marginline.errors import DocumentError, Problem
from marginline.venues.cme.pools import FOLDER, USD
from marginline.venues.resolve.resolver import Resolver

CUSTOMER_DAYS, OTHER_DAYS = 5, 4
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled account, and the cash that moved by position (plus was received), in USD."""

    account: Account
    variation: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """The cash that moved altogether."""
        return sum(self.variation.values(), ZERO)


@exactly
def settle(
    account: Account, prices: Mapping[str, Decimal], *, as_of: datetime | None = None
) -> Settlement:
    """The account after a daily settlement at these prices.

    `variation = size * contract size * (settlement price - entry price)` goes into the USD balance;
    entry and mark of every open position become the settlement price. Equity does not change by it.

    Raises:
        DocumentError: no account of CME, no USD balance, or a position without settlement or entry
            price.
    """
    _check(account, prices)
    resolver = Resolver(account, FOLDER)
    variation = {
        row.key: _variation(resolver, row, prices[row.instrument]) for row in resolver.positions()
    }
    total = sum(variation.values(), ZERO)
    settled = {row.instrument: prices[row.instrument] for row in resolver.positions()}
    changed = replace(
        account,
        as_of=account.as_of if as_of is None else as_of,
        wallets=tuple(_paid(w, total) if w.asset == USD else w for w in account.wallets),
        positions=tuple(_marked(p, prices, variation) if p.size else p for p in account.positions),
        market=replace(account.market, mark={**account.market.mark, **settled}),
        reported=None,
    )
    return Settlement(changed, variation)


def _check(account: Account, prices: Mapping[str, Decimal]) -> None:
    problems = []
    if account.venue != "cme":
        problems.append(Problem("venue", account.venue, "is not settled daily by CME", "use cme"))
    if not any(w.asset == USD and w.balance is not None for w in account.wallets):
        text = "the balance of USD is not given, so that nothing can be paid into it"
        problems.append(Problem("wallets", "", text, "give its balance"))
    for index, row in enumerate(account.positions):
        price = prices.get(row.instrument)
        if row.size and (price is None or price <= 0):
            text = f"no settlement price of {row.instrument} is given"
            problems.append(Problem(f"prices.{row.instrument}", str(price or ""), text, "give it"))
        if row.size and row.entry_price is None:
            where = f"positions[{index}].entry_price"
            problems.append(Problem(where, "", "the entry price is not given", "give it"))
    if problems:
        raise DocumentError(problems)


def _variation(resolver: Resolver, row: Position, price: Decimal) -> Decimal:
    assert row.entry_price is not None
    size = resolver.instrument(row.instrument).contract_size
    return formulas.unrealized_pnl_linear(row.size, size, row.entry_price, price)


def _paid(wallet: Wallet, amount: Decimal) -> Wallet:
    assert wallet.balance is not None
    parts = wallet.parts
    if parts is not None:
        parts = replace(parts, realized_pnl=(parts.realized_pnl or ZERO) + amount)
    return replace(wallet, balance=wallet.balance + amount, parts=parts)


def _marked(
    row: Position, prices: Mapping[str, Decimal], variation: Mapping[str, Decimal]
) -> Position:
    realized = row.realized_pnl
    if realized is not None:
        realized += variation[row.key]
    return replace(row, entry_price=prices[row.instrument], realized_pnl=realized)


# -- the call ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A performance bond call: how much, since when, and when patience ends at the latest.

    After `restricted_after` only orders that reduce risk may be accepted. The broker may set an
    earlier hour, and may liquidate without waiting for it.
    """

    amount: Decimal
    called_on: date
    restricted_after: date


@exactly
def call_of(
    assessment: Assessment,
    *,
    customer: bool = True,
    holidays: Collection[date] = (),
) -> Call | None:
    """The call that an assessment finds, made on its day.

    None where equity meets maintenance, or where the amount is not known: the assessment's status
    and findings tell which.
    """
    amount = assessment.measures.get(Measure.CALL_AMOUNT)
    if not amount:
        return None
    day = assessment.as_of.date()
    return Call(amount, day, call_deadline(day, customer=customer, holidays=holidays))


def call_deadline(
    called_on: date, *, customer: bool = True, holidays: Collection[date] = ()
) -> date:
    """The last business day of what CME calls a reasonable time for meeting a call.

    Five business days for customers, four for omnibus accounts and non-customers (audit bulletin
    09-02 on Rule 930.D). `holidays` are days without business beside Saturdays and Sundays.
    """
    day, left = called_on, CUSTOMER_DAYS if customer else OTHER_DAYS
    while left:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in holidays:
            left -= 1
    return day
