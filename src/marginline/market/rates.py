"""What assets are worth in USD on both venues, and how much of them counts as collateral.

USDT and USDC wander around their peg, hour by hour; a coin is its index times the rate of USDT.
"""

from __future__ import annotations

from decimal import Context, Decimal

from marginline.core.account.market import AssetRate
from marginline.market.contracts import BINANCE, BY_SYMBOL, FINE, SETTLE
from marginline.market.prices.paths import Paths
from marginline.market.prices.streams import Streams
from marginline.market.prices.tables import SCALE

PEG = {"USDT": 99_980_000, "USDC": 100_000_000}
"""Around what the stable coins wander, in 1e-8 USD."""
_KEEP, _NEWS = 94, 6_824  # in 1/100; 2 bp * sqrt(1 - 0.94^2) in 1e-8
COINS = ("BTC", "ETH")
ASSETS = ("USDT", "USDC", *COINS)
PLACES = Decimal("0.00000001")
_DIGITS = Context(prec=34)

RATIOS = {
    BINANCE: {"USDT": "0.999", "USDC": "0.999", "BTC": "0.95", "ETH": "0.95"},
    "bybit_unified": {"USDT": "1", "USDC": "1", "BTC": "0.98", "ETH": "0.97"},
}
"""Parameters of this world. Binance's is 1 - bid buffer, and its ask is as far above the index."""

LOAN_INITIAL, LOAN_MAINTENANCE = Decimal("0.1"), Decimal("0.04")
"""Bybit's margin on what is owed of any asset; parameters of this world."""


class AssetRates:
    """Rates of all assets in USD."""

    def __init__(self, streams: Streams, paths: Paths) -> None:
        self._streams, self._paths = streams, paths
        self._off = dict.fromkeys(PEG, 0)
        self._hour = -1
        self.follow()

    def follow(self) -> None:
        """Up to the hour that the paths have reached."""
        while self._hour < self._paths.second // 3600:
            self._hour += 1
            for asset, off in self._off.items():
                news = int(self._streams.normals(f"{asset} rate", self._hour, 1)[0])
                self._off[asset] = (off * _KEEP + _NEWS * news // SCALE * 100) // 100

    def index(self, asset: str) -> Decimal:
        """Index price in USD, eight places."""
        if asset in PEG:
            return Decimal(PEG[asset] + self._off[asset]).scaleb(-8)
        contract = BY_SYMBOL[f"{asset}{SETTLE}"]
        price = self._paths.index(contract.number) * contract.tick / FINE
        return _DIGITS.multiply(price, self.index(SETTLE)).quantize(PLACES)

    def rate(self, venue: str, asset: str) -> AssetRate:
        """Index, and on Binance bid and ask as multi-assets mode takes them."""
        index = self.index(asset)
        if venue != BINANCE:
            return AssetRate(index=index)
        ratio = Decimal(RATIOS[venue][asset])
        bid, ask = index * ratio, index * (2 - ratio)
        return AssetRate(index=index, bid=bid.quantize(PLACES), ask=ask.quantize(PLACES))
