"""Every venue that can be asked: its manners, its plan, and how its keys' rights are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from marginline.errors import InputError, Problem
from marginline.feeds.binance.calls import MANNERS as BINANCE
from marginline.feeds.binance.calls import RIGHTS as BINANCE_RIGHTS
from marginline.feeds.bybit.calls import MANNERS as BYBIT
from marginline.feeds.bybit.calls import RIGHTS as BYBIT_RIGHTS
from marginline.feeds.bybit.market import BybitMarket
from marginline.feeds.events import Stream
from marginline.feeds.logs import bills
from marginline.feeds.logs import binance as income
from marginline.feeds.logs import bybit as log
from marginline.feeds.logs.paging import KEPT_MS, LONG_MS, Log
from marginline.feeds.nudges import logins
from marginline.feeds.nudges.bingx import BingxEar
from marginline.feeds.nudges.bingx import tells as of_bingx_stream
from marginline.feeds.nudges.bybit import BybitEar
from marginline.feeds.nudges.listen_keys import COINM, PORTFOLIO, ListenKeyEar
from marginline.feeds.nudges.listening import Ears
from marginline.feeds.nudges.logins import LoginEar
from marginline.feeds.plans import binance, bingx, bitget, bybit, okx, rights
from marginline.feeds.plans.asking import Plan
from marginline.feeds.prices import binance as of_binance
from marginline.feeds.prices import bingx as of_bingx
from marginline.feeds.prices import bitget as of_bitget
from marginline.feeds.prices import okx as of_okx
from marginline.feeds.prices.speaking import Market, PublicMarket, Route, Spoken
from marginline.feeds.wire.door import Door, Manners
from marginline.feeds.wire.rest import Endpoint


@dataclass(frozen=True, slots=True)
class Venue:
    """How one venue is asked for an account, for its ledger, and for what a key may do.

    `title`: its name in words. `ear`: how its private stream is listened to, where it nudges.
    `passphrase`: its keys have one. `told_ms`: how far back its ledger tells. `tells`: whether a
    change of an asset, or of a position by its key, comes by that stream. `prices`: the public
    sockets beside polling.
    """

    title: str
    manners: Manners
    plan: Plan
    probe: Endpoint
    rights: rights.Read
    log: Log
    ear: Ears | None = None
    passphrase: bool = False
    told_ms: int = KEPT_MS
    tells: Callable[[str], bool] = lambda _: True
    prices: Sequence[Route] = ()


def _by(spoken: Spoken) -> Callable[[Door], Market]:
    return lambda door: PublicMarket(door, spoken)


_USDM = Route(market=_by(of_binance.USDM), tells=lambda name: not of_binance.is_coin_margined(name))
_COINM = Route(market=_by(of_binance.COINM), tells=of_binance.is_coin_margined)
_BINGX = Route(market=_by(of_bingx.LINEAR), tells=lambda name: not of_bingx.is_coin_margined(name))
_BINGX_COIN = Route(
    market=_by(of_bingx.COIN), tells=of_bingx.is_coin_margined, stream=Stream.PUBLIC_COIN
)

VENUES: Mapping[str, Venue] = MappingProxyType(
    {
        "binance_usdm": Venue("Binance USDS-M", BINANCE, binance.usdm, BINANCE_RIGHTS,
            rights.of_binance, income.usdm),
        "binance_coinm": Venue("Binance COIN-M", binance.COINM_MANNERS, binance.coinm,
            BINANCE_RIGHTS, rights.of_binance, income.coinm,
            lambda door, own: ListenKeyEar(door, own, COINM), prices=(_COINM,)),
        "binance_pm": Venue("Binance portfolio margin", binance.PORTFOLIO_MANNERS,
            binance.portfolio, BINANCE_RIGHTS, rights.of_binance, income.portfolio,
            lambda door, own: ListenKeyEar(door, own, PORTFOLIO),
            prices=(_USDM, replace(_COINM, stream=Stream.PUBLIC_COIN))),
        "bybit_unified": Venue("Bybit unified", BYBIT, bybit.unified, BYBIT_RIGHTS,
            rights.of_bybit, log.unified, told_ms=LONG_MS),
        "bybit_inverse": Venue("Bybit classic inverse", BYBIT, bybit.inverse, BYBIT_RIGHTS,
            rights.of_bybit, log.inverse, BybitEar,
            prices=(Route(market=lambda door: BybitMarket(door, "inverse")),)),
        "bitget_futures": Venue("Bitget classic futures", bitget.MANNERS, bitget.classic,
            bitget.CLASSIC_RIGHTS, rights.of_bitget, bills.bitget_classic,
            lambda door, own: LoginEar(door, own, logins.BITGET_CLASSIC), passphrase=True,
            prices=(Route(market=_by(of_bitget.CLASSIC)),)),
        "bitget_unified": Venue("Bitget unified", bitget.MANNERS, bitget.unified,
            bitget.UNIFIED_RIGHTS, rights.of_bitget, bills.bitget_unified,
            lambda door, own: LoginEar(door, own, logins.BITGET_UNIFIED), passphrase=True,
            prices=(Route(market=_by(of_bitget.UNIFIED)),)),
        "bingx_perpetual": Venue("BingX perpetual", bingx.MANNERS, bingx.perpetual, bingx.RIGHTS,
            rights.of_bingx, bills.bingx, BingxEar, tells=of_bingx_stream,
            prices=(_BINGX, _BINGX_COIN)),
        "okx": Venue("OKX", okx.MANNERS, okx.account, okx.CONFIG, rights.of_okx, bills.okx,
            lambda door, own: LoginEar(door, own, logins.OKX), passphrase=True,
            prices=(Route(market=_by(of_okx.OKX)),)),
    }
)  # fmt: skip
"""By our name of the venue."""

EXCHANGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "binanceusdm": ("binance_usdm",),
        "binancecoinm": ("binance_coinm",),
        "binance": ("binance_usdm", "binance_coinm", "binance_pm"),
        "bybit": ("bybit_unified", "bybit_inverse"),
        "bitget": ("bitget_futures", "bitget_unified"),
        "bingx": ("bingx_perpetual",),
        "okx": ("okx",),
    }
)
"""The venues of each exchange, by ccxt's name."""


def venue_named(name: str) -> str:
    """A venue by our name of it, or by ccxt's name of its exchange (then its first venue).

    Raises:
        InputError: it is none that can be asked.
    """
    if name in VENUES:
        return name
    if name in EXCHANGES:
        return EXCHANGES[name][0]
    there = ", ".join(dict.fromkeys([*VENUES, *EXCHANGES]))
    raise InputError(
        [Problem("exchange", name, "cannot be asked for an account", f"one of: {there}")]
    )
