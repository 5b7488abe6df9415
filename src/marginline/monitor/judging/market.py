"""The account of now: what was told of it, with the newest prices and rates laid over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate, Market
from marginline.core.numbers import exact
from marginline.monitor.state import Rate, VenueMarket


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a venue's public streams say about what an account holds, newest of each."""

    mark: dict[str, Decimal]
    index: dict[str, Decimal]
    rate: dict[str, AssetRate]


def symbols_of(account: Account) -> frozenset[str]:
    """Every instrument whose price the account's judgement needs."""
    held = {row.instrument for row in account.positions if row.size}
    return frozenset(held | {order.instrument for order in account.orders})


def priced(account: Account) -> frozenset[str]:
    """Every instrument whose newest price the account takes in."""
    return symbols_of(account) | account.market.mark.keys()


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
    found = Overlay({}, {}, {})
    if market is None:
        return found
    for symbol in sorted(priced(account)):
        price = market.prices.get(symbol)
        if price is not None:
            found.mark[symbol] = price.mark
            if price.index is not None:
                found.index[symbol] = price.index
    for asset in sorted(assets_of(account)):
        rate = rate_of(account, market, asset)
        if rate is not None:
            found.rate[asset] = rate
    return found


def rate_of(account: Account, market: VenueMarket, asset: str) -> AssetRate | None:
    """What the venue's streams say an asset is worth to this account; None where nothing."""
    rate = market.rates.get(asset)
    if rate is None or rate.index is None:
        return None
    return _rate(account.market.asset_rate.get(asset), rate, rate.index)


def _rate(old: AssetRate | None, new: Rate, index: Decimal) -> AssetRate:
    """The rate of now; a bid or ask that the stream does not tell follows the index in ratio."""
    if old is None or old.index is None:
        return AssetRate(index=index, bid=new.bid, ask=new.ask)
    with exact():
        factor = index / old.index
        bid = new.bid if new.bid is not None or old.bid is None else old.bid * factor
        ask = new.ask if new.ask is not None or old.ask is None else old.ask * factor
    return AssetRate(index=index, bid=bid, ask=ask)


def merged(account: Account, laid: Overlay) -> Account:
    """The account document of now; what the streams do not tell stays as it was told.

    `as_of` too: it is that of the newest snapshot or message, and selects the rules. The venue's
    own figures are left out: they are of another moment, and were compared at theirs.
    """
    if not (laid.mark or laid.rate):
        return account
    old = account.market
    market = Market(
        mark={**old.mark, **laid.mark},
        index={**old.index, **laid.index},
        last=old.last,
        bid=old.bid,
        ask=old.ask,
        open_interest=old.open_interest,
        funding=old.funding,
        asset_rate={**old.asset_rate, **laid.rate},
        extra=old.extra,
    )
    return replace(account, market=market, reported=None)


def sharing(account: Account, before: Account | None) -> Account:
    """The account, with the very objects of the one before where nothing of them is new.

    Instruments, settings and tables hardly ever change, and each document that is kept holds them.
    """
    if before is None:
        return account
    same = {
        name: old
        for name in ("instruments", "settings", "parameters")
        if (old := getattr(before, name)) == getattr(account, name)
    }
    return replace(account, **same) if same else account


def with_funding(account: Account, market: VenueMarket | None) -> Account:
    """The account with the funding rates that its own document lacks and the streams have told."""
    if market is None:
        return account
    known = account.market.funding
    more = {s: market.funding[s] for s in sorted(symbols_of(account)) if s in market.funding}
    if all(symbol in known for symbol in more):
        return account
    return replace(account, market=replace(account.market, funding={**more, **known}))
