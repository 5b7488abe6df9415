"""Maintenance tiers of both venues: as the product's tables, and in integers for the crowd.

Binance's tiers are those of September 2026; Bybit's of BTC are its published table, and for the
other instruments Bybit is given Binance's, which is invented.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from marginline.core.account.tables import TierRow, TierTable
from marginline.market.contracts import BY_SYMBOL, BYBIT, MONEY

# floor, maintenance rate in per cent, highest leverage
_BINANCE_TIERS = {
    "BTC": "0 .4 150, 300000 .5 100, 800000 .65 75, 3000000 1 50, 12000000 2 25",
    "ETH": "0 .4 150, 300000 .5 100, 800000 .65 75, 3000000 1 50, 12000000 2 25",
    "SOL": "0 .5 100, 50000 .65 75, 400000 1 50, 1000000 2 25, 4000000 2.5 20, 8000000 5 10",
    "XRP": "0 .5 100, 40000 .6 75, 80000 1 50, 150000 1.25 40, 400000 2 25, 1000000 2.5 20,"
    " 2000000 5 10",
    "DOGE": "0 .65 75, 80000 1 50, 150000 1.25 40, 750000 2 25, 2000000 2.5 20",
    "BNB": "0 .5 75, 10000 1 50, 200000 1.5 40, 400000 2 25, 800000 2.5 20",
    "LINK": "0 .5 75, 10000 1 50, 200000 1.5 40, 400000 2 25, 800000 2.5 20",
    "AVAX": "0 .5 75, 25000 1 50, 80000 1.5 40, 160000 2 25, 800000 2.5 20",
    "1000PEPE": "0 .65 75, 20000 1 50, 200000 1.5 40, 300000 2 25",
    "SUI": "0 1 75, 20000 1.5 50, 200000 2 25, 1000000 2.5 20",
    "LTC": "0 .5 75, 10000 1 50, 50000 1.5 40, 160000 2 25, 800000 2.5 20, 1600000 5 10,"
    " 8000000 10 5",
    "ADA": "0 .5 75, 10000 1 50, 50000 1.5 40, 200000 2 25",
}

_BYBIT_BTC = (
    "0 .5 100, 2000000 .56 90, 2600000 .63 80, 3200000 .67 75, 3800000 .71 70, 4400000 .77 65,"
    " 5000000 .91 55, 5600000 1 50, 8500000 1.3 45, 10000000 1.5 40, 14000000 1.6 35,"
    " 20000000 2 30, 28000000 2.5 25, 38000000 2.9 20"
)


def table_of(text: str) -> TierTable:
    """A tier table from `floor rate% leverage` triples; deductions follow from the floors."""
    triples = [tuple(Decimal(word) for word in row.split()) for row in text.split(",")]
    rows: list[TierRow] = []
    deduction, before = Decimal(0), Decimal(0)
    for index, (floor, percent, leverage) in enumerate(triples):
        rate = percent / 100
        deduction += floor * (rate - before)
        before = rate
        cap = triples[index + 1][0] if index + 1 < len(triples) else None
        rows.append(
            TierRow(floor=floor, cap=cap, rate=rate, deduction=deduction, max_leverage=leverage)
        )
    return TierTable(keyed_by="notional", kind="marginal", rows=tuple(rows))


@cache
def first_tiers(venue: str, symbol: str) -> TierTable:
    """The tiers in force at the start of a world."""
    base = BY_SYMBOL[symbol].base
    if venue == BYBIT and base == "BTC":
        return table_of(_BYBIT_BTC)
    return table_of(_BINANCE_TIERS[base])


def stricter(table: TierTable) -> TierTable:
    """The tiers that a venue announces: every floor halved, every rate one row up."""
    rows = table.rows
    rates = [row.rate for row in rows[1:]] + [rows[-1].rate]
    leverages = [row.max_leverage for row in rows[1:]] + [rows[-1].max_leverage]
    words = (
        f"{row.floor / 2:f} {rate * 100:f} {leverage:f}"
        for row, rate, leverage in zip(rows, rates, leverages, strict=True)
        if rate is not None and leverage is not None
    )
    return table_of(",".join(words))


def max_leverage(table: TierTable) -> Decimal:
    """The highest leverage of a table's first row."""
    found = table.rows[0].max_leverage
    assert found is not None
    return found


def allowed_leverage(table: TierTable, value: Decimal) -> Decimal | None:
    """The highest leverage that goes with a position of this value in USDT; None: any."""
    return next((r.max_leverage for r in table.rows if r.cap is None or value <= r.cap), None)


RATE = 1_000_000
"""Tier rates are counted in 1e-6."""

Rows = tuple[tuple[int, int, int], ...]
"""(floor, rate, deduction) of each row: money in 1e-8 USDT, rates in 1e-6."""


def integer_rows(table: TierTable) -> Rows:
    """The rows of a table in integers."""
    found = []
    for row in table.rows:
        assert row.rate is not None
        assert row.deduction is not None
        found.append((int(row.floor * MONEY), int(row.rate * RATE), int(row.deduction * MONEY)))
    return tuple(found)


def maintenance(rows: Rows, value: int) -> int:
    """Maintenance margin of a value, both in 1e-8 USDT, rounded up.

    Deductions make rows meet at their floors and rates rise, so the row reached charges the most.
    """
    _, rate, deduction = rows[0]
    for floor, higher, more in rows:
        if value <= floor:
            break
        rate, deduction = higher, more
    return -(-value * rate // RATE) - deduction


def row_of(rows: Rows, value: int) -> int:
    """Index of the tier row that a value in 1e-8 USDT reaches."""
    return max((i for i, (floor, _, _) in enumerate(rows) if value > floor), default=0)
