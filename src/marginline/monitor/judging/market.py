"""The account of now: what was told of it, with the newest prices and rates laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate, Funding, Market
from marginline.core.account.moments import from_milliseconds
from marginline.monitor.state import VenueMarket


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a venue's public streams say about what an account holds, newest of each."""

    mark: dict[str, Decimal]
    index: dict[str, Decimal]
    funding: dict[str, Funding]
    rate: dict[str, AssetRate]
    as_of: datetime | None


def symbols_of(account: Account) -> frozenset[str]:
    """Every instrument whose price the account's judgement needs."""
    held = {row.instrument for row in account.positions if row.size}
    return frozenset(held | {order.instrument for order in account.orders})


def assets_of(account: Account) -> frozenset[str]:
    """Every asset whose rate the judgement may need: held, settled in, or posted."""
    settles = {
        instrument.settle
        for symbol in symbols_of(account)
        if (instrument := account.instruments.get(symbol)) and instrument.settle
    }
    return frozenset({wallet.asset for wallet in account.wallets} | settles)


def overlay(account: Account, market: VenueMarket | None) -> Overlay:
    """What of the venue's market concerns this account."""
    found = Overlay({}, {}, {}, {}, None)
    if market is None:
        return found
    moments = list(_prices(account, market, found))
    for asset in sorted(assets_of(account)):
        rate = market.rates.get(asset)
        if rate is not None:
            found.rate[asset] = AssetRate(index=rate.index, bid=rate.bid, ask=rate.ask)
            moments.append(rate.received if rate.at is None else rate.at)
    if not moments:
        return found
    newest = from_milliseconds(max(moments))
    return replace(found, as_of=newest)


def _prices(account: Account, market: VenueMarket, found: Overlay) -> Iterator[int]:
    """Lay the prices of every symbol of the account's market; their moments."""
    for symbol in sorted({*symbols_of(account), *account.market.mark}):
        price = market.prices.get(symbol)
        if price is None:
            continue
        found.mark[symbol] = price.mark
        if price.index is not None:
            found.index[symbol] = price.index
        funding = market.funding.get(symbol)
        if funding is not None:
            found.funding[symbol] = funding
        yield price.received if price.at is None else price.at


def merged(account: Account, laid: Overlay) -> Account:
    """The account document of now; what the streams do not tell stays as it was told."""
    if laid.as_of is None:
        return account
    old = account.market
    market = Market(
        mark={**old.mark, **laid.mark},
        index={**old.index, **laid.index},
        last=old.last,
        bid=old.bid,
        ask=old.ask,
        open_interest=old.open_interest,
        funding={**old.funding, **laid.funding},
        asset_rate={**old.asset_rate, **laid.rate},
        extra=old.extra,
    )
    return replace(account, market=market, as_of=max(account.as_of, laid.as_of))
