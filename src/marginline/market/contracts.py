"""The twelve instruments of the world, the same on both venues, and the fee rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

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
    the spread in 1/10 bp; `depth`: value within 10 bp of one side, in USDT; `unit`: value of one
    step of size at a price of one tick, in 1e-8 USDT; `start_fine`: the start price in 1/100 tick;
    `large`: one of the two that venues treat as the largest; `cap`: largest funding rate in 1e-9;
    `clearance`: liquidation fee in 1e-6 of what is closed.
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

    symbol: str = field(init=False)
    unit: int = field(init=False)
    start_fine: int = field(init=False)
    large: bool = field(init=False)
    cap: int = field(init=False)
    clearance: int = field(init=False)

    def __post_init__(self) -> None:
        made = {
            "symbol": f"{self.base}{SETTLE}",
            "unit": int(self.tick * self.step * MONEY),
            "start_fine": int(self.start / self.tick * FINE),
            "large": self.base in ("BTC", "ETH"),
        }
        made["cap"] = 3_000_000 if made["large"] else 20_000_000
        made["clearance"] = 3_000 if made["large"] else 7_500
        for name, value in made.items():
            object.__setattr__(self, name, value)


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


def spec(contract: Contract, max_leverage: Decimal) -> InstrumentSpec:
    """The contract as a venue lists it."""
    return InstrumentSpec(
        symbol=contract.symbol,
        base=contract.base,
        quote=SETTLE,
        settle=SETTLE,
        tick_size=contract.tick,
        size_step=contract.step,
        min_size=contract.step,
        max_leverage=max_leverage,
        funding_interval_hours=contract.hours,
        maker_fee=Decimal(MAKER_FEE) / FEE_SCALE,
        taker_fee=Decimal(TAKER_FEE) / FEE_SCALE,
    )
