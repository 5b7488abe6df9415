"""An account whose prices move: what a tick may say, and the account as it stands after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.numbers import ZERO
from marginline.risk.inputs import Number, number
from marginline.risk.live.watched import Watched
from marginline.venues import folders
from marginline.venues.resolve.resolver import Resolver

T = TypeVar("T")


def prices_of(path: str, given: Mapping[str, Number]) -> Mapping[str, Decimal]:
    """Prices as exact numbers, each above 0; the same mapping where they are that already.

    Raises:
        InputError: a float, text that is no number, or a price that is not above 0.
    """
    for value in given.values():
        if value.__class__ is not Decimal or not value.is_finite() or value <= ZERO:
            return {name: number(f"{path}.{name}", each, above=0) for name, each in given.items()}
    return given  # type: ignore[return-value]


class Moving:
    """An account with the marks, indexes and rates that came after it."""

    def __init__(self, account: Account) -> None:
        self.given = account
        self.marks: dict[str, Decimal] = {}
        self.indexes: dict[str, Decimal] = {}
        self.rates: dict[str, AssetRate] = {}
        self.symbols = frozenset(_symbols(account))
        self.assets = frozenset(_assets(account))

    @staticmethod
    def again(moving: Moving) -> Moving:
        """The same account with its prices of now as those given."""
        return Moving(moving.account())

    def account(self) -> Account:
        """The account as it stands now: as given, with the prices of now."""
        market = self.given.market
        if not self.marks and not self.indexes and not self.rates:
            return self.given
        moved = replace(
            market,
            mark=_over(market.mark, self.marks),
            index=_over(market.index, self.indexes),
            asset_rate=_over(market.asset_rate, self.rates),
        )
        return replace(self.given, market=moved)

    def mark(self, symbol: str) -> Decimal | None:
        """The mark of now; None where none was given."""
        found = self.marks.get(symbol)
        return self.given.market.mark.get(symbol) if found is None else found

    def watched(self, seen: set[str]) -> Account:
        """The account of now with marks and indexes that note when something is made of them."""
        account = self.account()
        market = account.market
        marks, indexes = Watched.all(market.mark, seen), Watched.all(market.index, seen)
        return replace(account, market=replace(market, mark=marks, index=indexes))


def _over(given: Mapping[str, T], fresh: Mapping[str, T]) -> Mapping[str, T]:
    """What was given, with what came after it; as a noun keeps it, which else looks at each."""
    return MappingProxyType({**given, **fresh}) if fresh else given


def _symbols(account: Account) -> Iterable[str]:
    yield from account.market.mark
    yield from (row.instrument for row in account.positions)
    yield from (order.instrument for order in account.orders)


def _assets(account: Account) -> Iterable[str]:
    """Every asset whose rate may count: wallets, margins, what instruments settle in."""
    yield from Resolver(account, folders().get(account.venue, account.venue)).assets()
    yield from account.market.asset_rate
    yield from (wallet.asset for wallet in account.wallets)
    for row in account.positions:
        if row.margin_asset is not None:
            yield row.margin_asset
