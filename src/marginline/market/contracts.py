"""The twelve instruments of the world, the fee rates and the maintenance tiers of both venues.

Binance's tiers are those of September 2026; Bybit's of BTC are its published table, and for the
other instruments Bybit is given Binance's, which is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from marginline.core.account.tables import TierRow, TierTable
from marginline.market.views import InstrumentSpec

BINANCE, BYBIT = "binance_usdm", "bybit_unified"
VENUES = (BINANCE, BYBIT)
SETTLE = "USDT"
MONEY = 100_000_000
"""Money is counted in 1e-8 of an asset."""
FINE = 100
"""Paths of prices are counted in hundredths of a tick."""
MAKER_FEE, TAKER_FEE, FEE_SCALE = 200, 500, 1_000_000
"""Fee rates in 1e-6 of notional."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One linear perpetual settled in USDT, the same on both venues.

    `sigma`: daily volatility in 1e-4; `loading`: share of the common factor in 1e-2; `spread`: half
    the spread in 1/10 bp; `depth`: value within 10 bp of one side, in USDT; `cap`: largest funding
    rate in 1e-9; `clearance`: liquidation fee in 1e-6.
    """

    number: int
    base: str
    start: Decimal
    tick: Decimal
    step: Decimal
    sigma: int
    loading: int
    spread: int
    depth: int
    hours: int

    @property
    def symbol(self) -> str:
        """As both venues write it."""
        return f"{self.base}{SETTLE}"

    @property
    def unit(self) -> int:
        """Value of one step of size at a price of one tick, in 1e-8 USDT."""
        return int(self.tick * self.step * MONEY)

    @property
    def start_fine(self) -> int:
        """The price at the start in hundredths of a tick."""
        return int(self.start / self.tick * FINE)

    @property
    def large(self) -> bool:
        """Whether it is one of the two that venues treat as the largest."""
        return self.base in ("BTC", "ETH")

    @property
    def cap(self) -> int:
        """The largest funding rate, in 1e-9."""
        return 3_000_000 if self.large else 20_000_000

    @property
    def clearance(self) -> int:
        """Liquidation clearance fee, in 1e-6 of what is closed."""
        return 3_000 if self.large else 7_500


_TABLE = """
BTC      88410.2   0.1       0.001 250 90  1 9000000 8
ETH      2950.11   0.01      0.001 350 92  2 7000000 8
SOL      141.20    0.01      0.01  440 88  5 3000000 8
XRP      2.1824    0.0001    0.1   430 83  5 2000000 8
DOGE     0.15230   0.00001   1     490 86  6 1200000 8
BNB      862.40    0.01      0.01  290 82  3 1000000 8
LINK     13.214    0.001     0.01  480 86  7 600000  8
AVAX     14.302    0.001     1     490 86  8 500000  8
1000PEPE 0.0045130 0.0000001 1     660 80 10 800000  4
SUI      1.5724    0.0001    0.1   600 83  8 900000  4
LTC      84.31     0.01      0.001 400 83  7 500000  8
ADA      0.4262    0.0001    1     460 87  8 600000  8
"""


def _contracts() -> tuple[Contract, ...]:
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    return tuple(
        Contract(
            number,
            base,
            Decimal(start),
            Decimal(tick),
            Decimal(step),
            *(int(word) for word in rest),
        )
        for number, (base, start, tick, step, *rest) in enumerate(rows)
    )


CONTRACTS = _contracts()
BY_SYMBOL = {contract.symbol: contract for contract in CONTRACTS}

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


def spec(venue: str, contract: Contract) -> InstrumentSpec:
    """The contract as a venue lists it."""
    return InstrumentSpec(
        symbol=contract.symbol,
        base=contract.base,
        quote=SETTLE,
        settle=SETTLE,
        tick_size=contract.tick,
        size_step=contract.step,
        min_size=contract.step,
        max_leverage=max_leverage(first_tiers(venue, contract.symbol)),
        funding_interval_hours=contract.hours,
        maker_fee=Decimal(MAKER_FEE) / FEE_SCALE,
        taker_fee=Decimal(TAKER_FEE) / FEE_SCALE,
    )
